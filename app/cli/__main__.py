"""``python -m app.cli``."""

from __future__ import annotations

import sys


def main() -> int:
    """The entry point of the ``shebao`` command."""
    from app.cli.main import run

    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows an escape instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
