"""``shebao ukey …``, ``login``, ``logout``, ``whoami`` and how a command gets its PIN."""

from __future__ import annotations

import getpass
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import say
from app.domain.signing import Purpose
from app.errors import UsageError
from app.workflows import drivers, ukey
from app.workflows import session as sessions
from app.workflows.desk import Endpoint
from app.workflows.keycard import vendor_names
from pkcs11_drivers.model import PinEntry, PinState, SkipReason

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from app.workflows.desk import Desk
    from app.workflows.session import Session, Signer
    from pkcs11_drivers.model import Token

LOCAL_ORIGIN = "https://localhost"


def ask_pin(options: Namespace, token: Token) -> str | None:
    """The PIN: one line of standard input, or a prompt that does not show it. None where the key asks itself.

    What the key reports of remaining tries is said before; a locked PIN is not asked for.
    """
    say(f"UKey：{token.unit_name or token.label}。{ukey.pin_state_text(token.pin_state, token.tries_left)}")
    if token.pin_entry is PinEntry.PROTECTED_PATH:
        return None
    if options.pin_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("pin-needed")
    return getpass.getpass("PIN：")


def ukey_list(desk: Desk, _: Namespace) -> dict[str, Any]:
    """What is plugged in, and why each other module gave nothing."""
    with ukey.translated():
        scan = desk.keys.scan()
    names = vendor_names(desk.home)
    return {
        "tokens": [_token_json(names, token) for token in scan.tokens],
        "skipped": [
            {"vendor": one.vendor, "module": one.module, "reason": one.reason.value, "detail": one.detail}
            for one in scan.skipped
        ],
    }


def _token_json(names: Mapping[str, str], token: Token) -> dict[str, Any]:
    certificate = token.signing_certificate
    return {
        "vendor": token.vendor,
        "vendor_name": names.get(token.vendor, token.vendor),
        "manufacturer": token.manufacturer,
        "model": token.model,
        "module": token.module,
        "slot": token.slot,
        "label": token.label,
        "serial": token.serial,
        "unit_name": token.unit_name,
        "credit_code": token.credit_code,
        "not_after": certificate.not_after.isoformat() if certificate else None,
        "algorithm": certificate.key_algorithm.value if certificate else None,
        "pin_state": token.pin_state.value,
    }


def ukey_add(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Use a driver's file from now on, and say what it shows."""
    module = Path(options.file)
    drivers.use(desk, module)
    found = ukey_list(desk, options)
    _say_what_became_of(module, found)
    return found


def _say_what_became_of(module: Path, found: Mapping[str, Any]) -> None:
    """One line of the driver that was just added: the keys that it shows, or why it shows none."""
    mine = str(module.resolve())
    shown = [one["unit_name"] or one["label"] or "一把空的 UKey" for one in found["tokens"] if one["module"] == mine]
    why = [drivers.REASONS[SkipReason(one["reason"])] for one in found["skipped"] if one["module"] == mine]
    say(f"已添加 {module.name}：{'看到' + '、'.join(shown) if shown else '；'.join(why)}。")


def ukey_remove(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Use a driver that was added no more."""
    drivers.drop(desk.home, Path(options.file))
    desk.forget_keys()
    return ukey_list(desk, options)


def ukey_test(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Sign a local challenge and verify it with the certificate's own key."""
    import secrets

    from app.workflows.verify import signature_holds

    token = ukey.choose(desk, options.token)
    signer = sessions.Signer(desk, token, ask_pin(options, token), LOCAL_ORIGIN)
    try:
        nonce = secrets.token_bytes(32)
        begun = time.perf_counter()
        signature = signer.sign(nonce, Purpose.LOCAL_TEST)
        seconds = time.perf_counter() - begun
    finally:
        signer.close()
    good = signature_holds(signer.certificate.der, signer.algorithm.value, signature, LOCAL_ORIGIN, nonce)
    return {
        "ok": good,
        "token": _token_json(vendor_names(desk.home), signer.token),
        "signature_algorithm": signer.algorithm.value,
        "milliseconds": round(seconds * 1000, 1),
    }


def ukey_change_pin(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Set another PIN: the old and the new one as two lines of standard input, or asked for, the new one twice."""
    token = ukey.choose(desk, options.token)
    if token.pin_state is PinState.LOCKED:
        raise ukey.locked(desk, token)
    if token.pin_entry is PinEntry.PROTECTED_PATH:
        raise UsageError("pin-on-key")
    old = ask_pin(options, token) or ""
    if options.pin_stdin:
        new = sys.stdin.readline().rstrip("\r\n")
    else:
        new = getpass.getpass("新的 PIN：")
        if getpass.getpass("再输一遍新的 PIN：") != new:
            raise UsageError("pin-differs")
    return {"ok": True, "token": _token_json(vendor_names(desk.home), ukey.change_pin(desk, token, old, new))}


def login(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Log in and keep the session."""
    from app.workflows.sync import fetch

    endpoint = Endpoint(options.bureau, Path(options.ca).resolve() if options.ca else None)
    token = ukey.choose(desk, options.token)
    session, signer = sessions.log_in(desk, endpoint, token, ask_pin(options, token))
    signer.close()
    if signer.factory_pin:
        say("这把 UKey 还在用出厂的或太简单的 PIN，请用 shebao ukey change-pin 修改。")
    bureau = sessions.connect(desk, session)
    try:
        fetch(desk, bureau, session)
    finally:
        bureau.close()
    return _session_json(session)


def logout(desk: Desk, _: Namespace) -> dict[str, Any]:
    """End the session."""
    sessions.log_out(desk)
    return {"ok": True}


def whoami(desk: Desk, _: Namespace) -> dict[str, Any]:
    """The session that is kept."""
    return _session_json(sessions.current(desk))


def _session_json(session: Session) -> dict[str, Any]:
    unit = session.unit
    return {
        "unit": {"number": unit.number, "name": unit.name, "credit_code": unit.credit_code},
        "region": session.region,
        "expires_at": session.expires_at.isoformat(),
    }


def signer_for(desk: Desk, session: Session, options: Namespace) -> Signer:
    """The session's UKey, logged in for sealing. Raises KeyTrouble where it is another unit's key."""
    from app.domain.signing import origin_of

    token = ukey.choose(desk, options.token or session.token_serial)
    if token.pin_state is PinState.LOCKED:
        raise ukey.locked(desk, token)
    return sessions.Signer(desk, token, ask_pin(options, token), origin_of(session.endpoint.url))
