"""The terminal's promises, through its own command line: JSON, exit codes, the sources' figures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Self

import pytest

from app.cli.main import SERVED, run
from app.cli.parser import build
from app.sheets.starting import Started
from tests.cli.conftest import Shell
from tests.support import workbooks
from tests.support.people import identity_number


def test_the_figures_of_yichang(shell: Shell) -> None:
    code, found = shell(
        "pay", "calculate", "--region", "yichang", "--on", "2022-08", "--base", "3450", "--injury-class", "1"
    )
    assert code == 0
    lines = {line["insurance"]: (line["unit"], line["person"]) for line in found["lines"]}
    assert lines == {
        "pension": ("552.00", "276.00"),
        "unemployment": ("24.15", "10.35"),
        "injury": ("6.90", None),
    }
    assert (found["unit"], found["person"], found["total"]) == ("583.05", "286.35", "869.40")
    assert found["total_in_words"] == "捌佰陆拾玖元肆角整"
    assert all(parameter["source"] for parameter in found["parameters"])


def test_the_figures_of_the_suizhou_notice(shell: Shell) -> None:
    words = ("pay", "calculate", "--region", "yichang", "--on", "2021-11", "--base", "18630")
    code, found = shell(*words, "--insurance", "unemployment", "--insurance", "injury")
    assert code == 0
    assert [(line["unit"], line["person"]) for line in found["lines"]] == [("130.41", "55.89"), ("18.63", None)]
    assert found["total"] == "204.93"
    assert shell("tool", "amount", "204.93")[1] == {"in_words": "贰佰零肆元玖角叁分"}
    deadline = ("tool", "deadline", "--issued", "2021-11-13", "--working-days", "10", "--region", "yichang")
    assert shell(*deadline)[1] == {"deadline": "2021-11-29"}


def test_tools(shell: Shell) -> None:
    code, found = shell("tool", "identity", "34052419800101001X")
    assert (code, found["kind"], found["valid"], found["sex"], found["born"]) == (
        0,
        "resident-id",
        True,
        "male",
        "1980-01-01",
    )
    code, found = shell("tool", "identity", "5.30102E+17")
    assert (code, found["valid"], found["findings"][0]["code"]) == (3, False, "identity-destroyed")
    code, found = shell("tool", "identity", "91370481MA3C000000")
    assert (code, found["kind"], found["findings"][0]["severity"]) == (0, "credit-code", "warning")
    words = ("tool", "retirement", "--born", "1965-01", "--sex", "male", "--category", "worker")
    assert shell(*words)[1] == {"retires_in": "2025-02", "delay_months": 1, "age": {"years": 60, "months": 1}}
    late = ["--region", "yichang", "--amount", "10000", "--due", "2021-11-29", "--paid", "2021-12-09"]
    assert shell("tool", "late-fee", *late)[1] == {"days": 10, "late_fee": "50.00"}


def test_a_term_beyond_the_published_calendar_is_refused(shell: Shell) -> None:
    words = ("tool", "deadline", "--issued", "2031-01-06", "--working-days", "10", "--region", "yichang")
    code, found = shell(*words)
    assert code == 3
    assert "2031" in found["error"]["message"]


def test_regions_and_messages(shell: Shell) -> None:
    code, found = shell("regions")
    assert code == 0
    by_id = {region["id"]: region for region in found["regions"]}
    assert {"yichang", "zaozhuang"} <= set(by_id)
    reviews = {item["id"]: item["review"] for item in by_id["zaozhuang"]["items"]}
    assert (reviews["enrol"], reviews["stop"]) == ("automatic", "manual")
    matches = shell("explain", "最大做账期号不等于上一月")[1]["matches"]
    assert [match["region"] for match in matches] == ["yichang"]
    assert matches[0]["remedy"]
    assert shell("explain", "没有这句话")[1] == {"matches": []}


def test_every_item_tells_what_it_needs(shell: Shell) -> None:
    _, found = shell("regions")
    for region in found["regions"]:
        assert {one["kind"] for one in region["items"]} <= {"filing", "query", "guide"}
        for one in region["items"]:
            code, told = shell("guide", one["id"], "--region", region["id"])
            assert code == 0
            assert (told["name"], told["kind"], told["menu"]) == (one["name"], one["kind"], one["menu"])
            assert told["where"] if one["kind"] == "guide" else "fields" in told


@pytest.mark.parametrize("region", ["atlantis", "yichang"])
def test_the_reader_that_was_started_first_has_ended_whatever_came(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    begun: list[Started] = []

    class Noted(Started):
        def __enter__(self) -> Self:
            begun.append(self)
            return self

    monkeypatch.setattr("app.sheets.starting.Started", Noted)
    path = str(workbooks.text(tmp_path / "hr.csv", [workbooks.HEADER]))
    code, _ = shell("sheet", "check", path, "--region", region, "--item", "enrol")
    assert code == (2 if region == "atlantis" else 3)
    assert [one._process.poll() is not None for one in begun] == [True]


@pytest.mark.parametrize("name", sorted(SERVED))
def test_a_command_alone_has_the_grammar_that_it_has_among_all(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, told = name.split(), []
    for grammar in (build(words), build()):
        with pytest.raises(SystemExit):
            grammar.parse_args([*words, "--help"])
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] != ""


def test_a_sheet_is_checked_marked_and_imported_offline(shell: Shell, tmp_path: Path) -> None:
    rows: workbooks.Rows = [
        workbooks.HEADER,
        (1, "张示例", identity_number(11), "2012-07-01", "2022-08-01", "新增", 6000),
        (2, "李示例", identity_number(13), "2012-07-01", "2022-08-01", "新增", 3000),
    ]
    path = str(workbooks.xlsx(tmp_path / "hr.xlsx", rows))
    out = str(tmp_path / "errors.xlsx")
    words = ("--item", "enrol", "--region", "yichang", "--on", "2022-08")
    code, found = shell("sheet", "check", path, *words, "--errors", out)
    assert (code, found["format"], found["rows"], found["valid"]) == (3, "xlsx", 2, 1)
    (finding,) = found["findings"]
    assert (finding["row"], finding["column"], finding["field"], finding["value"]) == (3, "G", "wage", "3000")
    assert Path(out).is_file()
    code, found = shell("sheet", "import", path, *words)
    assert (code, len(found["drafts"])) == (3, 2)
    listed = shell("filing", "list")[1]["filings"]
    assert {one["batch"] for one in listed} == {found["batch"]}
    assert {one["state"] for one in listed} == {"draft"}
    shown = shell("filing", "show", found["drafts"][1][:8])[1]
    assert shown["values"]["wage"] == "3000.00"
    voided = shell("filing", "void", found["drafts"][1])[1]
    assert voided["state_label"] == "已作废"
    code, found = shell("filing", "void", found["drafts"][1])
    assert (code, found["error"]["code"]) == (2, "filing-fixed")


def test_a_template_is_written_and_nothing_else(shell: Shell, tmp_path: Path) -> None:
    out = tmp_path / "new" / "t.xlsx"
    code, found = shell("sheet", "template", "enrol", str(out), "--region", "zaozhuang")
    assert (code, found["columns"][0]) == (0, "社会保障号码")
    assert [path.name for path in out.parent.iterdir()] == ["t.xlsx"]


LATE_FEE = ("tool", "late-fee", "--region", "yichang", "--due", "2021-11-29", "--paid", "2021-12-09")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pay", "frobnicate"), 2),
        (("nothing",), 2),
        (("sheet", "check", "none.xlsx", "--item", "enrol", "--region", "yichang"), 2),
        (("sheet", "template", "poem", "out.xlsx", "--region", "yichang"), 2),
        (("sheet", "template", "enrol", "out.xlsx", "--region", "atlantis"), 2),
        (("pay", "calculate", "--region", "yichang", "--on", "2022-13", "--base", "1"), 2),
        (("pay", "calculate", "--region", "yichang", "--on", "2026-11", "--base", "6000"), 3),
        (("tool", "amount", "10.005"), 2),
        (("tool", "amount", "9" * 20), 2),
        (("tool", "deadline", "--issued", "2021-11-13", "--working-days", "-1", "--region", "yichang"), 2),
        ((*LATE_FEE, "--amount", "-5"), 2),
        (("certificate", "--insurance", "pension", "--months", "0", "--pdf", "x.pdf"), 2),
        (("ukey", "change-pin"), 4),
        (("whoami",), 4),
        (("filing", "submit"), 4),
        (("filing", "show", "abcdef"), 2),
        (("verify", "none.pdf"), 2),
        (("query", "roster"), 4),
        (("query", "roster", "--out", "roster.doc"), 2),
        (("file", "enrol", "--with", "wage=6000"), 4),
        (("guide", "poem", "--region", "yichang"), 2),
        (("guide", "enrol", "--region", "yichang", "--pdf", "form.pdf"), 2),
    ],
)
def test_refusals_have_their_exit_code_and_a_sentence(shell: Shell, words: tuple[str, ...], code: int) -> None:
    found_code, found = shell(*words)
    assert found_code == code
    assert found["error"]["message"]
    assert "Traceback" not in shell.said
    assert "{" not in found["error"]["message"]


@pytest.mark.parametrize(
    "words",
    [("nothing",), ("tool",), ("tool", "amount"), ("tool", "amount", "1", "2"), ("pay", "calculate", "--region")],
)
def test_a_wrong_command_is_refused_in_chinese(shell: Shell, words: tuple[str, ...]) -> None:
    _, found = shell(*words)
    said = found["error"]["message"]
    assert not {"argument", "required", "unrecognized", "expected", "invalid"} & set(re.findall("[a-z]+", said))


def test_options_may_stand_before_or_after(shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tool", "amount", "1", "--json", f"--home={tmp_path}"]) == 0
    assert json.loads(capsys.readouterr().out) == {"in_words": "壹元整"}


def test_without_json_people_read_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["tool", "amount", "1", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "in_words: 壹元整\n"


def test_every_command_of_the_grammar_is_served_or_says_it_is_not() -> None:
    import argparse

    groups = next(a for a in build()._actions if isinstance(a, argparse._SubParsersAction))
    named = set()
    for group, parser in groups.choices.items():
        actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        named |= {f"{group} {action}" for a in actions for action in a.choices}
        named |= set() if any(a.required for a in actions) else {group}
    assert named == set(SERVED)


def test_a_fault_of_ours_is_a_sentence_and_a_report_without_data(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import tempfile

    from app.cli import tools

    def broken(*_: object) -> None:
        secret = "张示例 34052419800101001X"
        raise RuntimeError(secret)

    monkeypatch.setattr(tools, "tool_amount", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code, found = shell("tool", "amount", "1")
    assert (code, found["error"]["code"]) == (70, "fault")
    (report,) = (tmp_path / "shebaodesk-reports").iterdir()
    text = report.read_text("utf-8")
    assert "RuntimeError" in text
    assert "34052419800101001X" not in text + shell.said
