"""Every query of every region's pack, asked of the real bureau; and the terminal's way to a query and a filing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.errors import BureauRefused
from app.regions.pack import Kind
from app.workflows import queries, single, submit
from app.workflows.desk import Desk
from bureau import training
from bureau.demo.ground import PIN, Ground
from tests.support.ground import Clerk
from ui.documents import fetching
from ui.documents.listing import papers_of


@pytest.mark.parametrize("ground", training.regions(), indirect=True)
def test_every_query_is_answered_and_none_needs_what_its_form_has_not(clerk: Clerk, tmp_path: Path) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    region = desk.region(clerk.ground.region)
    for item in region.items.values():
        if item.kind is not Kind.QUERY:
            continue
        raw = {one.key: one.example for one in item.fields if one.required}
        asked = queries.conditions(desk, region, item, raw)
        try:
            found = queries.ask(desk, clerk.bureau, unit, item, asked)
        except BureauRefused as refused:
            pytest.fail(f"{region.id} {item.id}: {refused.code} {refused.facts}")
        assert found.table.columns, item.id
        assert found.table.total >= len(found.table.rows)
        assert queries.last(desk, unit, item) is not None
        queries.export(found.table, tmp_path / f"{item.id}.xlsx")
        queries.export(found.table, tmp_path / f"{item.id}.csv")


class Terminal:
    """Commands over the desk of a ground, where somebody is logged in."""

    def __init__(self, ground: Ground, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._ground, self._capture, self._patch = ground, capture, patch

    def __call__(self, *words: str) -> tuple[int, dict[str, Any]]:
        import io

        self._patch.setattr("sys.stdin", io.StringIO(f"{PIN}\n"))
        code = run(["--json", "--home", str(self._ground.desk.home), *words], self._desk)
        return code, json.loads(self._capture.readouterr().out)

    def _desk(self, home: Path) -> Desk:
        return Desk(home, open_keys=self._ground.desk.open_keys)


@pytest.fixture
def terminal(clerk: Clerk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Logged in by the clerk before."""
    clerk.signer.close()
    return Terminal(clerk.ground, capsys, monkeypatch)


def test_the_terminal_asks_and_exports(terminal: Terminal, tmp_path: Path) -> None:
    person = training.people("yichang", training.Role.ACTIVE)[0]
    out = tmp_path / "人员.csv"
    code, found = terminal("query", "roster", "--with", f"name={person.name}", "--out", str(out))
    assert code == 0
    assert found["total"] == len(found["rows"]) == 1
    assert person.identity in found["rows"][0].values()
    assert f"\t{person.identity}" in out.read_text("utf-8-sig")
    assert terminal("query", "no-such")[0] == 2
    assert terminal("query", "roster", "--with", "shoe=44")[1]["error"]["code"] == "field-unknown"


def test_the_terminal_files_any_item(terminal: Terminal) -> None:
    values = ("--with", "action=新增", "--with", "开户银行=示例银行", "--with", "account=6222000000000000000")
    code, found = terminal("file", "bank-account", *values, "--pin-stdin")
    assert (code, len(found["accepted"]), found["refused"]) == (0, 1, [])
    assert found["accepted"][0]["state"] == "approved"
    _, listed = terminal("query", "bank-account-list")
    assert any("6222000000000000000" in row.values() for row in listed["rows"])


def test_what_does_not_pass_the_checks_leaves_nothing_behind(terminal: Terminal) -> None:
    code, found = terminal("file", "bank-account", "--with", "action=新增", "--pin-stdin")
    assert code == 3
    assert {one["field"] for one in found["findings"]} >= {"bank", "account"}
    assert [one for one in terminal("filing", "list")[1]["filings"] if one["state"] == "draft"] == []
    assert terminal("file", "roster", "--pin-stdin")[1]["error"]["code"] == "item-not-filed"


@pytest.mark.parametrize("ground", ["ningbo"], indirect=True)
def test_a_statement_of_account_is_issued_and_printed_offline_afterwards(clerk: Clerk) -> None:
    desk, unit = clerk.ground.desk, clerk.session.unit.number
    person = training.people("ningbo", training.Role.ACTIVE)[0]
    item = desk.item("ningbo", "account-statement")
    raw = {"identity": person.identity, "name": person.name, "insurance": "pension"}
    known = {one.key for one in item.fields}
    filing = single.prepare(
        desk, "ningbo", clerk.session.unit, item, {key: value for key, value in raw.items() if key in known}, {}
    )
    done = submit.submit(desk, clerk.bureau, clerk.session, clerk.signer, [filing])
    code = done.accepted[0].outcome["document"]
    assert fetching.other_paper(desk, "ningbo", unit, None, code) is None
    printed = fetching.other_paper(desk, "ningbo", unit, clerk.session, code)
    assert printed is not None
    assert printed.pages >= 1
    again = fetching.other_paper(desk, "ningbo", unit, None, code)
    assert again is not None
    assert again.pages == printed.pages
    assert [one.key for one in papers_of(desk, "ningbo", unit)] == [code]
