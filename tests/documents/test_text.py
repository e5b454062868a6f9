"""Text in cells: nothing is ever lost, no line is too wide, and what cannot be drawn is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.documents.fonts import MISSING_MARK, faces
from app.documents.layout import Fit
from app.documents.text import set_text

FACES = faces()
# Characters of names, papers and addresses, all of which the face has; blanks are squeezed at line ends.
_LETTERS = st.sampled_from("社会保险费应缴认定单阿卜杜热合曼·，。（）《》AZaz09.-:/")


@given(st.text(_LETTERS, max_size=60), st.floats(30, 300), st.sampled_from(Fit))
def test_every_character_is_printed_and_inside_its_width(text: str, width: float, fit: Fit) -> None:
    done = set_text(FACES, text, 10, width, bold=False, fit=fit)
    assert "".join(done.lines) == text
    assert all(done.face.width(line, done.size) <= width for line in done.lines)


@given(st.text(max_size=30))
def test_any_text_can_be_set(text: str) -> None:
    done = set_text(FACES, text, 10, 100, bold=True, fit=Fit.WRAP)
    assert done.face.holds("".join(done.lines))


def test_a_line_neither_begins_with_a_comma_nor_ends_with_an_open_bracket() -> None:
    width = FACES.regular.width("一二三四五", 10)
    done = set_text(FACES, "一二三四五，六七八九（十）", 10, width, bold=False, fit=Fit.WRAP)
    assert done.lines == ("一二三四", "五，六七八", "九（十）")


def test_a_number_is_not_torn_while_it_fits() -> None:
    width = FACES.regular.width("编号100047513", 10) - 1
    assert set_text(FACES, "编号100047513", 10, width, bold=False, fit=Fit.WRAP).lines == ("编号", "100047513")


def test_shrinking_takes_the_largest_type_that_needs_the_fewest_lines() -> None:
    width = FACES.regular.width("34052419800101001X", 10)
    assert set_text(FACES, "34052419800101001X", 10, width * 0.8, bold=False, fit=Fit.SHRINK).size == 8
    tight = set_text(FACES, "34052419800101001X", 10, width * 0.4, bold=False, fit=Fit.SHRINK)
    assert (tight.size, len(tight.lines)) == (7.5, 2)


def test_a_character_the_faces_lack_is_marked_and_named() -> None:
    done = set_text(FACES, "𠮷田", 10, 100, bold=False, fit=Fit.WRAP)
    assert done.lines == (f"{MISSING_MARK}田",)
    assert done.missing == frozenset("𠮷")


def test_a_bold_text_with_a_rare_character_is_set_in_regular_whole() -> None:
    assert set_text(FACES, "张三", 10, 100, bold=True, fit=Fit.WRAP).face == FACES.bold
    rare = set_text(FACES, "张䶮", 10, 100, bold=True, fit=Fit.WRAP)
    assert rare.face == FACES.regular
    assert not rare.missing
