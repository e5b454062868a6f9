"""Text as a screen can show it: what tokens and certificates hold beside letters is left out.

Zero bytes and blanks that pad a field, control characters that a terminal would obey, marks that turn the direction of
what follows: a unit's name must not be able to look like another's.
"""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's general categories of what is obeyed and not seen; private characters stay: rare names are written so."""


def readable(text: str) -> str:
    """Return the text without what no screen shows, and without blanks at both ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(character for character in text if unicodedata.category(character) not in _UNSEEN).strip()
