"""The pipe between client and host: one JSON object a line, bounded, binary as base64.

Kept this plain so that a 32-bit host, or one written in another language, can serve a vendor's 32-bit module.

Request: `{"id": 7, "op": "sign", "limit": 20.0, ...}`; answer: `{"id": 7, "result": {...}}` or
`{"id": 7, "error": {"kind": "TokenRemoved", ...}}`. `limit` is in seconds: a host that is stuck beyond it, with its
client gone, ends by itself.
"""

from __future__ import annotations

import base64
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
        message = json.loads(line)
    except ValueError as error:
        # "from None": the decoder's error quotes the line, and the line may hold a PIN
        raise ProtocolError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise ProtocolError("not an object")
    return message


def pack(data: bytes) -> str:
    """Return bytes as base64 text."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: object) -> bytes:
    """Return the bytes behind base64 text.

    Raises:
        ProtocolError: not base64 text.

    """
    if not isinstance(text, str):
        raise ProtocolError("base64 text expected")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ProtocolError("not base64") from error
