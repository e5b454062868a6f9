"""A staff list of a hundred thousand people: opened, checked, kept and marked, against the bare tools of the field.

Every figure comes from a process of its own, ours and the peer's in turn; memory is the most that a process held, ours
with its reader's added.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from rustpy_xlsxwriter import write_worksheet

from app.domain.identity import check_digit
from benchmarks.timing import Ratio

ROWS = 100_000
FEW = 1_000
EXTRA_COLUMNS = 8
ROUNDS = 5
COLD_ROUNDS = 15
ROOT = Path(__file__).resolve().parents[1]

_PEAK = """
import json, re, sys, time
def told(begun, more=0):
    seconds = time.perf_counter() - begun
    status = open("/proc/self/status").read() if sys.platform == "linux" else "VmHWM: 0"
    held = int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) * 1024
    print(json.dumps({"seconds": seconds, "memory": held + more}))
"""
_CALAMINE = """
begun = time.perf_counter()
from python_calamine import CalamineWorkbook
rows = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
told(begun)
"""
_BARE = """
import sys
from python_calamine import CalamineWorkbook
CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
"""
_COMMAND = "from app.cli.__main__ import main; main()"
_CHECK = """
import tempfile
from pathlib import Path
from app.workflows import importing
from app.workflows.desk import Desk
from app.domain.months import Month
desk = Desk(Path(tempfile.mkdtemp(dir=Path(sys.argv[1]).parent)))
desk.database
begun = time.perf_counter()
checked = importing.check_file(desk, Path(sys.argv[1]), "yichang", "enrol", on=Month(2022, 8))
"""
_TELL = """
assert len(checked.rows) == int(sys.argv[2]), len(checked.rows)
told(begun, checked.peak)
"""
_KEEP = """
importing.keep(desk, "yichang", "enrol", checked.rows)
"""
_SETTLE = """
desk.filings.settle()
"""
_MARK = """
from app.sheets.marking import marked
for row in checked.wrong:
    row.findings
begun = time.perf_counter()
marked(checked, Path(sys.argv[1]))
told(begun)
"""
_WRITE_ONLY = """
from python_calamine import CalamineWorkbook
rows = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
begun = time.perf_counter()
import io
from openpyxl import Workbook
book = Workbook(write_only=True)
sheet = book.create_sheet("人员")
for row in rows:
    sheet.append(row)
book.save(io.BytesIO())
told(begun)
"""


def roster(path: Path, rows: int, *, slips: bool = False) -> None:
    """A staff list of made-up people, 20 columns wide; every tenth has something wrong.

    With ``slips`` every fifth has another thing wrong, which can be corrected unasked but for a click.
    """
    chosen = random.Random(7)  # noqa: S311 - made-up people, not secrets
    records = []
    for number in range(rows):
        born = date(1965, 1, 1) + timedelta(days=chosen.randrange(14_000))
        first = f"420500{born:%Y%m%d}{number % 1000:03d}"
        records.append(
            {
                "序号": str(number + 1),
                "姓名": chosen.choice("赵钱孙李周吴郑王") + "示例",
                "身份证号": first + check_digit(first),
                "首次参工时间": "2012-07-01",
                "入职日期": f"2022-08-{number % 28 + 1:02d}" if number % 10 else "2022-08-32",
                "增员原因": "新增",
                "月工资": str(345 + number % 1400) + "0",
                "参保险种": "养老、失业、工伤",
                "用工形式": "城镇合同制",
                "户口性质": "城镇",
                "手机号码": f"138{number:08d}",
                "性别": ("男" if number % 2 else "女") + ("性别" if slips and number % 5 == 0 else ""),
                **{f"附加{extra}": f"内容{number % 50}" for extra in range(EXTRA_COLUMNS)},
            }
        )
    write_worksheet(records, str(path), sheet_name="人员")


def run() -> list[Ratio]:
    """The ratios of the goals."""
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder) / "many.xlsx", Path(folder) / "few.xlsx"
        roster(many, ROWS)
        roster(few, FEW)
        title = f"{ROWS} rows x 20 columns"
        found = [*_against(f"open and check {title}", _CHECK + _TELL, "calamine to_python", _CALAMINE, many, ROWS)]
        found += _against(
            f"the same, kept as drafts, {title}", _CHECK + _KEEP + _TELL, "calamine to_python", _CALAMINE, many, ROWS
        )[:1]
        # What happens afterwards, while the clerk looks at the table: each draft becomes a row of the store.
        found += _against(
            f"the same, settled among the filings, {title}",
            _CHECK + _KEEP + _SETTLE + _TELL,
            "calamine to_python",
            _CALAMINE,
            many,
            ROWS,
        )[:1]
        found.append(_cold(few))
        found += _against(
            f"marked-up workbook, {title}", _CHECK + _MARK, "openpyxl write_only", _WRITE_ONLY, many, ROWS
        )[:1]
    return found


def _cold(path: Path) -> Ratio:
    """A small file by the command of the terminal, from its start to its end, imports and all; so the peer."""
    words = ["--home", f"{path}.home", "--json", "sheet", "check", str(path), "--on", "2022-08"]
    ours = ["-c", _COMMAND, *words, "--region", "yichang", "--item", "enrol"]
    peer = ["-c", _BARE, str(path)]
    _whole(ours, path, 3), _whole(peer, path, 0)  # 3: some rows have something wrong
    pairs = [(_whole(ours, path, 3), _whole(peer, path, 0)) for _ in range(COLD_ROUNDS)]
    return Ratio(
        name=f"{FEW} rows cold, `sheet check` from command start",
        peer="calamine cold",
        ours_seconds=statistics.median(one for one, _ in pairs),
        peer_seconds=statistics.median(other for _, other in pairs),
        ratio=statistics.median(one / other for one, other in pairs),
        rounds=COLD_ROUNDS,
    )


def _whole(words: list[str], path: Path, code: int) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", *words], check=False, capture_output=True, cwd=ROOT, env=_environment(path)
    )
    seconds = time.perf_counter() - begun
    assert done.returncode == code, done.stderr
    return seconds


def _against(name: str, ours: str, peer_name: str, peer: str, path: Path, rows: int) -> list[Ratio]:
    """Both in turn, each in a fresh process: the ratio of their times and that of their memory."""
    # As where the program is installed, both find their modules compiled: the first run of each does that.
    _fresh(ours, path, rows), _fresh(peer, path, rows)
    pairs = [(_fresh(ours, path, rows), _fresh(peer, path, rows)) for _ in range(ROUNDS)]
    return [
        Ratio(
            name=name if key == "seconds" else f"{name}: memory",
            peer=peer_name,
            ours_seconds=statistics.median(one[key] for one, _ in pairs) / unit,
            peer_seconds=statistics.median(other[key] for _, other in pairs) / unit,
            ratio=statistics.median(one[key] / max(other[key], 1e-9) for one, other in pairs),
            rounds=ROUNDS,
            unit="s" if key == "seconds" else "MiB",
        )
        for key, unit in (("seconds", 1), ("memory", 2**20))
    ]


def _fresh(code: str, path: Path, rows: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _PEAK + code, str(path), str(rows)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_environment(path),
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _environment(path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(path.parent / "compiled"), "PYTHONPATH": str(ROOT)}
