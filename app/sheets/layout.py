"""Find the table in a sheet: which rows are the header, and which column is which field of the item."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from app.rules.fields import as_text
from app.sheets.header import DEEPEST_HEADER, HEADER_WITHIN, header_ranges, heads_groups, texts, titles_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.regions.pack import Field, Item
    from app.rules.fields import Raw
    from app.sheets.header import Ranges, Title
    from app.sheets.sheet import Sheet, Workbook

_NOISE = re.compile(r"[\s\u00a0\u200b\ufeff\u3000*＊※:：_/\\“”\"'‘’`.。·、，,-]+|[（(【\[〔].*?[）)】\]〕]")
_HINT_BEGINS = ("必填", "选填", "必录", "可选", "非必填")
_HINT_WORDS = frozenset("示例 说明 文本 文字 字符 字符串 日期 数字 数值 整数 金额 下拉 下拉选择 单选".split())
#: What stands in brackets or above a title and makes it another person's, or another fund's.
_OF_OTHERS = re.compile(
    "(?<!不含)(?<!不包括)(?:紧急|配偶|家属|父亲|母亲|子女|担保|介绍人|公积金|医疗|医保|生育|商业|年金)"
)
_BRACKETED = re.compile(r"[（(【\[〔](.*?)[）)】\]〕]")
#: What a title may be numbered with.
_NUMBER = " （(0123456789)）、.．"
_LATIN = re.compile("[A-Za-z]+")
#: Columns that mean nothing to any item: numbers, and what this program itself wrote into a marked-up workbook.
_COUNTING = frozenset(("序号", "编号", "序", "no", "行号", "问题", ""))
_COUNTED_OFF = re.compile(r"^[（(]?(?:\d{1,2}|[A-Za-z]|[甲乙丙丁戊己庚辛壬癸]|栏次|列次|行次|项目)[)）]?$")
_IDENTITY = "identity"
#: What the sheets of those who come and of those who leave are called, and the businesses that these are for.
_COME, _LEAVE = "增员", "减员"
_COMING = ("增员", "新增", "增加", "新进", "入职人员", "入职员工", "入职名单", "入职表")
_LEAVING = ("减员", "减少", "离职", "辞职", "退休", "停保", "停缴")
_BOXES = 15
#: No column is named at greater length; a cell may hold a megabyte, and every row may repeat it.
_LONGEST_TITLE = 300
_LONG_NUMBER = re.compile(rf"\d{{{_BOXES}}}")
LEAST_MATCHES = 2

#: The labels of a header's columns, and for each layout that a clerk has explained which is which field ("": none).
Layout = frozenset[str]
Known = Mapping[Layout, Mapping[str, str]]
NONE_KNOWN: Known = {}


class Table(NamedTuple):
    """A table found in a sheet.

    ``header`` is the index of the header's first row, ``depth`` how many rows it has; ``columns`` maps field keys to
    column indexes, ``unused`` are columns with a name that no field has. ``titles`` is what the header says of each
    column, from the top level down.
    """

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    unused: tuple[tuple[int, str], ...]
    missing: tuple[Field, ...]
    depth: int = 1
    titles: Sequence[Sequence[str]] = ()

    @property
    def first_row(self) -> int:
        """Index of the first row below the header."""
        return self.header + self.depth

    @property
    def filled(self) -> bool:
        """Whether there are rows below the header."""
        return self.sheet.height > self.first_row


def column_letter(index: int) -> str:
    """Excel's letters of the column with that index from 0: A to Z, then AA and on."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The index from 0 of the column with these letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def plain(text: str) -> str:
    """A column name without stars, blanks, colons and what stands in brackets; full-width letters made half-width."""
    return _plain(text[:_LONGEST_TITLE])


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return _NOISE.sub("", text.translate(_TO_HALF)).lower()


