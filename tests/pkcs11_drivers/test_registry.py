"""Which modules exist: data that a stranger can add to."""

import os
import platform
import struct
from pathlib import Path

import pytest

from pkcs11_drivers import Algorithm, PinEntry, Registry, SkipReason, UKeys
from pkcs11_drivers.family_file import VendorFileError, parse_vendor

MINIMAL = 'name = "示例"\nsource = "made up"\nverified = false\n'


def test_the_families_are_there_and_only_what_was_run_is_called_verified() -> None:
    registry = Registry.load()

    assert {vendor.id for vendor in registry.vendors} >= {
        "softhsm",
        "opensc",
        "feitian",
        "longmai",
        "watchdata",
        "haitai",
        "zjca",
    }
    assert [vendor.id for vendor in registry.vendors if vendor.verified] == ["opensc", "softhsm"]
    assert all(vendor.source for vendor in registry.vendors)


def test_a_family_is_added_with_a_file_and_no_python(tmp_path: Path) -> None:
    module = tmp_path / "Program Files" / "示例" / "p11.so"
    module.parent.mkdir(parents=True)
    module.touch()
    file = tmp_path / "example.toml"
    file.write_text(
        MINIMAL
        + """
[[module]]
platform = "linux"
files = ["other.so", "p11.so"]
folders = ["%NOT_SET%/x", "%ProgramFiles%/示例"]

[recognise]
manufacturer = ["Example*"]

[pin]
entry = "protected-path"
minimum = 6
maximum = 8

[mechanisms]
RS256 = ["RSA_PKCS"]
ES256 = []
""",
        encoding="utf-8",
    )
    registry = Registry.load([file])

    located = registry.only("example").locate({"PROGRAMFILES": str(tmp_path / "Program Files")}, "linux")

    assert [(one.vendor.id, one.path) for one in located.installed] == [("example", module)]
    vendor = registry.vendor("example")
    assert (vendor.pin_entry, vendor.pin_minimum, vendor.pin_maximum) == (PinEntry.PROTECTED_PATH, 6, 8)
    assert vendor.mechanisms[Algorithm.RS256] == ("RSA_PKCS",)
    assert vendor.mechanisms[Algorithm.ES256] == ()
    assert vendor.mechanisms[Algorithm.PS256] == ("SHA256_RSA_PKCS_PSS", "RSA_PKCS_PSS")
    assert vendor.recognises("EXAMPLE Ltd", "any model")
    assert not vendor.recognises("Somebody else", "any model")


def test_a_file_reached_by_two_names_is_one_module(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "p11.so").touch()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    file = tmp_path / "example.toml"
    folders = f'["{tmp_path}/a", "{tmp_path}/b"]'
    file.write_text(MINIMAL + f'[[module]]\nplatform = "linux"\nfiles = ["p11.so"]\nfolders = {folders}\n')

    assert len(Registry.load([file]).only("example").locate({}, "linux").installed) == 1


def test_a_family_that_is_not_here_is_told_with_what_was_looked_for_and_where() -> None:
    (absent,) = Registry.load().only("feitian").locate(os.environ, "win32").absent

    assert absent.vendor.id == "feitian"
    assert "eps2003csp11.dll" in absent.files
    assert "System32" in absent.folders


def test_a_family_of_other_systems_is_told_as_such() -> None:
    (absent,) = Registry.load().only("feitian").locate({}, "linux").absent

    assert "eps2003csp11.dll" in absent.files
    assert absent.folders == "没有给 linux 的 [[module]]"


def test_a_faulty_file_of_this_computer_keeps_no_other_family_away(tmp_path: Path) -> None:
    sound, slip, torn = (tmp_path / f"{name}.toml" for name in ("sound", "softhsm", "torn"))
    sound.write_text(MINIMAL, "utf-8")
    slip.write_text(MINIMAL + "[quirk]\n", "utf-8")
    torn.write_bytes(b'name = "\xff')
    registry = Registry.load([sound, slip, torn, tmp_path / "gone.toml"])

    assert registry.vendor("sound").own
    assert not registry.vendor("softhsm").own, "the one that is shipped serves on"
    assert [one.path.name for one in registry.faulty] == ["softhsm.toml", "torn.toml", "gone.toml"]
    assert registry.faulty[0].fault == "softhsm.toml：不认识 quirk（是不是 quirks？）"


