"""What is said of a UKey's certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workflows.keycard import validity_sentence

if TYPE_CHECKING:
    from app.workflows.keycard import KeyCard


def validity_words(card: KeyCard) -> tuple[str, str]:
    """The sentence with what to do, and its tone ("" for plain)."""
    sentence, remedy, tone = validity_sentence(card)
    return (f"{sentence}，{remedy.removesuffix('。')}" if remedy else sentence), tone
