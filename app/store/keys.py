"""Where the key of the encrypted database is kept: the system's keyring, or a file only the user can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING, Protocol

from app.errors import LocalDataError

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "ShebaoDesk"
KEY_BYTES = 32


class KeySource(Protocol):
    """Keeps one key of 32 bytes as hex. ``kind`` is ``keyring`` or ``file``, for the self-test to tell."""

    kind: str

    def load(self) -> str | None:
        """The key, None where there is none yet."""

    def save(self, key: str) -> None:
        """Keep the key."""


class KeyringKey:
    """In Windows Credential Manager, macOS Keychain or the Secret Service, one entry per database."""

    kind = "keyring"

    def __init__(self, home: Path) -> None:
        self._account = str(home.resolve())

    def load(self) -> str | None:
        """The key from the system's keyring."""
        import keyring

        return keyring.get_password(SERVICE, self._account)

    def save(self, key: str) -> None:
        """Write the key to the system's keyring."""
        import keyring

        keyring.set_password(SERVICE, self._account, key)


class FileKey:
    """In a file beside the database, readable by its owner only: for machines that have no keyring."""

    kind = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str | None:
        """The key from the file."""
        with contextlib.suppress(FileNotFoundError):
            return self._path.read_text("ascii").strip()
        return None

    def save(self, key: str) -> None:
        """Write the file whole or not at all."""
        draft = self._path.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._path)


def key_source(home: Path) -> KeySource:
    """The keyring where the system has a usable one, a file otherwise.

    A key file that exists is always used: the database was made with it.
    """
    in_file = FileKey(home / "store.key")
    if in_file.load() is not None or not _keyring_works():
        return in_file
    return KeyringKey(home)


def _keyring_works() -> bool:
    if os.environ.get("SHEBAO_KEY_IN_FILE"):
        return False
    import keyring
    from keyring.backends import chainer, fail

    backend = keyring.get_keyring()
    if isinstance(backend, chainer.ChainerBackend):
        return bool(backend.backends)
    return not isinstance(backend, fail.Keyring)


def existing_or_new_key(source: KeySource, *, database_exists: bool, database: Path) -> str:
    """The database's key; a new one only where there is no database yet.

    Raises LocalDataError ``store-key-missing`` rather than ever making a second key for existing data.
    """
    key = source.load()
    if key is None:
        if database_exists:
            raise LocalDataError("store-key-missing", file=str(database))
        key = secrets.token_hex(KEY_BYTES)
        source.save(key)
    return key
