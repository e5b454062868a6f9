"""The outbox: sealed filings on their way. A row is written before the first byte leaves and answered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from app.store.database import Database


@dataclass(frozen=True, slots=True)
class Sealed:
    """A filing as it is sent: the canonical text, who signed it and how. ``key`` makes sending it twice harmless."""

    key: str
    filing: str
    envelope: str
    digest: str
    algorithm: str
    certificate: bytes
    signature: bytes


class Outbox:
    """What has been sealed, sent and answered."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, sealed: Iterable[Sealed], at: datetime) -> None:
        """Queue sealed filings, durably once the surrounding transaction ends."""
        self._db.run_many(
            "INSERT INTO outbox (key, filing, envelope, digest, algorithm, certificate, signature, queued_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (s.key, s.filing, s.envelope, s.digest, s.algorithm, s.certificate, s.signature, at.isoformat())
                for s in sealed
            ],
        )

    def waiting(self, unit_number: str, limit: int = 500) -> list[Sealed]:
        """Filings of a unit that have no answer yet, oldest first."""
        rows = self._db.rows(
            "SELECT o.key, o.filing, o.envelope, o.digest, o.algorithm, o.certificate, o.signature FROM outbox o"
            " JOIN filings f ON f.id = o.filing"
            " WHERE o.answered_at IS NULL AND f.unit_number = ? ORDER BY o.queued_at, o.rowid LIMIT ?",
            (unit_number, limit),
        )
        return [_sealed(row) for row in rows]

    def tried(self, keys: Sequence[str]) -> None:
        """Count an attempt, before the first byte leaves."""
        self._db.run_many("UPDATE outbox SET attempts = attempts + 1 WHERE key = ?", [(key,) for key in keys])

    def answered(self, key: str, receipt: str | None, at: datetime) -> None:
        """Note the bureau's answer with its receipt (JSON text)."""
        self._db.run(
            "UPDATE outbox SET receipt = ?, answered_at = ? WHERE key = ? AND answered_at IS NULL",
            (receipt, at.isoformat(), key),
        )

    def receipt_of(self, filing: str) -> str | None:
        """The latest receipt for a filing as JSON text."""
        row = self._db.row(
            "SELECT receipt FROM outbox WHERE filing = ? AND receipt IS NOT NULL ORDER BY answered_at DESC", (filing,)
        )
        return None if row is None else str(row[0])


def _sealed(row: Sequence[Any]) -> Sealed:
    return Sealed(row[0], row[1], row[2], row[3], row[4], bytes(row[5]), bytes(row[6]))
