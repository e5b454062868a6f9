"""One TOML per family of keys; see README.md. A package only so that the files are installed with the program."""
