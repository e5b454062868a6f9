"""Self-test of the UKeys: drivers and their conflicts, the key, its certificate, whose it is, its PIN.

The remedies speak the words of the bureaus' own questions and answers, so that a clerk who knows the message of the old
web page finds them: seed 000 二.8(5) (检测不到Ukey, 未成功生成签名值), seed 003 Q5 to Q8 (验证CA密钥失败/请插入密钥).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from app.errors import ShebaoError
from app.workflows import machine
from app.workflows import session as sessions
from app.workflows.keycard import KeyCard, Validity, key_card, key_words, validity_sentence, vendor_names
from app.workflows.ukey import pin_advice, pin_state_text, translated, unlock_of
from pkcs11_drivers.model import KeyAlgorithm, PinState, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.workflows.desk import Desk
    from pkcs11_drivers.model import Scan, SkippedModule, Token

_PIN_FINE = (PinState.OK, PinState.PROTECTED_PATH, PinState.UNKNOWN)
_DETECTED = (
    "先看 UKey 是否亮灯，亮说明没坏；换一个 USB 口（台式机用后面的），不要用延长线。"
    "仍然“检测不到Ukey”：退出杀毒软件，卸载 UKey 驱动和“人社助手”，重启后以管理员身份、按默认路径重新安装，再插入。"
    "还是不行就换一台电脑。"
)
_STOP = "先停一停，核对好 PIN 再输入；想不起来，到发放 UKey 的机构重置。"
_TO_BE_CHANGED = "在“UKey 与自检”里点“修改 PIN”，换一个自己的。"
_SIGNING = "出现“未成功生成签名值”也是这样处理：驱动没有装好，卸载后重新安装，安装前退出杀毒软件。"
_REINSTALL = f"卸载这家驱动，重启，再以管理员身份按默认路径安装发放机构的最新版。{_SIGNING}"
_CONFLICT = (
    "两家的驱动会互相干扰，表现为“验证CA密钥失败/请插入密钥”：卸载不用的那一家（常见的是 ePass3003），或换一台电脑。"
)
_DRIVER: dict[SkipReason, tuple[str, str]] = {
    SkipReason.WRONG_FILE: (
        "自己放的驱动说明文件写得不对，没有用它：{detail}",
        "照着改好那个文件，再检查一遍；其他驱动不受影响。",
    ),
    SkipReason.WRONG_BITS: (
        "驱动 {name} 只有 32 位，本程序是 64 位，用不上它",
        "到发放机构的网站下载同时带 64 位的驱动；没有的，请发放机构换一把有 64 位驱动的 UKey。",
    ),
    SkipReason.WRONG_MACHINE: (
        "驱动 {name} 是给另一种处理器（{detail}）的电脑做的，这台电脑用不上它",
        "到发放机构的网站下载适合这台电脑处理器的驱动。",
    ),
    SkipReason.LOAD_FAILED: ("驱动 {name} 装了但打不开：{detail}", _REINSTALL),
    SkipReason.CRASHED: ("驱动 {name} 中途退出，程序已经重新启动它", f"拔下 UKey 再插一次；反复出现，{_REINSTALL}"),
    SkipReason.TIMED_OUT: ("驱动 {name} 没有应答，程序已经重新启动它", f"拔下 UKey 再插一次；反复出现，{_REINSTALL}"),
    SkipReason.FAULT: ("驱动 {name} 报错：{detail}", f"拔下 UKey 再插一次；反复出现，{_REINSTALL}"),
    SkipReason.SLOT_FAULT: (
        "驱动 {name} 有一个插槽读不出来：{detail}",
        "拔下这个插槽里的 UKey 再插一次，或换一个 USB 口。",
    ),
    SkipReason.OTHER_INTERFACE: (
        "驱动 {name} 只提供国密 SKF 接口，本程序用的是 PKCS#11 接口",
        "问发放机构有没有 PKCS#11 驱动；有的话安装后在这一页“添加驱动”。",
    ),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One check: its code, whether all is well, what was found, and what to do."""

    code: str
    ok: bool
    message: str
    remedy: str = ""


def ukeys(desk: Desk) -> Iterator[Result]:
    """Every check of keys and drivers, from one look at them."""
    with translated():
        scan = desk.keys.scan()
    names = vendor_names(desk.home)
    yield from _reader_service(needed=not scan.tokens)
    signing = [token for token in scan.tokens if token.signing_certificate is not None]
    if not signing:
        found, remedy = "没有检测到 UKey。", _DETECTED
        if scan.tokens:
            found = "插着的 UKey 里没有可用来签名的证书。"
            remedy = "换一把单位的签名 UKey；只有这一把，到发放它的机构写入签名证书。"
        yield Result("ukey", ok=False, message=found, remedy=remedy)
    yield from _drivers(desk, scan, names)
    yield from _conflicts(desk, scan, names)
    now = desk.system_clock()
    for token in signing:
        card = key_card(token, now)
        yield Result("ukey", ok=True, message=f"UKey 已插入：{card.unit_name}。")
        yield _certificate(card)
        yield from _whose(desk, card)
        yield from _usable(desk, token)
        yield _pin(desk, token)


