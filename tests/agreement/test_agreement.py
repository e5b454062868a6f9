"""Nothing refused that could have been known, nothing stopped that would have been taken (a short run of play.py)."""

from __future__ import annotations

import pytest

from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS
from tests.agreement.play import play

FILINGS = 150


@pytest.mark.parametrize("region_id", Catalog(KNOWN_CHECKS).ids())
def test_client_and_bureau_agree(region_id: str) -> None:
    outcome = play(region_id, FILINGS, seed=11)
    assert outcome.filings == FILINGS
    assert outcome.disagreements == []
    assert outcome.taken >= FILINGS // 50
    assert len(outcome.items) >= 3
