"""Start the window: ``python -m ui [--home DIR] [--bureau URL] [--ca FILE]``.

``--token-host MODULE`` and ``--sheet-reader FILE …`` are for the program itself: child processes without Qt that serve
one UKey module and read one workbook.
"""

from __future__ import annotations

import sys

TOKEN_HOST = "--token-host"  # noqa: S105 - an option's name
SHEET_READER = "--sheet-reader"


def main(arguments: list[str] | None = None) -> int:
    """Run until the window is closed; the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == [TOKEN_HOST]:
        from pkcs11_drivers import host

        return host.main(words[1:])
    if words[:1] == [SHEET_READER]:
        from app.sheets import child

        return child.main(words[1:])
    from ui.running import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
