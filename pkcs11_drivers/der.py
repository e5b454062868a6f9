"""Reading DER as certificates of Chinese CAs really hold it.

Their certificates put Chinese text into PrintableString, numbers without any wrapping into extensions, and SM2 curves
that cryptography refuses; a strict parser then shows the clerk nothing at all. This reader only looks: whether to
believe a certificate is the bureau's decision, made with a strict library.
"""

from __future__ import annotations

from dataclasses import dataclass

from pkcs11_drivers.readable import readable

_CONSTRUCTED = 0x20
_LONG_FORM = 0x80
_OCTET_STRING = 0x04
_BIT_STRING = 0x03
_TEXT_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "utf-8",
    0x14: "utf-8",
    0x16: "utf-8",
    0x1A: "utf-8",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_DEEPEST = 16


class DerError(ValueError):
    """The bytes are not DER."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag byte and its content bytes."""

    tag: int
    content: bytes

    def children(self) -> list[Node]:
        """Return the elements inside.

        Raises:
            DerError: the content is not a row of elements.

        """
        return read_all(self.content)

    def encoded(self) -> bytes:
        """Return the element as it stands in DER."""
        size = len(self.content)
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes((self.tag, size)) if size < _LONG_FORM else bytes((self.tag, _LONG_FORM | len(length))) + length
        return head + self.content

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dotted form."""
        if self.tag != 0x06 or not self.content:
            raise DerError("object identifier expected")
        arcs: list[int] = []
        value = 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        if self.content[-1] & 0x80:
            raise DerError("object identifier cut off")
        top = min(arcs[0] // 40, 2)
        return ".".join(map(str, (top, arcs[0] - 40 * top, *arcs[1:])))

    def integer(self) -> int:
        """Return an INTEGER."""
        if self.tag != 0x02:
            raise DerError("integer expected")
        return int.from_bytes(self.content, "big", signed=True)

    def text(self) -> str:
        """Return the text of a string element as it can be shown, falling back to GB 18030 as older CAs wrote it."""
        encoding = _TEXT_ENCODINGS.get(self.tag, "utf-8")
        try:
            return readable(self.content.decode(encoding))
        except UnicodeDecodeError:
            return readable(self.content.decode("gb18030", errors="replace"))


def read_all(data: bytes) -> list[Node]:
    """Split bytes into the elements they consist of.

    Raises:
        DerError: they do not consist of whole elements.

    """
    nodes: list[Node] = []
    at = 0
    while at < len(data):
        node, at = _read(data, at)
        nodes.append(node)
    return nodes


def read_one(data: bytes) -> Node:
    """Read the first element; bytes after it are ignored (some tokens pad CKA_VALUE).

    Raises:
        DerError: there is no whole element.

    """
    return _read(data, 0)[0]


def length_of_first(data: bytes) -> int:
    """Return how many bytes the first element takes, to cut padding off."""
    return _read(data, 0)[1]


def _read(data: bytes, at: int) -> tuple[Node, int]:
    if at + 2 > len(data) or data[at] & 0x1F == 0x1F:
        raise DerError("element cut off or with a long tag")
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            raise DerError("bad length")
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    end = start + length
    if end > len(data):
        raise DerError("element cut off")
    return Node(tag, data[start:end]), end


def texts(data: bytes, *, depth: int = 0) -> list[str]:
    """Return every piece of text in an extension value, however it is wrapped, or the bare bytes as text.

    Met in the field: UTF8String, PrintableString, IA5String, BMPString, each possibly inside OCTET STRING, SEQUENCE,
    SET or a context tag, and plain ASCII with no DER at all.
    """
    try:
        nodes = read_all(data) if depth < _DEEPEST else []
    except DerError:
        nodes = []
    pieces: list[str] = []
    for node in nodes:
        if node.tag in _TEXT_ENCODINGS:
            pieces.append(node.text())
        elif node.tag & _CONSTRUCTED or node.tag == _OCTET_STRING or node.tag & 0xC0 == 0x80:
            pieces.extend(texts(node.content, depth=depth + 1))
        elif node.tag == _BIT_STRING:
            pieces.extend(texts(node.content[1:], depth=depth + 1))
    if pieces or not data:
        return pieces
    bare = _bare_text(data)
    return [bare] if bare else []


def _bare_text(data: bytes) -> str | None:
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return None
