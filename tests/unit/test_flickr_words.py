"""Signatures, tags, the form and the answers of Flickr, without a server."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from mediascream.destinations.flickr import privacy_fields
from mediascream.destinations.flickr_answers import No, Yes, error_of, oauth_problem, read_answer
from mediascream.destinations.flickr_form import UploadForm
from mediascream.destinations.flickr_signing import Keys, authorization
from mediascream.destinations.flickr_tags import MOST_TAGS, tag_line
from mediascream.errors import DeliveryError, DestinationBlocked, FileRefused, TryLater
from mediascream.settings.declared import FlickrPrivacy
from tests.contracts.destination_suite import PICTURE, outgoing

VECTOR = {
    "title": "a b",
    "description": "x&y=ü",
    "tags": 'beach "two words" mediascream:sha256=abc',
    "is_public": "0",
    "async": "1",
}


def test_an_upload_is_signed_over_all_its_fields() -> None:
    header = authorization(
        "https://up.flickr.com/services/upload/",
        VECTOR,
        Keys("ck", "cs", "tok", "ts"),
        nonce="n0nce",
        timestamp="1700000000",
    )
    found = re.search(r'oauth_signature="([^"]+)"', header)
    assert found is not None
    assert unquote(found[1]) == "l8PLHzzmKKUPKMy0Wyie+9OOyw4="


def test_keys_show_no_secret() -> None:
    shown = repr(Keys("app", "app-secret", "token", "token-secret"))
    assert "secret=" not in shown
    assert "token-secret" not in shown


@pytest.mark.parametrize(
    ("tags", "line"),
    [
        (["beach", "two words"], 'beach "two words"'),
        (['with "quotes" and spaces'], '"with quotes and spaces"'),
        (["a,b", "c,", ","], '"a b" c'),
        (["🏖", "tab\tand\nline"], '🏖 "tab and line"'),
        (["mediascream:id=0000", "Checksum:SHA1=00", "geo:lat=1"], "geo:lat=1"),
        ([], ""),
    ],
    ids=str,
)
def test_tags_are_written_as_flickr_reads_them(tags: list[str], line: str) -> None:
    assert tag_line(tags) == line


def test_of_300_tags_the_machine_tags_and_the_first_are_kept() -> None:
    line = tag_line([f"tag{n}" for n in range(300)], ["mediascream:id=1", "checksum:sha1=2"]).split(" ")
    assert line[:3] == ["mediascream:id=1", "checksum:sha1=2", "tag0"]
    assert len(line) == MOST_TAGS


def test_the_form_is_as_long_as_it_says_and_ends_with_the_file() -> None:
    form = UploadForm({"title": "ü"}, outgoing())
    body = b"".join(form)
    assert len(body) == int(form.headers["Content-Length"])
    assert body.index('name="title"\r\n\r\nü'.encode()) < body.index(b'name="photo"; filename="DSC00647.JPG"')
    assert PICTURE in body


def test_a_form_with_other_bytes_never_gives_its_last_ones() -> None:
    form = UploadForm({}, outgoing(PICTURE[:-1] + b"?", claimed=PICTURE))
    given: list[bytes] = []
    with pytest.raises(TryLater):
        given.extend(form)
    assert len(b"".join(given)) < int(form.headers["Content-Length"]) - len(PICTURE) // 3


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *[(code, TryLater) for code in (0, 3, 105, 106, 201, 999, -1)],
        *[(code, FileRefused) for code in (2, 4, 5, 8, 116)],
        *[
            (code, DestinationBlocked)
            for code in (6, 7, 10, 11, 12, 13, 15, 95, 96, 97, 98, 99, 100, 111, 112, 114, 115)
        ],
    ],
)
def test_every_code_of_an_upload_has_its_consequence(code: int, kind: type[DeliveryError]) -> None:
    error = error_of(No(code, "in Flickr's words"), upload=True)
    assert type(error) is kind
    assert "in Flickr's words" in error.detail


@pytest.mark.parametrize(
    ("code", "setting"), [(100, "FLICKR_API_KEY"), (96, "FLICKR_API_SECRET"), (98, "FLICKR_APP_TOKEN")]
)
def test_wrong_keys_name_their_setting(code: int, setting: str) -> None:
    assert setting in error_of(No(code, ""), upload=True).detail


def test_the_codes_of_other_methods_are_not_those_of_the_upload() -> None:
    assert type(error_of(No(5, "Invalid date"), upload=False)) is TryLater


def test_a_service_that_is_not_available_is_left_alone_for_a_while() -> None:
    error = error_of(No(0, "Sorry, the Flickr API service is not currently available."), upload=False)
    assert isinstance(error, TryLater)
    assert (error.reason, error.retry_after_s) == ("unreachable", 60)


def test_a_refusal_tells_what_stands_beside_it_in_elements_or_attributes() -> None:
    inside = read_answer(b'<rsp stat="fail"><err code="9" msg="m"/><duplicate_photo_id> 7 </duplicate_photo_id></rsp>')
    beside = read_answer(b'<rsp stat="fail"><err code="9" msg="m" duplicate_photo_id="7"/></rsp>')
    for answer in (inside, beside):
        assert isinstance(answer, No)
        assert answer.more["duplicate_photo_id"] == "7"


def test_a_done_thing_is_a_yes() -> None:
    answer = read_answer(b'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok"><photoid>35</photoid></rsp>')
    assert isinstance(answer, Yes)
    assert answer.content.findtext("photoid") == "35"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b'<rsp stat="ok"><photoid>1',
        b'<rsp stat="fail"></rsp>',
        b'<!DOCTYPE rsp [<!ENTITY a "aaaa">]><rsp stat="ok"><photoid>&a;</photoid></rsp>',
        b"\xff\xfe not utf-8",
    ],
    ids=repr,
)
def test_what_is_none_of_flickrs_answers_says_nothing(body: bytes) -> None:
    with pytest.raises(TryLater) as caught:
        read_answer(body)
    assert caught.value.reason == "answer-unreadable"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"oauth_problem=timestamp_refused", "clock-wrong"),
        (b"oauth_problem=consumer_key_unknown", "key-refused"),
        (b"oauth_problem=signature_invalid&debug_sbs=POST", "signature-refused"),
        (b"oauth_problem=token_rejected", "log-in-refused"),
        (b"oauth_problem=verifier_invalid", "code-refused"),
        (b"oauth_problem=something_new", "not-understood"),
    ],
)
def test_every_problem_of_oauth_has_its_consequence(said: bytes, reason: str) -> None:
    trouble = oauth_problem(said)
    assert trouble is not None
    assert trouble.reason == reason


def test_an_answer_that_is_not_oauths_is_none_of_its_problems() -> None:
    assert oauth_problem(b"<html>nothing</html>") is None


@pytest.mark.parametrize(
    ("privacy", "flags"),
    [
        (FlickrPrivacy.PRIVATE, "000"),
        (FlickrPrivacy.FRIENDS, "010"),
        (FlickrPrivacy.FAMILY, "001"),
        (FlickrPrivacy.FRIENDS_FAMILY, "011"),
        (FlickrPrivacy.PUBLIC, "100"),
    ],
)
def test_who_may_see_a_copy_is_always_said(privacy: FlickrPrivacy, flags: str) -> None:
    assert privacy_fields(privacy) == dict(zip(("is_public", "is_friend", "is_family"), flags, strict=True))
