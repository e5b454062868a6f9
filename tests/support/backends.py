"""Every kind of token that the UKey room is held to, behind one seam: SoftHSM, a smart card, a TPM, NSS.

``CANNOT`` lists what each of them cannot do; the suite asserts it, and docs/ukey.md tells it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from pkcs11_drivers import KeyAlgorithm, Registry, UKeys
from pkcs11_drivers.softkey import NewKey, SoftKeys
from tests.support.native import need
from tests.support.piv_card import TRIES, keep_state

PIN = "246810"
OFFICER_PIN = "12345678"
PATIENCE = 20.0
CANNOT: Mapping[str, Mapping[str, str]] = {
    "SoftHSM": {
        "lock": "wrong PINs never lock it: 53 were tried",
        "lock-flag": "for the same reason",
    },
    "PIV": {
        "count": "OpenSC's flags tell nothing after the first wrong PIN, and FINAL_TRY before the last",
    },
    "TPM": {
        "count": "its flags tell nothing of wrong PINs",
        "lock-flag": "the chip refuses for a while after wrong PINs, and the token's flags do not say so",
        "removal": "it is soldered in",
    },
    "NSS": {
        "count": "its flags tell nothing of wrong PINs",
        "lock": "a database of keys has no count of tries",
        "lock-flag": "for the same reason",
        "removal": "it is a folder that is opened once",
    },
}
Certify = Callable[..., bytes]


@dataclass
class Backend:
    """One token and how a hand reaches it. ``ukeys`` is the program's view, of this module alone."""

    name: str
    ukeys: Callable[[], UKeys]
    pull: Callable[[], None]
    plug: Callable[[], None]
    fresh: Callable[[], None] = field(default=lambda: None)
    """Set PIN and count of tries back, where a test used them up."""

    def can(self, what: str) -> bool:
        """Whether the table does not rule it out."""
        return what not in CANNOT[self.name]


def cannot_be_pulled() -> None:
    """For tokens that are part of the machine."""
    raise AssertionError("this token cannot be pulled")


@contextlib.contextmanager
def softhsm(folder: Path, certify: Certify) -> Iterator[Backend]:
    """Two keys in one software token."""

    def issue(public_key: bytes) -> bytes:
        key = serialization.load_der_public_key(public_key)
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        return certify(key)

    registry = Registry.load().only("softhsm")
    keys = SoftKeys(folder / "softkeys", registry)
    made = keys.make("示例单位", PIN, NewKey(KeyAlgorithm.RSA_2048, issue), NewKey(KeyAlgorithm.EC_P256, issue))
    made.plug()
    environment = {**os.environ, **keys.environment}
    yield Backend("SoftHSM", lambda: UKeys(registry, environment=environment), made.pull, made.plug)


@contextlib.contextmanager
def piv(folder: Path, certify: Certify) -> Iterator[Backend]:
    """A card in a virtual reader, through pcscd and OpenSC."""
    registry = Registry.load().only("opensc")
    need(there=bool(registry.locate().installed), what="OpenSC")
    need(there=shutil.which("pcscd") is not None and os.geteuid() == 0, what="pcscd, and root to run it")
    key = rsa.generate_private_key(65537, 2048)
    (folder / "key.der").write_bytes(_private_der(key))
    (folder / "certificate.der").write_bytes(certify(key.public_key()))

    def fresh() -> None:
        keep_state(folder / "state.json", PIN, TRIES)

    fresh()
    port = _free_port()
    command = [sys.executable, "-P", str(Path(__file__).with_name("piv_card.py")), str(folder), str(port)]
    with _reader_service(port) as environment:
        _until(lambda: _listens(port))
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as hand:

            def move(how: str) -> None:
                assert hand.stdin is not None
                assert hand.stdout is not None
                hand.stdin.write(f"{how}\n")
                hand.stdin.flush()
                assert hand.stdout.readline() == f"{how}\n"

            move("in")
            ukeys = functools.partial(UKeys, registry, environment=environment)
            yield Backend("PIV", ukeys, lambda: move("out"), lambda: move("in"), fresh)
            hand.kill()


