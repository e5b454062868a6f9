"""Identity numbers of people and units, told apart and examined without asking anyone.

Sources: GB 11643-1999 (citizen identity number), GB 32100-2015 (unified social credit code), the residence permits of
Hong Kong, Macao and Taiwan residents (area codes 81/82/83, same check digit), and the permanent residence card of
foreigners (18 digits with a leading 9 since 2023-12-01; 3 letters and 12 digits before, both valid).

An area code is never compared with the birth year: a number may have been issued to an adult whose area got its code
later (a check that refuses such numbers turned away almost half of a realistic file).
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PARITY = {str(digit): str(digit % 2) for digit in range(10)}
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_EIGHTEEN = re.compile(r"^\d{17}[\dXx]$")
#: One whose last character was mistyped as a letter; a credit code can look like that too.
_LETTER_LAST = re.compile(r"^\d{17}[A-HJ-NP-RTUWY]$")
_OLD_FOREIGNER = re.compile(r"^[A-Z]{3}\d{12}$")
_CREDIT = re.compile(rf"^[{_CREDIT_ALPHABET}]{{18}}$")
_FULL_WIDTH = {
    **{ord("０") + digit: ord("0") + digit for digit in range(10)},
    **{ord("Ａ") + letter: ord("A") + letter for letter in range(26)},
    ord("ｘ"): ord("X"),
}
#: Blanks, quotes and hyphens that surround or part a number, and the marks of writing direction that come along when it
#: is copied out of a window.
_BLANKS = dict.fromkeys(
    map(
        ord,
        " \t\r\n\u00a0\u3000\u200b\ufeff'‘’`′\"“”-－–—"
        "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    )
)
EARLIEST_BIRTH_YEAR = 1900


class IdentityKind(StrEnum):
    """What sort of number it is."""

    RESIDENT_ID = "resident-id"
    RESIDENCE_PERMIT = "residence-permit"
    FOREIGNER_PERMIT = "foreigner-permit"
    FOREIGNER_PERMIT_OLD = "foreigner-permit-old"
    CREDIT_CODE = "credit-code"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Sex as the number tells it; the value is the national code (AAC004)."""

    MALE = "1"
    FEMALE = "2"

    @property
    def label(self) -> str:
        """The word for it."""
        return "男" if self is Sex.MALE else "女"


class Told(NamedTuple):
    """What a number tells of its holder; nothing where it is not valid."""

    valid: bool = False
    sex: Sex | None = None
    born: date | None = None


NOBODY = Told()


_SEXES = {"1": Sex.MALE, "0": Sex.FEMALE}


class Identity(NamedTuple):
    """What a number says of itself. ``problem`` is a finding code, None where nothing is wrong."""

    number: str
    kind: IdentityKind
    problem: str | None = None
    sex: Sex | None = None
    born: date | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None

    @property
    def is_person(self) -> bool:
        """Whether it names a person rather than a unit."""
        return self.kind not in (IdentityKind.CREDIT_CODE, IdentityKind.UNKNOWN)


def is_sound(text: str) -> bool:
    """Whether ``text`` is written exactly as a valid number of eighteen characters is; quick, for long lists.

    What is not sound by this may still be valid (small letters, blanks, another kind of number): ask :func:`examine`.
    """
    return not unsound((text,))


def unsound(texts: Iterable[str]) -> set[str]:
    """Those of the texts that are not sound, see :func:`is_sound`."""
    areas, births, sequences, check = _AREAS, _BIRTHS, _SEQUENCES, _CHECK_OF.get
    return {
        one
        for one in texts
        if len(one) != 18 or check(areas[one[:6]] + births[one[6:14]] + sequences[one[14:17]]) != one[17]
    }


def told_by(text: str) -> Told:
    """What the number ``text`` tells of its holder."""
    found = examine(text)
    return Told(valid=True, sex=found.sex, born=found.born) if found.valid else NOBODY


def tellers(numbers: Iterable[str]) -> list[str]:
    """For each valid number its holder's birth and sex as nine or (of an old number) eight digits, "" for none.

    For long lists: two people in three of a large firm share theirs with another.
    """
    return [one[6:14] + _PARITY[one[16]] if len(one) == 18 else _teller(one) for one in numbers]


def _teller(number: str) -> str:
    told = told_by(number) if number else NOBODY
    return "" if told.born is None else f"{told.born:%Y%m%d}"


@lru_cache(maxsize=65536)
def told_by_teller(born: str, parity: str) -> Told:
    """What one of :func:`tellers` tells: its birth of eight digits, or six for the month alone, and its ninth."""
    if not born:
        return Told(bool(parity), _SEXES.get(parity))
    return Told(valid=True, sex=_SEXES.get(parity), born=_date_of(born if len(born) == 8 else f"{born}01"))


class _Weights(dict[str, int]):
    """What digits in one place of a number weigh in the sum of GB 11643; far below nothing where they cannot be."""

    def __init__(self, place: int, length: int, possible: Callable[[str], object]) -> None:
        self._length = length
        self._weights = _WEIGHTS[place : place + length]
        self._zeros = ord("0") * sum(self._weights)
        self._possible = possible

    def __missing__(self, digits: str) -> int:
        fits = len(digits) == self._length and digits.isascii() and digits.isdecimal() and self._possible(digits)
        weight = sum(map(mul, digits.encode("ascii"), self._weights)) - self._zeros if fits else _NEVER
        if len(self) < _MOST_WEIGHED:
            self[digits] = weight
        return weight


def _is_area(digits: str) -> bool:
    return digits[0] != "0" and (digits[:2] in _PROVINCES or digits[0] == "9")


