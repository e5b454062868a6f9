"""Drivers that somebody added, which key is chosen, and what the self-test says of it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from app.errors import KeyTrouble, UsageError
from app.rules.ground import UnitFacts
from app.rules.wire import unit_to_wire
from app.workflows import doctor, drivers, overview, ukey
from app.workflows.desk import Desk
from app.workflows.keycard import Validity, key_card, validity_sentence
from pkcs11_drivers import SkippedModule, SkipReason
from pkcs11_drivers.family import Vendor
from pkcs11_drivers.model import PinState, Presence, Scan, Token
from pkcs11_drivers.registry import Registry
from tests.support.scripted_keys import CREDIT_CODE, UNIT, ScriptedKeys, token


class Scripted(ScriptedKeys):
    """Keys of the shipped families, with modules that gave none."""

    def __init__(self, *plugged: Token, skipped: tuple[SkippedModule, ...] = ()) -> None:
        super().__init__(*plugged)
        self.skipped = skipped

    def scan(self) -> Scan:
        return Scan(self.plugged, self.skipped)

    def families(self) -> tuple[Vendor, ...]:
        return Registry.load().vendors

    def vendor_of(self, token: Token) -> Vendor:
        return Registry.load().vendor(token.vendor)

    def algorithms(self, token: Token, certificate: object = None) -> tuple[()]:  # noqa: ARG002
        return ()

    def poll(self) -> Presence:
        return Presence(frozenset(), frozenset(), frozenset())


def desk_with(folder: Path, *plugged: Token, skipped: tuple[SkippedModule, ...] = ()) -> Desk:
    keys = Scripted(*plugged, skipped=skipped)
    return Desk(folder / "home", open_keys=lambda: keys)


@pytest.fixture(autouse=True)
def _own_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEBAO_KEY_IN_FILE", "1")


def results(desk: Desk, code: str) -> list[doctor.Result]:
    found = [one for one in doctor.examine(desk) if one.code == code]
    desk.close()
    return found


def test_a_driver_is_added_and_dropped_by_its_file(tmp_path: Path) -> None:
    module = tmp_path / "vendor_p11.so"
    with pytest.raises(UsageError) as missing:
        drivers.pick(tmp_path, module)
    assert missing.value.code == "file-missing"
    module.write_text("not a library", "utf-8")
    with pytest.raises(UsageError) as text:
        drivers.pick(tmp_path, module)
    assert (text.value.code, drivers.picked(tmp_path)) == ("driver-no-library", ())
    module.write_bytes(b"\x7fELF")
    drivers.pick(tmp_path, module)
    drivers.pick(tmp_path, module)

    assert drivers.picked(tmp_path) == (module,)
    located = drivers.known_families(tmp_path).locate({}, "linux").installed
    assert [(one.vendor.id, one.path) for one in located if one.path == module] == [("picked", module)]
    assert located[0].vendor.sm2  # the numbers of the header that is in public are tried for a stranger
    drivers.drop(tmp_path, module)
    assert drivers.picked(tmp_path) == ()
    with pytest.raises(UsageError) as refused:
        drivers.drop(tmp_path, module)
    assert refused.value.code == "driver-not-picked"


def test_a_family_is_added_by_laying_its_file_into_the_programs_folder(tmp_path: Path) -> None:
    (tmp_path / "ukeys").mkdir()
    file = tmp_path / "ukeys" / "example.toml"
    file.write_text('name = "示例"\nsource = "made up"\nverified = false\n', encoding="utf-8")
    assert drivers.known_families(tmp_path).vendor("example").name == "示例"
    file.write_text('name = "示例"\ncolour = "red"\nsource = ""\nverified = false\n', encoding="utf-8")
    again = drivers.known_families(tmp_path)

    assert "示例" not in {one.name for one in again.vendors}
    assert "colour" in again.faulty[0].fault


def test_the_self_test_tells_what_is_wrong_with_a_family_of_this_computer(tmp_path: Path) -> None:
    ukeys = tmp_path / "home" / "ukeys"
    ukeys.mkdir(parents=True)
    good = 'name = "示例厂商"\nsource = "made up"\nverified = false\n'
    module = '[[module]]\nplatform = "linux"\nfiles = ["p11.so"]\nfolders = ["/nowhere/at/all"]\n'
    (ukeys / "absent.toml").write_text(good + module, "utf-8")
    (ukeys / "wrong.toml").write_text(good + "[quirk]\n", "utf-8")
    desk = Desk(tmp_path / "home")
    found = [one for one in results(desk, "driver") if not one.ok]

    assert [("absent.toml" in one.message, "wrong.toml" in one.message) for one in found[-2:]] == [
        (False, True),
        (True, False),
    ]
    assert "quirks" in found[-2].message
    assert "/nowhere/at/all" in found[-1].message
    assert all(one.remedy for one in found)


def test_of_several_keys_the_one_last_used_for_the_unit_is_chosen(tmp_path: Path) -> None:
    mine, other = token("A1"), token("B2", unit="另一家示例公司")
    desk = desk_with(tmp_path, other, mine)
    with pytest.raises(UsageError):
        ukey.choose(desk)
    ukey.remember(desk, "420500001", mine)

    assert ukey.choose(desk).serial == "A1"
    assert ukey.choose(desk, "B2").serial == "B2"
    assert ukey.remembered(desk, [other, mine], "420500001") == mine
    assert ukey.remembered(desk, [other, mine], "420500002") is None
    renewed = token("A1", days=700)
    assert ukey.remembered(desk, [other, renewed]) == renewed
    assert ukey.remembered(desk, [other]) is None
    desk.close()


ANOTHER = "91420500MA4901235K"


def of(key: Token, **facts: object) -> Token:
    """The same key with other facts in its certificate."""
    return replace(key, certificates=tuple(replace(one, **facts) for one in key.certificates))  # type: ignore[arg-type]


def test_a_key_of_another_unit_is_told_by_its_code_and_never_by_its_name(tmp_path: Path) -> None:
    mine = token("A1")
    desk = desk_with(tmp_path, mine)
    assert ukey.other_unit(desk, mine) == ""  # nobody has ever logged in here
    now = desk.system_clock()
    for number, name, code in (("420500001", UNIT, CREDIT_CODE), ("420500002", "另一家示例公司", ANOTHER)):
        unit = UnitFacts(number, name, code, "1", (), None)
        desk.said.put(number, "unit", unit_to_wire(unit), now)
    desk.said.put("", overview.TOPIC, {"unit": "420500001", "region": "yichang"}, now)

    assert ukey.other_unit(desk, mine) == ""
    assert ukey.other_unit(desk, of(mine, unit_name="改了名的示例公司")) == ""
    assert "这台电脑上次办的是" in ukey.other_unit(desk, of(mine, credit_code=ANOTHER))
    for code, told in ((CREDIT_CODE[8:17], False), (ANOTHER[8:16] + "-" + ANOTHER[16], True)):
        assert bool(ukey.other_unit(desk, of(mine, credit_code=None, organisation_code=code))) is told
    assert ukey.other_unit(desk, of(mine, credit_code=None)) == ""

    second = of(token("B2"), credit_code=ANOTHER, unit_name="另一家示例公司")
    assert ukey.other_unit(desk, second) != ""
    ukey.remember(desk, "420500002", second)
    ukey.remember(desk, "420500001", mine)
    assert ukey.other_unit(desk, second) == ""  # one clerk with two units is warned once
    assert "这把 UKey 上次在这台电脑上办的是" in ukey.other_unit(desk, of(second, credit_code=CREDIT_CODE))
    desk.close()


@pytest.mark.parametrize(
    ("days", "validity", "said"),
    [
        (106, Validity.GOOD, "证书有效到"),
        (105, Validity.SOON_OVER, "证书还有 105 天过期"),
        (104, Validity.SOON_OVER, "证书还有 104 天过期"),
        (-2, Validity.OVER, "过期"),
    ],
)
def test_a_certificate_is_warned_of_from_105_days_on(days: int, validity: Validity, said: str) -> None:
    card = key_card(token(days=days), datetime.now(UTC))

    assert card.validity is validity
    assert said in validity_sentence(card)[0]
    early = key_card(token(days=days), datetime.now(UTC) - timedelta(days=900))
    assert early.validity is Validity.NOT_YET


CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ("2026-11-26T15:59:59", "证书不到一天就过期（2026-11-26 23:59）"),
        ("2026-11-27T16:00:00", "证书还有 1 天过期（2026-11-28）"),
        ("2027-12-31T16:00:00", "证书有效到 2028-01-01"),
        ("9999-12-31T23:59:59", "证书有效到 9999-12-31"),
        ("2026-11-25T23:59:59", "证书已于 2026-11-26 过期"),
    ],
    ids=range(5),
)
def test_the_end_of_a_certificate_is_told_in_chinas_time(ends: str, said: str) -> None:
    """It is written in UTC, and most of them end with a day of China's."""
    noon = datetime(2026, 11, 26, 12, tzinfo=CHINA)
    card = key_card(of(token(), not_after=datetime.fromisoformat(ends).replace(tzinfo=UTC)), noon)

    assert validity_sentence(card)[0] == said


