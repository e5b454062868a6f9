"""How what the bureau says of a state is shown: icon and tone by the word itself, in every table the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.regions.pack import Kind
from ui.parts.chips import Look

if TYPE_CHECKING:
    from collections.abc import Mapping

ICONS: Mapping[Kind, str] = {Kind.FILING: "pencil", Kind.QUERY: "search", Kind.GUIDE: "info"}
STATE_KEYS = frozenset(("state", "standing", "status", "feedback", "flag", "note"))

# The first that is found in the text decides: what forbids and what is unclear comes before what is done.
_BY_WORD: tuple[tuple[str, Look], ...] = (
    ("勿缴", Look("circle-x", "error")),
    ("状态不明", Look("lock", "error")),
    ("失败", Look("circle-x", "error")),
    ("未通过", Look("circle-x", "error")),
    ("过期", Look("circle-alert", "error")),
    ("待缴", Look("hourglass", "warning")),
    ("未缴", Look("hourglass", "warning")),
    ("未申报", Look("hourglass", "warning")),
    ("审核中", Look("hourglass", "warning")),
    ("待", Look("hourglass", "warning")),
    ("作废", Look("trash-2")),
    ("撤", Look("undo-2")),
    ("暂停", Look("minus")),
    ("停", Look("minus")),
    ("成功", Look("circle-check", "success")),
    ("已", Look("circle-check", "success")),
    ("正常", Look("circle-check", "success")),
)


def look_of(text: str) -> Look | None:
    """The look of a state; None where the word is none that is known."""
    return next((look for word, look in _BY_WORD if word in text), None)
