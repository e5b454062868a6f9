"""Sheets of strange cells under strange headers: whatever they hold, they are checked whole and alike both ways."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app.regions.pack import Item, Kind
from app.rules.fields import Raw
from app.sheets import unpacking, wire
from app.sheets.checking import check_workbook
from app.sheets.layout import table_in
from app.sheets.sheet import Sheet, Workbook
from app.wording import known_codes, sentence
from tests.support.packs import checker, ground, region
from tests.support.people import identity_number

SHEETS_AT_ONCE = 20
REGIONS = ("harbin", "ningbo", "shaanxi", "yichang", "zaozhuang")
_SEEN_IN_CELLS = st.sampled_from(
    (
        identity_number(11),
        f"'{identity_number(13)}",
        identity_number(17).lower(),
        "1.10101E+17",
        "4205001990010112345",
        "２０２２-０８-０１",
        "2022.8.1",
        "2022年8月",
        "2022/13/45",
        "20220801",
        "#N/A",
        "合计",
        "必填",
        "城镇",
        "养老、失业、工伤",
        "６，０００．００",
        "1,2,3",
        "-0",
        "1e400",
        "٣",
        "²",
        "=1+1",
        "张\u00a0示例",
        "\ud800",
        "\u200b",
        "\x00",
        "  ",
    )
)
cells: st.SearchStrategy[Raw] = st.one_of(
    st.none(),
    st.text(max_size=24),
    _SEEN_IN_CELLS,
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@cache
def _items(region_id: str) -> list[Item]:
    return [one for one in region(region_id).items.values() if one.kind is Kind.FILING and one.fields]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, str, Sheet]:
    """A region, an item of it, and a sheet whose header names some of its fields, decorated as people do."""
    region_id = draw(st.sampled_from(REGIONS))
    item = draw(st.sampled_from(_items(region_id)))
    names = [field.name for field in item.fields if field.in_sheet]
    known = st.sampled_from(names) if names else st.text(max_size=8)
    decorated = st.builds(
        lambda *parts: "".join(parts), st.sampled_from(("", "*", " ", "\n")), known, st.just("（必填）")
    )
    header = draw(st.lists(st.one_of(known, decorated, cells), min_size=1, max_size=len(names) + 3))
    above = draw(st.lists(st.lists(cells, max_size=3), max_size=3))
    row = st.lists(cells, max_size=len(header) + 2)
    below = draw(st.lists(st.one_of(row, st.just([])), max_size=6))
    merged = draw(st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=2))
    sheet = Sheet.of("名单", [*above, header, *below])
    sheet.merged = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in merged]
    return region_id, item.id, sheet


def hold(drawn: tuple[str, str, Sheet]) -> None:
    """Every row of a sheet with a header is checked, told in known words, and numbered as it stands."""
    region_id, item_id, sheet = drawn
    against = checker(region_id, item_id)
    if table_in(sheet, against.item) is None:
        return
    checked = check_workbook(Workbook.of("xlsx", [sheet]), against, ground(region_id))
    for finding in checked.findings:
        assert finding.code in known_codes("findings"), finding.code
        # A brace of the sheet's own, such as a column that is called so, is quoted; one of ours was left unfilled.
        assert not re.search(r"{[a-z_]+}", sentence(finding).message)
    numbers = [row.number for row in checked.rows]
    assert numbers == sorted(set(numbers))
    assert 0 <= checked.valid <= len(numbers)
    assert all(number <= sheet.height for number in numbers)
    assert all(isinstance(value, str) for row in checked.rows for value in row.values.values())


def turned(number: int) -> None:
    """Try some sheets that a number leads to. Raises what went wrong, at its smallest."""

    @seed(number)
    @settings(
        max_examples=SHEETS_AT_ONCE,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(sheets())
    def run(drawn: tuple[str, str, Sheet]) -> None:
        hold(drawn)

    run()


def travelled(column: list[Raw]) -> list[Raw]:
    """A column as it comes out of the pipe."""
    packed, indexes = wire.pack([column])
    return list(unpacking.unpack(packed, indexes, len(column))[0])
