"""Identity numbers of every kind, told apart."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import (
    IdentityKind,
    Sex,
    check_digit,
    credit_check_character,
    examine,
    masked,
    tidy,
)
from tests.support.people import identity_number, identity_numbers

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(first: str) -> str:
    return first + credit_check_character(first)


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        ("34052419800101001X", IdentityKind.RESIDENT_ID, None),
        ("34052419800101001x", IdentityKind.RESIDENT_ID, None),
        ("３４０５２４１９８００１０１００１Ｘ", IdentityKind.RESIDENT_ID, None),
        (" 340524 19800101\u00a0001X", IdentityKind.RESIDENT_ID, None),
        ("\u202d34052419800101001X\u202c", IdentityKind.RESIDENT_ID, None),
        ("“34052419800101001X”", IdentityKind.RESIDENT_ID, None),
        ("340524198001010011", IdentityKind.RESIDENT_ID, "identity-check-digit"),
        ("34052419800231001X", IdentityKind.RESIDENT_ID, "identity-birth"),
        ("5.30102E+17", IdentityKind.UNKNOWN, "identity-destroyed"),
        ("530102800101001", IdentityKind.UNKNOWN, "identity-fifteen"),
        ("3405241980010100", IdentityKind.UNKNOWN, "identity-length"),
        ("E12345678", IdentityKind.UNKNOWN, "identity-form"),
        ("", IdentityKind.UNKNOWN, "identity-empty"),
    ],
)
def test_kind_and_problem(text: str, kind: IdentityKind, problem: str | None) -> None:
    found = examine(text)
    assert (found.kind, found.problem) == (kind, problem)


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_permits_of_hong_kong_macao_and_taiwan_residents(area: str) -> None:
    assert examine(identity_number(12, area=area)).kind is IdentityKind.RESIDENCE_PERMIT


def test_permanent_residence_card_of_a_foreigner_since_2023() -> None:
    first = "9" + "11" + "156" + "19880214" + "123"
    found = examine(first + check_digit(first))
    assert (found.kind, found.valid, found.born) == (IdentityKind.FOREIGNER_PERMIT, True, date(1988, 2, 14))


def test_permanent_residence_card_of_a_foreigner_before() -> None:
    weights = (7, 3, 1)
    first = "USA" + "1101" + "880214" + "1"
    total = sum((int(c) if c.isdigit() else ord(c) - 55) * weights[i % 3] for i, c in enumerate(first))
    assert examine(f"{first}{total % 10}").valid
    assert examine(f"{first}{(total + 1) % 10}").problem == "identity-check-digit"


def test_an_area_code_younger_than_the_holder_is_no_reason_to_refuse() -> None:
    # 500101 exists since 1997, when Chongqing became a municipality.
    assert examine(identity_number(1, date(1960, 5, 5), "500101")).valid


@given(identity_numbers())
def test_a_valid_number_tells_birth_and_sex(number: str) -> None:
    found = examine(number)
    assert found.valid
    assert found.born is not None
    assert f"{found.born:%Y%m%d}" == number[6:14]
    assert found.sex is (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


@given(identity_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_no_single_mistyped_digit_passes(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    found = examine(wrong)
    # A leading digit can turn the number into another kind; as a person's number it must not pass.
    assert not (found.valid and found.is_person)


@given(st.text(alphabet=ALPHABET, min_size=15, max_size=15), st.sampled_from(["91", "12", "52", "Y1"]))
def test_credit_codes_by_their_check_character(middle: str, start: str) -> None:
    found = examine(credit_code(start + middle))
    assert found.valid


def test_an_early_credit_code_that_fails_is_told_but_is_one() -> None:
    found = examine("91370481MA3C000000")
    assert (found.kind, found.problem) == (IdentityKind.CREDIT_CODE, "credit-code-check")


@given(st.text(max_size=40))
def test_nothing_a_cell_may_hold_breaks_it(text: str) -> None:
    assert examine(text).number == tidy(text)


def test_masking_hides_the_middle() -> None:
    assert masked("34052419800101001X") == "340524 1980**** 001X"


@given(last=st.sampled_from("ABCDEFGHJKLMNPQRTUWY"))
def test_an_identity_number_with_a_letter_at_its_end_is_a_mistyped_one(last: str) -> None:
    number = f"42050219850914904{last}"
    expected = (
        (IdentityKind.CREDIT_CODE, None)
        if credit_check_character(number[:17]) == last
        else (IdentityKind.RESIDENT_ID, "identity-check-digit")
    )
    found = examine(number)
    assert (found.kind, found.problem) == expected
