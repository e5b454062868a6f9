"""What can be wrong with a region pack, named by file and key."""

from __future__ import annotations

from app.errors import InputRefused, LocalDataError


class PackError(LocalDataError):
    """A pack that is refused: ``file`` and ``key`` say where, ``reason`` what, the facts the rest."""

    default_code = "pack-refused"

    def __init__(self, file: str, key: str, reason: str, **facts: str) -> None:
        super().__init__(None, file=file, key=key, reason=reason, **facts)
        self.file = file
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        rest = "".join(f"; {name}: {value}" for name, value in self.facts.items() if name not in _OWN)
        return f"{self.file}: {self.key or '(file)'}: {self.reason}{rest}"


_OWN = frozenset({"file", "key", "reason"})


class ParameterUnknown(InputRefused):
    """No value of a parameter is in force for the month: it is not in the pack's sources. Never answered with None."""

    default_code = "parameter-unknown"

    def __init__(self, region: str, parameter: str, name: str, month: str) -> None:
        super().__init__(None, region=region, parameter=parameter, name=name, month=month)
