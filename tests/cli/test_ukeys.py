"""``shebao ukey …`` on a real SoftHSM: list, add, test, change-pin, and a vendor of one's own."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from pkcs11_drivers import KeyAlgorithm, Registry
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.cli.conftest import Shell
from tests.pkcs11_drivers.conftest import PIN, UNIT, issue

NEW = "73195028"


@pytest.fixture
def softhsm() -> Path:
    return Registry.load().only("softhsm").locate().installed[0].path


@pytest.fixture(autouse=True)
def _plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = SoftKeys(tmp_path / "keys", Registry.load())
    keys.make("示例", PIN, NewKey(KeyAlgorithm.RSA_2048, issue())).plug()
    for name, value in keys.environment.items():
        monkeypatch.setenv(name, value)


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_the_list_tells_what_a_vendors_file_is_written_from(shell: Shell) -> None:
    code, found = shell("ukey", "list")

    (token,) = found["tokens"]
    assert code == 0
    assert (token["vendor"], token["manufacturer"], token["unit_name"]) == ("softhsm", "SoftHSM project", UNIT)
    assert token["vendor_name"].startswith("SoftHSM 2")
    assert all(one["reason"] for one in found["skipped"])


def test_a_vendor_of_ones_own_is_found_named_and_used(shell: Shell, softhsm: Path, tmp_path: Path) -> None:
    module = tmp_path / "driver" / "libacme.so"
    module.parent.mkdir()
    shutil.copy(softhsm, module)
    file = tmp_path / "home" / "ukeys" / "acme.toml"
    file.parent.mkdir(parents=True)
    text = (
        'name = "Acme"\nsource = "made up"\nverified = false\n[recognise]\nmanufacturer = ["SoftHSM*"]\n'
        f'[[module]]\nplatform = "linux"\nfiles = ["libacme.so"]\nfolder = ["{module.parent}"]\n'
    )
    file.write_text(text, "utf-8")
    _, found = shell("ukey", "list")
    (wrong,) = [one for one in found["skipped"] if one["reason"] == "wrong-file"]
    assert "是不是 folders？" in wrong["detail"]
    assert [one["vendor"] for one in found["tokens"]] == ["softhsm"], "the other keys work on"

    file.write_text(text.replace("folder =", "folders =") + "[quirks]\nhide_uninitialised = true\n", "utf-8")
    _, found = shell("ukey", "list")

    (token,) = found["tokens"]
    assert (token["vendor"], token["vendor_name"], token["unit_name"]) == ("acme", "Acme（未核实）", UNIT)


def test_a_driver_that_is_added_is_used_and_says_what_it_saw(shell: Shell, softhsm: Path, tmp_path: Path) -> None:
    module = tmp_path / "libacme.so"
    shutil.copy(softhsm, module)
    code, found = shell("ukey", "add", str(module))

    assert code == 0
    assert f"已添加 libacme.so：看到{UNIT}" in shell.said
    assert {one["module"] for one in found["tokens"]} == {str(module)}
    (tmp_path / "notes.txt").write_text("no driver", "utf-8")
    code, found = shell("ukey", "add", str(tmp_path / "notes.txt"))
    assert (code, found["error"]["code"]) == (2, "driver-no-library")
    (tmp_path / "torn.so").write_bytes(b"\x7fELF" + bytes(100))
    assert shell("ukey", "add", str(tmp_path / "torn.so"))[0] == 0
    assert "已添加 torn.so：驱动装了但打不开" in shell.said


def test_a_key_signs_and_gets_another_pin(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, PIN)
    code, found = shell("ukey", "test", "--pin-stdin")
    assert (code, found["ok"], found["signature_algorithm"]) == (0, True, "RS256")
    types(monkeypatch, PIN, NEW)
    assert shell("ukey", "change-pin", "--pin-stdin")[0] == 0
    types(monkeypatch, PIN)
    code, found = shell("ukey", "test", "--pin-stdin")
    assert code == 4, found
    types(monkeypatch, NEW)

    assert shell("ukey", "test", "--pin-stdin")[1]["ok"] is True
