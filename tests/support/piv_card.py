"""A smart card of the PIV standard (NIST SP 800-73-4) that lives in a process, for pcscd's virtual reader (vsmartcard).

Started as ``python piv_card.py FOLDER PORT``, it connects to the reader on that port at a line ``in`` on standard input
and lets go at a line ``out``: that is inserting the card and pulling it. FOLDER holds ``key.der`` (RSA 2048, PKCS #8),
``certificate.der`` and ``state.json`` (``pin``, ``tries``), which the card keeps up to date. It can what OpenSC asks of
it: select, read objects, verify and change the PIN, sign.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

TRIES = 3
# The answer to reset of a card that OpenSC's PIV driver takes for its own.
_ANSWER_TO_RESET = bytes.fromhex("3BFC1300008131FE15597562696B65794E454F7233E1")
_PIV = bytes.fromhex("A000000308")
_GOOD, _NOT_FOUND, _WRONG_REFERENCE = b"\x90\x00", b"\x6a\x82", b"\x6a\x88"
_BLOCKED, _NOT_ALLOWED, _UNKNOWN = b"\x69\x83", b"\x69\x82", b"\x6d\x00"
_SELECT, _GET_DATA, _VERIFY, _CHANGE, _AUTHENTICATE, _GET_RESPONSE = 0xA4, 0xCB, 0x20, 0x24, 0x87, 0xC0
_VERSION, _SERIAL = 0xFD, 0xF8
_CHAINED = 0x10
_SIGNING_KEY = 0x9C
_RESET_CODES, _ANSWER_CODE = {0, 1, 2}, 4


def tlv(tag: str, value: bytes) -> bytes:
    """One element of BER-TLV; ``tag`` in hexadecimal."""
    length = len(value)
    short = bytes([length]) if length < 0x80 else b"\x82" + struct.pack(">H", length)
    return bytes.fromhex(tag) + short + value


def keep_state(file: Path, pin: str, tries: int) -> None:
    """Write what the card goes by; in one step, as test and card both write it and the card may be reading."""
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"pin": pin, "tries": tries}), "ascii")
    draft.replace(file)


class Card:
    """The card: what it holds, and where a conversation with it stands."""

    def __init__(self, folder: Path) -> None:
        """Take key, certificate and state from ``folder``."""
        self._state_file = folder / "state.json"
        key = load_der_private_key((folder / "key.der").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._numbers = key.private_numbers()
        certificate = (folder / "certificate.der").read_bytes()
        holder = hashlib.sha256(certificate).digest()[:16]
        kept = tlv("53", tlv("70", certificate) + tlv("71", b"\x00") + tlv("FE", b""))
        unique = tlv("30", bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")) + tlv("34", holder)
        capability = tlv("F0", b"\xa0\x00\x00\x01\x16\xff\x02" + holder[:14]) + tlv("F1", b"\x21") + tlv("F5", b"\x10")
        self._objects = {
            "5FC102": tlv("53", unique + tlv("35", b"20400101") + tlv("3E", b"") + tlv("FE", b"")),
            "5FC107": tlv("53", capability + tlv("FE", b"")),
            "5FC10A": kept,
            "7E": tlv("7E", tlv("4F", bytes.fromhex("A000000308000010000100")) + tlv("5F2F", b"\x40\x00")),
        }
        self.reset()

    def reset(self) -> None:
        """Power was cut: nobody is verified any more."""
        self._verified = False
        self._rest = b""
        self._chain = b""

    def answer(self, command: bytes) -> bytes:
        """The response to a command APDU."""
        kind, instruction, first, second = command[:4]
        body, expected = _body_of(command)
        if instruction == _GET_RESPONSE:
            return self._told(self._rest, expected)
        self._chain += body
        if kind & _CHAINED:
            return _GOOD
        body, self._chain = self._chain, b""
        does: dict[int, Callable[[], bytes]] = {
            _SELECT: lambda: self._told(self._application(), expected) if body.startswith(_PIV) else _NOT_FOUND,
            _GET_DATA: lambda: self._object(body, expected),
            _VERIFY: lambda: self._verify(first, second, body),
            _CHANGE: lambda: self._change(body),
            _AUTHENTICATE: lambda: self._sign(body, expected) if second == _SIGNING_KEY else _NOT_FOUND,
            _VERSION: lambda: b"\x04\x03\x05" + _GOOD,
            _SERIAL: lambda: b"\x00\x12\xd6\x87" + _GOOD,
        }
        return does[instruction]() if instruction in does else _UNKNOWN

    def _object(self, body: bytes, expected: int | None) -> bytes:
        found = self._objects.get(body[2 : 2 + body[1]].hex().upper())
        return _NOT_FOUND if found is None else self._told(found, expected)

    def _told(self, data: bytes, expected: int | None) -> bytes:
        most = expected or 256
        self._rest = data[most:]
        if self._rest:
            return data[:most] + bytes([0x61, len(self._rest) if len(self._rest) < 256 else 0])
        return data + _GOOD

    @staticmethod
    def _application() -> bytes:
        name = tlv("4F", bytes.fromhex("000010000100")) + tlv("79", tlv("4F", _PIV)) + tlv("50", b"PIV of the tests")
        return tlv("61", name)

    # --- PIN

    def _state(self) -> tuple[str, int]:
        state = json.loads(self._state_file.read_text("ascii"))
        return str(state["pin"]), int(state["tries"])

    def _keep(self, pin: str, tries: int) -> None:
        keep_state(self._state_file, pin, tries)

    def _try(self, offered: bytes) -> bytes:
        """One try at the PIN; counted before it is compared."""
        pin, tries = self._state()
        if tries == 0:
            return _BLOCKED
        good = offered.rstrip(b"\xff") == pin.encode()
        tries = TRIES if good else tries - 1
        self._keep(pin, tries)
        if good:
            return _GOOD
        return bytes([0x63, 0xC0 | tries]) if tries else _BLOCKED

    def _verify(self, first: int, reference: int, body: bytes) -> bytes:
        if reference not in {0x80, 0x00}:
            return _WRONG_REFERENCE
        if first == 0xFF:
            self._verified = False
            return _GOOD
        if not body:
            tries = self._state()[1]
            return _GOOD if self._verified else bytes([0x63, 0xC0 | tries]) if tries else _BLOCKED
        told = self._try(body)
        self._verified = told == _GOOD
        return told

    def _change(self, body: bytes) -> bytes:
        told = self._try(body[:8])
        if told == _GOOD:
            self._keep(body[8:16].rstrip(b"\xff").decode("ascii"), TRIES)
        return told

    # --- key

    def _sign(self, body: bytes, expected: int | None) -> bytes:
        if not self._verified:
            return _NOT_ALLOWED
        start = body.index(b"\x81\x82\x01\x00") + 4
        padded = int.from_bytes(body[start : start + 256], "big")
        signature = pow(padded, self._numbers.d, self._numbers.public_numbers.n).to_bytes(256, "big")
        return self._told(tlv("7C", tlv("82", signature)), expected)


def _body_of(command: bytes) -> tuple[bytes, int | None]:
    """Data and expected length of an APDU in short or extended form (ISO 7816-4)."""
    if len(command) <= 5:
        return b"", command[4] if len(command) == 5 else None
    if command[4] == 0 and len(command) > 7:
        length = struct.unpack(">H", command[5:7])[0]
        return command[7 : 7 + length], 65536 if len(command) > 7 + length else None
    length = command[4]
    return command[5 : 5 + length], command[5 + length] if len(command) > 5 + length else None


def serve(card: Card, reader: socket.socket) -> None:
    """Speak vpcd's protocol until the reader is gone: each message after its length in two bytes."""

    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = reader.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    while True:
        message = exactly(struct.unpack(">H", exactly(2))[0])
        if len(message) == 1 and message[0] in _RESET_CODES:
            card.reset()
            continue
        told = _ANSWER_TO_RESET if message == bytes([_ANSWER_CODE]) else card.answer(message)
        reader.sendall(struct.pack(">H", len(told)) + told)


def main(folder: Path, port: int) -> None:
    """Insert the card of ``folder`` at each line ``in`` and pull it at each line ``out``; every line is echoed."""
    reader: socket.socket | None = None
    for line in sys.stdin:
        if line.strip() == "in":
            reader = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=_serve_until_pulled, args=(Card(folder), reader), daemon=True).start()
        elif reader is not None:
            reader.shutdown(socket.SHUT_RDWR)
            reader.close()
        sys.stdout.write(line)
        sys.stdout.flush()


def _serve_until_pulled(card: Card, reader: socket.socket) -> None:
    with contextlib.suppress(EOFError, OSError):
        serve(card, reader)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
