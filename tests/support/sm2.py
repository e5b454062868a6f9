"""An authority that signs with SM2, by the openssl command, and a UKey with an SM2 key for its certificates."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pkcs11_drivers import Registry, UKeys
from tests.support.native import compiled, need

ID = "1234567812345678"
PIN = "135790"
RAW = 'key_type = 0x80000004\nmechanism = 0x80008104\nhash = "host"\nsignature = "raw"\n'
_FAMILY = """
name = "国密测试驱动"
source = "compiled by the tests"
verified = false
[[module]]
platform = "linux"
files = ["{name}"]
folders = ["{folder}"]
"""
_CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sm3
default_crl_days = 30
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
[unit]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = clientAuth
1.2.156.10260.4.1.4 = ASN1:UTF8String:{code}
"""


@dataclass(frozen=True)
class Sm2Authority:
    """Its files lie in ``folder``: the certificate, the list of what it revoked, and the unit's key and certificate."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, unit_name: str, credit_code: str) -> Sm2Authority:
        """A fresh authority, and a unit's key with its certificate."""
        need(there=shutil.which("openssl") is not None, what="openssl")
        folder.mkdir(parents=True)
        text = _CONFIGURATION.format(folder=folder, code=credit_code)
        (folder / "openssl.cnf").write_text(text, encoding="utf-8")
        (folder / "index.txt").touch()
        (folder / "crlnumber").write_text("01\n")
        authority = cls(folder)
        for name in ("ca", "unit"):
            authority._run("ecparam", "-name", "SM2", "-genkey", "-noout", "-out", f"{name}.key")
        signs = ["-sm3", "-sigopt", f"distid:{ID}"]
        request = ["req", "-config", "openssl.cnf", "-utf8", "-new", *signs]
        authority._run(
            *request, "-x509", "-days", "3000", "-key", "ca.key", "-subj", "/C=CN/CN=国密训练CA", "-extensions",
            "authority", "-out", "ca.pem",
        )  # fmt: skip
        authority._run(*request, "-key", "unit.key", "-subj", f"/C=CN/O={unit_name}/CN={unit_name}", "-out", "unit.csr")
        authority._run(
            "x509", "-req", "-in", "unit.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "365",
            *signs, "-vfyopt", f"distid:{ID}", "-extfile", "openssl.cnf", "-extensions", "unit", "-out", "unit.pem",
        )  # fmt: skip
        authority._run("x509", "-in", "unit.pem", "-outform", "DER", "-out", "unit.der")
        authority.publish()
        return authority

    @property
    def certificate(self) -> bytes:
        """The unit's certificate in DER."""
        return (self.folder / "unit.der").read_bytes()

    def publish(self, *, revoke: bool = False) -> None:
        """Publish the revocation list, with the unit's certificate on it or not."""
        common = ["ca", "-config", "openssl.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-sigopt", f"distid:{ID}"]
        if revoke:
            self._run(*common, "-revoke", "unit.pem")
        self._run(*common, "-gencrl", "-md", "sm3", "-out", "ca.crl")

    def lay_into(self, pki: Path) -> None:
        """Let a bureau accept its certificates."""
        shutil.copy(self.folder / "ca.pem", pki / "unit-ca-sm2.pem")
        shutil.copy(self.folder / "ca.crl", pki / "unit-ca-sm2.crl")

    def sign(self, message: bytes) -> bytes:
        """A signature by the unit's key in DER, as OpenSSL makes it."""
        (self.folder / "message").write_bytes(message)
        self._run(
            "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{ID}", "-inkey", "unit.key", "-in",
            "message", "-out", "signature",
        )  # fmt: skip
        return (self.folder / "signature").read_bytes()

    def ukeys(self, way: str = RAW, mechanisms: str = "0x80008104") -> UKeys:
        """The unit's UKey, served by a module that has these mechanisms, of a family whose TOML tells this way."""
        module = compiled("sm2_module.c", "crypto")
        family = self.folder / "guomi.toml"
        section = f"[[sm2]]\n{way}" if way else ""
        family.write_text(_FAMILY.format(name=module.name, folder=module.parent) + section, encoding="utf-8")
        (self.folder / "pin").write_text(PIN)
        environment = {
            **os.environ,
            "SM2_KEY": str(self.folder / "unit.key"),
            "SM2_CERTIFICATE": str(self.folder / "unit.der"),
            "SM2_PIN": str(self.folder / "pin"),
            "SM2_MECHANISMS": mechanisms,
        }
        return UKeys(Registry.load([family]).only("guomi"), environment=environment)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
