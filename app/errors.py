"""Every failure the program can name, as types that carry facts and no wording.

    ShebaoError
    ├── UsageError            the command or the page was asked something it cannot do          exit 2
    ├── InputRefused          what the clerk gave has findings; nothing was sent                exit 3
    ├── KeyTrouble            UKey, certificate or PIN                                          exit 4
    ├── BureauRefused         the bureau answered no                                            exit 5
    ├── BureauUnreachable     the bureau did not answer; what was to be sent is safe            exit 6
    ├── BureauDistrusted      the other side is not the bureau it claims to be                  exit 6
    ├── LocalDataError        the clerk's own database cannot be opened or is damaged           exit 7
    └── CalledOff             the clerk cancelled

The sentence a clerk reads is made from ``code`` and ``facts`` by :mod:`app.wording`; nothing here holds a sentence.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as a type checker reads it; the first thing that is loaded loads no `typing`
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import ClassVar

    from app.domain.findings import Finding


class ShebaoError(Exception):
    """Base of all named failures. ``code`` picks the wording, ``facts`` fill it in."""

    exit_code: ClassVar[int] = 70
    default_code: ClassVar[str] = "fault"

    def __init__(self, code: str | None = None, /, **facts: str | int) -> None:
        self.code = code or self.default_code
        self.facts: Mapping[str, str] = {name: str(value) for name, value in facts.items()}
        super().__init__(self.code, dict(self.facts))


class UsageError(ShebaoError):
    """The command or page was asked something that it cannot do as asked."""

    exit_code = 2
    default_code = "usage"


class InputRefused(ShebaoError):
    """What the clerk gave has findings that stop it; nothing left this computer."""

    exit_code = 3
    default_code = "input-refused"

    def __init__(self, code: str | None = None, /, *, findings: Sequence[Finding] = (), **facts: str | int) -> None:
        super().__init__(code, **facts)
        self.findings = tuple(findings)


class KeyTrouble(ShebaoError):
    """The UKey, its certificate or its PIN stands in the way."""

    exit_code = 4
    default_code = "ukey"


class BureauRefused(ShebaoError):
    """The bureau answered no, with its reasons as findings where it gave them."""

    exit_code = 5
    default_code = "bureau-refused"

    def __init__(self, code: str | None = None, /, *, findings: Sequence[Finding] = (), **facts: str | int) -> None:
        super().__init__(code, **facts)
        self.findings = tuple(findings)


class SessionEnded(BureauRefused):
    """The login has run out or was ended; signing in again is all that is needed."""

    default_code = "session-ended"


class BureauUnreachable(ShebaoError):
    """No answer, or not in time. What was to be sent stays in the outbox."""

    exit_code = 6
    default_code = "bureau-unreachable"


class BureauDistrusted(ShebaoError):
    """The server's certificate or a receipt's signature does not prove the bureau that is pinned here."""

    exit_code = 6
    default_code = "bureau-distrusted"


class LocalDataError(ShebaoError):
    """The clerk's own database cannot be opened, is damaged, or is from a newer program."""

    exit_code = 7
    default_code = "local-data"


class CalledOff(ShebaoError):
    """The clerk cancelled; nothing is half-done."""

    exit_code = 2
    default_code = "called-off"
