"""Signed pack updates: installed whole or not at all, verified at every look, taken back; hostile files do nothing."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.cli.main import run
from app.domain.months import Month
from app.regions.updates import MANIFEST, SIGNATURE, UpdateRefused
from app.workflows import packs
from app.workflows.desk import Desk
from tests.support.publisher import Publisher

CHANGE = ('value = "3450"', 'value = "3737"')
FLOOR = {"parameters/base-floor": CHANGE}
LOCAL = """
id = "base.floor"
name = "缴费基数下限（元/月）"
[[values]]
from = "2022-08"
to = "2022-08"
value = "3999"
source = "当地通知"
verified_on = 2022-08-01
"""


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def desk_of(home: Path, day: str = "2026-11-22") -> Desk:
    return Desk(home, system_clock=lambda: datetime.fromisoformat(day).replace(tzinfo=UTC))


AUGUST = Month(2022, 8)


def floor(desk: Desk, month: Month = AUGUST) -> tuple[Decimal, str]:
    used = desk.region("yichang").parameters["base.floor"].used(month)
    return used.amount, used.value.standing.label


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def refused(home: Path, path: Path, **options: Any) -> UpdateRefused:  # noqa: ANN401 - options of install
    """Why it is refused; nothing on the disk and nothing in force has changed."""
    desk = desk_of(home)
    before, used = everything_in(home), floor(desk)
    with pytest.raises(UpdateRefused) as refusal:
        packs.install(desk, path, **options)
    assert everything_in(home) == before
    assert floor(desk_of(home)) == used
    return refusal.value


def test_an_update_goes_before_the_shipped_pack_and_local_values_before_it(home: Path, publisher: Publisher) -> None:
    desk = desk_of(home)
    assert floor(desk) == (Decimal(3450), "")

    installed = packs.install(desk, publisher.update(publisher.pack(FLOOR)), trust=publisher.fingerprint)

    assert (installed.version, installed.publisher) == (2, publisher.name)
    assert floor(desk) == floor(desk_of(home)) == (Decimal(3737), "")
    assert desk.region("yichang").layout_path("enrol").is_file()  # the layouts all regions share are found from there
    (home / "regions" / "yichang" / "parameters").mkdir(parents=True)
    (home / "regions" / "yichang" / "parameters" / "floor.toml").write_text(LOCAL, "utf-8")
    assert floor(desk_of(home)) == (Decimal(3999), "本地修改/未核实")
    assert floor(desk_of(home), Month(2022, 9)) == (Decimal(3737), "")


def test_a_publisher_is_trusted_once_and_only_by_the_fingerprint(home: Path, publisher: Publisher) -> None:
    update = publisher.update(publisher.pack())
    found = refused(home, update)
    assert (found.code, found.facts["fingerprint"]) == ("update-untrusted", publisher.fingerprint)
    assert refused(home, update, trust="0" * 64).code == "update-fingerprint"

    spoken = " ".join(publisher.fingerprint[at : at + 4].upper() for at in range(0, 64, 4))
    packs.install(desk_of(home), update, trust=spoken)
    packs.install(desk_of(home), publisher.update(publisher.pack(version=3), 3))

    assert desk_of(home).region("yichang").version == 3


def test_the_key_that_is_shipped_for_training_is_not_trusted(home: Path) -> None:
    here = packs.shelf(desk_of(home))
    (shipped,) = here.publishers()
    assert shipped.training
    assert not here.trusts(shipped.public_key)


def test_rolled_back_the_one_before_is_used_again(home: Path, publisher: Publisher) -> None:
    desk = desk_of(home)
    packs.install(desk, publisher.update(publisher.pack(FLOOR)), trust=publisher.fingerprint)
    other = ('value = "3450"', 'value = "3800"')
    packs.install(desk, publisher.update(publisher.pack({"parameters/base-floor": other}, 3), 3))
    assert floor(desk)[0] == Decimal(3800)

    assert packs.roll_back(desk, "yichang").version == 3
    assert floor(desk)[0] == Decimal(3737)
    packs.roll_back(desk, "yichang")
    assert floor(desk)[0] == floor(desk_of(home))[0] == Decimal(3450)
    with pytest.raises(UpdateRefused, match="update-none"):
        packs.roll_back(desk, "yichang")


def test_an_older_one_is_installed_only_by_force(home: Path, publisher: Publisher) -> None:
    desk = desk_of(home)
    packs.install(desk, publisher.update(publisher.pack(version=3), 3), trust=publisher.fingerprint)
    older = publisher.update(publisher.pack(FLOOR, 2), 2)
    found = refused(home, older)
    assert (found.code, found.facts["version"], found.facts["newest"]) == ("update-older", "2", "3")

    packs.install(desk, older, force=True)

    assert floor(desk)[0] == Decimal(3737)


def test_a_newer_program_goes_before_an_old_update(home: Path, publisher: Publisher) -> None:
    """A pack that came with the program in the same version or a later one has what the update brought."""
    desk = desk_of(home)
    packs.install(desk, publisher.update(publisher.pack()), trust=publisher.fingerprint)
    here = packs.shelf(desk)
    today = desk.system_clock().date()
    assert here.in_force("yichang", 1, today) is not None
    assert here.in_force("yichang", 2, today) is None


def test_an_update_waits_for_its_day(home: Path, publisher: Publisher) -> None:
    pack = publisher.pack(FLOOR)
    update = publisher.update(pack, valid_from="2027-01-01")
    packs.install(desk_of(home), update, trust=publisher.fingerprint)

    (state,) = [one for one in packs.in_force(desk_of(home)) if one.region_id == "yichang"]
    assert (state.version, state.update, [one.version for one in state.waiting]) == (1, None, [2])
    assert floor(desk_of(home))[0] == Decimal(3450)
    assert floor(desk_of(home, "2027-01-01"))[0] == Decimal(3737)


def test_what_was_changed_after_it_was_installed_is_not_used(home: Path, publisher: Publisher) -> None:
    packs.install(desk_of(home), publisher.update(publisher.pack()), trust=publisher.fingerprint)
    (changed,) = home.glob("updates/yichang/*/yichang/parameters/base-floor.toml")
    changed.write_text(changed.read_text("utf-8").replace(*CHANGE), "utf-8")

    with pytest.raises(UpdateRefused) as refusal:
        desk_of(home).region("yichang")
    assert (refusal.value.code, refusal.value.facts["file"]) == ("update-digest", "parameters/base-floor.toml")
    packs.roll_back(desk_of(home), "yichang")
    assert floor(desk_of(home))[0] == Decimal(3450)


@pytest.mark.parametrize(
    ("change", "file", "key", "reason"),
    [
        (
            {"parameters/base-floor": ('value = "3450"', "value = 3450.5")},
            "base-floor",
            "values[1].value",
            "not-number",
        ),
        ({"items/wage": ('effect = "wage"', 'effect = "wages"')}, "wage", "effect", "unknown-effect"),
        ({"documents/notice": ("{unit_name}", "{unit_nam}")}, "notice", "", "no-such-value"),
    ],
)
def test_a_broken_pack_is_refused_by_file_and_key(
    home: Path, publisher: Publisher, change: dict[str, tuple[str, str]], file: str, key: str, reason: str
) -> None:
    desk = desk_of(home)
    packs.install(desk, publisher.update(publisher.pack()), trust=publisher.fingerprint)
    found = refused(home, publisher.update(publisher.pack(change, 3), 3))
    assert found.code == "update-pack"
    assert file in found.facts["file"]
    assert key in found.facts["key"]
    assert found.facts["reason"] == reason


def test_the_version_of_the_pack_is_the_manifests(home: Path, publisher: Publisher) -> None:
    packs.install(desk_of(home), publisher.update(publisher.pack()), trust=publisher.fingerprint)
    found = refused(home, publisher.update(publisher.pack(version=3), 4))
    assert (found.code, found.facts["key"]) == ("update-pack", "version")


@pytest.mark.parametrize(
    "name",
    [
        "../escaped.toml",
        "items/../../escaped.toml",
        "/etc/escaped.toml",
        "C:/escaped.toml",
        "items\\..\\escaped.toml",
        "items/con.toml",
        "items/run.py",
        "items/deep/er.toml",
        "Region.toml",
        "items/",
        "items/名称.toml",
    ],
)
def test_an_entry_that_is_no_file_of_a_pack_is_refused(home: Path, publisher: Publisher, name: str) -> None:
    found = refused(home, publisher.update(publisher.pack(), content={name: b"id = 1"}))
    assert found.code == "update-entry"
    assert not list(home.parent.rglob("escaped*"))


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        ({"version": "2"}, "update-manifest"),
        ({"version": -1}, "update-manifest"),
        ({"region": "../yichang"}, "update-manifest"),
        ({"public_key": "ab"}, "update-manifest"),
        ({"valid_from": "soon"}, "update-manifest"),
        ({"sources": []}, "update-manifest"),
        ({"sources": None}, "update-manifest"),
        ({"format": "shebao-pack:9"}, "update-manifest"),
        ({"colour": "red"}, "update-manifest"),
        ({"files": {"../x.toml": "0" * 64}}, "update-manifest"),
        ({"files": {}}, "update-entry"),
    ],
)
def test_a_manifest_that_is_none_is_refused(
    home: Path, publisher: Publisher, manifest: dict[str, Any], code: str
) -> None:
    assert refused(home, publisher.update(publisher.pack(), **manifest)).code == code


def test_a_file_that_is_not_the_manifests_is_refused(home: Path, publisher: Publisher) -> None:
    found = refused(home, publisher.update(publisher.pack(), content={"region.toml": b"id = 1"}))
    assert (found.code, found.facts["file"]) == ("update-digest", "region.toml")


def test_another_keys_signature_is_none(home: Path, publisher: Publisher) -> None:
    forged = publisher.update(publisher.pack(), key=Ed25519PrivateKey.generate())
    assert refused(home, forged, trust=publisher.fingerprint).code == "update-signature"
    packs.install(desk_of(home), publisher.update(publisher.pack()), trust=publisher.fingerprint)
    forged = publisher.update(publisher.pack(version=3), 3, key=Ed25519PrivateKey.generate())
    assert refused(home, forged).code == "update-signature"


def test_a_manifest_changed_after_it_was_signed_is_refused(home: Path, publisher: Publisher, tmp_path: Path) -> None:
    packs.install(desk_of(home), publisher.update(publisher.pack()), trust=publisher.fingerprint)
    entries = unpacked(publisher.update(publisher.pack(version=3), 3))
    entries[MANIFEST] = entries[MANIFEST].replace(b'"version": 3', b'"version": 9')
    assert refused(home, packed(tmp_path / "changed.zip", entries)).code == "update-signature"


def test_a_bomb_is_not_unpacked(home: Path, publisher: Publisher) -> None:
    found = refused(home, publisher.update(publisher.pack(), content={"items/bomb.toml": b"#" * (64 << 20)}))
    assert (found.code, found.facts["file"]) == ("update-too-large", "items/bomb.toml")


def test_many_small_entries_are_too_many(home: Path, publisher: Publisher) -> None:
    found = refused(home, publisher.update(publisher.pack(), content={f"items/a{at}.toml": b"" for at in range(700)}))
    assert found.code == "update-too-large"


def test_a_huge_file_is_not_opened(home: Path, tmp_path: Path) -> None:
    huge = tmp_path / "huge.zip"
    with huge.open("wb") as stream:
        stream.truncate(9 << 20)
    assert refused(home, huge).code == "update-too-large"


def test_a_link_is_no_file(home: Path, publisher: Publisher, tmp_path: Path) -> None:
    entries = unpacked(publisher.update(publisher.pack()))
    path = packed(tmp_path / "link.zip", entries)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("items/link.toml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(home, path).code == "update-entry"


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 and nothing more", b"<html>not found</html>", os.urandom(5000)], ids=len
)
def test_what_is_no_zip_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "update.zip"
    path.write_bytes(content)
    assert refused(home, path).code == "update-not-zip"
    assert refused(home, tmp_path / "absent.zip").code == "update-unreadable"


@pytest.mark.parametrize("missing", [MANIFEST, SIGNATURE, "messages.toml"])
def test_what_lacks_a_part_is_refused(home: Path, publisher: Publisher, tmp_path: Path, missing: str) -> None:
    entries = unpacked(publisher.update(publisher.pack()))
    del entries[missing]
    found = refused(home, packed(tmp_path / "part.zip", entries))
    assert (found.code, found.facts["file"]) == ("update-entry-missing", missing)


def test_a_damaged_byte_anywhere_is_noticed(home: Path, publisher: Publisher, tmp_path: Path) -> None:
    whole = publisher.update(publisher.pack()).read_bytes()
    path = tmp_path / "damaged.zip"
    for at in range(100, len(whole), len(whole) // 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with pytest.raises(UpdateRefused):
            packs.install(desk_of(home), path)
    assert floor(desk_of(home))[0] == Decimal(3450)


def test_a_region_the_program_came_without_can_be_added(home: Path, publisher: Publisher) -> None:
    pack = publisher.pack({"region": ('id = "yichang"', 'id = "jingzhou"')})
    pack = pack.rename(pack.parent / "jingzhou")
    desk = desk_of(home)
    packs.install(desk, publisher.update(pack), trust=publisher.fingerprint)
    assert "jingzhou" in desk.catalog.ids()
    assert desk.region("jingzhou").folder.is_relative_to(home)


def test_published_with_the_tool_and_installed_in_the_terminal(
    home: Path, publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bureau.__main__ import main as bureau

    def told(code: int, expected: int = 0) -> dict[str, Any]:
        assert code == expected
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    def shebao(*words: str) -> int:
        return run(["--json", "--home", str(home), "regions", *words], desk_of)

    key, out = tmp_path / "publisher.pem", tmp_path / "yichang.zip"
    fingerprint = told(bureau(["publisher-key", str(key)]))["fingerprint"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    words = [
        "--key",
        str(key),
        "--publisher",
        "示例局",
        "--valid-from",
        "2022-01-01",
        "--source",
        "通知",
        "--out",
        str(out),
    ]
    assert told(bureau(["publish", str(publisher.pack()), *words]))["fingerprint"] == fingerprint

    assert told(shebao("install", str(out)), 3)["error"]["code"] == "update-untrusted"
    assert told(shebao("install", str(out), "--trust", fingerprint))["installed"]["version"] == 2
    listed = told(shebao("updates"))
    (used,) = [one for one in listed["regions"] if one["id"] == "yichang"]
    assert (used["version"], used["update"]["publisher"]) == (2, "示例局")
    assert {(one["name"], one["trusted"]) for one in listed["publishers"]} >= {("示例局", True)}
    assert told(shebao("rollback", "yichang"))["removed"]["version"] == 2
    assert told(shebao("rollback", "yichang"), 3)["error"]["code"] == "update-none"


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, entries: dict[str, bytes]) -> Path:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    path.write_bytes(stream.getvalue())
    return path
