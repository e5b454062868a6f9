"""The terminal interface (docs/cli.md): the same workflows as the window, one JSON object on standard output."""
