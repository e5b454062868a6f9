"""What a unit can ask: each query a table of its own rows, straight from the database."""