_TO_HALF = {full: full - 0xFEE0 for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def find_table(
    workbook: Workbook,
    item: Item,
    sheet: str | None = None,
    known: Known = NONE_KNOWN,
    found_before: Table | None = None,
) -> list[Table]:
    """The table of each sheet that has one, the likeliest first: what is visible, is called like the item, fits best.

    ``found_before`` is the table of one of these sheets, if it was looked for already.
    """
    found = [
        found_before if found_before is not None and found_before.sheet is one else table_in(one, item, known)
        for one in workbook.sheets
        if sheet in {None, one.name}
    ]
    tables = [one for one in found if one is not None]
    # A single title also stands in the template's notes, among others; its table is where it stands alone.
    single = least_matches(item) == 1
    return sorted(
        tables,
        key=lambda one: (
            not one.sheet.visible,
            _called(one, item),
            not one.filled,
            bool(one.missing),
            -len(one.columns),
            len(one.unused) if single else 0,
            -one.sheet.height,
        ),
    )


def _called(table: Table, item: Item) -> int:
    """Whether a sheet is named after the item and can be of it (0), after its opposite (2), or neither (1).

    Beside 增员 there is a roster with more columns, and beside the roster a sheet of those who left with all of its.
    """
    name = table.sheet.name
    people = any(one.key == _IDENTITY for one in item.fields)
    coming = name.endswith("入职") or any(one in name for one in _COMING)
    leaving = any(one in name for one in _LEAVING)
    against = {_COME: leaving and not coming, _LEAVE: coming and not leaving}.get(item.business)
    if against:
        return 2
    like = item.business in name or {_COME: coming, _LEAVE: leaving}.get(item.business)
    return 0 if like and (not people or _IDENTITY in table.columns) else 1


def table_in(sheet: Sheet, item: Item, known: Known = NONE_KNOWN) -> Table | None:
    """The table of a sheet that fits the item best; None where no row looks like its header.

    A layout that is ``known`` goes before all others: a clerk has said which of its columns is which field.
    """
    names = names_of(item)
    least = least_matches(item)
    begins = {name[:end] for name in names for end in range(1, len(name) + 1)}
    merged = header_ranges(sheet)
    rows = sheet.rows[: HEADER_WITHIN + DEEPEST_HEADER]
    best: tuple[tuple[bool, int, int], int, list[list[Title]], dict[str, int]] | None = None
    # Where a number of a person stands, people have begun, and one of their values may begin a name by chance.
    numbered = [_has_number(row) for row in rows]
    for index in range(min(HEADER_WITHIN, len(rows))):
        # A row that begins no field's name adds nothing to the rows below it, which fit as well without it.
        if numbered[index] or (not known and begins.isdisjoint(_beginnings(rows[index]))):
            continue
        for depth in range(1, DEEPEST_HEADER + 1):
            if index + depth > len(rows) or numbered[index + depth - 1]:
                break
            titles = titles_in(rows, index, depth, merged)
            told = known.get(layout_of(texts(titles))) if known else None
            columns, unclear = _match(titles, names) if told is None else _match_told(titles, names, told)
            # Of equal fits the lowest header is meant: what stands above it is a title.
            fit = (told is not None, len(columns) + unclear, -depth)
            if (told is not None or len(columns) >= least) and (best is None or fit > best[0]):
                best = (fit, index, titles, columns)
    if best is None:
        return None
    (told_so, _, shallow), index, titles, columns = best
    if not told_so and index and heads_groups(rows, index - 1, merged):
        # The row above may tell columns apart that are called alike: whose name, the base of which fund.
        columns, _ = _match(titles := titles_in(rows, index - 1, 1 - shallow, merged), names)
    depth = max(-shallow, _depth_of(index, columns, merged))
    if depth > -shallow:
        # A merged title may reach down beyond the last row.
        titles = titles_in(rows, index, min(depth, len(rows) - index), merged)
    return _table(sheet, index, depth, texts(titles), columns, item)


def _beginnings(row: Sequence[Raw]) -> Iterator[str]:
    """What the cells of a row may be named, each way that :func:`_field_of` reads them."""
    for cell in row:
        if isinstance(cell, str):
            yield from _said(cell)
            yield plain(_parts(cell)[0])


def _has_number(row: Sequence[Raw]) -> bool:
    """Whether a row holds a number of a person: in one cell, destroyed by Excel, or in boxes, a digit into each."""
    if any(_LONG_NUMBER.search(cell, 0, _LONGEST_TITLE) if isinstance(cell, str) else _is_long(cell) for cell in row):
        return True
    return len(row) >= _BOXES and sum(len(text := as_text(cell)) == 1 and text.isdigit() for cell in row) >= _BOXES


def _is_long(cell: Raw) -> bool:
    return isinstance(cell, (int, float)) and cell >= 10 ** (_BOXES - 1)


def least_matches(item: Item) -> int:
    """How many fields a header must name at least; an item of the unit may have a single one."""
    return min(LEAST_MATCHES, max(1, sum(field.in_sheet for field in item.fields)))


def titles_at(sheet: Sheet, header: int) -> list[list[str]]:
    """What each column says in the header row of that index, for a clerk to say which field it is."""
    return texts(titles_in(sheet.rows[: header + 1], header, 1, header_ranges(sheet)))


def labels(titles: Sequence[Sequence[str]]) -> list[str]:
    """What each column is remembered by: its plain title, or all that it says where several have the same."""
    plainly = [plain("".join(said)) for said in titles]
    shared = {one for one, number in Counter(plainly).items() if number > 1}
    return [
        "".join("".join(said).split()).lower() if one in shared else one
        for one, said in zip(plainly, titles, strict=True)
    ]


def layout_of(titles: Sequence[Sequence[str]]) -> Layout:
    """A layout by the labels of its columns, wherever they stand."""
    return frozenset(filter(None, labels(titles)))


#: Plain column names, the field each means, and its place among the names of that field: of two columns that are named
#: for one field, the better name is meant.
Names = Mapping[str, tuple[str, int]]


def names_of(item: Item) -> dict[str, tuple[str, int]]:
    """Every field's names, its own before its synonyms; a field's own name wins over another's synonym."""
    names: dict[str, tuple[str, int]] = {}
    for field in item.fields:
        if field.in_sheet:
            names.setdefault(plain(field.name), (field.key, 0))
    for field in item.fields:
        for place, synonym in enumerate(field.synonyms if field.in_sheet else (), start=1):
            names.setdefault(plain(synonym), (field.key, place))
    return names


class _Candidate(NamedTuple):
    """A column that is named for a field: how good the name is, and what is said beside it, in brackets or above."""

    rank: int
    column: int
    beside: str


def _match(titles: Sequence[Sequence[Title]], names: Names) -> tuple[dict[str, int], int]:
    """Which column is which field, and how many fields have columns that cannot be told apart.

    A column is named by its lowest title, by all of them joined, or by a higher one that stands above it alone.
    """
    candidates: dict[str, list[_Candidate]] = {}
    for column, said in enumerate(titles):
        named = _named(said, names)
        if named is not None:
            (key, rank), beside = named
            candidates.setdefault(key, []).append(_Candidate(rank, column, beside))
    chosen = {key: _chosen(found) for key, found in candidates.items()}
    columns = {key: found[0].column for key, found in chosen.items() if len(found) == 1}
    return columns, sum(len(found) > 1 for found in chosen.values())


def _named(said: Sequence[Title], names: Names) -> tuple[tuple[str, int], str] | None:
    """What a column is named, and what is said beside that name."""
    for title in reversed(said):
        found = _field_of(title.text, names)
        if found is not None and title.alone:
            others = (one.text for one in said if one is not title)
            return found, " ".join([*_BRACKETED.findall(title.text), *_LATIN.findall(title.text), *others])
    # Two storeys may hold the halves of a name, under a heading or not; what spreads below names no single column.
    for begin in range(len(said) - 1 if said and said[-1].alone else 0):
        joined = names.get(plain("".join(one.text for one in said[begin:])))
        if joined is not None:
            return joined, ""
    return None


def _field_of(title: str, names: Names) -> tuple[str, int] | None:
    """The field that a title names; several names of one field may stand beside each other: 身份证号/社会保障号."""
    found = next((names[one] for one in _said(title) if one in names), None)
    if found is None and len(parts := _parts(title)) > 1:
        several = [_field_of(one, names) for one in parts]
        if len({one and one[0] for one in several}) == 1:
            return several[0]
    return found


def _parts(title: str) -> list[str]:
    return title[:_LONGEST_TITLE].replace("／", "/").replace("或", "/").split("/")


def _said(text: str) -> tuple[str, ...]:
    """What a title says: as it is, without its letters (of two languages the Chinese is known), without its number."""
    text = text[:_LONGEST_TITLE]
    return plain(text), plain(_LATIN.sub("", text)), plain(text.lstrip(_NUMBER))


def _chosen(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The columns that may be meant: one, or several that only the clerk can tell apart.

    What is called alike throughout is a repetition, and its first is meant.
    """
    own = [one for one in candidates if not _OF_OTHERS.search(one.beside)]
    best = [one for one in own if one.rank == min(other.rank for other in own)]
    unlike = list({one.beside: one for one in reversed(best)}.values())
    bare = [one for one in unlike if not one.beside]
    return bare or unlike


def _match_told(titles: Sequence[Sequence[Title]], names: Names, told: Mapping[str, str]) -> tuple[dict[str, int], int]:
    """As the clerk said, and by name where the clerk said nothing."""
    columns: dict[str, int] = {}
    left: list[Sequence[Title]] = []
    for index, (said, label) in enumerate(zip(titles, labels(texts(titles)), strict=True)):
        key = told.get(label)
        if key:
            columns.setdefault(key, index)
        left.append([] if label in told else said)
    by_name, unclear = _match(left, names)
    return {**by_name, **columns}, unclear


def _depth_of(header: int, columns: Mapping[str, int], merged: Ranges) -> int:
    """How many rows the header has where its cells are merged downwards."""
    deepest = 1
    for column in columns.values():
        while deepest < DEEPEST_HEADER and merged.get((header + deepest, column)) == (header, column):
            deepest += 1
    return deepest


def _table(
    sheet: Sheet, index: int, depth: int, titles: Sequence[Sequence[str]], columns: Mapping[str, int], item: Item
) -> Table:
    taken = set(columns.values())
    unused = tuple(
        (place, said[-1])
        for place, said in enumerate(titles)
        if place not in taken and said and plain(said[-1]) not in _COUNTING
    )
    missing = tuple(
        field
        for field in item.fields
        if field.required and field.in_sheet and field.key not in columns and not field.default
    )
    return Table(sheet, index, columns, unused, missing, depth, titles)


def is_hint_row(cells: Sequence[Raw]) -> bool:
    """Whether a row only tells below the header what is to be filled in: 必填, 选填, or what sort of value."""
    words = [as_text(cell).strip() for cell in cells if cell not in ("", None)]
    return bool(words) and all(word in _HINT_WORDS or word.startswith(_HINT_BEGINS) for word in words)


def is_system_row(cells: Sequence[Raw]) -> bool:
    """Whether a row only holds what a system calls its columns: name, idCard, entry_date."""
    words = [as_text(cell).strip() for cell in cells if cell not in ("", None)]
    return len(words) >= LEAST_MATCHES and all(word.isascii() and word.replace("_", "").isalpha() for word in words)


def is_counting_row(cells: Sequence[Raw]) -> bool:
    """Whether a row only counts the columns, as forms do below the header: 1, 2, 3 or 甲, 1, 2."""
    words = [as_text(cell).strip() for cell in cells if cell not in ("", None)]
    return len(words) > LEAST_MATCHES and all(_COUNTED_OFF.match(word) for word in words)
