"""Read the TOML file of one family of keys, and say at once all that is wrong with it.

Its words are told to whoever writes one in `vendors/README.md`. The messages are for that person, and in Chinese: the
self-test shows them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pkcs11_drivers.family import (
    DEFAULT_USER_ID,
    PRESENCE_BY_EVENTS,
    PRESENCE_BY_REINITIALISING,
    PRESENCE_BY_SLOTS,
    ModuleFile,
    Sm2Hash,
    Sm2Way,
    Vendor,
)
from pkcs11_drivers.model import Algorithm, PinEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_DEFAULT_MECHANISMS: Mapping[Algorithm, tuple[str, ...]] = {
    Algorithm.RS256: ("SHA256_RSA_PKCS", "RSA_PKCS"),
    Algorithm.PS256: ("SHA256_RSA_PKCS_PSS", "RSA_PKCS_PSS"),
    Algorithm.ES256: ("ECDSA_SHA256", "ECDSA"),
}
_SHOWN = 60
_SHORTEST_PIN, _LONGEST_PIN = 4, 64
_LARGEST = 0xFFFFFFFF
"""CK_ULONG has 32 bits on Windows."""
_PLATFORMS = {"linux": "linux", "windows": "win32", "macos": "darwin"}


class VendorFileError(ValueError):
    """A family's file is not as it should be; the text names the file and every fault, for its author."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What may stand behind a word, and how to say so."""

    fits: Callable[[Any], bool]
    wanted: str
    needed: bool = False


def _text(*, needed: bool = False) -> _Word:
    return _Word(lambda value: isinstance(value, str), '一段放在引号里的文字 "…"', needed)


def _texts(*, needed: bool = False) -> _Word:
    def fits(value: object) -> bool:
        return isinstance(value, list) and all(isinstance(one, str) and "\0" not in one for one in value)

    return _Word(fits, '一列文字 ["…"]', needed)


