"""The process that makes one software UKey: initialise, generate keys, hand the public halves out, take certificates.

Two requests on standard input, two answers on standard output, in the form of `pkcs11_drivers.protocol`. PINs come in
the first request, never as arguments. python-pkcs11 cannot initialise a token, so that part calls the module directly.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

import pkcs11
from pkcs11 import Attribute, KeyType, TokenFlag
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
from pkcs11.util.x509 import decode_x509_certificate

from pkcs11_drivers import protocol
from pkcs11_drivers.model import KeyAlgorithm

if TYPE_CHECKING:
    from pkcs11 import Session

_LABEL_LENGTH = 32
_RW_SESSION = 0x6
_SECURITY_OFFICER = 0


class InitialisationError(Exception):
    """The module refused a step of C_InitToken or C_InitPIN."""


def initialise(module: str, slot: int, label: str, so_pin: str, pin: str) -> None:
    """Initialise the token in `slot` and set its user PIN, in the module that is already initialised here.

    Raises:
        InitialisationError: a step was refused.

    """
    calls = ctypes.CDLL(module)
    officer, user = so_pin.encode(), pin.encode()
    padded = label.encode().ljust(_LABEL_LENGTH)
    if len(padded) > _LABEL_LENGTH:
        raise InitialisationError("label longer than 32 bytes")
    session = ctypes.c_ulong()
    _check(calls.C_InitToken(ctypes.c_ulong(slot), officer, ctypes.c_ulong(len(officer)), padded), "C_InitToken")
    _check(
        calls.C_OpenSession(ctypes.c_ulong(slot), ctypes.c_ulong(_RW_SESSION), None, None, ctypes.byref(session)),
        "C_OpenSession",
    )
    _check(calls.C_Login(session, ctypes.c_ulong(_SECURITY_OFFICER), officer, ctypes.c_ulong(len(officer))), "C_Login")
    _check(calls.C_InitPIN(session, user, ctypes.c_ulong(len(user))), "C_InitPIN")
    _check(calls.C_Logout(session), "C_Logout")
    _check(calls.C_CloseSession(session), "C_CloseSession")


def _check(code: int, step: str) -> None:
    if code:
        raise InitialisationError(f"{step}: 0x{code & 0xFFFFFFFF:08x}")


def generate(session: Session, kind: KeyAlgorithm, key_id: bytes) -> bytes:
    """Generate a signing key pair in the token and return the public half as DER SubjectPublicKeyInfo."""
    if kind is KeyAlgorithm.RSA_2048:
        public, _ = session.generate_keypair(KeyType.RSA, 2048, id=key_id, label=f"key-{kind.value}", store=True)
        return bytes(encode_rsa_public_key_info(encode_rsa_public_key(public)))
    if kind is KeyAlgorithm.EC_P256:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        public, _ = parameters.generate_keypair(id=key_id, label=f"key-{kind.value}", store=True)
        return encode_ec_public_key(public)
    raise InitialisationError(f"{kind}: not a key that SoftHSM makes here")


def encode_rsa_public_key_info(key: bytes) -> bytes:
    """Wrap an RSAPublicKey into SubjectPublicKeyInfo."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return _der(0x30, algorithm + _der(0x03, b"\0" + key))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    short = 0x80
    if length < short:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, short | len(size))) + size + content


def store(session: Session, certificate: bytes, key_id: bytes) -> None:
    """Store a certificate beside the key of the same id."""
    attributes = decode_x509_certificate(certificate)
    attributes |= {Attribute.TOKEN: True, Attribute.ID: key_id, Attribute.LABEL: f"certificate-{key_id.hex()}"}
    session.create_object(attributes)


def make(module: str) -> None:
    """Serve the two requests."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def exchange(answer: protocol.JsonObject) -> protocol.JsonObject:
        answers.write(protocol.encode(answer))
        answers.flush()
        return protocol.receive(sys.stdin.buffer) or {}

    order = protocol.receive(sys.stdin.buffer) or {}
    try:
        library = pkcs11.lib(module)
        free = next(slot for slot in library.get_slots() if not slot.get_token().flags & TokenFlag.TOKEN_INITIALIZED)
        initialise(module, free.slot_id, order["label"], order["so_pin"], order["pin"])
        library.reinitialize()
        token = next(library.get_tokens(token_flags=TokenFlag.TOKEN_INITIALIZED))
        with token.open(rw=True, user_pin=order["pin"]) as session:
            ids = [bytes([number]) for number in range(1, len(order["kinds"]) + 1)]
            kinds = [KeyAlgorithm(kind) for kind in order["kinds"]]
            made = [generate(session, kind, key_id) for kind, key_id in zip(kinds, ids, strict=True)]
            issued = exchange({"public_keys": [protocol.pack(public) for public in made]})
            for text, key_id in zip(issued["certificates"], ids, strict=True):
                store(session, protocol.unpack(text), key_id)
    except (PKCS11Error, InitialisationError) as error:
        exchange({"error": f"{type(error).__name__}: {error}"})
        return
    library.finalize()  # everything is on the disk before the answer
    exchange({"done": True})


if __name__ == "__main__":
    make(sys.argv[1])
