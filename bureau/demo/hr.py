"""What HR sends in the demo: a workbook with a title above and the mistakes every clerk knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bureau import training

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

    from app.domain.months import Month
    from app.regions.pack import Item, Region
    from app.rules.fields import Raw

NAME = "人事部的表格.xlsx"
SOUND = 3
WRONG = 5
_HEADER = ("序号", "姓名", "身份证号", "首次参加工作时间", "入职日期", "增员原因", "月工资", "部门")


def _start(region: str) -> str:
    """The first day of the month that the training ground lives in: a start that every region takes."""
    return training.first_clock(region).date().replace(day=1).isoformat()


def row_for(region: str) -> dict[str, Raw]:
    """What a sound enrolment has besides the person."""
    return {"first_work": "2012-07-01", "start": _start(region), "reason": "在职人员续保", "wage": "6000"}


def stop_for(region: Region, month: Month, identity: str, name: str) -> dict[str, Raw]:
    """A stop after which last month is the last one paid: on its last day, or this month where that is not paid."""
    day = (month + -1).last_day if region.conduct.stop_month_paid else month.first_day
    return {"identity": identity, "name": name, "stop_date": day, "reason": "辞职"}


def wage_for(item: Item, year: int, identity: str, name: str, wage: Decimal) -> dict[str, Raw]:
    """A declaration of wages: what the region's item asks for besides is filled in as its examples say."""
    told: dict[str, Raw] = {one.key: one.example for one in item.fields if one.required}
    return told | {"identity": identity, "name": name, "year": str(year), "wage": f"{wage:.2f}"}


def workbook(folder: Path, region: str) -> Path:
    """Write the workbook: three sound rows, five with one mistake each, a totals row."""
    from openpyxl import Workbook

    unit, new = training.unit(region), training.people(region, training.Role.NEWCOMER)
    start = _start(region)
    work = [str(person.first_work) for person in new]
    common = (start, "新增", 6000)
    wrong_digit = new[3].identity[:17] + ("0" if new[3].identity[17] != "0" else "1")
    full_width = "".join(chr(ord(one) + 0xFEE0) for one in new[2].identity)
    rows: list[tuple[object, ...]] = [
        (1, new[0].name, new[0].identity, work[0], *common, "一车间"),
        (2, new[1].name, new[1].identity, work[1], *common, "一车间"),
        (3, new[2].name, full_width, work[2], *common, "二车间"),
        (4, "错示例", float(new[3].identity[:17] + "0"), work[3], *common, "二车间"),
        (5, new[3].name, wrong_digit, work[3], *common, "二车间"),
        (6, new[0].name, new[0].identity, work[0], *common, "质检"),
        (7, new[4].name, new[4].identity, work[4], start, "新增", 1000, "质检"),
        (8, None, new[5].identity, "2012-02-30", start, "新增", 6000, "质检"),
    ]
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = "新入职"
    sheet["A1"] = f"{unit.name}新入职人员名单"
    sheet.merge_cells("A1:H1")
    sheet["A2"] = "人事部"
    for number, row in enumerate([_HEADER, *rows], start=4):
        for column, cell in enumerate(row, start=1):
            sheet.cell(number, column).value = cell  # type: ignore[assignment]  # texts and numbers only
    sheet.cell(13, 1).value, sheet.cell(13, 7).value = "合计", 43000
    path = folder / NAME
    book.save(path)
    return path
