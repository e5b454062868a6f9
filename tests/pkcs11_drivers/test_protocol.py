"""The lines between client and host: the short way that signatures take is the same protocol."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pkcs11_drivers import protocol

ARGUMENTS = st.dictionaries(st.text(min_size=1).filter(lambda key: key not in {"id", "message"}), st.text(), min_size=1)


@given(ARGUMENTS, st.integers(0, 2**53), st.binary())
def test_a_request_for_a_signature_reads_like_any_other(
    arguments: protocol.JsonObject, number: int, message: bytes
) -> None:
    line = protocol.signing_request(protocol.opened(arguments), number, message)

    assert protocol.receive(io.BytesIO(line)) == {**arguments, "id": number, "message": protocol.pack(message)}


@given(st.integers(0, 2**53), st.binary())
def test_an_answer_with_a_signature_reads_like_any_other(number: int, signature: bytes) -> None:
    answer = protocol.receive(io.BytesIO(protocol.signature_answer(number, signature)))

    assert answer == {"id": number, "result": {"signature": protocol.pack(signature)}}
    assert protocol.unpack(answer["result"]["signature"]) == signature


@pytest.mark.parametrize("line", [b' { "id" : 7 } \r\n', b'{"id":7}\n', b'\t{"id":\t7}\n'])
def test_a_host_in_another_language_may_write_spaces(line: bytes) -> None:
    assert protocol.receive(io.BytesIO(line)) == {"id": 7}


@pytest.mark.parametrize(
    "line", [b"\n", b"7\n", b"[1]\n", b'{"id":7}{"id":8}\n', b'{"id":7\n', b'{"id":"\xff"}\n', b"{"]
)
def test_what_is_no_object_on_a_line_of_its_own_is_refused(line: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.receive(io.BytesIO(line))


@pytest.mark.parametrize("text", ["QUI", "QUI=x", "中文", "Q UI=", 7, None])
def test_what_is_no_base64_is_refused(text: object) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.unpack(text)
