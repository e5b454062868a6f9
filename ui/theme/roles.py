"""Colours by role, light and dark. A widget names a role and never a colour."""

from __future__ import annotations

from typing import NamedTuple


class Palette(NamedTuple):
    """One set of colours, as ``#RRGGBB``. Grounds are what text of the role of that name stands on."""

    window: str
    surface: str
    raised: str
    line: str
    strong_line: str
    text: str
    secondary: str
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    error: str
    warning: str
    success: str
    info: str
    error_ground: str
    warning_ground: str
    success_ground: str
    info_ground: str

    def of(self, role: str) -> str:
        """The colour of a role. Raises AttributeError for a role that is none."""
        return str(getattr(self, role))


LIGHT = Palette(
    window="#F4F6F8",
    surface="#FFFFFF",
    raised="#FFFFFF",
    line="#DDE2E8",
    strong_line="#B8C1CC",
    text="#1B2430",
    secondary="#566273",
    disabled="#97A1AE",
    accent="#1F5FBF",
    accent_hover="#184E9E",
    on_accent="#FFFFFF",
    error="#B3261E",
    warning="#8A5A00",
    success="#1E6B3A",
    info="#1F5FBF",
    error_ground="#FCEDEC",
    warning_ground="#FFF5E0",
    success_ground="#EAF6EE",
    info_ground="#EAF2FD",
)

DARK = Palette(
    window="#15181C",
    surface="#1C2026",
    raised="#242932",
    line="#323943",
    strong_line="#4A5462",
    text="#E8ECF1",
    secondary="#A9B3C0",
    disabled="#667180",
    accent="#6AA3F5",
    accent_hover="#8AB8F8",
    on_accent="#0D1B2E",
    error="#F2877F",
    warning="#E5B454",
    success="#6CC48C",
    info="#6AA3F5",
    error_ground="#3A2220",
    warning_ground="#382D17",
    success_ground="#1B3324",
    info_ground="#1B2B42",
)


def in_force(mode: str, *, system_is_dark: bool) -> Palette:
    """The palette for what was chosen: light, dark, or whatever the system has."""
    return DARK if mode == "dark" or (mode != "light" and system_is_dark) else LIGHT


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours after WCAG 2.2 (1 to 21)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
