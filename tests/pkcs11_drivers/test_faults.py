"""Whatever a module does, whenever it does it: an answer in time, no PIN twice, and the next plug-in works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from pkcs11_drivers import Algorithm, KeyAlgorithm, Presence, Registry, Scan, SkipReason, Token, UKeys, errors
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.pkcs11_drivers.conftest import PIN, issue
from tests.support.faulty import QUICK, Faulty, gone

MESSAGE = "缴费申报 2026-11".encode()
GRACE = 15.0
"""Seconds beyond a limit that a loaded machine may need to start a fresh host; a module that hangs never ends."""


@dataclass(frozen=True)
class Fault:
    """What the module does wrong. ``fresh``: only a host that starts meets it. The rest: what has to be told of it."""

    name: str
    plan: tuple[str, ...]
    fresh: bool = False
    login: type[errors.UKeyError] | None = None
    certificates: SkipReason | None = None
    sign: type[errors.UKeyError] | None = None
    idle: bool | None = None


def fault(name: str, *plan: str, **told: object) -> Fault:
    return Fault(name, plan, **told)  # type: ignore[arg-type]


HUNG, CRASHED, REMOVED, FAULTY = errors.HostTimedOut, errors.HostCrashed, errors.TokenRemoved, errors.DeviceFault
UNLOADED = {"fresh": True, "login": CRASHED, "certificates": SkipReason.CRASHED, "sign": CRASHED, "idle": False}
REFUSED = {
    "fresh": True,
    "login": errors.ModuleFailed,
    "certificates": SkipReason.LOAD_FAILED,
    "sign": errors.ModuleFailed,
    "idle": False,
}

FAULTS = (
    # --- loading, starting, ending
    fault("crashes while it is loaded", "load crash", **UNLOADED),
    fault("hands out no functions", "C_GetFunctionList null", fresh=True),
    fault("refuses its way in", "C_GetFunctionList rv 0x5", **REFUSED),
    fault("crashes when it starts", "C_Initialize crash", **UNLOADED),
    fault("refuses to start", "C_Initialize rv 0x30", **REFUSED),
    fault("starts slowly", "C_Initialize slow 300", fresh=True),
    fault("starts a thread of its own", "C_Initialize thread", fresh=True),
    fault("starts a service that holds its pipes", "C_Initialize daemon 1000", fresh=True),
    fault("ends the program when it starts", "C_Initialize quit 0", **UNLOADED),
    fault("aborts when it starts", "C_Initialize abort", **UNLOADED),
    fault("prints megabytes while it is loaded", "load print 4096", fresh=True),
    fault("takes the process for its own", "load settle", fresh=True),
    fault("prints what looks like an answer", "C_Initialize chatter", "C_GetTokenInfo chatter", fresh=True),
    fault("does not tell who it is", "C_GetInfo rv 0x5", **REFUSED),
    fault("has a description that is no text", "C_GetInfo bad-text", fresh=True),
    fault("crashes when it ends", "C_Finalize crash"),
    fault("hangs when it ends", "C_Finalize hang"),
    # --- slots and tokens
    fault("fails to list slots", "C_GetSlotList rv 0x30", certificates=SkipReason.FAULT, idle=False),
    fault("hangs listing slots", "C_GetSlotList hang", login=HUNG, certificates=SkipReason.TIMED_OUT, idle=False),
    fault("shows no slot any more", "C_GetSlotList none", login=errors.TokenMissing, certificates=SkipReason.NO_TOKEN),
    fault("shows forty slots", "C_GetSlotList many 40"),
    fault("shows every slot twice", "C_GetSlotList twice"),
    fault("numbers slots like pointers", "C_GetSlotList pointers"),
    fault("counts sixteen million slots", "C_GetSlotList garbage-count"),
    fault("loses a slot between the list and the look at it", "C_GetSlotInfo rv 0x3 1"),
    fault("fails on a slot", "C_GetSlotInfo rv 0x3", certificates=SkipReason.FAULT, idle=False),
    fault("describes a slot with no text", "C_GetSlotInfo bad-text"),
    fault("fails to tell of a token", "C_GetTokenInfo rv 0x6", certificates=SkipReason.SLOT_FAULT),
    fault("finds the token gone", "C_GetTokenInfo rv 0x32", login=errors.TokenMissing),
    fault("hangs on a token", "C_GetTokenInfo hang", login=HUNG, certificates=SkipReason.TIMED_OUT),
    fault("crashes on a token", "C_GetTokenInfo crash", login=CRASHED, certificates=SkipReason.CRASHED),
    fault("fails on one slot of several", "C_GetTokenInfo last-fails 0x6"),
    fault("leaves the label empty", "C_GetTokenInfo empty-label"),
    fault("has a label of zero bytes", "C_GetTokenInfo label 0"),
    fault("has a label of bytes 255", "C_GetTokenInfo label 255"),
    fault("has a serial number of zero bytes", "C_GetTokenInfo serial 0", login=errors.TokenMissing),
    fault("has a serial number of bytes 255", "C_GetTokenInfo serial 255", login=errors.TokenMissing),
    fault("says that no PIN is short enough", "C_GetTokenInfo pin-lengths 0"),
    fault("writes the label in GBK", "C_GetTokenInfo bad-label"),
    fault("cuts a character of the label", "C_GetTokenInfo cut-label"),
    fault("has no text anywhere", "C_GetTokenInfo bad-texts", login=errors.TokenMissing),
    fault("shows another token's serial", "C_GetTokenInfo other-serial", login=errors.TokenMissing),
    fault("says the PIN is locked", "C_GetTokenInfo flags 0x40000", login=errors.PinLocked),
    fault("says the token is blank", "C_GetTokenInfo without-flags 0x400", login=errors.TokenMissing),
    # --- sessions and PIN
    fault("opens no session", "C_OpenSession rv 0xB1", login=FAULTY),
    fault("crashes opening a session", "C_OpenSession crash", login=CRASHED, certificates=SkipReason.CRASHED),
    fault("crashes in the login", "C_Login crash", login=CRASHED),
    fault("crashes after the login", "C_Login crash-after", login=CRASHED),
    fault("ends the process in the login", "C_Login exit 0", login=CRASHED),
    fault("hangs in the login", "C_Login hang", login=HUNG),
    fault("says locked", "C_Login rv 0xA4", login=errors.PinLocked),
    fault("says wrong PIN to a right one", "C_Login rv 0xA0", login=errors.PinIncorrect),
    fault("has no PIN yet", "C_Login rv 0x102", login=errors.PinNotSet),
    fault("says PIN expired", "C_Login rv 0xA3", login=FAULTY),
    fault("logs in and says it did not", "C_Login after 0x5", login=FAULTY),
    fault("loses the token in the login", "C_Login rv 0x32"),
    fault("fails the login with a vendor's code", "C_Login rv 0x80000A01", login=FAULTY),
    fault("says somebody is logged in", "C_Login rv 0x100", login=FAULTY),
    fault("does not log out", "C_Logout rv 0x5"),
    fault("closes no session", "C_CloseSession rv 0xB3"),
    fault("hangs closing a session", "C_CloseSession hang", certificates=SkipReason.TIMED_OUT),
    # --- objects
    fault("fails to search", "C_FindObjectsInit rv 0x30", sign=FAULTY),
    fault("finds objects without end", "C_FindObjects endless"),
    fault("finds what is not there", "C_FindObjects stranger 1"),
    fault("finds no private key", "C_FindObjects no-keys", sign=errors.KeyMissing),
    fault("finds no certificate", "C_FindObjects no-certificates"),
    fault("finds the key twice", "C_FindObjects double-key", sign=errors.KeyMissing),
    fault("tells a length beyond any memory", "C_GetAttributeValue length 0x7ffffffffffffff0"),
    fault("tells a length of 64 GB", "C_GetAttributeValue length 0x1000000000"),
    fault("tells a length of minus one", "C_GetAttributeValue length 0xffffffffffffffff"),
    fault("tells a length of nothing", "C_GetAttributeValue length 0"),
    fault("keeps a certificate that is none", "C_GetAttributeValue no-certificate"),
    fault("cuts the certificate in half", "C_GetAttributeValue cut"),
    fault("labels a certificate in GBK", "C_GetAttributeValue bad-label"),
    fault("has objects without a class", "C_GetAttributeValue no-class"),
    fault("has objects of an unknown class", "C_GetAttributeValue odd-class"),
    fault("fails to read attributes", "C_GetAttributeValue rv 0x30"),
    fault("crashes reading attributes", "C_GetAttributeValue crash", certificates=SkipReason.CRASHED, sign=CRASHED),
    # --- signing
    fault("knows no mechanism", "C_GetMechanismList none", sign=errors.AlgorithmUnsupported),
    fault("knows the slot no more when asked for mechanisms", "C_GetMechanismList rv 0x3", sign=REMOVED),
    fault("knows strange mechanisms only", "C_GetMechanismList unknown", sign=errors.AlgorithmUnsupported),
    fault("refuses the mechanism", "C_SignInit rv 0x70", sign=FAULTY),
    fault("hangs signing", "C_Sign hang", sign=HUNG),
    fault("crashes signing", "C_Sign crash", sign=CRASHED),
    fault("is pulled while it signs", "C_Sign rv 0x32", sign=REMOVED),
    fault("has no token while it signs", "C_Sign rv 0xE0", sign=REMOVED),
    fault("loses the session while it signs", "C_Sign rv 0xB3", sign=REMOVED),
    fault("forgets the login while it signs", "C_Sign rv 0x101", sign=errors.LoginRequired),
    fault("has a device error while it signs", "C_Sign rv 0x30", sign=FAULTY),
    fault("fails signing with a vendor's code", "C_Sign rv 0x80000B02", sign=FAULTY),
    fault("signs slowly", "C_Sign slow 200"),
    fault("signs and says it did not", "C_Sign after 0x5", sign=FAULTY),
    fault("makes an empty signature", "C_Sign length 0", sign=FAULTY),
    fault("makes a signature too short", "C_Sign length 63", sign=FAULTY),
    fault("makes a signature too long", "C_Sign length 65", sign=FAULTY),
    fault("tells a signature's length wrongly", "C_Sign length 0xffffffffffffff"),
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Faulty:
    folder = tmp_path_factory.mktemp("faulty")
    keys = SoftKeys(folder / "softkeys", Registry.load())
    keys.make("示例单位", PIN, NewKey(KeyAlgorithm.EC_P256, issue())).plug()
    return Faulty(keys, folder)


def verified(token: Token, signature: bytes) -> bool:
    assert token.signing_certificate is not None
    key = x509.load_der_x509_certificate(token.signing_certificate.der).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA256()))
    return True


def attempt(work: Callable[[], object]) -> object:
    """What came of it: a value or an error of ours; anything else is a fault of ours and fails the test."""
    begun = time.monotonic()
    try:
        return work()
    except errors.UKeyError as error:
        return error
    finally:
        assert time.monotonic() - begun < max(QUICK.load, QUICK.sign) + GRACE


def works(faulty: Faulty, ukeys: UKeys) -> Token:
    """The next plug-in: the key is there, logs in and signs; no host but the running one is left."""
    faulty.plan()
    deadline = time.monotonic() + GRACE  # a host that kept crashing is given a pause
    while not (tokens := ukeys.scan().tokens) and time.monotonic() < deadline:
        time.sleep(0.05)
    (token,) = tokens
    token = ukeys.login(token, PIN)
    assert verified(token, ukeys.sign(token, MESSAGE, Algorithm.ES256))
    ukeys.logout(token)
    assert all(gone(host) for host in faulty.hosts() - {ukeys.host_pid(token)})
    return token


def at_login(faulty: Faulty, ukeys: UKeys, plan: Fault, token: Token) -> None:
    if plan.fresh:
        ukeys.end_hosts()
    faulty.plan(*plan.plan)

    outcome = attempt(lambda: ukeys.login(token, PIN))

    assert isinstance(outcome, plan.login or (Token, errors.UKeyError))
    assert PIN not in repr(outcome)


def at_certificates(faulty: Faulty, ukeys: UKeys, plan: Fault) -> None:
    faulty.plan(*plan.plan)

    scan = attempt(ukeys.scan)

    assert isinstance(scan, Scan)
    assert scan.tokens or scan.skipped
    if plan.certificates is not None:
        assert plan.certificates in {one.reason for one in scan.skipped}
    assert all(one.signing_certificate is None or one.unit_name for one in scan.tokens)


def at_signing(faulty: Faulty, ukeys: UKeys, plan: Fault, token: Token) -> None:
    ukeys.login(token, PIN)
    if plan.fresh:
        ukeys.end_hosts()
    faulty.plan(*plan.plan)

    outcome = attempt(lambda: ukeys.sign(token, MESSAGE, Algorithm.ES256))

    assert isinstance(outcome, plan.sign or (bytes, errors.UKeyError))
    assert not isinstance(outcome, bytes) or verified(token, outcome)


def at_rest(faulty: Faulty, ukeys: UKeys, plan: Fault, token: Token) -> None:
    ukeys.login(token, PIN)
    if plan.fresh:
        ukeys.end_hosts()
    faulty.plan(*plan.plan)
    for _ in range(2):
        presence = attempt(ukeys.poll)

        assert isinstance(presence, Presence)
        if plan.idle is not None:
            assert (token.module not in presence.failed) is plan.idle


@pytest.mark.parametrize("plan", FAULTS, ids=lambda plan: plan.name)
def test_whatever_the_module_does(faulty: Faulty, plan: Fault) -> None:
    """At login, while certificates are read, while it signs, and while nothing is asked of it."""
    with faulty.ukeys() as ukeys:
        at_certificates(faulty, ukeys, plan)
        for moment in (at_login, at_signing, at_rest):
            token = works(faulty, ukeys)
            before = faulty.calls("C_Login")
            moment(faulty, ukeys, plan, token)
            assert faulty.calls("C_Login") - before <= 1
        works(faulty, ukeys)
    assert all(gone(host) for host in faulty.hosts())


HANGING = (
    "C_GetSlotInfo",
    "C_GetTokenInfo",
    "C_OpenSession",
    "C_FindObjectsInit",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_GetAttributeValue",
    "C_GetMechanismList",
    "C_SignInit",
    "C_CloseSession",
    "C_SetPIN",
)


@pytest.mark.parametrize("function", HANGING)
def test_whatever_call_hangs_there_is_an_answer_and_a_next_time(faulty: Faulty, function: str) -> None:
    """The whole of a day's work, of which some step comes to that call."""
    with faulty.ukeys() as ukeys:
        token = works(faulty, ukeys)
        faulty.plan(f"{function} hang")
        day = (
            lambda: ukeys.login(token, PIN),
            lambda: ukeys.sign(token, MESSAGE, Algorithm.ES256),
            lambda: ukeys.change_pin(token, PIN, PIN),
        )
        outcomes = [attempt(step) for step in day]

        assert any(isinstance(one, errors.HostTimedOut) for one in outcomes)
        assert isinstance(attempt(ukeys.scan), Scan)
        works(faulty, ukeys)
