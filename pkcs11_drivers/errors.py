"""What can go wrong with a UKey: types with facts and no wording.

The sentences a clerk reads are written elsewhere from `code` and the facts. No error here ever holds a PIN.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from pkcs11_drivers.model import PinState


@dataclass(eq=False)
class UKeyError(Exception):
    """Any failure of this package. `module` is a module path, `serial` a token's serial number; "" if unknown."""

    code: ClassVar[str] = "ukey"

    module: str = ""
    serial: str = ""

    def facts(self) -> dict[str, str | int | None]:
        """Return the error's facts by name, for a message table or a log."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        """Return the facts for a log or a traceback: for engineers, not for clerks."""
        told = ", ".join(f"{name}={value}" for name, value in self.facts().items() if value not in ("", None))
        return f"{self.code}({told})"


@dataclass(eq=False)
class ModuleMissing(UKeyError):
    """The module's file is not there."""

    code: ClassVar[str] = "ukey-module-missing"


@dataclass(eq=False)
class ModuleFailed(UKeyError):
    """The module is there but cannot be loaded or started; `reason` is the system's own text."""

    code: ClassVar[str] = "ukey-module-failed"
    reason: str = ""


@dataclass(eq=False)
class HostCrashed(UKeyError):
    """The child process that holds the module ended during `operation`. It is started anew by the next call."""

    code: ClassVar[str] = "ukey-host-crashed"
    operation: str = ""
    exit_code: int | None = None


@dataclass(eq=False)
class HostTimedOut(UKeyError):
    """The module did not answer `operation` within `limit` seconds; its process was killed."""

    code: ClassVar[str] = "ukey-host-timed-out"
    operation: str = ""
    limit: float = 0.0


@dataclass(eq=False)
class TokenMissing(UKeyError):
    """The token asked for is not plugged in."""

    code: ClassVar[str] = "ukey-token-missing"


@dataclass(eq=False)
class TokenRemoved(UKeyError):
    """The token was pulled out during the operation, or its session ended under us (sleep, another program)."""

    code: ClassVar[str] = "ukey-token-removed"


@dataclass(eq=False)
class LoginRequired(UKeyError):
    """The operation needs a login, and none stands: never made, ended, or lost with a restarted host."""

    code: ClassVar[str] = "ukey-login-required"


@dataclass(eq=False)
class PinError(UKeyError):
    """The PIN was not accepted. `pin_state` was read from the token again after the try."""

    code: ClassVar[str] = "ukey-pin"
    pin_state: PinState = PinState.UNKNOWN
    tries_left: int | None = None


@dataclass(eq=False)
class PinIncorrect(PinError):
    """The token refused the PIN; one try was used."""

    code: ClassVar[str] = "ukey-pin-incorrect"


@dataclass(eq=False)
class PinLocked(PinError):
    """The token accepts no PIN any more; `unlock` is the way out that its family's file tells, "" if none."""

    code: ClassVar[str] = "ukey-pin-locked"
    unlock: str = ""


@dataclass(eq=False)
class PinNotSet(PinError):
    """The token has no user PIN yet: whoever hands it out has not finished it."""

    code: ClassVar[str] = "ukey-pin-not-set"


@dataclass(eq=False)
class PinCharacters(PinError):
    """The PIN holds what no key takes: it was not sent, no try was used."""

    code: ClassVar[str] = "ukey-pin-characters"


@dataclass(eq=False)
class PinLength(PinError):
    """The PIN is shorter or longer than this family allows; it was not sent, no try was used."""

    code: ClassVar[str] = "ukey-pin-length"
    minimum: int = 0
    maximum: int = 0


@dataclass(eq=False)
class KeyMissing(UKeyError):
    """The token holds no private key for the certificate."""

    code: ClassVar[str] = "ukey-key-missing"


@dataclass(eq=False)
class CertificateMissing(UKeyError):
    """The token holds no certificate fit for signing."""

    code: ClassVar[str] = "ukey-certificate-missing"


@dataclass(eq=False)
class AlgorithmUnsupported(UKeyError):
    """Key, token or vendor entry cannot make this signature."""

    code: ClassVar[str] = "ukey-algorithm-unsupported"
    algorithm: str = ""


@dataclass(eq=False)
class DeviceFault(UKeyError):
    """Any other failure the module reported: `fault` is its PKCS#11 name, `text` the raw text."""

    code: ClassVar[str] = "ukey-device-fault"
    fault: str = ""
    text: str = ""


_ON_THE_WIRE: dict[str, type[UKeyError]] = {
    kind.__name__: kind
    for kind in (
        ModuleMissing,
        ModuleFailed,
        TokenMissing,
        TokenRemoved,
        LoginRequired,
        PinIncorrect,
        PinLocked,
        PinNotSet,
        KeyMissing,
        CertificateMissing,
        AlgorithmUnsupported,
        DeviceFault,
    )
}


def to_wire(error: UKeyError) -> dict[str, object]:
    """Return the error as a JSON object for the pipe between host and client."""
    return {"kind": type(error).__name__, **error.facts()}


def from_wire(data: dict[str, object]) -> UKeyError:
    """Rebuild an error received from a host; an unknown kind becomes a `DeviceFault`, never silence."""
    facts = {name: value for name, value in data.items() if name != "kind"}
    kind = _ON_THE_WIRE.get(str(data.get("kind")), DeviceFault)
    known = {field.name for field in fields(kind)}
    error = kind(**{name: value for name, value in facts.items() if name in known})  # type: ignore[arg-type]
    if isinstance(error, PinError):
        error.pin_state = PinState(str(error.pin_state))
    return error
