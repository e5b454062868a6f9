"""Check a whole sheet by columns, with the very parsers and rules that check one form.

A file of a hundred thousand people has a few dozen dates of entry, two sexes and twenty reasons. A parser is therefore
asked once for each different cell of its column, and a rule once for each different set of what it reads; what they
say is then spread over the rows. That this is the same as asking for every row is held by a property test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from app.domain.identity import NOBODY, tellers, told_by_teller
from app.rules.coded import Coded, different, is_alike
from app.rules.engine import told_text
from app.rules.fields import to_be_parsed
from app.rules.registry import BORN, BORN_MONTH, PERSON, SEX, Case

if TYPE_CHECKING:
    from app.domain.findings import Finding
    from app.regions.pack import Field
    from app.rules.engine import Checker
    from app.rules.fields import Raw
    from app.rules.ground import Ground, PersonFacts
    from app.rules.registry import Rule

Findings = tuple["Finding", ...]
Problems = dict[int, list["Finding"]]
Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")
_Wrong = Callable[["_Memory[Hashable, Findings]", set[Hashable]], dict[Hashable, Findings]]

_NUMBERS = frozenset((bool, int, float))
_TEXT = frozenset((str,))
_FEW_KNOWN = 0.1
_MOST_KEPT = 1 << 16


class Part:
    """Some rows of a sheet, checked: canonical values as columns, and what is wrong, by the row's place among them.

    Findings are placed at their field only. They stand in the order of one filing's: fields first, then rules.
    """

    __slots__ = ("problems", "values")

    def __init__(self) -> None:
        self.values: dict[str, Sequence[str]] = {}
        self.problems: Problems = defaultdict(list)


class ColumnChecker:
    """One pass over a sheet with some of an item's fields as columns; what was asked once is remembered throughout."""

    def __init__(self, checker: Checker, ground: Ground, missing: frozenset[str] = frozenset()) -> None:
        """``missing``: fields whose empty cells are not to be told of, since the sheet has no such column."""
        self._checker = checker
        self._ground = ground
        self._fields = [_Cells(one, checker, silent=one.key in missing) for one in checker.item.fields]
        self._rules = [_Judgement(self, rule, settings) for rule, settings in checker.rules]
        self._told = {key: _Memory(_telling(key)) for key in checker.told_by_identity}
        self._people: dict[str, PersonFacts] = {}

    def check(self, cells: Mapping[str, Sequence[Raw]], height: int) -> Part:
        """Check ``height`` rows; a field without a column reads as empty."""
        part = Part()
        known: dict[str, Sequence[str]] = {}
        for one in self._fields:
            column = cells.get(one.key)
            if column is None:
                column = Coded.alike(None, height)
            part.values[one.key], known[one.key] = one.read(column, part.problems)
        told = tellers(known["identity"]) if "identity" in known else [""] * height
        filled = {key for key in self._told if different(part.values[key]) == {""}}
        for key, memory in self._told.items():
            part.values[key], known[key] = _filled(part.values[key], known[key], told, memory)
        columns = {
            **known,
            BORN: [one[:8] for one in told],
            BORN_MONTH: [one[:6] for one in told],
            SEX: [one[8:] for one in told],
            PERSON: self._known_people(known.get("identity", ()), height),
        }
        # Many columns say the same in every row, above all those that the sheet has not: no rule need compare them.
        alike = {key: column[0] for key, column in columns.items() if is_alike(column)}
        for rule in self._rules:
            if rule.compares not in filled:
                rule.judge(columns, alike, part.problems, height)
        return part

    def case(self, read: dict[str, str], settings: Mapping[str, str]) -> Case:
        """A case with what one rule reads."""
        told, person = NOBODY, None
        if BORN in read or BORN_MONTH in read or SEX in read:
            told = told_by_teller(read.get(BORN) or read.get(BORN_MONTH, ""), read.get(SEX, ""))
        if PERSON in read:
            person = self._people.get(read[PERSON])
        return Case(read, self._ground, self._checker.region, self._checker.item, settings, told, person)

    def _known_people(self, identities: Sequence[str], height: int) -> list[str]:
        """The numbers of those of whom something is known: what is known is long to compare, a number is not."""
        if not self._ground.people and not self._ground.seen:
            return [""] * height
        for one in identities:
            person = self._ground.person(one)
            if person is not None:
                self._people[one] = person
        return [one if one in self._people else "" for one in identities] or [""] * height


