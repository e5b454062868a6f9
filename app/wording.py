"""The sentences a clerk reads, made from codes and facts. The only place where a finding or a failure gets words.

A finding has a message and a remedy; a failure says what happened, what is safe and what to do next
(``resources/messages``). A fact that a sentence asks for and nobody gave is left blank rather than shown as a brace.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.domain.findings import Finding
    from app.errors import ShebaoError

_ENDS = tuple("。！？；：…!?;:")
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "messages"


class Sentence(NamedTuple):
    """What is wrong and what to do about it."""

    message: str
    remedy: str


class Notice(NamedTuple):
    """A failure in three parts; ``safe`` and ``next`` may be empty."""

    happened: str
    safe: str
    next: str

    @property
    def whole(self) -> str:
        """All three parts as one paragraph; one that ends with what was told to us may lack its full stop."""
        parts = [part for part in (self.happened, self.safe, self.next) if part]
        return "".join(part if part.endswith(_ENDS) or part is parts[-1] else f"{part}。" for part in parts)


def sentence(finding: Finding) -> Sentence:
    """The words for a finding. The bureau's own words come first where it gave some that we have none for."""
    return _sentence(finding.code, tuple(finding.facts.items()))


@lru_cache(maxsize=4096)  # of a long list many are told the same
def _sentence(code: str, facts: tuple[tuple[str, str], ...]) -> Sentence:
    entry, told = _table("findings").get(code), dict(facts)
    if entry is None:
        return Sentence(told.get("bureau_says") or f"有一处不符合要求（{code}）", "按社保系统的提示修改。")
    return Sentence(_fill(entry["message"], told), _fill(entry["remedy"], told))


def notice(failure: ShebaoError) -> Notice:
    """The words for a failure."""
    table = _table("errors")
    entry = table.get(failure.code) or table["fault"]
    return Notice(*(_fill(entry[part], failure.facts) for part in ("happened", "safe", "next")))


def load_findings() -> None:
    """Load the words of findings, which otherwise the first finding waits for."""
    _table("findings")


def known_codes(table: str) -> frozenset[str]:
    """All codes of ``findings`` or ``errors`` that have words; tests hold the code base against it."""
    return frozenset(_table(table))


def _fill(template: str, facts: Mapping[str, str]) -> str:
    return template.format_map(defaultdict(str, facts))


@cache
def _table(name: str) -> Mapping[str, Mapping[str, str]]:
    with (FOLDER / f"{name}.toml").open("rb") as stream:
        return tomllib.load(stream)
