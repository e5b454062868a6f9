"""The tax office's side of social insurance: what has to be declared and paid there."""
