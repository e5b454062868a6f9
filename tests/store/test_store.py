"""The clerk's database: encrypted, durable, migrated, and never overwritten unseen."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.filings import Attachment, Filing, FilingState
from app.domain.findings import Finding, Where, error
from app.domain.months import Month
from app.errors import LocalDataError, UsageError
from app.store.database import Database
from app.store.filings import FilingStore, StaleFiling
from app.store.keys import FileKey, key_source
from app.store.migrations import MIGRATIONS
from app.store.outbox import Outbox, Sealed
from app.store.said import Said

NOW = datetime(2022, 8, 8, 9, 0, tzinfo=UTC)
NAME = "张示例独一无二"


def key_of(home: Path) -> FileKey:
    return FileKey(home / "store.key")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path, key_of(tmp_path))
    yield opened
    opened.close()


def filing(number: int = 1, **changes: object) -> Filing:
    values: dict[str, object] = {
        "id": f"{number:032x}",
        "region": "yichang",
        "unit_number": "4205001234",
        "item": "enrol",
        "month": Month(2022, 8),
        "values": {"identity": f"ID{number}", "name": NAME},
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Filing(**{**values, **changes})  # type: ignore[arg-type]


def test_what_is_kept_comes_back(database: Database) -> None:
    store = FilingStore(database)
    whole = filing(
        attachments=(Attachment("enrol", "表.pdf", "ab" * 32, 7, "application/pdf"),),
        outcome={"notice": "2022080812345678"},
        findings=(error("base-below-floor", where=Where(field="wage"), limit="3,450.00"),),
        batch="b1",
        note="说明",
    )
    store.add([whole, filing(2)])
    assert store.get(whole.id) == whole
    assert [one.id for one in store.select("4205001234", batch="b1")] == [whole.id]
    assert store.open_subjects("4205001234", "enrol") == {"ID1", "ID2"}
    assert isinstance(store.get(whole.id).findings[0], Finding)


def test_nothing_readable_is_on_the_disk(tmp_path: Path, database: Database) -> None:
    FilingStore(database).add([filing()])
    database.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("store.db"))
    assert not content.startswith(b"SQLite format")
    assert NAME.encode() not in content
    assert b"yichang" not in content


def test_the_key_file_is_the_users_own(tmp_path: Path, database: Database) -> None:
    assert database.key_kind == "file"
    mode = stat.S_IMODE((tmp_path / "store.key").stat().st_mode)
    assert mode == 0o600 or sys.platform == "win32"


def test_a_lost_key_is_never_replaced(tmp_path: Path, database: Database) -> None:
    FilingStore(database).add([filing()])
    database.close()
    (tmp_path / "store.key").unlink()
    with pytest.raises(LocalDataError) as refused:
        Database(tmp_path, key_of(tmp_path))
    assert refused.value.code == "store-key-missing"
    assert not (tmp_path / "store.key").exists()


def test_a_wrong_key_and_a_damaged_file_are_told_and_left_alone(tmp_path: Path, database: Database) -> None:
    database.close()
    before = (tmp_path / "store.db").read_bytes()
    key_of(tmp_path).save("00" * 32)
    with pytest.raises(LocalDataError) as refused:
        Database(tmp_path, key_of(tmp_path))
    assert refused.value.code == "local-data"
    assert (tmp_path / "store.db").read_bytes() == before


def test_a_store_from_a_newer_program_is_refused(tmp_path: Path, database: Database) -> None:
    database.run(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(LocalDataError) as refused:
        Database(tmp_path, key_of(tmp_path))
    assert refused.value.code == "store-newer"


def test_two_windows_do_not_overwrite_each_other(database: Database) -> None:
    store = FilingStore(database)
    store.add([filing()])
    mine = store.get(filing().id).edited({"name": "甲"}, NOW)
    theirs = store.get(filing().id).edited({"name": "乙"}, NOW)
    store.save(mine)
    with pytest.raises(StaleFiling):
        store.save(theirs)
    assert store.get(filing().id).values == {"name": "甲"}


def test_every_step_is_in_the_history(database: Database) -> None:
    store = FilingStore(database)
    store.add([filing()])
    store.save(store.get(filing().id).moved(FilingState.CHECKED, NOW))
    store.save(store.get(filing().id).moved(FilingState.SEALED, NOW))
    states = [state for state, _, _ in store.history(filing().id)]
    assert states == [FilingState.DRAFT, FilingState.CHECKED, FilingState.SEALED]


def test_a_short_or_unknown_id_is_refused(database: Database) -> None:
    FilingStore(database).add([filing()])
    for wrong in ("", "000", "ffffffff"):
        with pytest.raises(UsageError):
            FilingStore(database).get(wrong)


def test_a_batch_is_kept_whole_or_not_at_all(database: Database) -> None:
    store = FilingStore(database)
    with pytest.raises(Exception, match="UNIQUE"):
        store.add([filing(1), filing(2), filing(1)])
    assert store.select() == []


def test_the_outbox_gives_out_what_has_no_answer(database: Database) -> None:
    FilingStore(database).add([filing(1), filing(2)])
    outbox = Outbox(database)
    sealed = [Sealed(f"k{n}", filing(n).id, "{}", "d", "RS256", b"c", b"s") for n in (1, 2)]
    outbox.put(sealed, NOW)
    assert outbox.waiting("4205001234") == sealed
    outbox.answered("k1", '{"receipt": 1}', NOW)
    assert [one.key for one in outbox.waiting("4205001234")] == ["k2"]
    assert outbox.receipt_of(filing(1).id) == '{"receipt": 1}'
    assert outbox.waiting("another unit") == []


def test_what_the_bureau_said_is_kept_per_unit(database: Database) -> None:
    said = Said(database)
    said.put("1", "unit", {"name": "甲"}, NOW)
    said.put("1", "unit", {"name": "乙"}, NOW)
    assert (said.get("1", "unit"), said.get("2", "unit")) == ({"name": "乙"}, None)
    assert said.heard_at("1", "unit") == NOW
    said.forget("1", "unit")
    assert said.get("1", "unit") is None


def _write_until_killed(home: str, ready: multiprocessing.synchronize.Event) -> None:
    store = FilingStore(Database(Path(home), key_of(Path(home))))
    number = 0
    while True:
        store.add([filing(number * 10 + offset, batch=f"b{number}") for offset in range(10)])
        number += 1
        ready.set()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's; Windows ends processes another way")
def test_killed_in_the_middle_of_writing_batches_stay_whole(tmp_path: Path) -> None:
    key_of(tmp_path).save("ab" * 32)
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=_write_until_killed, args=(str(tmp_path), ready))
    writer.start()
    assert ready.wait(30)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    writer.close()
    database = Database(tmp_path, key_of(tmp_path))
    counts = database.rows("SELECT batch, count(*) FROM filings GROUP BY batch")
    database.close()
    assert counts
    assert {count for _, count in counts} == {10}


def test_an_existing_key_file_goes_before_the_keyring(tmp_path: Path) -> None:
    key_of(tmp_path).save("ab" * 32)
    assert key_source(tmp_path).kind == "file"
