"""Self-test: everything a login and a filing need, each with what to do where it is not right.

This computer and the bureau are here, the UKeys in :mod:`app.workflows.key_checks`. 密钥驱动已升级 is a message of the
bureaus' old web pages (seed 003).
"""

from __future__ import annotations

import shutil
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import ShebaoError
from app.resources import RESOURCES
from app.wording import notice
from app.workflows import machine, preferences
from app.workflows import session as sessions
from app.workflows.desk import Endpoint
from app.workflows.key_checks import Result, ukeys
from app.workflows.keycard import owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from app.workflows.desk import Desk
    from pkcs11_drivers.model import Scan

__all__ = ["Result", "examine", "report"]

CLOCK_TOLERANCE = timedelta(minutes=5)
LEAST_FREE_BYTES = 200 * 1024 * 1024
NETWORK_PATIENCE = 5.0
_OLD_PAGE = "“密钥驱动已升级，请重新下载安装”是旧网页的 IE 设置造成的，本程序不经过 IE，不会出现。"


def examine(desk: Desk) -> list[Result]:
    """Run every check. A check that itself fails is a failed check, never the end of the examination."""
    results: list[Result] = []
    for check in (_home, _disk, _packs, _fonts, _printer, ukeys, _bureau):
        results.extend(_guarded(check, desk))
    return results


def report(desk: Desk, results: Sequence[Result], scan: Scan | None) -> str:
    """The examination as text for whoever helps: no unit, no code, no serial number, no folder of this user."""
    lines = [f"[{'ok' if one.ok else '!!'}] {one.code} {one.message}" for one in results]
    if scan is not None:
        lines += [f"[--] {one.vendor} {one.reason.value} {one.module} {one.detail}".rstrip() for one in scan.skipped]
        lines += [f"[++] {one.vendor} {one.module} {one.model} {one.pin_state.value}" for one in scan.tokens]
    text = "\n".join(lines)
    for secret in _told_of(desk, scan):
        text = text.replace(secret, "＊")
    return text


def _told_of(desk: Desk, scan: Scan | None) -> list[str]:
    """Everything that names somebody, the longest first."""
    names = {str(desk.home), str(Path.home())}
    try:
        unit = sessions.current(desk).unit
        names |= {unit.name, unit.number, unit.credit_code}
    except ShebaoError:
        pass
    for token in scan.tokens if scan else ():
        names |= {token.serial, token.label, owner(token, desk.system_clock()).removesuffix("…")}
        for certificate in token.certificates:
            names |= {certificate.unit_name or "", certificate.credit_code or "", certificate.serial}
    return sorted((name for name in names if len(name) > 1), key=len, reverse=True)


def _guarded(check: Callable[[Desk], Iterator[Result]], desk: Desk) -> list[Result]:
    results: list[Result] = []
    try:
        results.extend(check(desk))
    except ShebaoError as failed:
        words = notice(failed)
        results.append(Result(check.__name__.strip("_"), ok=False, message=words.happened, remedy=words.next))
    except (OSError, ValueError) as failed:
        results.append(
            Result(
                check.__name__.strip("_"),
                ok=False,
                message=f"这一项没有查成（{type(failed).__name__}）。",
                remedy="重新检查一遍；仍然这样，把自检报告发给技术支持。",
            )
        )
    return results


# --- this computer ----------------------------------------------------------------------------------------------------


def _home(desk: Desk) -> Iterator[Result]:
    where = {"keyring": "系统的凭据管理器", "file": "只有本用户可读的密钥文件"}[desk.database.key_kind]
    yield Result("store", ok=True, message=f"本机数据已加密，密钥在{where}里。")


def _disk(desk: Desk) -> Iterator[Result]:
    free = shutil.disk_usage(desk.home).free
    ok = free >= LEAST_FREE_BYTES
    yield Result("disk", ok, f"磁盘还有 {free / 2**30:.1f} GB。", "" if ok else "清出一些空间，否则草稿可能存不下。")


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


def _printer(_: Desk) -> Iterator[Result]:
    names = machine.printers()
    if names is None:
        yield Result("printer", ok=True, message="没有问到这台电脑的打印机；通知单可以先存为 PDF。")
    elif names:
        yield Result("printer", ok=True, message=f"打印机：{'、'.join(names)}。")
    else:
        yield Result("printer", ok=True, message="这台电脑没有装打印机；通知单可以存为 PDF，拿到别处打印。")


# --- the bureau -------------------------------------------------------------------------------------------------------


def _bureau(desk: Desk) -> Iterator[Result]:
    try:
        session = sessions.current(desk)
        endpoint, secret = session.endpoint, session.secret
    except sessions.NotLoggedIn as none:
        words = notice(none)
        yield Result("login", ok=False, message=words.happened, remedy=words.next)
        kept = preferences.load(desk.home)
        if not kept.bureau:
            return
        endpoint = Endpoint(kept.bureau, Path(kept.authority) if kept.authority else None)
        secret = None
    network = _network(endpoint)
    yield network
    yield Result("old-page", ok=True, message=_OLD_PAGE)
    if not network.ok:
        return
    bureau = desk.bureau(endpoint, secret)
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


def _network(endpoint: Endpoint) -> Result:
    """Whether the bureau's machine takes a connection at all, whoever answers there."""
    parts = urlsplit(endpoint.url)
    host, port = parts.hostname or "", parts.port or 443
    try:
        with socket.create_connection((host, port), NETWORK_PATIENCE):
            return Result("network", ok=True, message=f"网络通到 {host}。")
    except (OSError, UnicodeError):  # the latter: a name that no machine can have
        return Result(
            "network",
            ok=False,
            message=f"网络通不到 {host}。",
            remedy="看网线或无线是否连着，能不能打开别的网站；单位有防火墙或代理的，请网管放行这个地址。",
        )
