"""A host that notes each C_Login it is about to make, and can be told to stop before it.

Run as `python counting_host.py NOTES MODULE_PATH`; the lines of NOTES are counted by the tests. If NOTES.stop exists,
the host never makes the login it has noted.
"""

import signal
import sys
from pathlib import Path
from typing import cast

from pkcs11 import Session, Slot, Token

from pkcs11_drivers import host, token_module
from pkcs11_drivers.token_module import TokenModule


class _Noted:
    """A token whose logins are noted."""

    def __init__(self, token: Token, notes: Path) -> None:
        self._token = token
        self._notes = notes

    def __getattr__(self, name: str) -> object:
        return getattr(self._token, name)

    def open(self, *, rw: bool = False, user_pin: str | None = None, **how: object) -> Session:
        if user_pin is not None:
            with self._notes.open("a", encoding="ascii") as notes:
                notes.write("C_Login\n")
            if self._notes.with_suffix(".stop").exists():
                signal.pause()
        return self._token.open(rw=rw, user_pin=user_pin, **how)  # type: ignore[arg-type]


class CountingModule(TokenModule):
    """A module all of whose logins are noted."""

    notes: Path

    def _find(self, slot_id: int, serial: str) -> tuple[Slot, Token]:
        slot, token = super()._find(slot_id, serial)
        return slot, cast("Token", _Noted(token, self.notes))


def main() -> int:
    CountingModule.notes = Path(sys.argv[1])
    token_module.TokenModule = CountingModule  # type: ignore[misc]
    return host.main(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
