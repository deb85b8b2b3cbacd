from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream.archive.sidecar import Sidecar
from mediascream.errors import DocumentUnreadable
from mediascream.photo import (
    DeliveryState,
    DestinationName,
    Location,
    PhotoId,
    Proof,
    Receipt,
    SkipReason,
    TakenSource,
)

ADDED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BARE = Sidecar(id=PhotoId("ab" * 32), size_bytes=3, media_type="image/jpeg", file_name="DSC00647.JPG", added_at=ADDED)
FULL = dataclasses.replace(
    BARE,
    sha1="cd" * 20,
    taken_at=datetime(2026, 11, 23, 8, 15, 1, 250000, tzinfo=UTC),
    taken_local=datetime(2026, 11, 23, 0, 15, 1, 250000),  # noqa: DTZ001 - a wall clock has no zone
    taken_offset_min=-480,
    taken_source=TakenSource.EXIF,
    modified_at=ADDED,
    width=6000,
    height=4000,
    camera="SONY ILCE-6000",
    lens="E 16-50mm F3.5-5.6",
    description="Zwei Zeilen:\nStrand & 🏖️",
    tags=("vegas", "Träumerei"),
    location=Location(36.1147, -115.1728),
    skip=(DestinationName.GPHOTOS,),
    receipts=(
        Receipt(
            DestinationName.S3, DeliveryState.DELIVERED, remote_id="originals/a.jpg", size=3, proof=Proof.CHECKSUM,
            delivered_at=ADDED, attempts=1,
        ),
        Receipt(
            DestinationName.FLICKR, DeliveryState.BLOCKED, attempts=2, error_code="login", error_detail="log in again"
        ),
        Receipt(DestinationName.GPHOTOS, DeliveryState.SKIPPED, reason=SkipReason.SENDER),
    ),
    companions=(PhotoId("ef" * 32),),
    deleted_at=ADDED + timedelta(days=1),
)  # fmt: skip


@pytest.mark.parametrize("sidecar", [BARE, FULL])
def test_a_sidecar_comes_back_as_it_was(sidecar: Sidecar) -> None:
    assert Sidecar.from_bytes(sidecar.to_bytes()) == sidecar


def test_a_person_can_read_it() -> None:
    text = FULL.to_bytes().decode()
    assert text.endswith("}\n")
    assert text.splitlines()[1] == '  "v": 1,'
    assert '  "taken_at": "2026-11-23T08:15:01.250000Z",' in text
    assert '  "taken_local": "2026-11-23T00:15:01.250000",' in text
    assert '  "taken_offset": "-08:00",' in text
    assert "Träumerei" in text


def test_it_holds_every_field_that_the_contract_names() -> None:
    fields = json.loads(FULL.to_bytes())
    promised = (
        "v id sha1 size media_type file_name taken_at taken_local taken_offset taken_source added_at description tags"
        " location skip receipts companions deleted_at"
    )
    assert set(promised.split()) <= set(fields)
    assert fields["receipts"][1]["error"] == {"code": "login", "detail": "log in again"}


def test_a_passed_audit_changes_nothing() -> None:
    audited = dataclasses.replace(FULL.receipts[0], checked_at=ADDED)
    assert dataclasses.replace(FULL, receipts=(audited, *FULL.receipts[1:])).to_bytes() == FULL.to_bytes()


def test_moments_are_written_in_utc() -> None:
    elsewhere = ADDED.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert dataclasses.replace(BARE, added_at=elsewhere).to_bytes() == BARE.to_bytes()


def test_a_moment_without_an_offset_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="no offset"):
        dataclasses.replace(BARE, added_at=ADDED.replace(tzinfo=None)).to_bytes()


def test_a_file_name_of_broken_unicode_does_not_keep_a_sidecar_from_being_written() -> None:
    written = dataclasses.replace(BARE, file_name="bad\udcff.jpg").to_bytes()
    assert Sidecar.from_bytes(written).file_name == "bad?.jpg"


def test_fields_and_words_of_the_future_are_skipped() -> None:
    fields = json.loads(FULL.to_bytes())
    fields["mood"] = "happy"
    fields["taken_source"] = "telepathy"
    fields["skip"].append("mars")
    fields["receipts"].append({"destination": "mars", "state": "delivered"})
    expected = dataclasses.replace(FULL, taken_source=None)
    assert Sidecar.from_bytes(json.dumps(fields).encode()) == expected


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    newer = FULL.to_bytes().replace(b'"v": 1,', b'"v": 2,')
    with pytest.raises(DocumentUnreadable, match=r"version 2.*newer Mediascream"):
        Sidecar.from_bytes(newer)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", FULL.to_bytes()[:-20], b'{"v": 1}', b'{"v": 1, "id": 7}',
        BARE.to_bytes().replace(b'"ab', b'"AB'), BARE.to_bytes().replace(b"2026-11-24", b"yesterday"),
        BARE.to_bytes().replace(b'"receipts": []', b'"receipts": [7]'),
    ],
)  # fmt: skip
def test_what_is_no_sidecar_says_so(content: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        Sidecar.from_bytes(content)


@given(st.integers(min_value=-14 * 60, max_value=14 * 60))
def test_every_offset_comes_back(minutes: int) -> None:
    sidecar = dataclasses.replace(BARE, taken_offset_min=minutes)
    assert Sidecar.from_bytes(sidecar.to_bytes()).taken_offset_min == minutes


@given(st.text(), st.lists(st.text(), max_size=3), st.datetimes(timezones=st.just(UTC)))
def test_any_text_and_moment_comes_back(description: str, tags: list[str], moment: datetime) -> None:
    sidecar = dataclasses.replace(BARE, description=description, tags=tuple(tags), taken_at=moment)
    assert Sidecar.from_bytes(sidecar.to_bytes()) == sidecar
