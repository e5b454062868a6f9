"""How long work tells how far it has come, and is told to stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told how far long work has come; may raise :class:`app.errors.CalledOff` to stop it between two steps."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """``done`` of ``total`` steps of ``what`` (a word for the clerk) are done."""


def silent(done: int, total: int, what: str) -> None:
    """Progress that nobody watches."""
