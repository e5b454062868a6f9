"""What a command line says before its grammar is loaded."""

from __future__ import annotations

import os

from app.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Commands that read a file, which is named first: a process of its own does it from the first moment on.
_READ_FIRST = (["sheet", "check"], ["sheet", "import"])


def file_to_read(words: Sequence[str]) -> str | None:
    """The file that the command will read, where there is one in its usual place."""
    if list(words[:2]) not in _READ_FIRST or len(words) < 3:
        return None
    return words[2] if os.path.isfile(words[2]) else None


def split_globals(arguments: Sequence[str]) -> tuple[str | None, bool, list[str]]:
    """``--home`` and ``--json`` may stand before or after the command: taken out here. Raises UsageError."""
    home, as_json, rest = None, False, []
    words = iter(arguments)
    for word in words:
        if word == "--json":
            as_json = True
        elif word == "--home":
            home = next(words, None)
            if home is None:
                raise UsageError(detail="--home 后面要有一个目录")
        elif word.startswith("--home="):
            home = word.removeprefix("--home=")
        else:
            rest.append(word)
    return home, as_json, rest
