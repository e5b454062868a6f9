"""Open and fully check a staff list against python-calamine's bare reading of the same file."""

from __future__ import annotations

import random
import tempfile
from datetime import date, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook
from rustpy_xlsxwriter import write_worksheet

from app.domain.identity import check_digit
from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS, Checker
from app.rules.ground import Ground
from app.sheets.checking import check_workbook
from app.sheets.reading import read
from benchmarks.timing import Ratio, compare

ROWS = 20_000
EXTRA_COLUMNS = 8


def _roster(path: Path) -> None:
    """A staff list of made-up people, 20 columns wide."""
    chosen = random.Random(7)  # noqa: S311 - made-up people, not secrets
    records = []
    for number in range(ROWS):
        born = date(1965, 1, 1) + timedelta(days=chosen.randrange(14_000))
        first = f"420500{born:%Y%m%d}{number % 1000:03d}"
        records.append(
            {
                "序号": str(number + 1),
                "姓名": chosen.choice("赵钱孙李周吴郑王") + "示例",
                "身份证号": first + check_digit(first),
                "首次参工时间": "2012-07-01",
                "入职日期": f"2022-08-{number % 28 + 1:02d}",
                "增员原因": "新增",
                "月工资": str(345 + number % 1400) + "0",
                "参保险种": "养老、失业、工伤",
                "用工形式": "城镇合同制",
                "户口性质": "城镇",
                "手机号码": f"138{number:08d}",
                "性别": "男" if number % 2 else "女",
                **{f"附加{extra}": f"内容{number % 50}" for extra in range(EXTRA_COLUMNS)},
            }
        )
    write_worksheet(records, str(path), sheet_name="人员")


def run() -> list[Ratio]:
    """The ratios of reading and checking."""
    region = Catalog(KNOWN_CHECKS).region("yichang")
    checker = Checker(region, region.items["enrol"])
    ground = Ground(date(2022, 8, 31))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.xlsx"
        _roster(path)

        def ours() -> int:
            return len(check_workbook(read(path), checker, ground).rows)

        def peer() -> int:
            return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())

        if ours() != ROWS:
            message = "the benchmark's own roster is not read whole"
            raise RuntimeError(message)
        return [compare(f"open and check {ROWS} rows x 20 columns", ours, "calamine to_python", peer)]
