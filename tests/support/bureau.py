"""The real bureau as a process of its own, and a unit that holds a key: for tests of every room."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.bureau_api.client import Bureau, Login, Result
from app.bureau_api.transport import HttpsTransport
from app.domain.signing import Purpose, statement
from app.store.outbox import Sealed
from bureau import training
from bureau.pki import Pki

ROOT = Path(__file__).parents[2]
PATIENCE = 60
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass
class RunningBureau:
    """A bureau that serves. ``data`` is its folder, ``authority`` the file that clients pin."""

    url: str
    authority: Path
    data: Path
    db: str | None
    region: str
    process: subprocess.Popen[str]

    @property
    def pki(self) -> Pki:
        """Its authorities, to issue unit certificates and to revoke them."""
        return Pki(self.data / "pki")

    def client(self) -> Bureau:
        """A client that pins this bureau; close it."""
        return Bureau(HttpsTransport(self.url, self.authority))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command at the other side of the counter."""
        where = ["--data", str(self.data), *(["--db", self.db] if self.db else [])]
        command = [sys.executable, "-m", "bureau", *arguments, *where]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def counter(self, *arguments: str) -> dict[str, Any]:
        """The same, which has to succeed; its JSON answer."""
        done = self.command(*arguments)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def advance(self, *, days: int = 0, hours: int = 0) -> dict[str, Any]:
        """Move its clock on."""
        return self.counter("advance", "--days", str(days), "--hours", str(hours))

    def stop(self) -> int:
        """Stop it as a person would; its exit code."""
        self.process.terminate()
        return self._collect()

    def kill(self) -> None:
        """Kill it where it stands (SIGKILL)."""
        self.process.kill()
        self._collect()

    def _collect(self) -> int:
        code = self.process.wait(timeout=PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def start_bureau(
    data: Path,
    *,
    region: str = "yichang",
    clock: str | None = None,
    review: str | None = None,
    db: str | None = None,
    port: int = 0,
) -> RunningBureau:
    """Start the bureau on a folder (an earlier one goes on) and wait until it answers."""
    command = [sys.executable, "-m", "bureau", "serve", "--data", str(data), "--port", str(port), "--region", region]
    for option, value in (("--clock", clock), ("--review", review), ("--db", db)):
        command += [option, value] if value else []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait(timeout=PATIENCE)
        process.stdout.close()
        raise AssertionError("the bureau did not start; its reason stands above")
    ready = json.loads(line)
    return RunningBureau(ready["url"], Path(ready["ca"]), data, db, region, process)


@contextmanager
def running_bureau(
    folder: Path,
    *,
    region: str = "yichang",
    clock: str | None = None,
    review: str | None = None,
    db: str | None = None,
) -> Iterator[RunningBureau]:
    """A bureau with its training ground in ``folder``/bureau, stopped at the end."""
    bureau = start_bureau(folder / "bureau", region=region, clock=clock, review=review, db=db)
    try:
        yield bureau
    finally:
        if bureau.process.poll() is None:
            bureau.stop()


@dataclass
class UnitKey:
    """A unit's key in memory, where a test is not about UKeys: certificate, algorithm, and a signature for anything."""

    key: PrivateKey
    certificate: bytes
    algorithm: str
    origin: str

    @classmethod
    def of(
        cls,
        pki: Pki,
        origin: str,
        unit: training.TrainingUnit,
        key: PrivateKey | None = None,
        algorithm: str | None = None,
        **certificate: Any,  # noqa: ANN401 - whatever the authority takes
    ) -> UnitKey:
        """A key with a certificate for ``unit``; the rest as for ``Pki.issue_unit_certificate``."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        der = pki.issue_unit_certificate(spki, unit.name, unit.credit_code, **certificate)
        kind = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
        return cls(key, der, algorithm or kind, origin)

    def sign(self, content: bytes, purpose: Purpose, origin: str | None = None) -> bytes:
        """The signature over origin, content and purpose."""
        message = statement(origin or self.origin, content, purpose)
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
            half = (self.key.key_size + 7) // 8
            return r.to_bytes(half) + s.to_bytes(half)
        if self.algorithm == "PS256":
            return self.key.sign(message, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
        return self.key.sign(message, padding.PKCS1v15(), SHA256())

    def seal(self, content: Mapping[str, Any]) -> Sealed:
        """``content`` as canonical JSON under this key's signature."""
        envelope = rfc8785.dumps(dict(content))
        return Sealed(
            key=content["key"],
            filing="",
            envelope=envelope.decode(),
            digest=hashlib.sha256(envelope).hexdigest(),
            algorithm=self.algorithm,
            certificate=self.certificate,
            signature=self.sign(envelope, Purpose.SEAL),
        )


@dataclass
class Clerk:
    """A unit's clerk who is logged in."""

    client: Bureau
    key: UnitKey
    login: Login
    month: str
    uploaded: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The unit's number."""
        return self.login.unit.number

    def sealed(
        self, item: str, values: Mapping[str, str], *, key: str | None = None, attachments: Sequence[Any] = ()
    ) -> Sealed:
        """A filing under seal."""
        return self.key.seal(
            {
                "version": 1,
                "key": key or uuid.uuid4().hex,
                "region": self.login.region,
                "unit": self.number,
                "item": item,
                "month": self.month,
                "values": dict(values),
                "attachments": list(attachments),
                "made_at": "2022-08-08T09:00:00+08:00",
            }
        )

    def file(self, item: str, values: Mapping[str, str], *, attachments: Sequence[Any] = ()) -> Result:
        """File one thing."""
        (result,) = self.client.send([self.sealed(item, values, attachments=attachments)])
        return result

    def attach(self, slot: str, content: bytes = b"%PDF-1.7 stamped", name: str = "stamped.pdf") -> dict[str, Any]:
        """Upload a file; what an envelope says of it."""
        digest = hashlib.sha256(content).hexdigest()
        self.client.upload(digest, "application/pdf", content)
        return {
            "slot": slot,
            "name": name,
            "sha256": digest,
            "size": len(content),
            "media_type": "application/pdf",
        }

    def withdrawal(self, filing: str, key: str | None = None) -> Sealed:
        """The sealed wish to take a filing back."""
        return self.key.seal(
            {
                "version": 1,
                "key": key or uuid.uuid4().hex,
                "unit": self.number,
                "action": "withdraw",
                "filing": filing,
                "made_at": "2022-08-08T09:00:00+08:00",
            }
        )


def log_in(client: Bureau, key: UnitKey) -> Login:
    """Answer a fresh challenge with ``key``."""
    challenge = client.challenge()
    signature = key.sign(challenge.nonce.encode("ascii"), Purpose.LOGIN)
    return client.log_in(challenge, key.certificate, key.algorithm, signature)


@contextmanager
def clerk_at(bureau: RunningBureau, unit: training.TrainingUnit | None = None) -> Iterator[Clerk]:
    """A clerk of the training unit (or of another), logged in over TLS."""
    client = bureau.client()
    try:
        key = UnitKey.of(bureau.pki, client.origin, unit or training.unit(bureau.region))
        login = log_in(client, key)
        yield Clerk(client, key, login, f"{login.now:%Y-%m}")
    finally:
        client.close()


def soft_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with SoftHSM pointed at a folder of keys."""
    return {**os.environ, **environment}


def enrol_values(person: training.TrainingPerson, start: str, **others: str) -> dict[str, str]:
    """The values of an enrolment that nothing speaks against."""
    return {
        "identity": person.identity,
        "name": person.name,
        "first_work": person.first_work.isoformat(),
        "start": start,
        "reason": "111",
        "wage": f"{person.base:.2f}",
        **others,
    }