def _is_day(digits: str) -> bool:
    """Whether eight digits are a day that somebody may be born on, as :func:`_date_of` has it; quicker."""
    year, day = digits[:4], digits[4:]
    return year >= _EARLIEST and day in _DAYS and (day != "0229" or isleap(int(year)))


_EARLIEST = str(EARLIEST_BIRTH_YEAR)
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS = frozenset(
    f"{month:02d}{day:02d}" for month, days in enumerate(_LONGEST_MONTHS, 1) for day in range(1, days + 1)
)
_NEVER = -1_000_000
_MOST_WEIGHED = 1 << 16
_AREAS = _Weights(0, 6, _is_area)
_BIRTHS = _Weights(6, 8, _is_day)
_SEQUENCES = _Weights(14, 3, bool)
#: The last character by the sum of what stands before it.
_CHECK_OF = {total: _CHECKS[total % 11] for total in range(9 * sum(_WEIGHTS) + 1)}


def tidy(text: str) -> str:
    """``text`` without blanks, apostrophes and hyphens, full-width made half-width, letters in capitals."""
    return text.translate(_BLANKS).translate(_FULL_WIDTH).upper()


def examine(text: str, *, today: date | None = None) -> Identity:
    """Tell what sort of number ``text`` is, and what is wrong with it.

    ``today`` refuses births in the future; without it that is not looked at. Never raises.
    """
    found = _examined(tidy(text))
    if today is not None and found.born is not None and found.born > today:
        return found._replace(problem="identity-birth", born=None)
    return found


@lru_cache(maxsize=4096)  # each number of a file is examined by several checks in a row
def _examined(number: str) -> Identity:
    if _EIGHTEEN.match(number) and (number[:2] in _PROVINCES or number[0] == "9"):
        person = _examine_eighteen(number)
        if person.born is not None:
            return person
        # A credit code can be all digits too. Only one without a birth date in it may pass for that: otherwise one
        # mistyped identity number in thirty-one would be taken for a sound credit code.
        credit = _examine_credit(number)
        return credit if credit.valid else person
    if _LETTER_LAST.match(number) and number[:2] in _PROVINCES and _date_of(number[6:14]) is not None:
        credit = _examine_credit(number)
        return credit if credit.valid else _examine_eighteen(number)
    if _OLD_FOREIGNER.match(number):
        return _examine_old_foreigner(number)
    if _CREDIT.match(number):
        return _examine_credit(number)
    return Identity(number, IdentityKind.UNKNOWN, _why_unknown(number))


def check_digit(first_seventeen: str) -> str:
    """The eighteenth character that GB 11643 (MOD 11-2) asks for."""
    return _CHECKS[sum(map(mul, map(int, first_seventeen), _WEIGHTS)) % 11]


def credit_check_character(first_seventeen: str) -> str:
    """The eighteenth character that GB 32100 (MOD 31-3) asks for."""
    total = sum(_CREDIT_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(first_seventeen))
    return _CREDIT_ALPHABET[-total % 31]


def masked(number: str) -> str:
    """The number as lists, logs and titles show it: the middle hidden."""
    if len(number) < 12:
        return "*" * len(number)
    return f"{number[:6]} {number[6:10]}**** {number[-4:]}"


def _examine_eighteen(number: str) -> Identity:
    kind = _kind_of_eighteen(number)
    born = _date_of(number[6:14])
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    if born is None:
        return Identity(number, kind, "identity-birth", sex)
    if check_digit(number[:17]) != number[17]:
        return Identity(number, kind, "identity-check-digit", sex, born)
    return Identity(number, kind, None, sex, born)


def _kind_of_eighteen(number: str) -> IdentityKind:
    if number[0] == "9":
        return IdentityKind.FOREIGNER_PERMIT
    if number[:6] in ("810000", "820000", "830000"):
        return IdentityKind.RESIDENCE_PERMIT
    return IdentityKind.RESIDENT_ID


def _examine_old_foreigner(number: str) -> Identity:
    """Three letters, four digits of area, six of birth, two of sequence and a passport-style check digit."""
    year = int(number[7:9])
    # Two digits of year: who holds the card is an adult or a child now alive, so the century is the later possible one.
    century = 2000 if year <= date.today().year % 100 else 1900  # noqa: DTZ011 - only the century is read from it
    born = _date_of(f"{century + year:04d}{number[9:13]}")
    if born is None:
        return Identity(number, IdentityKind.FOREIGNER_PERMIT_OLD, "identity-birth")
    total = sum(_passport_value(letter) * (7, 3, 1)[place % 3] for place, letter in enumerate(number[:14]))
    if total % 10 != int(number[14]):
        return Identity(number, IdentityKind.FOREIGNER_PERMIT_OLD, "identity-check-digit", None, born)
    return Identity(number, IdentityKind.FOREIGNER_PERMIT_OLD, None, None, born)


def _passport_value(letter: str) -> int:
    return int(letter) if letter.isdigit() else ord(letter) - ord("A") + 10


def _examine_credit(number: str) -> Identity:
    fits = credit_check_character(number[:17]) == number[17] if _CREDIT.match(number) else False
    return Identity(number, IdentityKind.CREDIT_CODE, None if fits else "credit-code-check")


def _why_unknown(number: str) -> str:
    if not number:
        return "identity-empty"
    if re.match(r"^\d(\.\d+)?E\+?\d+$", number):
        return "identity-destroyed"
    if re.match(r"^\d{15}$", number):
        return "identity-fifteen"
    if re.match(r"^[A-Z]{1,2}\d{6,9}$", number):
        return "identity-form"  # a passport or a permit of another kind: nothing is missing from it
    return "identity-length" if len(number) not in (15, 18) else "identity-form"


@lru_cache(maxsize=65536)
def _date_of(digits: str) -> date | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return day if day.year >= EARLIEST_BIRTH_YEAR else None
