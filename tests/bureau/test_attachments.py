"""Attachments: put there once under their digest, of the kinds the item takes."""

import hashlib

import pytest

from app.errors import BureauRefused
from bureau import training
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import enrol_values

PDF = b"%PDF-1.7 stamped"
JPEG = b"\xff\xd8\xff\xe0 scanned"
PERSON = training.people("zaozhuang", Role.NEWCOMER)[0]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("media_type", "content"), [("application/pdf", PDF), ("image/jpeg", JPEG)])
def test_the_same_file_may_be_put_twice(open_bureau: Opener, media_type: str, content: bytes) -> None:
    with open_bureau() as counter:
        client = counter.clerk().client
        for _ in range(2):
            client.upload(digest_of(content), media_type, content)


@pytest.mark.parametrize(
    ("code", "digest", "media_type", "content"),
    [
        ("digest-wrong", digest_of(b"other"), "application/pdf", PDF),
        ("media-type", digest_of(JPEG), "application/pdf", JPEG),
        ("media-type", digest_of(b"MZ"), "application/x-msdownload", b"MZ"),
        ("malformed", "abc", "application/pdf", PDF),
        ("too-large", digest_of(PDF), "application/pdf", PDF + b"\0" * (8 * 1024 * 1024)),
    ],
)
def test_what_is_not_as_it_says_is_not_taken(
    open_bureau: Opener, code: str, digest: str, media_type: str, content: bytes
) -> None:
    with open_bureau() as counter, pytest.raises(BureauRefused) as refused:
        counter.clerk().client.upload(digest, media_type, content)
    assert refused.value.code == code


def test_a_body_that_does_not_tell_its_length_is_counted_all_the_same(open_bureau: Opener) -> None:
    with open_bureau() as counter:
        clerk = counter.clerk()
        headers = {"Authorization": f"Bearer {clerk.client.session}", "Content-Type": "application/pdf"}
        portions = (b"\0" * 1024 * 1024 for _ in range(9))

        response = counter.http.put(f"/v1/attachments/{digest_of(PDF)}", content=portions, headers=headers)

        assert (response.status_code, response.json()["error"]["code"]) == (413, "too-large")


def test_a_form_that_has_to_be_stamped_has_to_be_there(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk()
        values = enrol_values(PERSON, "2021-11-01")

        without = clerk.file("enrol", values)
        with_it = clerk.file("enrol", values, attachments=[clerk.attach("enrol", PDF)])

        assert [one.code for one in without.findings] == ["attachment-missing"]
        assert with_it.accepted


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("attachment-missing", {"sha256": "0" * 64}),
        ("envelope-wrong", {"size": 1}),
        ("envelope-wrong", {"media_type": "image/jpeg"}),
        ("slot-unknown", {"slot": "holiday-pictures"}),
    ],
)
def test_an_envelope_names_its_files_truly(open_bureau: Opener, code: str, change: dict[str, object]) -> None:
    with open_bureau("zaozhuang") as counter:
        clerk = counter.clerk()
        good, named = clerk.attach("enrol", PDF), {**clerk.attach("enrol", PDF), **change}

        result = clerk.file("enrol", enrol_values(PERSON, "2021-11-01"), attachments=[named, good])

        assert [one.code for one in result.findings] == [code]


def test_another_units_files_are_not_ours(open_bureau: Opener) -> None:
    with open_bureau("zaozhuang") as counter:
        named = counter.clerk(training.neighbour("zaozhuang")).attach("enrol", PDF)

        result = counter.clerk().file("enrol", enrol_values(PERSON, "2021-11-01"), attachments=[named])

        assert [one.code for one in result.findings] == ["attachment-missing"]
