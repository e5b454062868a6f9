"""Which modules exist: data that a stranger can add to."""

import os
from pathlib import Path

import pytest

from pkcs11_drivers import Algorithm, PinEntry, Registry
from pkcs11_drivers.registry import VendorFileError, parse_vendor

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


def test_a_family_that_is_not_here_is_told_with_the_names_looked_for() -> None:
    located = Registry.load().only("feitian").locate(os.environ, "win32")

    ((vendor, names),) = located.absent
    assert vendor.id == "feitian"
    assert "eps2003csp11.dll" in names


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


@pytest.mark.parametrize("missing", ["name", "source", "verified"])
def test_what_every_family_must_tell_is_asked_for(missing: str) -> None:
    text = "".join(line for line in MINIMAL.splitlines(keepends=True) if not line.startswith(missing))

    with pytest.raises(VendorFileError, match=missing):
        parse_vendor("example", text)
