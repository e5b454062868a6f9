"""Prepared ground for each test: its own bureau process, database, UKey and store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bureau.demo.ground import Ground, prepared
from tests.support.ground import Clerk


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """宜昌 by default; parametrise indirectly with another region."""
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")
    with prepared(tmp_path, getattr(request, "param", "yichang")) as made:
        yield made


@pytest.fixture
def clerk(ground: Ground) -> Iterator[Clerk]:
    """A clerk who is logged in on the ground."""
    logged_in = Clerk.log_in(ground)
    yield logged_in
    logged_in.log_out()
