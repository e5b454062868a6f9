"""``shebao ukey …``, ``login``, ``logout``, ``whoami`` and how a command gets its PIN."""

from __future__ import annotations

import getpass
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import say
from app.domain.signing import Purpose
from app.errors import KeyTrouble, UsageError
from app.workflows import drivers, ukey
from app.workflows import session as sessions
from app.workflows.desk import Endpoint
from app.workflows.keycard import owner, vendor_names
from app.workflows.login import Signer, log_in
from pkcs11_drivers.model import PinEntry, PinState, SkipReason

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from app.workflows.desk import Desk
    from app.workflows.session import Session
    from pkcs11_drivers.model import Token

LOCAL_ORIGIN = "https://localhost"


def ask_pin(desk: Desk, options: Namespace, token: Token) -> str | None:
    """The PIN: one line of standard input, or a prompt that does not show it. None where the key asks itself.

    What the key reports of remaining tries is said before; a locked PIN is not asked for.
    """
    if token.pin_state is PinState.LOCKED:
        raise ukey.locked(desk, token)
    state = ukey.pin_state_text(token.pin_state, token.tries_left)
    say(f"UKey：{owner(token, desk.system_clock())}。{state}")
    return None if token.pin_entry is PinEntry.PROTECTED_PATH else _one_pin(options, "PIN：")


def _one_pin(options: Namespace, prompt: str) -> str:
    """A line that somebody wrote or types. Raises UsageError ``pin-needed`` where there is none."""
    try:
        if sys.stdin is None:  # closed by whoever started this
            raise UsageError("pin-needed")
        if options.pin_stdin:
            line = sys.stdin.readline()
            if line:
                return line.rstrip("\r\n")
        elif sys.stdin.isatty():
            return getpass.getpass(prompt)
    except EOFError as ended:
        raise UsageError("pin-needed") from ended
    except UnicodeDecodeError as undecodable:
        raise KeyTrouble("pin-characters") from undecodable
    raise UsageError("pin-needed")


def ukey_list(desk: Desk, _: Namespace) -> dict[str, Any]:
    """What is plugged in, and why each other module gave nothing."""
    with ukey.translated():
        scan = desk.keys.scan()
    names = vendor_names(desk.home)
    return {
        "tokens": [_token_json(desk, names, token) for token in scan.tokens],
        "skipped": [
            {
                "vendor": one.vendor,
                "module": one.module,
                "reason": one.reason.value,
                "message": drivers.REASONS[one.reason],
                "detail": one.detail,
            }
            for one in scan.skipped
        ],
    }


def _token_json(desk: Desk, names: Mapping[str, str], token: Token) -> dict[str, Any]:
    """A key, by the certificate that it would sign with now."""
    certificate = token.signing_certificate_at(desk.system_clock())
    return {
        "vendor": token.vendor,
        "vendor_name": names.get(token.vendor, token.vendor),
        "manufacturer": token.manufacturer,
        "model": token.model,
        "module": token.module,
        "slot": token.slot,
        "label": token.label,
        "serial": token.serial,
        "unit_name": certificate.unit_name if certificate else None,
        "credit_code": certificate.credit_code if certificate else None,
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
    """Sign a local challenge, which holds by the certificate's own key or is a failure."""
    import secrets

    token = ukey.choose(desk, options.token)
    signer = Signer(desk, token, ask_pin(desk, options, token), LOCAL_ORIGIN)
    try:
        begun = time.perf_counter()
        signer.sign(secrets.token_bytes(32), Purpose.LOCAL_TEST)
        seconds = time.perf_counter() - begun
    finally:
        signer.close()
    return {
        "ok": True,
        "token": _token_json(desk, vendor_names(desk.home), signer.token),
        "signature_algorithm": signer.algorithm.value,
        "milliseconds": round(seconds * 1000, 1),
    }


def ukey_change_pin(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Set another PIN: the old and the new one as two lines of standard input, or asked for, the new one twice."""
    token = ukey.choose(desk, options.token, to_sign=False)
    if token.pin_entry is PinEntry.PROTECTED_PATH:
        raise UsageError("pin-on-key")
    old = ask_pin(desk, options, token) or ""
    new = _one_pin(options, "新的 PIN：")
    if not options.pin_stdin and _one_pin(options, "再输一遍新的 PIN：") != new:
        raise UsageError("pin-differs")
    changed = ukey.change_pin(desk, token, old, new)
    return {"ok": True, "token": _token_json(desk, vendor_names(desk.home), changed)}


def login(desk: Desk, options: Namespace) -> dict[str, Any]:
    """Log in and keep the session."""
    from app.workflows.sync import fetch

    endpoint = Endpoint(options.bureau, Path(options.ca).resolve() if options.ca else None)
    token = ukey.choose(desk, options.token)
    session, signer = log_in(desk, endpoint, token, ask_pin(desk, options, token))
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
    return Signer(desk, token, ask_pin(desk, options, token), origin_of(session.endpoint.url))