_READER = """
FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:{port:#06x}
LIBPATH {driver}
CHANNELID {port:#06x}
"""
_HANDED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""


@contextlib.contextmanager
def _reader_service(port: int) -> Iterator[dict[str, str]]:
    """A pcscd with a virtual reader on a port, and a socket, of its own, so that another may run beside it.

    pcscd's own socket has a fixed name. It takes another from whoever starts it as systemd does: as descriptor 3, with
    variables that say so. What is yielded is the environment in which programs find it.
    """
    driver = _first("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "vpcd")
    with tempfile.TemporaryDirectory(prefix="pcscd-") as own, socket.socket(socket.AF_UNIX) as listening:
        # Not in the tests' folder: the path of a socket is at most 107 bytes long.
        readers, path = Path(own, "readers"), Path(own, "socket")
        readers.mkdir()
        (readers / "vpcd").write_text(_READER.format(port=port, driver=driver), "ascii")
        listening.bind(str(path))
        listening.listen()
        handed = [sys.executable, "-c", _HANDED, str(listening.fileno())]
        service = ["pcscd", "--foreground", "--force-reader-polling", "--config", str(readers)]
        with _running([*handed, *service], pass_fds=(listening.fileno(),)):
            yield {**os.environ, "PCSCLITE_CSOCK_NAME": str(path)}


@contextlib.contextmanager
def tpm(folder: Path, certify: Certify) -> Iterator[Backend]:
    """A TPM in software behind a resource manager on a message bus of its own, through tpm2-pkcs11."""
    for program in ("swtpm", "tpm2-abrmd", "tpm2_ptool", "dbus-daemon"):
        need(there=shutil.which(program) is not None, what=program)
    state, store = folder / "state", folder / "store"
    state.mkdir()
    store.mkdir()
    port = _free_port()
    bus = f"unix:path={folder}/bus"
    environment = {
        **os.environ,
        "DBUS_SESSION_BUS_ADDRESS": bus,
        "TPM2TOOLS_TCTI": "tabrmd:bus_type=session",
        "TPM2_PKCS11_TCTI": "tabrmd:bus_type=session",
        "TPM2_PKCS11_STORE": str(store),
        "TPM2_PKCS11_LOG_LEVEL": "0",
    }
    chip = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear"]
    chip += ["--ctrl", f"type=tcp,port={port + 1}", "--server", f"type=tcp,port={port}"]
    manager = ["tpm2-abrmd", "--session", f"--tcti=swtpm:host=127.0.0.1,port={port}"]
    manager += ["--allow-root"] if os.geteuid() == 0 else []
    with contextlib.ExitStack() as services:
        services.enter_context(_running(["dbus-daemon", "--session", "--nofork", f"--address={bus}"]))
        services.enter_context(_running(chip))
        # The manager gives up at once where either is not there yet.
        _until(lambda: Path(folder, "bus").exists() and _listens(port) and _listens(port + 1))
        services.enter_context(_running(manager, environment))
        _until(lambda: _speaks(environment))
        key = rsa.generate_private_key(65537, 2048)
        _make_tpm_token(folder, environment, key, certify(key.public_key()))
        family = _family(folder, "tpm", _first("/usr/lib/*/pkcs11/libtpm2_pkcs11.so*", "tpm2-pkcs11"))
        yield Backend("TPM", lambda: UKeys(family, environment=environment), cannot_be_pulled, cannot_be_pulled)


#: Whom a host runs as that must not be root.
NOBODY = 65534


@contextlib.contextmanager
def nss(_: Path, certify: Certify) -> Iterator[Backend]:
    """NSS's database of keys, through p11-kit's proxy, which hands softokn the arguments that it wants."""
    need(there=shutil.which("pk12util") is not None, what="libnss3-tools")
    with tempfile.TemporaryDirectory(prefix="nss-") as own:
        # Not in the tests' folder: where they run as root, nobody else can look into that.
        yield _nss(Path(own), certify)


def _nss(folder: Path, certify: Certify) -> Backend:
    database, home = folder / "db", folder / "home"
    database.mkdir()
    (home / ".config/pkcs11/modules").mkdir(parents=True)
    (folder / "pin").write_text(PIN + "\n")
    key = rsa.generate_private_key(65537, 2048)
    certificate = x509.load_der_x509_certificate(certify(key.public_key()))
    packed = pkcs12.serialize_key_and_certificates(
        b"unit", key, certificate, None, serialization.BestAvailableEncryption(b"transport")
    )
    (folder / "unit.p12").write_bytes(packed)
    _do(["certutil", "-N", "-d", f"sql:{database}", "-f", str(folder / "pin")])
    imported = ["-k", str(folder / "pin"), "-W", "transport"]
    _do(["pk12util", "-i", str(folder / "unit.p12"), "-d", f"sql:{database}", *imported])
    softokn = _first("/usr/lib/*/libsoftokn3.so", "NSS")
    (home / ".config/pkcs11/pkcs11.conf").write_text("user-config: only\n")
    (home / ".config/pkcs11/modules/nss.module").write_text(
        f"module: {softokn}\n"
        f"x-init-reserved: configdir='sql:{database}' certPrefix='' keyPrefix='' secmod='secmod.db'\n"
    )
    family = _family(folder, "nss", _first("/usr/lib/*/p11-kit-proxy.so", "p11-kit's proxy"))
    environment = {**os.environ, "HOME": str(home)}
    if os.geteuid() == 0:
        for one in (folder, *folder.rglob("*")):
            os.chown(one, NOBODY, NOBODY)
    return Backend("NSS", lambda: UKeys(family, environment=environment), cannot_be_pulled, cannot_be_pulled)


MAKERS = {"SoftHSM": softhsm, "PIV": piv, "TPM": tpm, "NSS": nss}


def _make_tpm_token(folder: Path, environment: Mapping[str, str], key: rsa.RSAPrivateKey, certificate: bytes) -> None:
    pem, crt = folder / "key.pem", folder / "unit.pem"
    form, none = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    encoded = x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)
    crt.write_bytes(encoded)
    tool, at = "tpm2_ptool", ["--path", environment["TPM2_PKCS11_STORE"]]
    _do([tool, "init", *at], environment)
    _do([tool, "addtoken", "--pid", "1", "--sopin", OFFICER_PIN, "--userpin", PIN, "--label", "unit", *at], environment)
    imported = ["--label", "unit", "--userpin", PIN, "--key-label", "sign", "--id", "01"]
    _do([tool, "import", "--algorithm", "rsa", "--privkey", str(pem), *imported, *at], environment)
    _do([tool, "addcert", "--label", "unit", "--key-label", "sign", *at, str(crt)], environment)


