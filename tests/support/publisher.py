"""A publisher of region packs whose key exists for one test."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.regions.updates import FORMAT, fingerprint
from app.resources import RESOURCES
from bureau.publishing import seal


@dataclass
class Publisher:
    """Makes updates of a shipped pack, right ones and wrong ones."""

    folder: Path
    name: str = "示例发布方"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        """The public key."""
        return self.key.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        """What the clerk is told over the telephone."""
        return fingerprint(self.public)

    def pack(self, changes: Mapping[str, tuple[str, str]] | None = None, version: int = 2) -> Path:
        """A copy of 宜昌's shipped pack; ``changes`` are (old, new) by file, e.g. ``parameters/base-floor``."""
        pack = self.folder / f"pack-{version}" / "yichang"
        shutil.rmtree(pack, ignore_errors=True)
        shutil.copytree(RESOURCES / "regions" / "yichang", pack)
        _replace(pack / "region.toml", "version = 1", f"version = {version}")
        for name, (old, new) in (changes or {}).items():
            _replace(pack / f"{name}.toml", old, new)
        return pack

    def update(
        self,
        pack: Path,
        version: int = 2,
        *,
        content: dict[str, bytes] | None = None,
        key: Ed25519PrivateKey | None = None,
        **manifest: Any,  # noqa: ANN401 - whatever a manifest might hold
    ) -> Path:
        """An update of ``pack``; entries in ``content`` and in the manifest replace what would stand there."""
        entries = {one.relative_to(pack).as_posix(): one.read_bytes() for one in sorted(pack.rglob("*.toml"))}
        told = {
            "format": FORMAT,
            "region": pack.name,
            "version": version,
            "publisher": self.name,
            "public_key": self.public.hex(),
            "valid_from": "2022-01-01",
            "sources": ["虚构的通知，只用于测试"],
            "files": {name: hashlib.sha256(one).hexdigest() for name, one in entries.items()},
        }
        out = self.folder / f"{pack.name}-{version}.shebao-pack"
        known = {name: value for name, value in {**told, **manifest}.items() if value is not None}
        seal(out, known, {**entries, **(content or {})}, key or self.key)
        return out


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
