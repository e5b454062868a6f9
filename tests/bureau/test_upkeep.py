"""What keeps a bureau going: a revocation list that does not run out, and folders from before that still open."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from alembic import command
from cryptography import x509
from sqlalchemy import MetaData, Table

from app.domain.months import Month
from bureau import clock, serving, training
from bureau.database import Database, _alembic, file_url
from bureau.models import Insured
from bureau.office import Office
from bureau.pki import REVOCATIONS_LIFE, Pki
from bureau.registers import WageDeclared
from bureau.training import Role
from tests.support.bureau import RunningBureau, clerk_at
from tests.support.filing import ALL
from tests.support.office import Counter, open_counter


def ends(pki: Pki) -> dt.datetime:
    found = x509.load_pem_x509_crl(pki.revocations_file.read_bytes()).next_update_utc
    assert found is not None
    return found


def test_the_revocation_list_is_renewed_in_time_and_keeps_what_is_on_it(counter: Counter) -> None:
    key = counter.key()
    counter.pki.revoke(key.certificate)
    fresh = ends(counter.pki)
    assert counter.pki.renew_revocations() is False
    counter.pki.publish_revocations(life=REVOCATIONS_LIFE / 2)

    assert counter.pki.renew_revocations() is True

    renewed = x509.load_pem_x509_crl(counter.pki.revocations_file.read_bytes())
    serial = x509.load_der_x509_certificate(key.certificate).serial_number
    assert ends(counter.pki) >= fresh
    assert renewed.get_revoked_certificate_by_serial_number(serial) is not None


def test_a_list_that_was_taken_away_or_spoilt_is_not_made_up(counter: Counter) -> None:
    counter.pki.revocations_file.write_text("spoilt")
    assert counter.pki.renew_revocations() is False
    counter.pki.revocations_file.unlink()
    assert counter.pki.renew_revocations() is False
    assert not counter.pki.revocations_file.exists()


def test_the_server_looks_after_the_list_while_it_serves(counter: Counter) -> None:
    counter.pki.publish_revocations(life=dt.timedelta(minutes=10))
    soon = ends(counter.pki)
    server = serving._Server(uvicorn.Config(lambda *_: None, log_config=None), counter.office)
    server.config.load()

    asyncio.run(server.on_tick(serving._FIRST_LOOK))

    assert ends(counter.pki) - soon > REVOCATIONS_LIFE / 2


def test_a_lock_left_by_a_dead_process_holds_nobody_up_for_long(tmp_path: Path) -> None:
    pki = Pki(tmp_path)
    (tmp_path / "unit-ca.lock").touch()

    pki.publish_revocations()

    assert ends(pki) > dt.datetime.now(dt.UTC)
    assert not (tmp_path / "unit-ca.lock").exists()


def _rows(unit: training.TrainingUnit, person: training.TrainingPerson) -> Iterator[tuple[str, dict[str, object]]]:
    """One unit with one person, paid for until July 2022, as the first version wrote them."""
    yield "clock", {"id": 1, "offset": -100000}
    yield (
        "unit",
        {
            "number": unit.number,
            "region": unit.region,
            "name": unit.name,
            "credit_code": unit.credit_code,
            "injury_class": unit.injury_class,
            "insurances": ALL,
            "last_period": "2022-07",
            "tripartite": True,
        },
    )
    yield "person", {"id": 1, "number": "1", "identity": person.identity, "name": person.name}
    spell = {"unit_number": unit.number, "person_id": 1, "since": "2022-01", "base": 600000}
    spell |= {"carried_from": "2022-01", "carried_until": "2022-07"}
    for number, insurance in enumerate(ALL.split(","), start=1):
        yield "insured", {**spell, "id": number, "insurance": insurance}


def test_a_folder_of_the_first_tables_goes_on(tmp_path: Path, database: str | None) -> None:
    """Made by migration 0001, filled, then served by this version: the month can be declared and billed."""
    folder = tmp_path / "bureau"
    folder.mkdir()
    unit, person = training.unit("yichang"), training.people("yichang", Role.ACTIVE)[0]
    old = Database(database or file_url(folder))
    with old.engine.execution_options(writes=True).begin() as connection:
        configuration = _alembic()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        for table, row in _rows(unit, person):
            connection.execute(Table(table, MetaData(), autoload_with=connection).insert(), row)
    old.close()

    with open_counter(tmp_path, db=database) as counter:
        with counter.office.database.write() as session:
            declared = session.query(WageDeclared.year, WageDeclared.person_id).all()
            assert session.query(Insured).count() == 3
            clock.set_to(session, training.first_clock("yichang"))
        clerk = counter.clerk()
        clerk.month = "2022-08"

        assert [tuple(row) for row in declared] == [(2022, 1)]
        assert clerk.file("payment", {"month": "2022-08", "insurances": ALL}).accepted
        assert clerk.file("notice", {"month": "2022-08"}).notice
        assert clerk.client.unit()[0].last_period == Month(2022, 8)


def test_the_tax_offices_counter_works_on_a_bureau_that_serves(bureau: RunningBureau) -> None:
    with clerk_at(bureau) as clerk:
        clerk.file("payment", {"month": "2022-08", "insurances": ALL})
        number = clerk.file("notice", {"month": "2022-08"}).notice
        assert number is not None
        assert bureau.counter("tax", "list") == {"bills": []}
        bureau.advance(hours=1)

        (bill,) = bureau.counter("tax", "list")["bills"]

        assert (bill["number"], bill["state"], bill["vouchers"]) == (number, "未申报", [])
        for words in (("lock", number), ("resolve", number, "paid"), ("void-voucher", "1"), ("pay-voucher", "1")):
            assert bureau.command("tax", *words).returncode != 0


def test_an_office_without_a_region_named_serves_the_first(tmp_path: Path) -> None:
    office = Office.open(tmp_path)
    try:
        assert serving.served_regions(office, []) == ("yichang",)
        assert serving.served_regions(office, ["shaanxi", "ningbo"]) == ("shaanxi", "ningbo")
    finally:
        office.database.close()