def _number(*, needed: bool = False) -> _Word:
    def fits(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST

    return _Word(fits, "不超过 32 位的整数", needed)


def _flag(*, needed: bool = False) -> _Word:
    return _Word(lambda value: isinstance(value, bool), "true 或 false", needed)


def _one_of(*words: str | int, needed: bool = False) -> _Word:
    # an unhashable value is none of them either
    return _Word(lambda value: value in words, "其中之一：" + "、".join(map(str, words)), needed)


_FACTS = {"source": _text(), "verified": _flag()}
_MODULE = {
    "platform": _one_of(*_PLATFORMS, needed=True),
    "files": _texts(needed=True),
    "folders": _texts(needed=True),
    "bits": _one_of(32, 64),
    **_FACTS,
}
_TOP = {
    "name": _Word(lambda value: isinstance(value, str) and bool(value.strip()), '一个名称 "…"', needed=True),
    "source": _text(needed=True),
    "verified": _flag(needed=True),
    "notes": _texts(),
    "conflicts": _texts(),
}
_MANY = {
    "module": _MODULE,
    "skf": _MODULE,
    "sm2": {
        "key_type": _number(needed=True),
        "mechanism": _number(needed=True),
        "hash": _one_of(*(one.value for one in Sm2Hash), needed=True),
        "signature": _one_of("raw", "der", needed=True),
        "user_id": _text(),
        **_FACTS,
    },
}
"""Tables that may stand several times, in double brackets."""
_ONCE = {
    "recognise": {"manufacturer": _texts(), "model": _texts(), **_FACTS},
    "pin": {
        "entry": _one_of(*(one.value for one in PinEntry)),
        "minimum": _number(),
        "maximum": _number(),
        "defaults": _texts(),
        "tries": _number(),
        "unlock": _text(),
        **_FACTS,
    },
    "mechanisms": {one.value: _texts() for one in Algorithm if one is not Algorithm.SM2_SM3},
    "quirks": {
        "presence": _one_of(PRESENCE_BY_SLOTS, PRESENCE_BY_EVENTS, PRESENCE_BY_REINITIALISING),
        "hide_uninitialised": _flag(),
        **_FACTS,
    },
}


def parse_vendor(vendor_id: str, text: str, *, own: bool = False) -> Vendor:
    """Read the file of one family. Unknown words are refused: a misspelt quirk must not be silently without effect.

    `own`: it was laid down on this computer.

    Raises:
        VendorFileError: it is not as it should be.

    """
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, and tables within tables
        hint = "；带反斜杠的路径要放在单引号里" if "\\" in text else ""
        raise VendorFileError(f"{vendor_id}.toml：{_place(error)}不合 TOML 的写法{hint}") from error
    faults = list(_faults(data))
    if faults:
        raise VendorFileError(f"{vendor_id}.toml：{'；'.join(faults)}")
    return family(vendor_id, data, own=own)


def family(vendor_id: str, data: Mapping[str, Any], *, own: bool = False) -> Vendor:
    """The family that sound data describe, all defaults filled in."""
    recognise, pin, quirks = data.get("recognise", {}), data.get("pin", {}), data.get("quirks", {})
    mechanisms = {Algorithm(name): tuple(names) for name, names in data.get("mechanisms", {}).items()}
    return Vendor(
        id=vendor_id,
        name=data["name"],
        modules=tuple(_module(table, data) for table in data.get("module", [])),
        manufacturers=tuple(recognise.get("manufacturer", ())),
        models=tuple(recognise.get("model", ())),
        pin_entry=PinEntry(pin.get("entry", PinEntry.TYPED)),
        pin_minimum=pin.get("minimum", _SHORTEST_PIN),
        pin_maximum=pin.get("maximum", _LONGEST_PIN),
        pin_defaults=tuple(pin.get("defaults", ())),
        pin_tries=pin.get("tries"),
        pin_unlock=pin.get("unlock", ""),
        mechanisms={**_DEFAULT_MECHANISMS, **mechanisms},
        sm2=tuple(_sm2(table, data) for table in data.get("sm2", [])),
        presence=quirks.get("presence", PRESENCE_BY_SLOTS),
        hide_uninitialised=quirks.get("hide_uninitialised", False),
        conflicts=tuple(data.get("conflicts", ())),
        skf=tuple(_module(table, data) for table in data.get("skf", [])),
        notes=tuple(data.get("notes", ())),
        source=data["source"],
        verified=data["verified"],
        own=own,
    )


def _faults(data: Mapping[str, Any]) -> Iterator[str]:
    tables = {*_MANY, *_ONCE}
    yield from _faults_of("", {word: data[word] for word in data if word not in tables}, _TOP, also=tables)
    for name, words in _MANY.items():
        given = data.get(name, [])
        if not isinstance(given, list) or not all(isinstance(table, dict) for table in given):
            yield f"[{name}] 要写在双中括号里：[[{name}]]"
            continue
        for table in given:
            yield from _faults_of(f"[[{name}]] ", table, words)
    for name, words in _ONCE.items():
        table = data.get(name, {})
        if isinstance(table, dict):
            yield from _faults_of(f"[{name}] ", table, words)
        else:
            yield f"{name} 只写一次，写在单中括号里：[{name}]"
    yield from _faults_between(data.get("pin"))


def _faults_between(pin: object) -> Iterator[str]:
    """What is right word by word and makes no sense together: no PIN would ever be sent."""
    if not isinstance(pin, dict):
        return
    shortest, longest = pin.get("minimum", _SHORTEST_PIN), pin.get("maximum", _LONGEST_PIN)
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        yield f"[pin] minimum（{_shown(shortest)}）大于 maximum（{_shown(longest)}）"


def _faults_of(
    place: str, table: Mapping[str, Any], words: Mapping[str, _Word], also: set[str] | None = None
) -> Iterator[str]:
    for word, value in table.items():
        if word not in words:
            near = get_close_matches(word[:_SHOWN], [*words, *(also or ())], n=1)
            yield f"{place}不认识 {word[:_SHOWN]}" + (f"（是不是 {near[0]}？）" if near else "")
        elif not words[word].fits(value):
            yield f"{place}{word} 应为{words[word].wanted}，写的是 {_shown(value)}"
    for word, what in words.items():
        if what.needed and word not in table:
            yield f"{place}少了 {word}"


def _place(error: Exception) -> str:
    """Where the reader of TOML stopped, by its own words."""
    at = re.search(r"at line (\d+), column (\d+)", str(error))
    return f"第 {at[1]} 行第 {at[2]} 列" if at else ""


def _shown(value: object) -> str:
    """A value as it stands in a message: its beginning, and of a number that no text can hold nothing."""
    try:
        text = repr(value)
    except ValueError:
        return "一个长得没有尽头的数"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _module(table: Mapping[str, Any], data: Mapping[str, Any]) -> ModuleFile:
    return ModuleFile(
        platform=_PLATFORMS[table["platform"]],
        files=tuple(table["files"]),
        folders=tuple(table["folders"]),
        bits=table.get("bits", 64),
        source=table.get("source", data["source"]),
        verified=table.get("verified", data["verified"]),
    )


def _sm2(table: Mapping[str, Any], data: Mapping[str, Any]) -> Sm2Way:
    return Sm2Way(
        key_type=table["key_type"],
        mechanism=table["mechanism"],
        hash=Sm2Hash(table["hash"]),
        signature=table["signature"],
        user_id=table.get("user_id", DEFAULT_USER_ID),
        source=table.get("source", data["source"]),
        verified=table.get("verified", data["verified"]),
    )
