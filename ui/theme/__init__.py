"""How the window looks, in one place: colours, type, spacing, icons, and the style sheet made of them."""

from ui.theme.roles import DARK, LIGHT, Palette, contrast
from ui.theme.theme import HUGE, LARGE, MEDIUM, SMALL, TINY, WIDE, Theme

__all__ = ["DARK", "HUGE", "LARGE", "LIGHT", "MEDIUM", "SMALL", "TINY", "WIDE", "Palette", "Theme", "contrast"]
