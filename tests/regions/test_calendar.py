"""Working days: the term of the seed's notice, the official tables, and what happens where they end."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.regions.calendar import WorkingCalendar
from app.regions.errors import CalendarUnknown
from app.regions.pack_errors import PackError

TABLES = Path(__file__).parents[2] / "resources" / "calendar"
OFFICIAL = WorkingCalendar(TABLES)


def test_the_sample_notice_runs_out_on_the_day_it_states() -> None:
    # Seed 002: 经办日期 2021年11月13日 (a Saturday), 缴费截止日期至2021年11月29日, valid ten working days.
    assert OFFICIAL.deadline(date(2021, 11, 13), 10) == date(2021, 11, 29)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2020-02-01", False),  # first a make-up day, then taken into the prolonged Spring Festival
        ("2020-02-03", True),
        ("2021-09-18", True),  # Saturday worked for 中秋节
        ("2021-09-20", False),
        ("2022-12-31", False),
        ("2023-10-07", True),
        ("2024-02-09", True),  # 除夕: employers were only encouraged to let people rest
        ("2025-01-26", True),
        ("2026-02-23", False),
        ("2026-11-22", False),
        ("2026-11-23", True),
    ],
)
def test_days_of_the_official_notices(day: str, *, working: bool) -> None:
    assert OFFICIAL.is_working(date.fromisoformat(day)) is working


def test_a_term_across_national_day_counts_make_up_days() -> None:
    # Issued Friday 2026-09-18; Sunday 20 is worked, 25–27 Sept. and 1–7 Oct. are off, Saturday 10 Oct. is worked.
    assert OFFICIAL.deadline(date(2026, 9, 18), 10) == date(2026, 10, 9)


def test_no_guess_beyond_the_published_years() -> None:
    with pytest.raises(CalendarUnknown) as unknown:
        OFFICIAL.deadline(date(2026, 12, 25), 10)
    assert unknown.value.year == 2027
    with pytest.raises(CalendarUnknown):
        OFFICIAL.is_working(date(2019, 12, 31))


@given(st.dates(date(2020, 1, 1), date(2026, 11, 30)), st.integers(0, 15))
def test_a_term_holds_exactly_its_working_days(issued: date, term: int) -> None:
    last = OFFICIAL.deadline(issued, term)
    begin = OFFICIAL.next_working(issued)
    counted = sum(OFFICIAL.is_working(begin + timedelta(days=gap)) for gap in range(1, (last - begin).days + 1))
    assert counted == term
    assert OFFICIAL.is_working(last)


@pytest.mark.parametrize(
    ("line", "key", "reason"),
    [
        ("year = 2029", "year", "not-the-year-of-the-file"),
        ("", "source", "key-missing"),
        ("remark = 'x'", "remark", "unknown-key"),
        ("[[holidays]]\nname='元旦'\nfirst=2030-01-02\nlast=2030-01-01", "holidays[1].last", "not-a-span-in-the-year"),
        (
            "[[holidays]]\nname='元旦'\nfirst=2030-01-01\nlast=2030-01-01\nmake_up=[2030-01-02]",
            "holidays[1].make_up",
            "not-a-weekend-day-of-the-year",
        ),
    ],
)
def test_a_damaged_table_is_refused_by_file_and_key(tmp_path: Path, line: str, key: str, reason: str) -> None:
    head = "" if line.startswith("year") else "year = 2030\n"
    rest = "verified_on = 2026-11-22\n" + ("" if key == "source" else "source = '国办发明电'\n")
    (tmp_path / "2030.toml").write_text(f"{head}{rest}{line}\n", encoding="utf-8")
    with pytest.raises(PackError) as refused:
        WorkingCalendar(tmp_path).is_working(date(2030, 1, 1))
    assert (refused.value.file, refused.value.key, refused.value.reason) == ("calendar/2030.toml", key, reason)
