"""Filings, their history and their attachments in the database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.domain.filings import Attachment, Filing, FilingState
from app.domain.findings import Finding, Severity, Where
from app.domain.months import Month
from app.errors import UsageError
from app.store import pieces as packing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.store.database import Database

_COLUMNS = (
    "id, region, unit_number, item, month, state, subject, vals, attachments, outcome, findings, batch, bureau_id,"
    " note, revision, created_at, updated_at"
)
_INSERT = f"INSERT INTO filings ({_COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - no input in it
_STEP = "INSERT INTO steps (filing, state, note, at) VALUES (?, ?, '', ?)"
_UPDATE = """UPDATE filings SET state = ?, subject = ?, vals = ?, attachments = ?, outcome = ?, findings = ?,
             bureau_id = ?, note = ?, revision = ?, updated_at = ? WHERE id = ?"""


class StaleFiling(Exception):
    """Another window changed the filing first; nothing was overwritten."""


class FilingStore:
    """All filings of this computer. ``subject`` is the identity number a filing speaks of, for finding duplicates."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, filings: Iterable[Filing]) -> None:
        """Keep new filings: all of them or, killed in the middle, none."""
        rows = [_row(filing) for filing in filings]
        with self._db.transaction():
            self._db.run_many(_INSERT, rows)
            self._db.run_many(_STEP, [(row[0], row[5], row[15]) for row in rows])

    def add_alike(self, pattern: Filing, pieces: Iterable[tuple[Sequence[str], Mapping[str, Sequence[str]]]]) -> None:
        """Keep many new filings that differ in id and values only: all of them or, killed in the middle, none.

        Each piece is its ids (32 characters each) and its values as columns of the same length. :meth:`settle` may
        follow when there is time.
        """
        row = json.dumps(_row(pattern), ensure_ascii=False)
        with self._db.transaction():
            for ids, columns in pieces:
                content = packing.packed(ids, columns)
                self._db.run("INSERT INTO pieces (pattern, content) VALUES (?, ?)", (row, content))

    def settle(self) -> None:
        """Give what :meth:`add_alike` kept its place among the filings, piece by piece.

        Everything else does this first, so that nobody sees the difference; it takes about a second for a hundred
        thousand. Killed in the middle, the rest is done the next time.
        """
        while self._settle_one():
            pass

    def _settle_one(self) -> bool:
        if self._db.row("SELECT 1 FROM pieces LIMIT 1") is None:
            return False
        with self._db.transaction():
            # Looked for again: another program may have done it meanwhile.
            found = self._db.row("SELECT number, pattern, content FROM pieces ORDER BY number LIMIT 1")
            if found is None:
                return False
            number, row, (ids, columns) = found[0], json.loads(found[1]), packing.unpacked(bytes(found[2]))
            same, rest = row[1:6], row[8:]
            subjects = columns.get("identity", [""] * len(ids))
            values = packing.objects(columns) if columns else ["{}"] * len(ids)
            rows = zip(ids, subjects, values, strict=True)
            self._db.run_many(_INSERT, ((one, *same, subject, said, *rest) for one, subject, said in rows))
            self._db.run_many(_STEP, ((one, row[5], row[15]) for one in ids))
            self._db.run("DELETE FROM pieces WHERE number = ?", (number,))
        return True

    @property
    def _settled(self) -> Database:
        """The database, in which every filing has its place by now."""
        self.settle()
        return self._db

    def save(self, filing: Filing) -> None:
        """Keep a filing's next revision and note the step. Raises StaleFiling, changing nothing."""
        row = _row(filing)
        with self._settled.transaction():
            before = self._db.row("SELECT revision, state FROM filings WHERE id = ?", (filing.id,))
            if before is None or before[0] >= filing.revision:
                raise StaleFiling(filing.id)
            self._db.run(
                _UPDATE,
                (*row[5:11], *row[12:15], row[16], filing.id),
            )
            if before[1] != row[5]:
                self._db.run(
                    "INSERT INTO steps (filing, state, note, at) VALUES (?, ?, ?, ?)",
                    (filing.id, row[5], filing.note, row[16]),
                )

    def give(self, filing_id: str, unit_number: str) -> None:
        """Make a filing that belongs to no unit yet a unit's own."""
        self._settled.run(
            "UPDATE filings SET unit_number = ? WHERE id = ? AND unit_number = ''", (unit_number, filing_id)
        )

    def get(self, filing_id: str) -> Filing:
        """The filing of that id, or of a unique beginning of it. Raises UsageError ``filing-unknown``."""
        rows = self._settled.rows(f"SELECT {_COLUMNS} FROM filings WHERE id = ?", (filing_id,))  # noqa: S608 - constants only
        if not rows:
            # Not in one question with the first: looking for a beginning goes through all filings.
            rows = self._db.rows(
                f"SELECT {_COLUMNS} FROM filings WHERE id LIKE ? || '%' LIMIT 2",  # noqa: S608 - constants only
                (filing_id,),
            )
        if len(rows) != 1 or len(filing_id) < 4:
            raise UsageError("filing-unknown", id=filing_id)
        return _filing(rows[0])

    def by_bureau_id(self, bureau_id: str) -> Filing | None:
        """The filing that the bureau knows under that number."""
        return self._first("bureau_id = ?", (bureau_id,))

    def select(
        self,
        unit_number: str | None = None,
        *,
        states: Sequence[FilingState] = (),
        item: str | None = None,
        batch: str | None = None,
    ) -> list[Filing]:
        """Filings that fit, newest first."""
        where, values = ["1 = 1"], list[Any]()
        for clause, value in (("unit_number = ?", unit_number), ("item = ?", item), ("batch = ?", batch)):
            if value is not None:
                where.append(clause)
                values.append(value)
        if states:
            where.append(f"state IN ({', '.join('?' * len(states))})")
            values.extend(state.value for state in states)
        rows = self._settled.rows(
            f"SELECT {_COLUMNS} FROM filings WHERE {' AND '.join(where)} ORDER BY created_at DESC, rowid DESC",  # noqa: S608 - clauses are constants
            values,
        )
        return [_filing(row) for row in rows]

    def ids(self, unit_number: str, region: str, item: str, states: Sequence[FilingState]) -> frozenset[str]:
        """Ids of the filings of an item in one of these states."""
        marks = ", ".join("?" * len(states))
        # In one row: for each row of a hundred thousand the interpreter would be asked for and given back.
        row = self._settled.row(
            "SELECT group_concat(id) FROM filings WHERE unit_number = ? AND region = ? AND item = ?"  # noqa: S608 - question marks only
            f" AND state IN ({marks})",
            (unit_number, region, item, *(state.value for state in states)),
        )
        return frozenset(row[0].split(",") if row is not None and row[0] else ())

    def counts(self, unit_number: str, region: str) -> dict[tuple[str, Month, FilingState], int]:
        """How many filings of a unit there are of each item, month and state."""
        rows = self._settled.rows(
            "SELECT item, month, state, COUNT(*) FROM filings WHERE unit_number = ? AND region = ? GROUP BY 1, 2, 3",
            (unit_number, region),
        )
        return {(item, Month.parse(month), FilingState(state)): many for item, month, state, many in rows}

    def open_subjects(self, unit_number: str, item: str) -> frozenset[str]:
        """Identity numbers for which an unfinished filing of that item exists."""
        rows = self._settled.rows(
            "SELECT subject FROM filings WHERE unit_number = ? AND item = ? AND subject <> ''"
            " AND state NOT IN ('approved', 'rejected', 'withdrawn', 'voided')",
            (unit_number, item),
        )
        return frozenset(row[0] for row in rows)

    def history(self, filing_id: str) -> list[tuple[FilingState, str, datetime]]:
        """Every step of a filing, oldest first: state, note, when."""
        rows = self._settled.rows("SELECT state, note, at FROM steps WHERE filing = ? ORDER BY number", (filing_id,))
        return [(FilingState(state), note, datetime.fromisoformat(at)) for state, note, at in rows]

    def keep_file(self, sha256: str, media_type: str, content: bytes) -> None:
        """Keep an attachment's bytes, once."""
        self._db.run("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", (sha256, media_type, content))

    def file(self, sha256: str) -> bytes:
        """An attachment's bytes. Raises KeyError."""
        row = self._db.row("SELECT content FROM files WHERE sha256 = ?", (sha256,))
        if row is None:
            raise KeyError(sha256)
        return bytes(row[0])

    def _first(self, where: str, values: Sequence[Any]) -> Filing | None:
        row = self._settled.row(f"SELECT {_COLUMNS} FROM filings WHERE {where}", values)  # noqa: S608 - constants only
        return None if row is None else _filing(row)