def test_a_picked_module_belongs_to_the_family_its_name_tells() -> None:
    registry = Registry.load().with_module(Path("/opt/WDPKCS.dll")).with_module(Path("/opt/unheard-of.so"))

    vendors = [one.vendor.id for one in registry.locate({}, "linux").installed[:2]]

    assert vendors == ["watchdata", "picked"]


@pytest.mark.parametrize(
    "fault",
    [
        'colour = "red"\n',
        '[quirks]\npresense = "slots"\n',
        '[quirks]\npresence = "guess"\n',
        '[pin]\nentry = "shouted"\n',
        '[mechanisms]\nRS512 = ["SHA512_RSA_PKCS"]\n',
        '[[module]]\nplatform = "beos"\nfiles = []\nfolders = []\n',
        '[[module]]\nplatform = "linux"\nbits = 16\nfiles = []\nfolders = []\n',
        "verified = [\n",
    ],
)
def test_a_faulty_file_is_refused_by_name(fault: str) -> None:
    with pytest.raises(VendorFileError, match=r"example\.toml"):
        parse_vendor("example", MINIMAL + fault)


_HERE = '[[module]]\nplatform = "linux"\nfiles = ["p11.so"]\n'


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (
            _HERE + 'folder = ["/opt"]\n',
            "[[module]] 不认识 folder（是不是 folders？）；[[module]] 少了 folders",
        ),
        (_HERE + 'folders = "/opt"\n', "[[module]] folders 应为一列文字 [\"…\"]，写的是 '/opt'"),
        (_HERE + "folders = [1]\n", '[[module]] folders 应为一列文字 ["…"]，写的是 [1]'),
        (
            _HERE.replace("linux", "Linux") + 'folders = ["/opt"]\n',
            "[[module]] platform 应为其中之一：linux、windows、macos，写的是 'Linux'",
        ),
        ('[module]\nplatform = "linux"\n', "[module] 要写在双中括号里：[[module]]"),
        ("[[pin]]\nminimum = 6\n", "pin 只写一次，写在单中括号里：[pin]"),
        ('[pin]\nentry = "type"\n', "[pin] entry 应为其中之一：typed、protected-path，写的是 'type'"),
        ('[pin]\nminimum = "6"\n', "[pin] minimum 应为不超过 32 位的整数，写的是 '6'"),
        ("[pin]\ntries = true\n", "[pin] tries 应为不超过 32 位的整数，写的是 True"),
        ("recognize = 1\n", "不认识 recognize（是不是 recognise？）"),
        ("[[sm2]]\nkey_type = -1\n", "[[sm2]] key_type 应为不超过 32 位的整数，写的是 -1"),
        ("[[sm2]]\nkey_type = 0x1" + "0" * 9 + "\n", "[[sm2]] key_type 应为不超过 32 位的整数"),
        ("[[sm2]]\nkey_type = 0x" + "f" * 9000 + "\n", "写的是 一个长得没有尽头的数"),
        ("[pin]\nminimum = " + "9" * 5000 + "\n", "不合 TOML 的写法"),
        ("[pin]\nminimum = 9\nmaximum = 8\n", "[pin] minimum（9）大于 maximum（8）"),
        ("notes = " + "[" * 5000 + "]" * 5000 + "\n", "不合 TOML 的写法"),
        ("x" * 30_000 + " = 1\n", "不认识 " + "x" * 60),
        ('notes = "' + "长" * 9000 + '"\n', "长…"),
        ("name = \n", "第 4 行第 8 列"),
        (_HERE + 'folders = ["/opt\\u0000"]\n', "folders 应为一列文字"),
    ],
    ids=lambda told: told[:40],
)
def test_each_fault_is_told_in_words_of_the_file(slip: str, said: str) -> None:
    with pytest.raises(VendorFileError) as refused:
        parse_vendor("example", MINIMAL + slip)

    assert said in str(refused.value)


def test_a_family_has_a_name_that_can_be_read() -> None:
    with pytest.raises(VendorFileError, match="name 应为一个名称"):
        parse_vendor("example", MINIMAL.replace("示例", " "))


def test_a_windows_path_in_double_quotes_is_told_with_the_remedy() -> None:
    module = '[[module]]\nplatform = "windows"\nfiles = ["p11.dll"]\nfolders = ["C:\\Program Files"]\n'

    with pytest.raises(VendorFileError, match="单引号"):
        parse_vendor("example", MINIMAL + module)


