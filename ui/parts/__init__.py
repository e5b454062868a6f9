"""Small parts that all pages share: buttons, chips, tables, cards, and how things are written."""
