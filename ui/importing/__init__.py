"""Many people at once: HR's file or a pasted table in a grid, findings in the cells, kept as drafts all the time."""
