"""The HTTP side: paths and JSON as docs/api.md has them, nothing that decides."""
