"""What the clerk does, one module each. The window and the terminal call the same functions."""
