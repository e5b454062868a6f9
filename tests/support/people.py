"""Made-up people with valid numbers: no real person's data."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from app.domain.identity import check_digit


def identity_number(sequence: int, born: date = date(1990, 3, 7), area: str = "420500") -> str:
    """A valid made-up number; the parity of ``sequence`` is the sex (odd: male)."""
    first = f"{area}{born:%Y%m%d}{sequence:03d}"
    return first + check_digit(first)


def identity_numbers() -> st.SearchStrategy[str]:
    """Any valid number of an adult."""
    return st.builds(
        identity_number,
        st.integers(1, 999),
        st.dates(date(1950, 1, 1), date(2000, 12, 31)),
        st.sampled_from(["110101", "370481", "420500", "510104", "650102"]),
    )