@pytest.mark.parametrize("missing", ["name", "source", "verified"])
def test_what_every_family_must_tell_is_asked_for(missing: str) -> None:
    text = "".join(line for line in MINIMAL.splitlines(keepends=True) if not line.startswith(missing))

    with pytest.raises(VendorFileError, match=missing):
        parse_vendor("example", text)


def header(magic: bytes, at: int, machine: int, order: str) -> bytes:
    head = bytearray(256)
    head[: len(magic)] = magic
    struct.pack_into(f"{order}H", head, at, machine)
    return bytes(head)


PE = b"MZ".ljust(0x3C, b"\0") + (0x80).to_bytes(4, "little") + b"\0" * 0x40 + b"PE\0\0"
FOREIGN = "aarch64" if platform.machine() == "x86_64" else "x86_64"
NUMBERS = {"aarch64": (183, 0xAA64), "x86_64": (62, 0x8664)}


@pytest.mark.parametrize(
    ("head", "reason", "detail"),
    [
        (header(b"\x7fELF\x01\x01", 18, 3, "<"), SkipReason.WRONG_BITS, "32 bit"),
        (header(PE, 0x84, 0x14C, "<"), SkipReason.WRONG_BITS, "32 bit"),
        (header(b"\x7fELF\x02\x01", 18, NUMBERS[FOREIGN][0], "<"), SkipReason.WRONG_MACHINE, FOREIGN),
        (header(b"\x7fELF\x02\x01", 18, 258, "<"), SkipReason.WRONG_MACHINE, "loongarch64"),
        (header(PE, 0x84, NUMBERS[FOREIGN][1], "<"), SkipReason.WRONG_MACHINE, FOREIGN),
        (b"\x7fELF", SkipReason.LOAD_FAILED, ""),
        (b"MZ", SkipReason.LOAD_FAILED, ""),
        (None, SkipReason.NOT_INSTALLED, ""),
    ],
    ids=range(8),
)
def test_a_module_of_another_kind_is_told_by_its_own_head(
    tmp_path: Path, head: bytes | None, reason: SkipReason, detail: str
) -> None:
    """The loader's own words for all of them are that the file is not there."""
    module = tmp_path / "p11.so"
    if head is not None:
        module.write_bytes(head)
    with UKeys(Registry(()).with_module(module)) as ukeys:
        (skipped,) = ukeys.scan().skipped

    assert skipped.reason is reason
    assert detail in skipped.detail


def test_no_path_that_a_file_may_name_keeps_the_other_families_away(tmp_path: Path) -> None:
    loop, ring = tmp_path / "loop.so", tmp_path / "ring.so"
    for one in (loop, ring):
        one.symlink_to(one)
    file = tmp_path / "odd.toml"
    file.write_text(
        MINIMAL
        + '[[module]]\nplatform = "linux"\n'
        + f'files = ["ring.so", "{"x" * 5000}", ""]\n'
        + f'folders = ["{tmp_path}", "~nobody-of-this-name/lib", "%UNSET%"]\n',
        "utf-8",
    )
    registry = Registry.load([file]).with_module(loop).only("odd")
    with UKeys(registry) as ukeys:
        reasons = {one.vendor: one.reason for one in ukeys.scan().skipped}

    assert reasons == {"picked": SkipReason.NOT_INSTALLED, "odd": SkipReason.NOT_INSTALLED}


def test_what_is_no_file_or_too_long_is_no_familys_file(tmp_path: Path) -> None:
    pipe, folder, long = (tmp_path / f"{name}.toml" for name in ("pipe", "folder", "long"))
    os.mkfifo(pipe)
    folder.mkdir()
    long.write_text(MINIMAL + "#" * 100_000, "utf-8")
    registry = Registry.load([pipe, folder, long])

    assert [one.fault.partition("：")[0] for one in registry.faulty] == ["pipe.toml", "folder.toml", "long.toml"]


def test_of_two_families_for_one_module_the_one_of_this_computer_counts(tmp_path: Path) -> None:
    module = Registry.load().only("softhsm").locate().installed[0].path
    file = tmp_path / "zz.toml"
    file.write_text(
        MINIMAL + f'[[module]]\nplatform = "linux"\nfiles = ["{module.name}"]\nfolders = ["{module.parent}"]\n', "utf-8"
    )

    assert [one.vendor.id for one in Registry.load([file]).only("softhsm", "zz").locate().installed] == ["zz"]
