"""Forms generated from the declaration of an item, the three steps of filing one, and the submitting of many."""