class _Memory(Generic[Key, Answer]):
    """What was answered before. It is given up where nearly every question is a new one."""

    def __init__(self, ask: Callable[[Key], Answer]) -> None:
        self._ask = ask
        self._known: dict[Key, Answer] = {}
        self._worth = True

    def answers(self, questions: set[Key]) -> Mapping[Key, Answer]:
        """The answers to these questions at least, each asked once."""
        known = self._known
        new = questions.difference(known) if known else questions
        if known and len(new) > len(questions) * (1 - _FEW_KNOWN):
            self._worth = False
        if not self._worth or len(known) > _MOST_KEPT:
            self._known = {}
            return {one: known[one] if one in known else self._ask(one) for one in questions}
        for one in new:
            known[one] = self._ask(one)
        return known

    def answer(self, question: Key) -> Answer:
        """The answer to one question, for who cannot tell beforehand which are asked."""
        known = self._known
        if question not in known:
            if len(known) >= _MOST_KEPT:
                known.clear()
            known[question] = self._ask(question)
        return known[question]


class _Cells:
    """One field's column."""

    def __init__(self, one: Field, checker: Checker, *, silent: bool) -> None:
        self.key = one.key
        self._parse = checker.parsers[one.key]
        self._silent = silent
        self._sieve = to_be_parsed(one)
        self._memory: _Memory[Hashable, tuple[str, Findings]] = _Memory(self._ask)

    def read(self, cells: Sequence[Raw], problems: Problems) -> tuple[Sequence[str], Sequence[str]]:
        """Canonical values, and the same without those that are wrong by themselves; what is wrong is noted."""
        if isinstance(cells, Coded):
            return self._read_coded(cells, problems)
        kinds = set(map(type, cells))
        column: Sequence[Hashable] = cells
        odd: set[Hashable]
        if self._sieve and kinds == _TEXT:
            texts: Sequence[str] = cells  # type: ignore[assignment]  # as was just seen
            odd = set(self._sieve(texts))
            if not odd:
                return texts, texts
            answers = self._memory.answers(odd)
            values = [answers[one][0] if one in odd else one for one in texts]
        else:
            if kinds & _NUMBERS:
                column = list(map(_question, cells))
            odd = set(column)
            answers = self._memory.answers(odd)
            values = [answers[one][0] for one in column]
        stops = _spread({cell: found for cell in odd if (found := answers[cell][1])}, column, problems)
        return values, _without(values, stops) if stops else values

    def _read_coded(self, cells: Coded[Raw], problems: Problems) -> tuple[Sequence[str], Sequence[str]]:
        questions = [_question(one) for one in cells.values]
        answers = self._memory.answers(set(questions))
        told = [answers[one] for one in questions]
        values = cells.holding([value for value, _ in told])
        wrong = {code: found for code, (_, found) in enumerate(told) if found}
        if not wrong:
            return values, values
        _spread(wrong, cells.codes, problems)
        return values, cells.holding(["" if any(one.stops for one in found) else value for value, found in told])

    def _ask(self, cell: Hashable) -> tuple[str, Findings]:
        raw: Raw = cell[1] if isinstance(cell, tuple) else cell  # type: ignore[assignment]  # a cell again
        value, found = self._parse(raw)
        if not found or self._silent:
            return value, ()
        return value, tuple(one.at(one.where._replace(field=self.key)) for one in found)


def _question(cell: Raw) -> Hashable:
    """A cell as it is remembered: 1, 1.0 and TRUE pass for one another; their types keep them apart."""
    return (type(cell), cell) if type(cell) in _NUMBERS else cell


