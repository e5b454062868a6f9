"""``python3 -m bureau.demo.manual``: the pictures of docs/import.md, taken anew from made-up workbooks."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from PySide6.QtWidgets import QPushButton

from app.workflows import drafts, preferences
from app.workflows import session as sessions
from bureau import training
from bureau.demo import hr
from bureau.demo.ground import prepared
from bureau.demo.pictures import SIZE, Camera, log_in
from ui.application import application
from ui.bootstrap import open_program
from ui.frame import TOAST_MS
from ui.importing.page import SHEET, SUBMIT, StaffPage
from ui.people.page import PeoplePage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bureau.demo.ground import Ground
    from ui.bootstrap import Program

PICTURES = Path("docs/pictures")
REGION = "yichang"
_STRANGE = ("员工", "证号", "到岗", "头一回上班", "缘由", "薪")


def main() -> int:
    """Take them all; light at 100 % unless told otherwise."""
    parser = argparse.ArgumentParser(prog="bureau.demo.manual", description="为说明书拍图")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("--appearance", default="light", choices=("light", "dark"))
    parser.add_argument("--scale", type=int, default=100)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SHEBAO_KEY_IN_FILE"] = "1"
    options.out.mkdir(parents=True, exist_ok=True)
    qt = application()
    with tempfile.TemporaryDirectory(prefix="shebao-manual-") as folder, prepared(Path(folder), REGION) as ground:
        home = ground.desk.home
        preferences.save(
            home, replace(preferences.load(home), appearance=options.appearance, scale=options.scale, region=REGION)
        )
        program = open_program(
            home, desk=ground.desk, bureau=ground.endpoint.url, authority=ground.endpoint.authority, region=REGION
        )
        camera = Camera(qt, program, options.out)
        try:
            program.start()
            camera.wait(lambda: program.window is not None)
            log_in(ground, program, camera)
            _take(ground, program, camera, Path(folder))
        finally:
            program.close()
            camera.settle()
    return 0


def _take(ground: Ground, program: Program, camera: Camera, folder: Path) -> None:
    """From HR's file to filed, and the payroll."""
    window = program.window
    assert window is not None  # noqa: S101 - waited for
    window.resize(*SIZE)
    window.navigate("enrol")
    time.sleep(TOAST_MS / 1000)
    camera.settle()
    page = window.current
    assert isinstance(page, StaffPage)  # noqa: S101 - waited for
    camera.take_widget(window, "import-begin")
    _columns(page, camera, folder)
    page.import_file(hr.workbook(folder, REGION))
    camera.wait(lambda: page.stack.currentIndex() == SHEET)
    camera.settle()
    sheet = page.sheet
    assert sheet is not None  # noqa: S101 - waited for
    sheet.problems.step(1)
    camera.take_widget(window, "import-problems")
    _corrections(page, camera)
    _returned(page, camera, folder)
    page.submit()
    camera.wait(lambda: page.stack.currentIndex() == SUBMIT)
    camera.take_widget(window, "import-confirm")
    page.back()
    _payroll(ground, program, camera, folder)


def _columns(page: StaffPage, camera: Camera, folder: Path) -> None:
    """A workbook whose columns nobody knows."""
    (one, two, *_) = training.people(REGION, training.Role.NEWCOMER)
    row = hr.row_for(REGION)
    people = [
        (who.name, who.identity, str(row["start"]), str(row["first_work"]), str(row["reason"]), 6000)
        for who in (one, two)
    ]
    page.import_file(_written(folder / "本月入职.xlsx", [("本月入职名单",), _STRANGE, *people]))
    camera.wait(lambda: page.intake.asked is not None)
    dialog = page.intake.asked
    assert dialog is not None  # noqa: S101 - waited for
    camera.take_widget(dialog, "import-columns")
    dialog.reject()


def _corrections(page: StaffPage, camera: Camera) -> None:
    """A date with words around it, a reason by half its name: what can safely be corrected is shown first."""
    sheet = page.sheet
    assert sheet is not None  # noqa: S101 - waited for
    sheet.model.wanted.emit(sheet.model.shown[0], {"start": f"{hr.row_for(REGION)['start']} 入职"})
    sheet.model.wanted.emit(sheet.model.shown[1], {"start": f"自 {hr.row_for(REGION)['start']} 起"})
    camera.settle()
    group = next(one for one in sheet.tally.groups if sheet.correctable(one))
    sheet.problems.correct.emit(group)
    assert sheet.offered is not None  # noqa: S101 - waited for
    camera.take_widget(sheet.offered, "import-corrections")
    sheet.offered.confirm.click()
    camera.settle()


def _returned(page: StaffPage, camera: Camera, folder: Path) -> None:
    """The marked-up workbook comes back."""
    from app.workflows import intake

    source = page.intake.source
    assert source is not None  # noqa: S101 - waited for
    marked = folder / f"{source.path.stem}-标错.xlsx"
    marked.write_bytes(intake.marked_file(source))
    page.import_file(marked)
    camera.wait(lambda: page.stack.currentIndex() == SHEET)
    camera.settle()
    camera.take_widget(page.window(), "import-returned")
    replace_old = next(one for one in page.findChildren(QPushButton) if one.text() == "用这张表替换")
    replace_old.click()
    camera.settle()


def _payroll(ground: Ground, program: Program, camera: Camera, folder: Path) -> None:
    """A payroll on which somebody is new, somebody is missing and somebody earns more."""
    session = sessions.current(ground.desk)
    known = drafts.ground(ground.desk, session.unit.number).people or {}
    here = [one for one in known.values() if one.standing.value == "active-here"]
    rows: list[tuple[str | float, ...]] = [("车间", one.name, one.identity, float(one.base or 0)) for one in here[1:]]
    rows[0] = (*rows[0][:3], float(str(rows[0][3])) + 850)
    rows.append(("车间", rows[1][1], rows[1][2], 1200.0))
    new = training.people(REGION, training.Role.NEWCOMER)[0]
    rows.append(("车间", new.name, new.identity, 5200.0))
    path = _written(folder / "工资表.xlsx", [("工资表",), ("部门", "姓名", "身份证号", "应发工资"), *rows])
    window = program.window
    assert window is not None  # noqa: S101 - waited for
    window.navigate("people")
    camera.settle()
    people = window.current
    assert isinstance(people, PeoplePage)  # noqa: S101 - waited for
    people.hold(path)
    camera.wait(lambda: people.payroll is not None)
    assert people.payroll is not None  # noqa: S101 - waited for
    camera.take_widget(people.payroll, "import-payroll")
    people.payroll.reject()


def _written(path: Path, rows: Sequence[Sequence[str | float]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - waited for
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


if __name__ == "__main__":
    raise SystemExit(main())
