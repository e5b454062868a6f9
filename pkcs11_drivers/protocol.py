"""The pipe between client and host: one JSON object a line, bounded, binary as base64.

Kept this plain so that a 32-bit host, or one written in another language, can serve a vendor's 32-bit module.

Request: `{"id": 7, "op": "sign", "limit": 20.0, ...}`; answer: `{"id": 7, "result": {...}}` or
`{"id": 7, "error": {"kind": "TokenRemoved", ...}}`. `limit` is in seconds: a host that is stuck beyond it, with its
client gone, ends by itself.
"""

from __future__ import annotations

import binascii
import json
from typing import IO, Any

MAX_LINE = 16 * 1024 * 1024
"""Longest line in bytes; a message of `MAX_MESSAGE` in base64 fits with room to spare."""
MAX_MESSAGE = 8 * 1024 * 1024
"""Longest message to sign, in bytes."""

JsonObject = dict[str, Any]
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
"""Kept: json.dumps makes a new one for each message that is not written in its default way."""
_DECODER = json.JSONDecoder()


class ProtocolError(Exception):
    """The other side sent something that is not a line of this protocol."""


def encode(message: JsonObject) -> bytearray:
    """Return the line for one message; a bytearray, so that one holding a PIN can be overwritten after use."""
    line = bytearray(_ENCODER.encode(message), "ascii")
    line.append(0x0A)
    return line


def receive(stream: IO[bytes]) -> JsonObject | None:
    """Read one message; None at the end of the stream.

    Raises:
        ProtocolError: the line is too long, cut off, or no JSON object.

    """
    line = stream.readline(MAX_LINE + 1)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise ProtocolError("line too long or cut off")
    return decode(line)


def decode(line: bytes) -> JsonObject:
    """Read the message in one line.

    Raises:
        ProtocolError: it is no JSON object.

    """
    try:
        text = line.decode("utf-8").strip()
        message, end = _DECODER.raw_decode(text)
    except ValueError as error:
        # "from None": the decoder's error quotes the line, and the line may hold a PIN
        raise ProtocolError(f"not JSON: {type(error).__name__}") from None
    if end != len(text) or not isinstance(message, dict):
        raise ProtocolError("not an object")
    return message


def opened(message: JsonObject) -> bytes:
    """Return a request all but its end, which `signing_request` adds: what is the same from signature to signature."""
    return _ENCODER.encode(message).removesuffix("}").encode("ascii")


def signing_request(opening: bytes, number: int, message: bytes) -> bytearray:
    """Return the line that asks for a signature, as `encode` would of `opening` with "id" and "message" at its end.

    With `signature_answer` this is what a signature costs beyond the key's own work: dictionaries that are made, merged
    and written for each took as long as the change of processes.
    """
    return bytearray(b'%b,"id":%d,"message":"%b"}\n' % (opening, number, binascii.b2a_base64(message, newline=False)))


def signature_answer(number: int, signature: bytes) -> bytes:
    """Return the line that answers with a signature, as `encode` would."""
    return b'{"id":%d,"result":{"signature":"%b"}}\n' % (number, binascii.b2a_base64(signature, newline=False))


def pack(data: bytes) -> str:
    """Return bytes as base64 text."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unpack(text: object) -> bytes:
    """Return the bytes behind base64 text.

    Raises:
        ProtocolError: not base64 text.

    """
    if not isinstance(text, str):
        raise ProtocolError("base64 text expected")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise ProtocolError("not base64") from error
