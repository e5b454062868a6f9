"""Self-test: everything a login and a filing need, each with what to do where it is not right."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.errors import ShebaoError
from app.regions.catalog import RESOURCES
from app.wording import notice
from app.workflows import session as sessions
from app.workflows.ukey import pin_state_text, translated
from pkcs11_drivers.model import PinState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.workflows.desk import Desk

EXPIRY_WARNED = timedelta(days=105)
CLOCK_TOLERANCE = timedelta(minutes=5)
LEAST_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Result:
    """One check: its code, whether all is well, what was found, and what to do."""

    code: str
    ok: bool
    message: str
    remedy: str = ""


def examine(desk: Desk) -> list[Result]:
    """Run every check. A check that itself fails is a failed check, never the end of the examination."""
    results: list[Result] = []
    for check in (_home, _disk, _packs, _fonts, _ukeys, _bureau):
        results.extend(_guarded(check, desk))
    return results


def _guarded(check: Callable[[Desk], Iterator[Result]], desk: Desk) -> list[Result]:
    results: list[Result] = []
    try:
        results.extend(check(desk))
    except ShebaoError as failed:
        words = notice(failed)
        results.append(Result(check.__name__.strip("_"), ok=False, message=words.happened, remedy=words.next))
    return results


def _home(desk: Desk) -> Iterator[Result]:
    where = {"keyring": "系统的凭据管理器", "file": "只有本用户可读的密钥文件"}[desk.database.key_kind]
    yield Result("store", ok=True, message=f"本机数据已加密，密钥在{where}里。")


def _disk(desk: Desk) -> Iterator[Result]:
    free = shutil.disk_usage(desk.home).free
    ok = free >= LEAST_FREE_BYTES
    yield Result("disk", ok, f"磁盘还有 {free // 2**20} MB。", "" if ok else "清出一些空间，否则草稿可能存不下。")


def _packs(desk: Desk) -> Iterator[Result]:
    for region_id in desk.catalog.ids():
        region = desk.region(region_id)
        yield Result(
            f"pack-{region_id}", ok=True, message=f"{region.name}的地区资料完好，核对于 {region.verified_on}。"
        )


def _fonts(_: Desk) -> Iterator[Result]:
    ok = (RESOURCES / "fonts" / "NotoSansSC-Regular.ttf").is_file()
    yield Result(
        "fonts", ok, "打印用的中文字体在。" if ok else "打印用的中文字体不在。", "" if ok else "重新安装本程序。"
    )


def _ukeys(desk: Desk) -> Iterator[Result]:
    with translated():
        scan = desk.keys.scan()
    signing = [token for token in scan.tokens if token.signing_certificate is not None]
    if not signing:
        yield Result("ukey", ok=False, message="没有检测到 UKey。", remedy=notice(_none_found()).next)
    for skipped in scan.skipped:
        if skipped.reason not in ("not-installed", "no-token"):
            yield Result(
                "driver",
                ok=False,
                message=f"驱动 {skipped.module} 没有用上：{skipped.detail}",
                remedy="重新安装这把 UKey 的驱动。",
            )
    for token in signing:
        certificate = token.signing_certificate
        assert certificate is not None  # noqa: S101 - chosen for it above
        yield Result("ukey", ok=True, message=f"UKey 已插入：{token.unit_name or token.label}。")
        yield _expiry(certificate.not_before, certificate.not_after)
        pin_ok = token.pin_state in (PinState.OK, PinState.PROTECTED_PATH, PinState.UNKNOWN)
        yield Result(
            "pin", pin_ok, pin_state_text(token.pin_state, token.tries_left), "" if pin_ok else "想清楚 PIN 再输入。"
        )


def _none_found() -> ShebaoError:
    return ShebaoError("ukey-none")


def _expiry(not_before: datetime, not_after: datetime) -> Result:
    now = datetime.now(UTC)
    ok, message, remedy = False, "UKey 的证书还没有生效。", "先看电脑的日期对不对。"
    if now > not_after:
        message, remedy = f"UKey 的证书已于 {not_after:%Y-%m-%d} 过期。", "到发放 UKey 的机构办理延期。"
    elif now >= not_before and now + EXPIRY_WARNED > not_after:
        message, remedy = f"UKey 的证书还有 {(not_after - now).days} 天过期。", "尽早到发放 UKey 的机构办理延期。"
    elif now >= not_before:
        ok, message, remedy = True, f"UKey 的证书有效到 {not_after:%Y-%m-%d}。", ""
    return Result("certificate", ok, message, remedy)


def _bureau(desk: Desk) -> Iterator[Result]:
    try:
        session = sessions.current(desk)
    except sessions.NotLoggedIn as none:
        words = notice(none)
        yield Result("login", ok=False, message=words.happened, remedy=words.next)
        return
    bureau = sessions.connect(desk, session)
    try:
        card = bureau.card()
        yield Result("bureau", ok=True, message=f"已连上{card.name}。")
        ahead = card.now - desk.now()
        ok = abs(ahead) <= CLOCK_TOLERANCE
        yield Result(
            "clock",
            ok,
            "本机时间与社保系统一致。" if ok else "本机时间与社保系统不一致。",
            "" if ok else "校准电脑的日期和时间。",
        )
    finally:
        bureau.close()
