"""A signed pack update: a zip with a whole region pack, a manifest of its files, and a signature over the manifest.

    manifest.json    format, region, version, publisher, public_key, valid_from, sources, files (SHA-256 by name)
    manifest.sig     Ed25519 over ``SIGNED`` and the manifest's bytes, 64 bytes
    region.toml, messages.toml, items/*.toml, codes/*.toml, parameters/*.toml, documents/*.toml

A file from anywhere is taken apart here: nothing is written, nothing outside these names is read, and no entry is
unpacked further than its limit, whatever its header says.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from app.errors import InputRefused
from app.regions.pack_errors import PackError
from app.regions.reading import Reader

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

FORMAT: Final = "shebao-pack:1"
SIGNED: Final = b"shebao-pack:1\x00"
"""Stands before the manifest in what is signed, so that a signature given for something else is none for a pack."""
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LARGEST_FILE: Final = 8 << 20
LARGEST_ENTRY: Final = 1 << 20
LARGEST_WHOLE: Final = 16 << 20
MOST_ENTRIES: Final = 600
_NAME = re.compile(r"^(?:region|messages|(?:items|codes|parameters|documents)/[a-z0-9][a-z0-9-]*)\.toml$")
_OF_WINDOWS = re.compile(r"(?:^|/)(?:con|prn|aux|nul|com\d|lpt\d)\.toml$")
_REGION = re.compile(r"^[a-z][a-z0-9-]{1,39}$")
_STORED_OR_DEFLATED: Final = (0, 8)
_HEX_64 = re.compile(r"^[0-9a-f]{64}$")


class UpdateRefused(InputRefused):
    """An update that is not installed: ``code`` says why, the facts where. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an update says of itself. ``version`` counts up; ``valid_from`` is the first day it is used."""

    region: str
    version: int
    publisher: str
    public_key: bytes
    valid_from: date
    sources: tuple[str, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Update:
    """An update with all its files by name. ``raw`` and ``signature`` are the manifest's as they came."""

    manifest: Manifest
    raw: bytes
    signature: bytes
    content: Mapping[str, bytes]

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key it names as its publisher's."""
        return fingerprint(self.manifest.public_key)


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of a public key in hex: what two people compare over the telephone."""
    return hashlib.sha256(public_key).hexdigest()


def read_update(path: Path) -> Update:
    """Take an update file apart; every file is as its manifest says. The signature is not judged.

    Raises UpdateRefused.
    """
    import zipfile
    import zlib

    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UpdateRefused("update-too-large", file=path.name, limit=LARGEST_FILE >> 20)
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, path.name)
    except OSError as failed:
        raise UpdateRefused("update-unreadable", file=path.name) from failed
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, zlib.error) as broken:
        raise UpdateRefused("update-not-zip", file=path.name) from broken
    return _of(entries)


def read_folder(folder: Path, pack: Path) -> Update:
    """An installed update: manifest and signature in ``folder``, its files in ``pack``. Raises UpdateRefused."""
    try:
        entries = {one.relative_to(pack).as_posix(): one.read_bytes() for one in pack.rglob("*") if one.is_file()}
        entries |= {name: (folder / name).read_bytes() for name in (MANIFEST, SIGNATURE)}
    except OSError as failed:
        raise UpdateRefused("update-unreadable", file=folder.name) from failed
    return _of(entries)


def check_signature(update: Update) -> None:
    """That the key it names has signed the manifest; whether that key is trusted is another question.

    Raises UpdateRefused.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(update.manifest.public_key)
        key.verify(update.signature, SIGNED + update.raw)
    except (InvalidSignature, ValueError):
        raise UpdateRefused("update-signature", region=update.manifest.region) from None


def _entries(archive: zipfile.ZipFile, shown: str) -> dict[str, bytes]:
    """Every entry by name, each read no further than its limit."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise UpdateRefused("update-too-large", file=shown, limit=LARGEST_WHOLE >> 20)
    entries: dict[str, bytes] = {}
    whole = 0
    for info in infos:
        # Links are entries of their own kind (upper half of the attributes); a pack has plain files only.
        plain = info.external_attr >> 28 in (0, 8) and info.compress_type in _STORED_OR_DEFLATED
        if info.filename in entries or not _allowed(info.filename) or not plain or info.flag_bits & 1:
            raise UpdateRefused("update-entry", file=info.filename)
        with archive.open(info) as stream:
            content = stream.read(LARGEST_ENTRY + 1)
        whole += len(content)
        if len(content) > LARGEST_ENTRY or whole > LARGEST_WHOLE:
            raise UpdateRefused("update-too-large", file=info.filename, limit=LARGEST_ENTRY >> 20)
        entries[info.filename] = content
    return entries


def _allowed(name: str) -> bool:
    return name in (MANIFEST, SIGNATURE) or (bool(_NAME.match(name)) and not _OF_WINDOWS.search(name))


def _of(entries: dict[str, bytes]) -> Update:
    for name in (MANIFEST, SIGNATURE):
        if name not in entries:
            raise UpdateRefused("update-entry-missing", file=name)
    raw, signature = entries.pop(MANIFEST), entries.pop(SIGNATURE)
    manifest = _manifest(raw)
    for name in sorted(entries.keys() ^ manifest.files.keys()):
        raise UpdateRefused("update-entry" if name in entries else "update-entry-missing", file=name)
    for name, content in entries.items():
        if hashlib.sha256(content).hexdigest() != manifest.files[name]:
            raise UpdateRefused("update-digest", file=name)
    return Update(manifest, raw, signature, entries)


def _manifest(raw: bytes) -> Manifest:
    try:
        plain = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise UpdateRefused("update-manifest", key="", reason="not-json")
    try:
        with Reader(plain, MANIFEST) as reader:
            return Manifest(
                region=_matching(reader, "region", _REGION),
                version=_version(reader),
                publisher=reader.text("publisher"),
                public_key=bytes.fromhex(_matching(reader, "public_key", _HEX_64)),
                valid_from=_day(reader, "valid_from"),
                sources=_sources(reader),
                files=_files(reader),
            )
    except PackError as wrong:
        raise UpdateRefused("update-manifest", key=wrong.key, reason=wrong.reason) from wrong


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(key)
        found[key] = value
    return found


def _version(reader: Reader) -> int:
    if reader.text("format") != FORMAT:
        raise reader.wrong("format", "not-a-choice")
    return reader.count("version")


def _matching(reader: Reader, key: str, pattern: re.Pattern[str]) -> str:
    text = reader.text(key)
    if not pattern.match(text):
        raise reader.wrong(key, "not-text")
    return text


def _day(reader: Reader, key: str) -> date:
    try:
        return date.fromisoformat(reader.text(key))
    except ValueError:
        raise reader.wrong(key, "not-date") from None


def _sources(reader: Reader) -> tuple[str, ...]:
    sources = reader.texts("sources")
    if not sources:
        raise reader.wrong("sources", "key-missing")
    return sources


def _files(reader: Reader) -> Mapping[str, str]:
    files = reader.plain("files")
    for name, digest in files.items():
        if not _NAME.match(name) or not _HEX_64.match(digest):
            raise reader.wrong(f"files.{name}", "not-text")
    return files
