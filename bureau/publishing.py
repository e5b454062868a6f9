"""``python3 -m bureau publish``: make and sign a pack update, as whoever keeps the packs of a region would.

The private key is the publisher's alone; nothing of it lies in this repository or in what a clerk installs.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from app.errors import LocalDataError, UsageError
from app.regions.loading import load_region
from app.regions.updates import FORMAT, MANIFEST, SIGNATURE, SIGNED, fingerprint
from app.rules.engine import KNOWN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the same files make the same update."""


def new_key(path: Path) -> dict[str, Any]:
    """A publisher's key in a file of its own, readable by its owner. Raises UsageError where one is there already."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with path.open("xb") as stream:
            path.chmod(0o600)
            stream.write(pem)
    except FileExistsError:
        raise UsageError("file-unwritable", file=str(path), detail="exists") from None
    public = key.public_key().public_bytes_raw()
    return {"key": str(path), "public_key": public.hex(), "fingerprint": fingerprint(public)}


def publish(pack: Path, key_file: Path, out: Path, publisher: str, on: date, sources: Sequence[str]) -> dict[str, Any]:
    """Sign the pack in a folder named after its region. Raises PackError for the pack, LocalDataError for the key."""
    shared = Path(__file__).resolve().parents[1] / "resources" / "documents"
    region = load_region(pack, KNOWN_CHECKS, None, shared)
    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError) as failed:
        raise LocalDataError("file-missing", file=str(key_file)) from failed
    if not isinstance(key, Ed25519PrivateKey):
        raise LocalDataError("file-missing", file=str(key_file))
    content = {one.relative_to(pack).as_posix(): one.read_bytes() for one in sorted(pack.rglob("*.toml"))}
    manifest = {
        "format": FORMAT,
        "region": region.id,
        "version": region.version,
        "publisher": publisher,
        "public_key": key.public_key().public_bytes_raw().hex(),
        "valid_from": on.isoformat(),
        "sources": list(sources),
        "files": {name: hashlib.sha256(one).hexdigest() for name, one in content.items()},
    }
    seal(out, manifest, content, key)
    return {"update": str(out), "region": region.id, "version": region.version, "fingerprint": _fingerprint(key)}


def seal(out: Path, manifest: dict[str, Any], content: dict[str, bytes], key: Ed25519PrivateKey) -> None:
    """Write an update: what stands in ``manifest`` is signed as it is."""
    raw = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    entries = {MANIFEST: raw, SIGNATURE: key.sign(SIGNED + raw), **content}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in entries.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), one, zipfile.ZIP_DEFLATED)


def _fingerprint(key: Ed25519PrivateKey) -> str:
    return fingerprint(key.public_key().public_bytes_raw())
