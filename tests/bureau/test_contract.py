"""The written contract, the tables' history and the training ground: each is what the code makes of it."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.domain.identity import IdentityKind, examine
from app.domain.months import Month
from app.errors import LocalDataError, UsageError
from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS
from bureau import training
from bureau.api.description import FILE, text
from bureau.database import Database, file_url
from bureau.models import Base
from bureau.training import Role
from tests.support.office import Counter

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_openapi_file_is_what_the_application_says() -> None:
    """After a change: python3 -m bureau describe > resources/contract/openapi.json."""
    assert FILE.read_text("utf-8") == text()


def test_the_document_names_every_path_and_every_reason_to_refuse_a_login() -> None:
    document = DOCUMENT.read_text("utf-8")
    paths = re.findall(r'^  "(/v1/[^"]+)": \{$', text(), re.MULTILINE)

    assert len(paths) == 17
    assert [path for path in paths if path not in document] == []
    source = (Path(__file__).parents[2] / "bureau" / "trust.py").read_text("utf-8")
    assert [code for code in re.findall(r'Distrusted\("([a-z-]+)"\)', source) if f"`{code}`" not in document] == []


def test_what_is_not_there_is_said_in_the_contracts_form(counter: Counter) -> None:
    for method, path in (("GET", "/v1/lottery"), ("POST", "/v1/unit"), ("GET", "/")):
        response = counter.http.request(method, path)
        assert response.json()["error"]["code"] == "not-found"


def test_a_malformed_request_is_told_where_and_not_what(counter: Counter) -> None:
    clerk = counter.clerk()
    headers = {"Authorization": f"Bearer {clerk.client.session}"}

    response = counter.http.post("/v1/people/lookup", json={"identities": ["x" * 31]}, headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["facts"] == {"path": "body.identities.0"}
    assert "xxx" not in response.text


def test_a_fault_is_answered_and_logged_without_what_was_sent(
    counter: Counter, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = counter.clerk()

    def broken(*_: object) -> None:
        raise RuntimeError("420500200001159155")

    monkeypatch.setattr("bureau.standing.look_up", broken)
    headers = {"Authorization": f"Bearer {clerk.client.session}"}
    response = counter.http.post("/v1/people/lookup", json={"identities": ["420500200001159155"]}, headers=headers)

    assert (response.status_code, response.json()["error"]["code"]) == (500, "fault")
    assert "RuntimeError" in caplog.text
    assert "420500200001159155" not in caplog.text + response.text


def test_the_migrations_make_the_tables_of_the_models(database: str | None, tmp_path: Path) -> None:
    made = Database(database or file_url(tmp_path))
    made.migrate()
    made.migrate()  # a second time changes nothing

    with made.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    made.close()

    assert differences == []


def test_a_database_of_a_newer_bureau_is_left_alone(tmp_path: Path) -> None:
    database = Database(file_url(tmp_path))
    database.migrate()
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(LocalDataError, match="store-newer"):
        database.migrate()
    database.close()


@pytest.mark.parametrize("region", ["yichang", "zaozhuang"])
def test_the_training_ground_is_sound_and_always_the_same(region: str) -> None:
    people = training.people(region)
    pack = Catalog(KNOWN_CHECKS).region(region)
    month = Month.of(training.first_clock(region).date())
    floor, ceiling = (pack.parameters[key].used(month).amount for key in ("base.floor", "base.ceiling"))

    assert people == training.people(region)
    assert len({one.identity for one in people}) == len(people)
    assert {role: len(training.people(region, role)) for role in Role} == {
        Role.ACTIVE: 8,
        Role.PAUSED: 2,
        Role.ELSEWHERE: 1,
        Role.ELSEWHERE_PAID: 1,
        Role.LEFT: 1,
        Role.LEFT_PAID: 1,
        Role.NEWCOMER: 6,
    }
    for one in people:
        identity = examine(one.identity)
        assert (identity.valid, identity.kind) == (True, IdentityKind.RESIDENT_ID)
        assert floor <= one.base <= ceiling
        assert one.base % pack.base_step == 0
        assert one.first_work < training.first_clock(region).date()
    for unit in (training.unit(region), training.neighbour(region)):
        assert examine(unit.credit_code).valid


def test_a_region_without_a_training_ground_is_said() -> None:
    with pytest.raises(UsageError, match="region-unknown"):
        training.people("atlantis")