def _family(folder: Path, name: str, module: Path) -> Registry:
    file = folder / f"{name}.toml"
    file.write_text(
        f'name = "{name}"\nsource = "run by the tests"\nverified = true\n'
        f'[[module]]\nplatform = "linux"\nfiles = ["{module.name}"]\nfolders = ["{module.parent}"]\n'
        "[quirks]\nhide_uninitialised = true\n",
        encoding="utf-8",
    )
    return Registry.load([file]).only(name)


def _private_der(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def _first(pattern: str, what: str) -> Path:
    found = sorted(Path("/").glob(pattern[1:]))
    need(there=bool(found), what=what)
    return found[0]


def _do(command: list[str], environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"{command[:2]}: {done.stdout}{done.stderr}"


@contextlib.contextmanager
def _running(
    command: list[str], environment: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()
) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, pass_fds=pass_fds
    ) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "a service of the tests did not come up"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    """Whether somebody listens on a local port; by the kernel's table, as knocking would insert a card."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    return any(int(row[1].rsplit(":", 1)[1], 16) == port and row[3] == "0A" for row in rows)


def _speaks(environment: Mapping[str, str]) -> bool:
    asked = subprocess.run(
        ["tpm2_getcap", "properties-fixed"], env=environment, capture_output=True, check=False, timeout=10
    )
    return asked.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