class _Judgement:
    """One rule under the settings of its use, asked once for each set of what it reads."""

    def __init__(self, checks: ColumnChecker, rule: Rule, settings: Mapping[str, str]) -> None:
        self._checks = checks
        self._rule = rule
        self.compares = rule.compares
        self._settings = settings
        self._inputs = rule.inputs(settings)
        self._bounded = rule.bounded(settings)
        self._memories: dict[tuple[tuple[str, str], ...], _Memory[Hashable, Findings]] = {}

    def judge(
        self, columns: Mapping[str, Sequence[str]], alike: Mapping[str, str], problems: Problems, height: int
    ) -> None:
        """Ask for all rows. ``alike`` are the values of the columns that have only one."""
        names = [key for key in self._inputs if key in columns and key not in alike]
        names.sort(key=lambda key: key not in self._bounded)  # one of those first, if there is any
        fixed = {key: alike[key] for key in self._inputs if key in alike}
        asked = tuple(fixed.items())
        if asked not in self._memories:
            self._memories[asked] = _Memory(partial(self._ask, names, fixed))
        memory = self._memories[asked]
        wrong = _wrong_beyond if names and names[0] in self._bounded else _wrong
        read = [columns[key] for key in names]
        if len(read) == 1:
            _note_one(wrong, memory, read[0], problems)
            return
        coded = [one for one in read if isinstance(one, Coded)]
        if read and len(coded) == len(read):
            # Codes are compared instead of values: they are small, and there are few different rows of them.
            rows = list(zip(*(one.codes for one in coded), strict=True))
            sets = {row: tuple([one.values[at] for one, at in zip(coded, row, strict=True)]) for row in set(rows)}
            found = wrong(memory, set(sets.values()))
            _spread({row: found[one] for row, one in sets.items() if one in found}, rows, problems)
        else:
            rows = list(zip(*read, strict=True)) if read else [()] * height
            _spread(wrong(memory, set(rows)), rows, problems)

    def _ask(self, names: Sequence[str], fixed: Mapping[str, str], read: Hashable) -> Findings:
        values: dict[str, str] = dict(fixed)
        if isinstance(read, tuple):
            values.update(zip(names, read, strict=True))
        else:
            values[names[0]] = read  # type: ignore[assignment]  # the text of the one column
        return tuple(self._rule.run(self._checks.case(values, self._settings)))


def _note_one(wrong: _Wrong, memory: _Memory[Hashable, Findings], column: Sequence[str], problems: Problems) -> None:
    """Note what a rule says that looks at one column."""
    found = wrong(memory, set(different(column)))
    if found and isinstance(column, Coded):
        codes = {code: found[one] for code, one in enumerate(column.values) if one in found}
        _spread(codes, column.codes, problems)
    elif found:
        _spread(found, column, problems)


def _wrong(memory: _Memory[Hashable, Findings], questions: set[Hashable]) -> dict[Hashable, Findings]:
    """Those of the questions that have an answer, with it."""
    answers = memory.answers(questions)
    return {one: found for one in questions if (found := answers[one])}


def _wrong_beyond(memory: _Memory[Hashable, Findings], questions: set[Hashable]) -> dict[Hashable, Findings]:
    """The same for a rule with bounds (:attr:`Rule.along`): asked from both ends until there is nothing to say.

    What stands first in a question is the day or amount; a blank one is neither below nor above.
    """
    alike: dict[Hashable, list[Hashable]] = defaultdict(list)
    found: dict[Hashable, Findings] = {}
    for one in questions:
        value, others = (one[0], one[1:]) if isinstance(one, tuple) else (one, ())
        alike[others if value else one].append(one)
    for ends in alike.values():
        ends.sort(key=_size)
        for way in (ends, reversed(ends)):
            for one in way:
                said = memory.answer(one)
                if not said:
                    break
                found[one] = said
    return found


def _size(question: Hashable) -> tuple[int, object]:
    """What sorts days, months and amounts as they are written canonically."""
    value = question[0] if isinstance(question, tuple) else question
    return len(str(value)), value


def _telling(key: str) -> Callable[[str], str]:
    """What a teller says of a field."""
    return lambda teller: told_text(told_by_teller(teller[:8], teller[8:]), key)


def _filled(
    values: Sequence[str], known: Sequence[str], told: Sequence[str], memory: _Memory[str, str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Empty values filled in with what the number tells, as :meth:`Checker.complete` does; what is broken stays so."""
    if "" not in different(values):
        return values, known
    texts = memory.answers(set(told))
    full = [value or texts[one] for value, one in zip(values, told, strict=True)]
    if known is values:
        return full, full
    return full, [one if value else new for one, value, new in zip(known, values, full, strict=True)]


def _spread(wrong: Mapping[Key, Findings], column: Sequence[Key], problems: Problems) -> list[int]:
    """Note what is wrong at every row it is wrong at; the places where it stops something."""
    if not wrong:
        return []
    stopping = {one for one, found in wrong.items() if any(finding.stops for finding in found)}
    stops = []
    for place, one in enumerate(column):
        if one in wrong:
            problems[place].extend(wrong[one])
            if one in stopping:
                stops.append(place)
    return stops


def _without(values: Sequence[str], places: Sequence[int]) -> list[str]:
    """The values, those at ``places`` empty: rules do not look at what is wrong by itself."""
    known = list(values)
    for place in places:
        known[place] = ""
    return known
