"""The style sheet, made of roles. Widgets ask for a look by the properties ``role`` and ``tone``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.resources import RESOURCES
from ui.theme.roles import DARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.theme.roles import Palette

ICONS = (RESOURCES / "icons").as_posix()
TONES = ("error", "warning", "success", "info")


def style_sheet(c: Palette, family: str, px: Callable[[int], int]) -> str:
    """The whole sheet for one palette; ``px`` makes lengths grow with the text."""
    return "\n".join((_type(c, family, px), _frame(c, px), _buttons(c, px), _fields(c, px), _lists(c, px), _tones(c)))


def _type(c: Palette, family: str, px: Callable[[int], int]) -> str:
    return f"""
    * {{ font-family: "{family}"; font-size: {px(13)}px; color: {c.text}; outline: 0; }}
    *:disabled {{ color: {c.disabled}; }}
    QWidget#window, QDialog, QMessageBox {{ background: {c.window}; }}
    QLabel {{ background: transparent; }}
    QLabel[role="title"] {{ font-size: {px(20)}px; font-weight: 700; }}
    QLabel[role="section"] {{ font-size: {px(16)}px; font-weight: 700; }}
    QLabel[role="strong"] {{ font-size: {px(14)}px; font-weight: 700; }}
    QLabel[role="figure"] {{ font-size: {px(20)}px; font-weight: 700; }}
    QLabel[role="large"] {{ font-size: {px(18)}px; }}
    QLabel[role="secondary"] {{ color: {c.secondary}; }}
    QLabel[role="small"] {{ color: {c.secondary}; font-size: {px(12)}px; }}
    QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.strong_line}; padding: 4px 8px; }}
    """


def _frame(c: Palette, px: Callable[[int], int]) -> str:
    return f"""
    QFrame#topbar {{ background: {c.surface}; border: 0; border-bottom: 1px solid {c.line}; }}
    QFrame#rail {{ background: {c.surface}; border: 0; border-right: 1px solid {c.line}; }}
    QFrame#footer {{ background: {c.surface}; border: 0; border-top: 1px solid {c.line}; }}
    QFrame[role="card"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 6px; }}
    QFrame[role="raised"] {{ background: {c.raised}; border: 1px solid {c.strong_line}; border-radius: 6px; }}
    QFrame[role="line"] {{ background: {c.line}; border: 0; max-height: 1px; min-height: 1px; }}
    QScrollArea, QScrollArea > QWidget > QWidget#page-content {{ background: transparent; border: 0; }}
    QToolButton[role="rail"] {{ border: 0; border-left: 3px solid transparent; border-radius: 0; text-align: left;
        padding: 0 {px(8)}px 0 {px(13)}px; min-height: 0;
        color: {c.text}; background: transparent; }}
    QToolButton[role="rail"][level="1"] {{ padding-left: {px(29)}px; }}
    QToolButton[role="rail"]:hover {{ background: {c.window}; }}
    QToolButton[role="rail"]:checked {{ background: {c.info_ground}; border-left-color: {c.accent};
        color: {c.accent}; font-weight: 700; }}
    QToolButton[role="rail"]:focus {{ border-left-color: {c.strong_line}; }}
    QLabel#toast {{ background: {c.text}; color: {c.surface}; border-radius: 6px; padding: {px(8)}px {px(16)}px; }}
    QToolButton[role="rail"]:checked:focus {{ border-left-color: {c.accent}; background: {c.info_ground}; }}
    """


def _buttons(c: Palette, px: Callable[[int], int]) -> str:
    return f"""
    QPushButton {{ background: {c.surface}; border: 1px solid {c.strong_line}; border-radius: 6px;
        padding: 0 {px(12)}px; min-height: {px(30)}px; }}
    QPushButton:hover {{ border-color: {c.accent}; color: {c.accent}; }}
    QPushButton:focus {{ border-color: {c.accent}; }}
    QPushButton:pressed {{ background: {c.info_ground}; }}
    QPushButton:disabled {{ border-color: {c.line}; color: {c.disabled}; }}
    QPushButton[role="primary"] {{ background: {c.accent}; border-color: {c.accent}; color: {c.on_accent};
        font-weight: 700; padding: 0 {px(20)}px; min-height: {px(32)}px; }}
    QPushButton[role="primary"]:hover, QPushButton[role="primary"]:focus {{ background: {c.accent_hover};
        border-color: {c.accent_hover}; color: {c.on_accent}; }}
    QPushButton[role="primary"]:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.secondary}; }}
    QPushButton[role="flat"], QToolButton {{ background: transparent; border: 1px solid transparent;
        border-radius: 6px; padding: 0 {px(8)}px; min-height: {px(28)}px; }}
    QPushButton[role="flat"]:hover, QToolButton:hover {{ background: {c.window}; border-color: {c.line}; }}
    QPushButton[role="flat"]:focus, QToolButton:focus {{ border-color: {c.accent}; }}
    QPushButton[role="link"] {{ background: transparent; border: 0; padding: 0 {px(4)}px; color: {c.accent};
        text-align: left; }}
    QPushButton[role="link"]:hover, QPushButton[role="link"]:focus {{ text-decoration: underline; }}
    QPushButton[role="link"]:disabled {{ color: {c.disabled}; }}
    """


def _fields(c: Palette, px: Callable[[int], int]) -> str:
    tick = f"{ICONS}/field-check-{'dark' if c is DARK else 'light'}.svg"
    return f"""
    QLineEdit, QComboBox, QDateEdit, QSpinBox, QPlainTextEdit {{ background: {c.surface};
        border: 1px solid {c.strong_line}; border-radius: 6px; padding: 0 {px(8)}px; min-height: {px(30)}px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
    QPlainTextEdit {{ padding: {px(4)}px {px(6)}px; }}
    QLineEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus, QPlainTextEdit:focus {{
        border-color: {c.accent}; }}
    QLineEdit:disabled, QComboBox:disabled {{ background: {c.window}; border-color: {c.line}; }}
    QLineEdit[tone="error"], QComboBox[tone="error"] {{ border-color: {c.error}; }}
    QComboBox::drop-down, QDateEdit::drop-down {{ border: 0; width: {px(24)}px; }}
    QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url("{ICONS}/field-arrow.svg");
        width: {px(14)}px; height: {px(14)}px; }}
    QComboBox QAbstractItemView {{ background: {c.raised}; border: 1px solid {c.strong_line};
        selection-background-color: {c.info_ground}; selection-color: {c.text}; }}
    QCheckBox, QRadioButton {{ background: transparent; spacing: {px(8)}px; min-height: {px(24)}px; }}
    QCheckBox::indicator, QRadioButton::indicator {{ width: {px(14)}px; height: {px(14)}px;
        border: 1px solid {c.secondary}; background: {c.surface}; }}
    QCheckBox::indicator {{ border-radius: 3px; }}
    QRadioButton::indicator {{ border-radius: {px(14) // 2 + 1}px; }}
    QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; image: url("{tick}"); }}
    QRadioButton::indicator:checked {{ background: {c.on_accent}; border: {px(5)}px solid {c.accent};
        width: {px(6)}px; height: {px(6)}px; }}
    QCheckBox:focus, QRadioButton:focus {{ color: {c.accent}; }}
    QProgressBar {{ background: {c.line}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    """


def _lists(c: Palette, px: Callable[[int], int]) -> str:
    return f"""
    QTableView, QListView, QTreeView {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 6px;
        gridline-color: {c.line}; selection-background-color: {c.info_ground}; selection-color: {c.text}; }}
    QTableView:focus, QListView:focus {{ border-color: {c.accent}; }}
    QListView::item {{ padding: {px(6)}px {px(8)}px; }}
    QListView[role="wrapping"] {{ padding: 0 {px(6)}px; }}
    QListView[role="wrapping"]::item {{ padding: {px(6)}px 0; }}
    QHeaderView {{ background: {c.surface}; border: 0; }}
    QHeaderView::section {{ background: {c.window}; color: {c.secondary}; border: 0;
        border-bottom: 1px solid {c.line}; padding: 0 {px(8)}px; min-height: {px(32)}px; font-weight: 400; }}
    QTableCornerButton::section {{ background: {c.window}; border: 0; }}
    QMenu {{ background: {c.raised}; border: 1px solid {c.strong_line}; padding: {px(4)}px; }}
    QMenu::item {{ padding: {px(6)}px {px(24)}px {px(6)}px {px(8)}px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {c.info_ground}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {c.strong_line}; border-radius: 4px; min-height: 28px; min-width: 28px;
        margin: 1px; }}
    QScrollBar::handle:hover {{ background: {c.secondary}; }}
    QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QTabBar::tab {{ background: transparent; border: 0; border-bottom: 2px solid transparent; color: {c.secondary};
        padding: {px(6)}px {px(16)}px; }}
    QTabBar::tab:selected {{ color: {c.accent}; border-bottom-color: {c.accent}; font-weight: 700; }}
    QTabBar::tab:hover {{ color: {c.accent}; }}
    QTabBar:focus {{ border-bottom: 1px solid {c.line}; }}
    QSplitter::handle {{ background: transparent; }}
    """


def _tones(c: Palette) -> str:
    rules = []
    for tone in TONES:
        colour, ground = c.of(tone), c.of(f"{tone}_ground")
        rules.append(f'QLabel[tone="{tone}"] {{ color: {colour}; }}')
        frame = f"background: {ground}; border: 1px solid {colour}; border-radius: 6px;"
        rules.append(f'QFrame[tone="{tone}"] {{ {frame} }}')
        rules.append(f'QFrame[chip="{tone}"] {{ background: {ground}; border: 0; border-radius: 4px; }}')
    rules.append(f'QFrame[chip="plain"] {{ background: {c.window}; border: 1px solid {c.line}; border-radius: 4px; }}')
    # A label is a frame as well; the ground is the frame's around it.
    rules.append("QLabel[tone] { background: transparent; border: 0; }")
    return "\n".join(rules)