def _row(filing: Filing) -> tuple[Any, ...]:
    return (
        filing.id,
        filing.region,
        filing.unit_number,
        filing.item,
        str(filing.month),
        filing.state.value,
        filing.values.get("identity", ""),
        json.dumps(dict(filing.values), ensure_ascii=False),
        json.dumps([[a.slot, a.name, a.sha256, a.size, a.media_type] for a in filing.attachments], ensure_ascii=False),
        json.dumps(dict(filing.outcome), ensure_ascii=False),
        json.dumps([_finding_out(one) for one in filing.findings], ensure_ascii=False),
        filing.batch,
        filing.bureau_id,
        filing.note,
        filing.revision,
        filing.created_at.isoformat(),
        filing.updated_at.isoformat(),
    )


def _filing(row: Sequence[Any]) -> Filing:
    return Filing(
        id=row[0],
        region=row[1],
        unit_number=row[2],
        item=row[3],
        month=Month.parse(row[4]),
        state=FilingState(row[5]),
        values=json.loads(row[7]),
        attachments=tuple(Attachment(*one) for one in json.loads(row[8])),
        outcome=json.loads(row[9]),
        findings=tuple(_finding_in(one) for one in json.loads(row[10])),
        batch=row[11],
        bureau_id=row[12],
        note=row[13],
        revision=row[14],
        created_at=datetime.fromisoformat(row[15]),
        updated_at=datetime.fromisoformat(row[16]),
    )


def _finding_out(finding: Finding) -> list[Any]:
    return [finding.code, finding.severity.value, dict(finding.facts), finding.where.field]


def _finding_in(data: Sequence[Any]) -> Finding:
    return Finding(data[0], Severity(data[1]), data[2], Where(field=data[3]))
