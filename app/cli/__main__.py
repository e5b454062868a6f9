"""``python -m app.cli``."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_SELDOM = 100_000


def main() -> NoReturn:
    """The entry point of the ``shebao`` command."""
    # A command makes its things and ends: looking for cycles among them again and again finds none.
    gc.set_threshold(_SELDOM)
    from app.cli.main import run

    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows an escape instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> NoReturn:
    """End at once: all has been let go, and to take the program apart would take as long as a small command."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # whoever listened has gone: Python says it in its own way
    os._exit(code)


if __name__ == "__main__":
    main()
