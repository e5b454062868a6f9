"""``python -m tests.sheets.fuzz --minutes 10``: workbooks with bytes, parts and cells turned over, read and checked.

Each must be read or refused with a code that has a sentence, within its limits. What is not is kept in ``findings/``
beside the corpus under the SHA-256 of its content, and test_reading.py tries every file there from then on.

Between the files, sheets of strange cells under strange headers (the strategies of :mod:`tests.sheets.strange`) go
through every item of every region without a file; what fails there is printed by hypothesis, as small as it can be.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import InputRefused
from app.sheets.checking import check_workbook
from app.sheets.limits import MEGABYTE, Limits
from app.sheets.reading import read
from app.wording import known_codes
from tests.sheets import strange
from tests.support import workbooks
from tests.support.packs import checker, ground
from tests.support.people import identity_number

if TYPE_CHECKING:
    from app.sheets.checking import Checked

CORPUS = Path(__file__).parent / "corpus"
FINDINGS = CORPUS / "findings"
LIMITS = Limits(seconds=10, memory=1024 * MEGABYTE)
_TOKENS = (
    b"\0",
    b"\xff",
    b"<",
    b">",
    b"&",
    b'"',
    b"PK\x03\x04",
    b"<!DOCTYPE",
    b"&#0;",
    b"-1",
    b"99999999999",
    b"\r\n",
    b",",
)
#: Refusals that mean that the reader fell; it may, but it is worth knowing how often.
FALLEN = frozenset({"sheet-reader-died", "sheet-too-slow", "sheet-too-large"})


def attempt(path: Path) -> str:
    """What becomes of a file: a refusal's code, or "checked". Anything else that is raised is a finding."""
    try:
        found = read(path, limits=LIMITS)
        checked = check_workbook(found, checker("yichang", "enrol"), ground("yichang"))
    except InputRefused as refused:
        if refused.code not in known_codes("errors"):
            raise
        return refused.code
    _hold_together(checked)
    return "checked"


def _hold_together(checked: Checked) -> None:
    """Every row can be looked at, and every finding has its sentence."""
    unknown = {one.code for one in checked.findings} - known_codes("findings")
    assert not unknown, unknown
    assert len(list(checked.rows)) == len(checked.rows)
    assert 0 <= checked.valid <= len(checked.rows)


def turned_over(content: bytes, chosen: random.Random) -> bytes:
    """The content with some bytes flipped, cut, doubled or replaced."""
    changed = bytearray(content)
    for _ in range(chosen.choice((1, 1, 2, 4, 16))):
        at = chosen.randrange(len(changed) + 1)
        match chosen.randrange(5):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << chosen.randrange(8)
            case 1:
                del changed[at : at + chosen.choice((1, 4, 64, 4096))]
            case 2:
                changed[at:at] = changed[at : at + chosen.choice((1, 8, 512))]
            case 3:
                changed[at : at + 4] = chosen.randbytes(4)
            case _:
                changed[at:at] = chosen.choice(_TOKENS)
    return bytes(changed)


def repacked(content: bytes, chosen: random.Random, folder: Path) -> bytes | None:
    """A package with one of its parts turned over, so that the damage is behind the checksums; None for no package."""
    whole, new = folder / "whole", folder / "new"
    whole.write_bytes(content)
    try:
        with zipfile.ZipFile(whole) as package:
            parts = {one: package.read(one) for one in package.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return None
    if not parts:
        return None
    name = chosen.choice(sorted(parts))
    parts[name] = turned_over(parts[name], chosen)
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as package:
        for one, said in parts.items():
            package.writestr(one or "x", said)
    return new.read_bytes()


def _seeds(folder: Path) -> list[bytes]:
    good = (1, "张示例", identity_number(11), "2012-07-01", "2022-08-01", "新增", 6000)
    made = [
        workbooks.xlsx(folder / "a.xlsx", [("名单",), workbooks.HEADER, good, ("合计",)], merge="A1:C1"),
        workbooks.text(folder / "a.csv", [workbooks.HEADER, good]),
        workbooks.text(folder / "b.csv", [workbooks.HEADER, good], "utf-16", "\t"),
    ]
    files = [*made * 6, *(one for one in CORPUS.iterdir() if one.is_file() and one.suffix != ".toml")]
    return [one.read_bytes() for one in files]


def main(arguments: list[str]) -> int:
    """Turn files over until the time is up; 1 where there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args(arguments)
    chosen = random.Random(options.seed)  # noqa: S311 - damage, not secrets
    outcomes: Counter[str] = Counter()
    ends = time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = _seeds(folder)
        while time.monotonic() < ends:
            content = chosen.choice(seeds)
            changed = repacked(content, chosen, folder) if chosen.random() < 0.7 else None
            outcomes[_tried(changed or turned_over(content, chosen), folder)] += 1
            outcomes[_strange(chosen.randrange(2**32))] += strange.SHEETS_AT_ONCE
    sys.stdout.write(f"seed {options.seed}: {sum(outcomes.values())} tried, {dict(outcomes.most_common())}\n")
    return 1 if outcomes["finding"] else 0


def _strange(seed: int) -> str:
    try:
        strange.turned(seed)
    except Exception as fault:  # noqa: BLE001 - the same
        sys.stdout.write("".join(traceback.format_exception(fault)))
        return "finding"
    return "sheets of cells"


def _tried(content: bytes, folder: Path) -> str:
    path = folder / "tried.bin"
    path.write_bytes(content)
    try:
        return attempt(path)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is what is looked for
        FINDINGS.mkdir(exist_ok=True)
        kept = FINDINGS / hashlib.sha256(content).hexdigest()[:16]
        kept.write_bytes(content)
        sys.stdout.write(f"{kept.name}: {type(fault).__name__}: {fault}\n")
        return "finding"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
