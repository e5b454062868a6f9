"""The reader: a process of its own, for one file. It may panic, run out of memory or hang without harm to the program.

Started by :mod:`app.sheets.starting` (in a frozen program as ``PROGRAM --sheet-reader FILE SECONDS MEMORY``); tells
what it finds in frames of :mod:`app.sheets.wire` on its standard output.
"""

from __future__ import annotations

import gc
import os
import sys

from app.errors import InputRefused
from app.sheets import telling, wire
from app.sheets.content import Kind, content_of, kind_of
from app.sheets.limits import hold_self

TYPE_CHECKING = False  # as a type checker reads it: what is imported for types alone takes as long as a small file
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Read one file; the exit code is 0 where everything was told, a refusal included."""
    file, seconds, memory = arguments
    hold_self(int(memory), float(seconds))
    gc.disable()  # a process that makes millions of cells, none of which is part of a cycle, and then ends
    # By number: in a windowed program on Windows sys.stdout is None although the pipe is there. What else writes to
    # standard output goes where the panics go, not among the frames.
    out = wire.Outlet(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    if sys.platform != "win32":
        # Nobody reads what it says of its end before it has ended: what does not fit is not said.
        os.set_blocking(2, False)
    try:
        _read(file, out)
    except InputRefused as refused:
        wire.send(out, {"refused": refused.code, "facts": dict(refused.facts), "peak": _peak()})
    except MemoryError:
        wire.send(out, {"refused": "sheet-too-large", "facts": {"detail": f"{int(memory) // 2**20} MB"}})
    except OSError as failed:
        wire.send(out, {"refused": "sheet-unreadable", "facts": {"detail": failed.strerror or type(failed).__name__}})
    out.close()
    return 0


def _read(path: str, out: wire.Writable) -> None:
    kind = kind_of(path)
    wire.send(out, {"format": kind.value})
    if kind is Kind.TEXT:
        _text(path, out)
    elif kind in {Kind.XML, Kind.HTML}:
        _markup(path, kind, out)
    else:
        from app.sheets import workbooks

        workbooks.tell(path, kind, out)
    wire.send(out, {"end": True, "peak": _peak()})


def _text(path: str, out: wire.Writable) -> None:
    from app.sheets import text

    raw = content_of(path)
    content = text.decoded(raw)
    if content is None:
        content = text.guessed(raw)
        if content is None:
            code = "sheet-encoding" if text.is_text(raw) else "sheet-not-a-sheet"
            raise InputRefused(code, file=os.path.basename(path))
        wire.send(out, {"notes": [("sheet-encoding-guessed", {})]})
    if not content.strip():
        raise InputRefused("sheet-nothing-in-it", file=os.path.basename(path))
    telling.sheet(out, _title(path), text.rows_of(content))


def _markup(path: str, kind: Kind, out: wire.Writable) -> None:
    from app.sheets import markup, text

    content = content_of(path)
    told = markup.told_encoding(content)
    try:
        words = content.decode(told) if told else text.decoded(content)
    except (LookupError, UnicodeDecodeError):
        words = text.decoded(content)
    if words is None:
        raise InputRefused("sheet-unreadable", detail=kind.value)
    if kind is Kind.XML:
        sheets = markup.workbook_2003(words.lstrip("\ufeff \t\r\n").encode())
    else:
        title = _title(path)
        sheets = [(title if not at else f"{title} {at + 1}", *one) for at, one in enumerate(markup.html_tables(words))]
        if not sheets and "<table" in words.lower():
            raise InputRefused("sheet-nothing-in-it", file=os.path.basename(path))
    if not sheets:
        raise InputRefused("sheet-not-a-sheet", form=kind.value, file=os.path.basename(path))
    for name, rows, ranges in sheets:
        merged = [((top, left), (bottom, right)) for top, left, bottom, right in ranges[: telling.MOST_MERGED]]
        telling.sheet(out, name, rows, merged)


def _title(path: str) -> str:
    """What a file without named sheets calls its one: the file's own name."""
    return os.path.splitext(os.path.basename(path))[0]


def _peak() -> int:
    """The most memory this process has held, in bytes; 0 where the system does not tell."""
    try:
        # Not getrusage: what it tells begins with what the starting process held.
        status = content_of("/proc/self/status")
    except OSError:
        return 0
    _, _, held = status.partition(b"VmHWM:")
    return int((held.split(maxsplit=1) or [b"0"])[0]) * 1024
