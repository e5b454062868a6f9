"""How amounts, days and identity numbers are written on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from app.domain.identity import examine
from app.domain.money import shown

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

DASH = "—"


def money(amount: Decimal | None, *, signed: bool = False) -> str:
    """``1,234.50``; a difference with its sign; a dash where there is no amount."""
    if amount is None:
        return DASH
    return f"+{shown(amount)}" if signed and amount > 0 else shown(amount)


def day(value: date | None) -> str:
    """``2026-11-22``."""
    return DASH if value is None else f"{value:%Y-%m-%d}"


def minute(value: datetime | None) -> str:
    """``2026-11-22 09:05``, in the time zone the value has."""
    return DASH if value is None else f"{value:%Y-%m-%d %H:%M}"


def masked(identity: str) -> str:
    """``370481 1990**** 123X``: enough to tell people apart, not enough to take away.

    What Excel made of a number (4.20500199001E+17), or a remark in its place, is shown as it stands: stars would only
    hide what is wrong with it.
    """
    if len(identity) == 18 and identity.isalnum():
        return f"{identity[:6]} {identity[6:10]}**** {identity[14:]}"
    if len(identity) <= 4 or not _is_number(identity):
        return identity
    return identity[:2] + "*" * (len(identity) - 4) + identity[-2:]


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and examine(text).problem != "identity-destroyed"


def label(text: str = "", role: str = "", *, tone: str = "", wraps: bool = False, selectable: bool = False) -> QLabel:
    """A label with a role of the style sheet."""
    from PySide6.QtCore import Qt

    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    made.setWordWrap(wraps)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def retone(widget: QLabel, text: str, tone: str = "") -> None:
    """Another text in another tone."""
    widget.setText(text)
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
