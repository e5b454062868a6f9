"""The one lifecycle of a filing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.filings import TRANSITIONS, Filing, FilingState, IllegalTransition
from app.domain.months import Month
from app.domain.signing import Purpose, origin_of, statement

NOW = datetime(2022, 8, 8, tzinfo=UTC)


def filing(state: FilingState = FilingState.DRAFT) -> Filing:
    return Filing("f", "yichang", "1", "enrol", Month(2022, 8), {}, NOW, NOW, state)


@given(st.sampled_from(FilingState), st.sampled_from(FilingState))
def test_only_the_steps_in_the_table_can_be_taken(before: FilingState, after: FilingState) -> None:
    if after in TRANSITIONS[before]:
        moved = filing(before).moved(after, NOW)
        assert (moved.state, moved.revision) == (after, 1)
    else:
        with pytest.raises(IllegalTransition):
            filing(before).moved(after, NOW)


def test_what_may_have_left_can_never_become_a_draft_without_the_bureaus_word() -> None:
    for state in (FilingState.QUEUED, FilingState.SENT, FilingState.ACCEPTED, FilingState.UNDER_REVIEW):
        assert FilingState.DRAFT not in TRANSITIONS[state]
        with pytest.raises(IllegalTransition):
            filing(state).edited({"name": "张示例"}, NOW)


def test_every_state_has_a_word_and_is_in_the_table() -> None:
    assert all(state.label for state in FilingState)
    assert set(TRANSITIONS) == set(FilingState)


def test_a_changed_filing_is_a_draft_again() -> None:
    assert filing(FilingState.CHECKED).edited({"name": "张示例"}, NOW).state is FilingState.DRAFT


@given(st.binary(), st.sampled_from(Purpose), st.sampled_from(Purpose))
def test_a_signature_for_one_purpose_is_none_for_another(content: bytes, one: Purpose, other: Purpose) -> None:
    same = statement("https://a.example", content, one) == statement("https://a.example", content, other)
    assert same is (one is other)


def test_statements_of_other_origins_differ() -> None:
    assert statement("https://a.example", b"n", Purpose.LOGIN) != statement("https://b.example", b"n", Purpose.LOGIN)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Bureau.Example/path?x=1#y", "https://bureau.example"),
        ("https://bureau.example:443/", "https://bureau.example"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
        ("https://[::1]:8443/v1", "https://[::1]:8443"),
    ],
)
def test_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["http://bureau.example", "bureau.example", "https://", "file:///etc/passwd"])
def test_anything_but_https_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        origin_of(url)
