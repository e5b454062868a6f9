"""The pack updates that are installed on this computer, and whose signatures count.

``<folder>/<region>/<name>/<region>/…`` is an installed pack with its manifest beside it; ``<region>/stack.json`` says
in what order they came, and the last one whose day has come is in force. ``<folder>/publishers/*.toml`` are the keys a
person has trusted; those shipped with the program lie in ``resources/publishers``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.regions.reading import Reader
from app.regions.updates import MANIFEST, SIGNATURE, UpdateRefused, check_signature, fingerprint, read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.regions.updates import Update

_STACK = "stack.json"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who may publish packs. A shipped one for ``training`` is not trusted until a person does."""

    name: str
    public_key: bytes
    training: bool = False

    @property
    def fingerprint(self) -> str:
        """What a person compares before trusting it."""
        return fingerprint(self.public_key)


@dataclass(frozen=True, slots=True)
class Installed:
    """An update on the shelf. ``forced``: a person wanted it although it is no newer than what was there."""

    name: str
    version: int
    valid_from: str
    publisher: str
    fingerprint: str
    sources: tuple[str, ...]
    installed_on: str
    forced: bool


class Shelf:
    """Install, look up, and roll back. Every look verifies signature and files anew: a shelf is only a folder."""

    def __init__(self, folder: Path, shipped_keys: Path) -> None:
        self.folder = folder
        self._shipped_keys = shipped_keys

    def publishers(self) -> tuple[Publisher, ...]:
        """Every key that is known, those trusted here first. Raises PackError for a damaged file."""
        return (*_publishers(self.folder / "publishers"), *_publishers(self._shipped_keys))

    def trusts(self, public_key: bytes) -> bool:
        """Whether a signature of that key counts."""
        shipped = (one for one in _publishers(self._shipped_keys) if not one.training)
        return any(one.public_key == public_key for one in (*_publishers(self.folder / "publishers"), *shipped))

    def trust(self, publisher: Publisher) -> None:
        """Let that key's signatures count from now on; a person has compared its fingerprint."""
        lines = (f"name = {json.dumps(publisher.name, ensure_ascii=False)}", f'key = "{publisher.public_key.hex()}"')
        _write(self.folder / "publishers" / f"{publisher.fingerprint[:16]}.toml", "\n".join((*lines, "")).encode())

    def verify(self, update: Update) -> None:
        """Raises UpdateRefused unless a trusted key has signed it."""
        if not self.trusts(update.manifest.public_key):
            publisher = update.manifest.publisher
            raise UpdateRefused("update-untrusted", publisher=publisher, fingerprint=update.fingerprint)
        check_signature(update)

    def regions(self) -> tuple[str, ...]:
        """The regions that something is or was installed for."""
        return tuple(sorted(path.parent.name for path in self.folder.glob(f"*/{_STACK}")))

    def stack(self, region_id: str) -> tuple[Installed, ...]:
        """What is installed for a region, oldest first. Raises UpdateRefused where the list is damaged."""
        path = self.folder / region_id / _STACK
        try:
            return tuple(
                Installed(**{**one, "sources": tuple(one["sources"])}) for one in json.loads(path.read_bytes())
            )
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as damaged:
            raise UpdateRefused("update-unreadable", file=f"{region_id}/{_STACK}") from damaged

    def in_force(self, region_id: str, shipped: int, today: date) -> Installed | None:
        """The update that goes before the pack that the program came with (version ``shipped``); None if none does."""
        for one in reversed(self.stack(region_id)):
            if date.fromisoformat(one.valid_from) <= today and (one.forced or one.version > shipped):
                return one
        return None

    def pack(self, region_id: str, installed: Installed, *, verified: bool = True) -> Path:
        """The folder of an installed pack. Raises UpdateRefused, where ``verified``, for one that was changed since."""
        home = self.folder / region_id / installed.name
        if verified:
            self.verify(read_folder(home, home / region_id))
        return home / region_id

    @contextmanager
    def staged(self, update: Update) -> Iterator[Path]:
        """The update's pack in a folder of its own, to be tried before it is put in force; gone afterwards."""
        region = self.folder / update.manifest.region
        region.mkdir(parents=True, exist_ok=True, mode=0o700)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=region))
        try:
            pack = staging / update.manifest.region
            for name, content in update.content.items():
                (pack / name).parent.mkdir(parents=True, exist_ok=True)
                (pack / name).write_bytes(content)
            (staging / MANIFEST).write_bytes(update.raw)
            (staging / SIGNATURE).write_bytes(update.signature)
            yield pack
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def put(self, update: Update, pack: Path, on: date, *, forced: bool) -> Installed:
        """Put a staged pack in force: one rename, then one rename of the list. Interrupted, nothing has changed."""
        manifest = update.manifest
        stack = self.stack(manifest.region)
        name = f"{manifest.version}-{fingerprint(update.raw)[:12]}-{len(stack)}"
        target = self.folder / manifest.region / name
        shutil.rmtree(target, ignore_errors=True)  # left by an installation that was interrupted before it was listed
        pack.parent.rename(target)
        entry = Installed(
            name=name,
            version=manifest.version,
            valid_from=manifest.valid_from.isoformat(),
            publisher=manifest.publisher,
            fingerprint=update.fingerprint,
            sources=manifest.sources,
            installed_on=on.isoformat(),
            forced=forced,
        )
        self._keep(manifest.region, (*stack, entry))
        return entry

    def roll_back(self, region_id: str) -> Installed:
        """Take the last update off. Raises UpdateRefused where none is installed."""
        stack = self.stack(region_id)
        if not stack:
            raise UpdateRefused("update-none", region=region_id)
        self._keep(region_id, stack[:-1])
        shutil.rmtree(self.folder / region_id / stack[-1].name, ignore_errors=True)
        return stack[-1]

    def _keep(self, region_id: str, stack: Sequence[Installed]) -> None:
        content = json.dumps([asdict(one) for one in stack], ensure_ascii=False, indent=1)
        _write(self.folder / region_id / _STACK, content.encode())


def _publishers(folder: Path) -> Iterator[Publisher]:
    for path in sorted(folder.glob("*.toml")):
        with Reader.open(path, f"publishers/{path.name}") as reader:
            name, text = reader.text("name"), reader.text("key")
            training = reader.flag("training")
            reader.text("note", "")
            try:
                key = bytes.fromhex(text)
            except ValueError:
                raise reader.wrong("key", "not-text") from None
        yield Publisher(name, key, training)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk before it counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
