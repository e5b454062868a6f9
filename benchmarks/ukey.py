"""A signature through the host process against the bare python-pkcs11 call; plugging in until the unit's name is told.

On SoftHSM, whose keys answer in well under a millisecond: a real key takes a hundred times as long, and the difference
is the same. Both sides hold the session and the key.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import Ratio
from pkcs11_drivers import Algorithm, KeyAlgorithm, Registry, Token, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKey, SoftKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from pkcs11 import Session, SignMixin

    from pkcs11_drivers import Certificate

ROUNDS = 100
BLOCKS = 5
"""Each with a host of its own: where the system puts a process makes more of a difference than the signature does."""
INSERTIONS = 9
PIN = "739154"
MESSAGE = bytes(range(96))
"""As long as what is signed at login: three digests."""
POLL_SECONDS = 0.4
"""How often the window looks; half of it is what an insertion waits on average."""


def run() -> list[Ratio]:
    """The ratios, RSA first, and the insertion against the module's own answer."""
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry.load().only("softhsm")
        keys = SoftKeys(Path(folder), registry)
        kinds = (KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256)
        key = keys.make("bench", PIN, *(NewKey(kind, _issue) for kind in kinds))
        key.plug()
        os.environ.update(keys.environment)
        with UKeys(registry, environment={**os.environ, **keys.environment}) as ukeys:
            found = [
                _signing("sign with RSA 2048", ukeys, Algorithm.RS256),
                _signing("sign with EC P-256", ukeys, Algorithm.ES256),
            ]
            return [*found, _insertion(ukeys, key)]


def _signing(name: str, ukeys: UKeys, algorithm: Algorithm) -> Ratio:
    """The median of the blocks."""
    blocks = sorted(_block(ukeys, algorithm) for _ in range(BLOCKS))
    ratio, ours, peer = blocks[BLOCKS // 2]
    return Ratio(name, "bare python-pkcs11, key held", ours, peer, ratio, BLOCKS * ROUNDS)


def _block(ukeys: UKeys, algorithm: Algorithm) -> tuple[float, float, float]:
    """The ratio, our median and the bare one in seconds, both taken in turn."""
    (token,) = ukeys.scan().tokens
    token = ukeys.login(token, PIN)
    certificate = next(one for one in token.certificates if algorithm.fits(one.key_algorithm))
    session = _bare_session(token)
    bare = _bare_call(_bare_key(session, certificate), algorithm)

    def ours() -> object:
        return ukeys.sign(token, MESSAGE, algorithm, certificate)

    for warm in (ours, bare):
        warm()
    pairs = [(_seconds(ours), _seconds(bare)) for _ in range(ROUNDS)]
    session.close()
    ukeys.end_hosts()
    mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    return mine / other, mine, other


def _bare_session(token: Token) -> Session:
    import pkcs11

    slots = pkcs11.lib(token.module).get_slots(token_present=True)
    mine = next(one for one in slots if one.slot_id == token.slot)
    return mine.get_token().open(user_pin=PIN)


def _bare_key(session: Session, certificate: Certificate) -> SignMixin:
    from pkcs11 import Attribute, ObjectClass, SignMixin

    query = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: certificate.key_id}
    (key,) = list(session.get_objects(query))
    assert isinstance(key, SignMixin)
    return key


def _bare_call(key: SignMixin, algorithm: Algorithm) -> Callable[[], object]:
    import hashlib

    from pkcs11 import Mechanism

    if algorithm is Algorithm.ES256:
        return lambda: key.sign(hashlib.sha256(MESSAGE).digest(), mechanism=Mechanism.ECDSA)
    return lambda: key.sign(MESSAGE, mechanism=Mechanism.SHA256_RSA_PKCS)


def _insertion(ukeys: UKeys, key: SoftKey) -> Ratio:
    """From the moment the key is in until a look has seen it and a scan has told its unit; the peer: the scan alone."""
    waits, scans = [], []
    for _ in range(INSERTIONS):
        key.pull()
        while ukeys.poll().plugged:
            time.sleep(0.01)
        key.plug()
        begun = time.perf_counter()
        while not ukeys.poll().plugged:
            time.sleep(POLL_SECONDS)
        scanning = time.perf_counter()
        assert ukeys.scan().tokens[0].unit_name == "bench"
        waits.append(time.perf_counter() - begun + POLL_SECONDS)  # the look that had just gone before
        scans.append(time.perf_counter() - scanning)
    ours, peer = statistics.median(waits), statistics.median(scans)
    return Ratio("insert until the unit's name, at worst", "the scan alone", ours, peer, ours / peer, INSERTIONS)


def _issue(public_key: bytes) -> bytes:
    """A certificate that names the bench, signed by nobody in particular."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    public = serialization.load_der_public_key(public_key)
    assert isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "bench")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public)
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _seconds(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun
