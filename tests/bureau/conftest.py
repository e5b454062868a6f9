"""A bureau for each test: in this process on either database, or a process of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.support.bureau import RunningBureau, running_bureau
from tests.support.office import Counter, open_counter
from tests.support.postgres import Cluster, binaries, running_cluster

Opener = Callable[..., AbstractContextManager[Counter]]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL. Where it is not installed the run says so; in CI that is a failure and not a gap."""
    programs = binaries()
    if programs is None:
        said = "PostgreSQL is not installed (package postgresql): the bureau was tested on SQLite only"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    with running_cluster(programs) as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty database of each kind; None for the default."""
    if request.param == "sqlite":
        yield None
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.make()
    yield url
    cluster.drop(url)


@pytest.fixture
def open_bureau(tmp_path: Path) -> Opener:
    """Open a bureau in this process, with the options of ``open_counter``."""
    return partial(open_counter, tmp_path)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A bureau in this process: 宜昌, 2022-08-08."""
    with open_counter(tmp_path) as counter:
        yield counter


@pytest.fixture
def any_counter(tmp_path: Path, database: str | None) -> Iterator[Counter]:
    """The same on each kind of database."""
    with open_counter(tmp_path, db=database) as counter:
        yield counter


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[RunningBureau]:
    """A bureau that serves over TLS as a process of its own: 宜昌, 2022-08-08."""
    with running_bureau(tmp_path) as bureau:
        yield bureau
