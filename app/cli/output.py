"""What goes where: one JSON object on standard output, everything for people on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from app.wording import notice, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.domain.findings import Finding
    from app.errors import ShebaoError


class Answered(Exception):
    """A result that is complete although the exit code is not 0."""

    def __init__(self, result: dict[str, Any], exit_code: int) -> None:
        super().__init__(exit_code)
        self.result = result
        self.exit_code = exit_code


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as cli.md promises it; keys that do not apply are left out."""
    words, where = sentence(finding), finding.where
    whole = {
        "severity": finding.severity.value,
        "code": finding.code,
        "message": words.message,
        "remedy": words.remedy,
        "field": where.field,
        "sheet": where.sheet,
        "row": where.row,
        "column": where.column,
        "value": where.value,
    }
    return {key: value for key, value in whole.items() if value is not None}


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Several findings."""
    return [finding_json(finding) for finding in findings]


def failure_json(failure: ShebaoError) -> dict[str, Any]:
    """A failure in its three parts, with its findings where it has some."""
    words = notice(failure)
    whole: dict[str, Any] = {
        "error": {"code": failure.code, "message": words.happened, "safe": words.safe, "remedy": words.next}
    }
    findings = getattr(failure, "findings", ())
    if findings:
        whole["findings"] = findings_json(findings)
    return whole


def emit(result: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the result: as one JSON object, or as lines for people on the same stream."""
    if as_json:
        text = json.dumps(result, ensure_ascii=False)
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(result)))
    sys.stdout.flush()


def say(text: str) -> None:
    """A line for people."""
    sys.stderr.write(text + "\n")


def progress(done: int, total: int, what: str) -> None:
    """Progress for people, only where a person watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{what} {done}/{total} " + ("\n" if done >= total else ""))
        sys.stderr.flush()


def _lines(value: object, indent: int = 0, name: str = "") -> Iterable[str]:
    """A plain outline of a JSON value."""
    lead = "  " * indent
    head = f"{lead}{name}: " if name else lead
    if isinstance(value, dict):
        if name:
            yield head.rstrip()
        for key, one in value.items():
            yield from _lines(one, indent + bool(name), str(key))
    elif isinstance(value, list):
        yield f"{head}{len(value)} 项" if name else lead
        for one in value:
            yield from _list_item(one, indent + 1)
    else:
        yield f"{head}{'' if value is None else value}"


def _list_item(value: object, indent: int) -> Iterable[str]:
    if isinstance(value, dict):
        flat = "  ".join(f"{key}={one}" for key, one in value.items() if not isinstance(one, (dict, list)))
        yield f"{'  ' * indent}- {flat}"
        for key, one in value.items():
            if isinstance(one, (dict, list)) and one:
                yield from _lines(one, indent + 1, str(key))
    else:
        yield f"{'  ' * indent}- {value}"