def _reader_service(*, needed: bool) -> Iterator[Result]:
    """The service that reads smart cards: a key that is seen without it has a driver that does not go through it."""
    running = machine.reader_service()
    if running is None:
        return  # nothing here goes through it
    if running or not needed:
        fine = "智能卡服务在运行。" if running else "智能卡服务没有运行；插着的 UKey 不经过它，读卡器里的卡才用得着。"
        yield Result("reader-service", ok=True, message=fine)
    else:
        how = machine.HOW_TO_START_READER_SERVICE
        yield Result("reader-service", ok=False, message="智能卡服务没有运行，读卡器里的卡看不见。", remedy=how)


def _drivers(desk: Desk, scan: Scan, names: Mapping[str, str]) -> Iterator[Result]:
    troubles = [_driver(one, names) for one in scan.skipped if one.reason in _DRIVER]
    troubles += _own_but_absent(desk, scan)
    working = {token.module for token in scan.tokens}
    working |= {one.module for one in scan.skipped if one.reason is SkipReason.NO_TOKEN}
    if not working:
        known = "、".join(dict.fromkeys(names[one.vendor] for one in scan.skipped if one.vendor in names))
        yield Result(
            "driver",
            ok=False,
            message="这台电脑上没有能用的 UKey 驱动。",
            remedy=f"安装发放机构给的驱动。认得的有：{known}；其他的装好后在“UKey 与自检”里“添加驱动”。",
        )
    elif not troubles:
        yield Result("driver", ok=True, message=f"UKey 驱动正常：{'、'.join(PurePath(one).name for one in working)}。")
    yield from troubles


def _own_but_absent(desk: Desk, scan: Scan) -> Iterator[Result]:
    """Somebody described a driver for this computer, and it is not where the description says."""
    own = {one.id: one.name for one in desk.keys.families() if one.own}
    for skipped in scan.skipped:
        if skipped.reason is SkipReason.NOT_INSTALLED and skipped.vendor in own:
            yield Result(
                "driver",
                ok=False,
                message=f"按 {skipped.vendor}.toml 没有找到{own[skipped.vendor]}的驱动 {skipped.module}"
                f"（找过：{skipped.detail}）。",
                remedy="驱动装在别处的，改文件里的 folders；还没有装的，先装驱动。",
            )


def _driver(skipped: SkippedModule, names: Mapping[str, str]) -> Result:
    happened, remedy = _DRIVER[skipped.reason]
    name = f"{names.get(skipped.vendor, skipped.vendor)} {PurePath(skipped.module).name}"
    return Result("driver", ok=False, message=happened.format(name=name, detail=skipped.detail) + "。", remedy=remedy)


def _conflicts(desk: Desk, scan: Scan, names: Mapping[str, str]) -> Iterator[Result]:
    """Two families whose drivers are known to disturb each other, and one key that several modules show."""
    absent = (SkipReason.NOT_INSTALLED, SkipReason.OTHER_INTERFACE)
    here = {token.vendor for token in scan.tokens}
    here |= {one.vendor for one in scan.skipped if one.reason not in absent}
    pairs = {
        tuple(sorted((vendor.id, other)))
        for vendor in desk.keys.families()
        if vendor.id in here
        for other in vendor.conflicts
        if other in here
    }
    for first, second in sorted(pairs):
        both = f"{names.get(first, first)}和{names.get(second, second)}"
        yield Result("conflict", ok=False, message=f"同时装着{both}的驱动。", remedy=_CONFLICT)
    if not pairs:
        yield Result("conflict", ok=True, message="没有发现互相冲突的驱动。")


def _certificate(card: KeyCard) -> Result:
    sentence, remedy, _ = validity_sentence(card)
    return Result("certificate", card.validity is Validity.GOOD, f"{sentence}。", remedy)


def _whose(desk: Desk, card: KeyCard) -> Iterator[Result]:
    """Whether the key is that of the unit that was last logged in."""
    try:
        unit = sessions.current(desk).unit
    except ShebaoError:
        return
    if card.credit_code and unit.credit_code and card.credit_code != unit.credit_code:
        yield Result(
            "unit",
            ok=False,
            message=f"这把 UKey 是“{card.unit_name}”的，登录的是“{unit.name}”。",
            remedy="换上登录单位的 UKey；要办另一个单位，先退出登录。",
        )


def _usable(desk: Desk, token: Token) -> Iterator[Result]:
    certificate = token.signing_certificate_at(desk.system_clock())
    if certificate is None:
        return
    kind, words = certificate.key_algorithm, key_words(certificate.key_algorithm)
    with translated():
        usable = bool(desk.keys.algorithms(token, certificate))
    if usable and kind is not KeyAlgorithm.RSA_1024:
        yield Result("algorithm", ok=True, message=f"密钥是 {words}，可以签名。")
    elif kind is KeyAlgorithm.RSA_1024:
        yield Result(
            "algorithm",
            ok=False,
            message="密钥是 RSA 1024 位，已不够安全，社保系统不收。",
            remedy="到发放 UKey 的机构更换证书，换成 SM2 或 RSA 2048。",
        )
    else:
        yield Result(
            "algorithm",
            ok=False,
            message=f"密钥是 {words}，还不能通过这家驱动用它签名。",
            remedy="装最新的驱动再试；仍然不行，把自检报告发给技术支持，请其补上这家驱动的参数。",
        )


def _pin(desk: Desk, token: Token) -> Result:
    ok = token.pin_state in _PIN_FINE
    remedy = pin_advice(token.pin_state, unlock_of(desk, token))
    if not ok and not remedy:
        remedy = _TO_BE_CHANGED if token.pin_state is PinState.TO_BE_CHANGED else _STOP
    return Result("pin", ok, pin_state_text(token.pin_state, token.tries_left), remedy)
