"""Every workbook is read or refused with its own sentence, in a process of its own and within its limits."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.findings import Finding
from app.errors import CalledOff, InputRefused
from app.sheets import reading, starting
from app.sheets.checking import Checked, check_workbook
from app.sheets.limits import MEGABYTE, Limits
from app.wording import notice
from tests.support import workbooks
from tests.support.packs import checker, ground
from tests.support.people import identity_number

CORPUS = Path(__file__).parent / "corpus"
SOURCES = tomllib.loads((CORPUS / "SOURCES.toml").read_text("utf-8"))
GOOD = ("张示例", identity_number(11), "2012-07-01", "2022-08-01", "新增", 6000)
HEAD = workbooks.HEADER
SHEET = "xl/worksheets/sheet1.xml"


def check(path: Path) -> Checked:
    return check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"))


def codes(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings]


def good(path: Path) -> Path:
    return workbooks.xlsx(path, [HEAD, (1, *GOOD)])


def rewritten(path: Path, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> Path:
    """The package with its parts changed."""
    with zipfile.ZipFile(path) as package:
        parts = {one: change(one, package.read(one)) for one in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in {**parts, **(more or {})}.items():
            package.writestr(name, content)
    return path


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_corpus_is_read_whole_or_refused_with_a_sentence(name: str) -> None:
    said, limits = SOURCES[name], Limits(10, 1024 * MEGABYTE)
    if "refused" in said:
        with pytest.raises(InputRefused) as refused:
            reading.read(CORPUS / name, limits=limits)
        assert refused.value.code == said["refused"]
        assert "{" not in notice(refused.value).whole
        return
    found = reading.read(CORPUS / name, limits=limits)
    assert {one.name: one.filled for one in found.sheets if one.filled} == said["rows"]


@pytest.mark.parametrize("name", ["cal_date_1904.xls", "cal_date_1904.xlsb"])
def test_dates_of_1904_are_the_days_they_show(name: str) -> None:
    rows = reading.read(CORPUS / name).sheets[0].rows
    assert [str(row[0])[:10] for row in rows[:2]] == ["2021-01-01", "2021-01-02"]


def test_a_reader_that_panics_is_told_and_the_program_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_command", lambda: [sys.executable, "-c", "import os; os.abort()"])
    with pytest.raises(InputRefused) as refused:
        reading.read(good(tmp_path / "hr.xlsx"))
    assert refused.value.code == "sheet-reader-died"
    monkeypatch.undo()
    assert check(tmp_path / "hr.xlsx").valid == 1


def test_a_reader_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(InputRefused) as refused:
        reading.read(good(tmp_path / "hr.xlsx"), limits=Limits(seconds=0.3))
    assert refused.value.code == "sheet-too-slow"


def test_a_reader_without_memory_says_so(tmp_path: Path) -> None:
    path = tmp_path / "hr.csv"
    path.write_bytes(b"a,b,c\n" * 2_000_000)
    with pytest.raises(InputRefused) as refused:
        reading.read(path, limits=Limits(memory=200 * MEGABYTE))
    assert refused.value.code == "sheet-too-large"


def test_calling_off_ends_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_command", lambda: [sys.executable, "-c", "import time; time.sleep(60)"])

    def cancel(done: int, total: int, what: str) -> None:
        raise CalledOff

    begun = time.monotonic()
    with pytest.raises(CalledOff):
        reading.read(good(tmp_path / "hr.xlsx"), cancel)
    assert time.monotonic() - begun < 30


def test_a_bomb_and_an_entity_are_refused_unread(tmp_path: Path) -> None:
    bomb = rewritten(good(tmp_path / "bomb.xlsx"), lambda _, content: content, {"xl/zeros.bin": bytes(64 * MEGABYTE)})
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    unsafe = rewritten(
        good(tmp_path / "xxe.xlsx"), lambda name, content: entity + content if name == SHEET else content
    )
    for path, code in ((bomb, "sheet-bomb"), (unsafe, "sheet-unsafe")):
        with pytest.raises(InputRefused) as refused:
            reading.read(path)
        assert refused.value.code == code


def test_a_wrong_dimension_and_a_cell_at_the_end_of_the_sheet_lose_nobody(tmp_path: Path) -> None:
    def wrong(name: str, content: bytes) -> bytes:
        return content.replace(b'ref="A1:G2"', b'ref="A1:A1"') if name == SHEET else content

    assert check(rewritten(good(tmp_path / "hr.xlsx"), wrong)).valid == 1


def test_ghost_rows_are_nobody(tmp_path: Path) -> None:
    ghosts = "".join(f'<row r="{number}" s="1"><c r="A{number}" s="1"/></row>' for number in range(3, 200_000))

    def haunted(name: str, content: bytes) -> bytes:
        return content.replace(b"</sheetData>", ghosts.encode() + b"</sheetData>") if name == SHEET else content

    checked = check(rewritten(good(tmp_path / "hr.xlsx"), haunted))
    assert (len(checked.rows), checked.valid) == (1, 1)


def test_strict_ooxml_is_read(tmp_path: Path) -> None:
    def strict(_: str, content: bytes) -> bytes:
        content = content.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        return content.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    assert check(rewritten(good(tmp_path / "hr.xlsx"), strict)).valid == 1


def test_formulas_that_were_never_calculated_and_formula_errors_are_told_at_their_cells(tmp_path: Path) -> None:
    path = workbooks.xlsx(
        tmp_path / "hr.xlsx", [HEAD, (1, *GOOD[:5], "=3000*2"), (2, "李示例", identity_number(13), *GOOD[2:])]
    )

    def broken(name: str, content: bytes) -> bytes:
        cell = b'<c r="D3" t="e"><f>VLOOKUP(1,A1,1)</f><v>#N/A</v></c>'
        start = content.find(b'<c r="D3"')
        end = content.find(b"</c>", start) + 4
        return content[:start] + cell + content[end:] if name == SHEET else content

    checked = check(rewritten(path, broken))
    told = [
        (one.where.row, one.where.column, one.code, one.where.value) for one in checked.findings if one.where.column
    ]
    assert (2, "G", "formula-empty", "") in told
    assert (3, "D", "formula-error", "#N/A") in told
    assert len(checked.rows) == 2


def test_merged_and_multi_level_headers(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    rows = [
        ("二〇二二年八月入职人员", *[None] * 6),
        ("序号", "基本信息", None, "时间", None, "增员原因", "月工资"),
        (None, "姓名", "身份证号", "首次参加工作时间", "入职日期", None, None),
        (1, *GOOD),
        ("合计", None, None, None, None, None, 6000),
        ("制表人：某某",),
    ]
    path = workbooks.xlsx(tmp_path / "hr.xlsx", rows)
    book = load_workbook(path)
    for one in ("A1:G1", "A2:A3", "B2:C2", "D2:E2", "F2:F3", "G2:G3"):
        book.worksheets[0].merge_cells(one)
    book.save(path)
    checked = check(path)
    assert (checked.table.header, checked.table.depth, checked.valid) == (1, 2, 1)
    assert [reason for _, reason in checked.skipped] == ["closing", "closing"]
    assert codes(checked.findings) == []


def test_a_value_merged_over_several_people_is_everybodys(tmp_path: Path) -> None:
    people = [("张示例", identity_number(11)), ("李示例", identity_number(13))]
    rows = [
        HEAD,
        *((at, *who, *GOOD[2:]) if at == 1 else (at, *who, None, None, None, None) for at, who in enumerate(people, 1)),
    ]
    path = workbooks.xlsx(tmp_path / "hr.xlsx", rows)
    from openpyxl import load_workbook

    book = load_workbook(path)
    for one in ("D2:D3", "E2:E3", "F2:F3", "G2:G3"):
        book.worksheets[0].merge_cells(one)
    book.save(path)
    assert check(path).valid == 2


def test_what_clerks_type_without_seeing_it(tmp_path: Path) -> None:
    head = tuple(f"\u00a0{one}\n*" for one in HEAD)
    row = (1, "张\u00a0示例", f"'{GOOD[1]}\u00a0", "２０１２-０７-０１", "2022年8月1日\n", " 新增 ", "６，０００")
    checked = check(workbooks.xlsx(tmp_path / "hr.xlsx", [head, (), row]))
    assert not any(one.stops for one in checked.findings)
    assert checked.rows[0].values["wage"] == "6000.00"
    assert checked.rows[0].number == 3


def test_sheets_are_offered_and_a_hidden_one_is_not_preferred(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = good(tmp_path / "hr.xlsx")
    book = load_workbook(path)
    hidden, other = book.create_sheet("旧"), book.create_sheet("七月")
    for sheet in (hidden, other):
        sheet.append([*HEAD, "手机号码"] if sheet is hidden else HEAD)
        sheet.append([1, "李示例", identity_number(13), *GOOD[2:]])
    hidden.sheet_state = "hidden"
    book.save(path)
    checked = check(path)
    assert checked.sheets == ("新员工", "七月", "旧")
    chosen = check_workbook(reading.read(path), checker("yichang", "enrol"), ground("yichang"), sheet="七月")
    assert chosen.rows[0].values["name"] == "李示例"


@pytest.mark.parametrize("encoding", ["gbk", "utf-16-le", "utf-16-be"])
def test_text_without_a_mark(tmp_path: Path, encoding: str) -> None:
    assert check(workbooks.text(tmp_path / "hr.txt", [HEAD, (1, *GOOD)], encoding, "\t")).valid == 1


def test_a_page_that_calls_itself_xls(tmp_path: Path) -> None:
    cells = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in (HEAD, (1, *GOOD)))
    path = tmp_path / "hr.xls"
    path.write_bytes(f"<html><meta charset=gb2312><table>{cells}</table></html>".encode("gb18030"))
    assert (check(path).format, check(path).valid) == ("html", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process by a signal")
def test_a_reader_dies_with_its_pipe(tmp_path: Path) -> None:
    """A reader whose program was killed does not live on."""
    path = good(tmp_path / "hr.xlsx")
    code = (
        "import time\nfrom pathlib import Path\nfrom app.sheets import reading\n"
        f"one = reading.Reading(Path({str(path)!r}))\nprint(one._started._process.pid, flush=True)\ntime.sleep(60)"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    pytest.fail("the reader lives on")


def test_what_the_fuzzer_once_found_is_read_or_refused() -> None:
    from tests.sheets.fuzz import FINDINGS, attempt

    tried = [attempt(one) for one in sorted(FINDINGS.glob("*"))]
    assert all(tried)