def test_a_check_that_cannot_be_made_is_told_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise PermissionError

    monkeypatch.setattr("app.workflows.machine.printers", broken)
    found = {one.code: one for one in doctor.examine(desk_with(tmp_path, token()))}

    assert not found["printer"].ok
    assert "没有查成" in found["printer"].message
    assert found["ukey"].ok


@pytest.mark.parametrize(
    ("running", "plugged", "ok"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_the_reader_service_is_missed_only_where_no_key_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, running: bool, plugged: bool, ok: bool
) -> None:
    monkeypatch.setattr("app.workflows.machine.reader_service", lambda: running)
    (found,) = results(desk_with(tmp_path, *([token()] if plugged else [])), "reader-service")

    assert (found.ok, found.remedy == "") == (ok, ok)


REASONS = [reason for reason in SkipReason if reason not in (SkipReason.NOT_INSTALLED, SkipReason.NO_TOKEN)]


@pytest.mark.parametrize("reason", REASONS)
def test_every_driver_that_failed_is_told_with_what_to_do(tmp_path: Path, reason: SkipReason) -> None:
    skipped = SkippedModule("C:\\x\\WDPKCS.dll", "watchdata", reason, "CKR_GENERAL_ERROR")
    found = [one for one in results(desk_with(tmp_path, token(), skipped=(skipped,)), "driver") if not one.ok]

    if reason is SkipReason.SAME_KEY:
        assert found == []
        return
    (one,) = found
    if reason is not SkipReason.WRONG_FILE:  # its fault names the file
        assert "握奇数据" in one.message
        assert "未核实" in one.message
    assert one.remedy


def test_without_a_key_the_words_of_the_old_pages_are_said(tmp_path: Path) -> None:
    (one,) = results(desk_with(tmp_path), "ukey")

    assert not one.ok
    assert "检测不到Ukey" in one.remedy
    assert "人社助手" in one.remedy


def test_two_vendors_that_disturb_each_other_are_told(tmp_path: Path) -> None:
    skipped = tuple(SkippedModule(f"/{one}", one, SkipReason.NO_TOKEN, "") for one in ("feitian", "zjca"))
    (one,) = results(desk_with(tmp_path, skipped=skipped), "conflict")

    assert not one.ok
    assert "飞天诚信" in one.message
    assert "浙江CA" in one.message
    assert "验证CA密钥失败/请插入密钥" in one.remedy


@pytest.mark.parametrize("state", [PinState.COUNT_LOW, PinState.FINAL_TRY, PinState.LOCKED])
def test_a_pin_in_danger_is_told_with_a_stop(tmp_path: Path, state: PinState) -> None:
    (one,) = results(desk_with(tmp_path, token(state=state)), "pin")

    assert not one.ok
    assert ("不会锁定" in one.remedy) is (state is PinState.LOCKED)  # SoftHSM's own way out, from its file
    assert ("先停一停" in one.remedy) is (state is not PinState.LOCKED)


def test_a_locked_key_is_explained_with_its_vendors_way_out(tmp_path: Path) -> None:
    locked = token(state=PinState.LOCKED)
    desk = desk_with(tmp_path, locked)

    trouble = ukey.locked(desk, locked)

    assert isinstance(trouble, KeyTrouble)
    assert "不会锁定" in trouble.facts["way"]
    desk.close()


def test_the_report_names_nobody_however_long_the_name(tmp_path: Path) -> None:
    name = "示例" * 100 + "有限公司"
    desk = desk_with(tmp_path, token(unit=name))
    text = doctor.report(desk, doctor.examine(desk), desk.keys.scan())
    desk.close()

    assert "示例示例" not in text


def test_the_report_names_nobody(tmp_path: Path) -> None:
    skipped = SkippedModule(str(tmp_path / "home" / "p11.so"), "picked", SkipReason.LOAD_FAILED, "cannot open")
    desk = desk_with(tmp_path, token("A1B2C3D4"), skipped=(skipped,))
    found = doctor.examine(desk)

    text = doctor.report(desk, found, desk.keys.scan())

    desk.close()
    assert "driver" in text
    assert "load-failed" in text
    for secret in (UNIT, CREDIT_CODE, "A1B2C3D4", str(tmp_path / "home"), "c0ffee"):
        assert secret not in text


@pytest.mark.parametrize("pin", ["12345678", "111111", "888888", "999999"])
def test_a_factory_pin_is_known_as_one(tmp_path: Path, pin: str) -> None:
    desk = desk_with(tmp_path)

    assert ukey.is_factory_pin(desk, token(), pin)
    assert not ukey.is_factory_pin(desk, token(), "739154")
    assert not ukey.is_factory_pin(desk, token(), None)
