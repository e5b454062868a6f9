"""Software UKeys on SoftHSM, for the demonstration, for training and for tests.

A key is a token folder of SoftHSM. Plugging it in is moving the folder to where SoftHSM looks, pulling it out is moving
it away; `UKeys.poll` notices both. Needs SoftHSM 2 and no rights. Not for real business: its keys lie on the disk.

In the chosen folder: `softhsm2.conf`, `tokens/` (plugged in), `drawer/` (not plugged in), `labels/` (what each is).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pkcs11_drivers import errors, protocol
from pkcs11_drivers.client import host_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pkcs11_drivers.model import KeyAlgorithm
    from pkcs11_drivers.registry import Registry

_CONFIGURATION = """\
directories.tokendir = {tokens}
objectstore.backend = file
log.level = ERROR
slots.removable = true
"""
_TIME_TO_MAKE = 60.0


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key pair to generate inside the token.

    `issue` receives the public key (DER SubjectPublicKeyInfo) and returns the certificate (DER), as a CA would.
    `kind` is RSA-2048 or EC P-256.
    """

    kind: KeyAlgorithm
    issue: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SoftKey:
    """One software UKey. `serial` is the token's serial number, `name` its folder's name."""

    folder: Path
    name: str
    label: str

    @property
    def serial(self) -> str:
        """The token's serial number, which SoftHSM takes from the tail of the folder's name."""
        return self.name.replace("-", "")[-16:]

    @property
    def plugged(self) -> bool:
        """Whether the key is plugged in."""
        return (self.folder / "tokens" / self.name).is_dir()

    def plug(self) -> None:
        """Plug the key in; nothing happens if it is."""
        if not self.plugged:
            (self.folder / "drawer" / self.name).rename(self.folder / "tokens" / self.name)

    def pull(self) -> None:
        """Pull the key out; nothing happens if it is out."""
        if self.plugged:
            (self.folder / "tokens" / self.name).rename(self.folder / "drawer" / self.name)


class SoftKeys:
    """The software UKeys of one folder; the folder is made if it is not there."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        """Prepare the folder.

        Raises:
            errors.ModuleMissing: SoftHSM is not installed.

        """
        self.folder = folder.resolve()
        installed = registry.only("softhsm").locate().installed
        if not installed:
            raise errors.ModuleMissing(module="softhsm")
        self._module = installed[0].path
        for part in ("tokens", "drawer", "labels"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._configuration = _configure(self.folder)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables under which SoftHSM shows these keys, for `UKeys(..., environment={**os.environ, **...})`."""
        return {"SOFTHSM2_CONF": str(self._configuration)}

    def all(self) -> tuple[SoftKey, ...]:
        """Return the keys of this folder, plugged in or not, by label."""
        labels = sorted((path.read_text("utf-8"), path.name) for path in (self.folder / "labels").iterdir())
        return tuple(SoftKey(self.folder, name, json.loads(label)["label"]) for label, name in labels)

    def make(self, label: str, pin: str, *keys: NewKey) -> SoftKey:
        """Make a token with these keys and their certificates; it is not plugged in yet.

        `label` takes up to 32 bytes of UTF-8. The security officer's PIN is random and thrown away.

        Raises:
            errors.ModuleFailed: SoftHSM refused; `reason` is its text. Nothing is left behind.

        """
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="making-") as workshop:
            tokens = Path(workshop) / "tokens"
            tokens.mkdir()
            environment = {**os.environ, "SOFTHSM2_CONF": str(_configure(Path(workshop)))}
            self._work(environment, {"label": label, "pin": pin, "so_pin": secrets.token_hex(8)}, keys)
            made = next(tokens.iterdir())
            key = SoftKey(self.folder, made.name, label)
            (self.folder / "labels" / made.name).write_text(json.dumps({"label": label}, ensure_ascii=False), "utf-8")
            shutil.move(made, self.folder / "drawer" / made.name)
        return key

    def _work(self, environment: Mapping[str, str], order: protocol.JsonObject, keys: Sequence[NewKey]) -> None:
        """Let a process of its own make the token: SoftHSM reads its configuration once in a process's life."""
        command = [sys.executable, "-P", "-m", "pkcs11_drivers.softkey_worker", str(self._module)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=host_environment(environment),
        ) as worker:
            guard = threading.Timer(_TIME_TO_MAKE, worker.kill)
            guard.start()
            try:
                made = self._ask(worker, {**order, "kinds": [key.kind.value for key in keys]})
                public_keys = [protocol.unpack(text) for text in made["public_keys"]]
                issued = [key.issue(public) for key, public in zip(keys, public_keys, strict=True)]
                self._ask(worker, {"certificates": [protocol.pack(certificate) for certificate in issued]})
            finally:
                guard.cancel()
                worker.kill()

    def _ask(self, worker: subprocess.Popen[bytes], message: protocol.JsonObject) -> protocol.JsonObject:
        assert worker.stdin is not None  # noqa: S101 - Popen with PIPE
        assert worker.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            worker.stdin.write(protocol.encode(message))
            worker.stdin.flush()
        answer = protocol.receive(worker.stdout)
        if answer is None or "error" in answer:
            reason = "the worker ended" if answer is None else str(answer["error"])
            raise errors.ModuleFailed(module=str(self._module), reason=reason)
        return answer


def _configure(folder: Path) -> Path:
    path = folder / "softhsm2.conf"
    path.write_text(_CONFIGURATION.format(tokens=folder / "tokens"), "utf-8")
    return path
