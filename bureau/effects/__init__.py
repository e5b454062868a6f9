"""What the bureau does once a filing is approved, by the item's effect, in its own tables."""
