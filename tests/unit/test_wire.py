"""The JSON of the HTTP interface says what was meant, and reads what another version says."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from mediascream import wire

ID = "0" * 63 + "1"
PHOTO = {
    "id": ID,
    "file_name": "DSC00647.JPG",
    "media_type": "image/jpeg",
    "kind": "photo",
    "size": 12,
    "taken_at": "2026-11-24T08:00:00Z",
    "taken_local": "2026-11-24T10:00:00",
    "taken_offset": "+02:00",
    "added_at": "2026-11-24T12:00:00Z",
    "duplicate": False,
    "state": "safe",
    "archived": True,
    "receipts": [{"destination": "folder", "state": "delivered", "proof": "bytes"}],
    "url": f"http://localhost:5000/photos/{ID}",
    "original_url": f"http://localhost:5000/photos/{ID}/original",
}


def test_a_photo_is_written_as_it_was_read() -> None:
    written = json.loads(wire.Photo.model_validate(PHOTO).model_dump_json())

    receipt = written["receipts"][0]
    assert {key: written[key] for key in PHOTO} | {"receipts": PHOTO["receipts"]} == PHOTO
    assert (receipt["destination"], receipt["proof"], receipt["error"]) == ("folder", "bytes", None)


def test_a_time_of_day_without_an_offset_is_no_moment() -> None:
    with pytest.raises(ValidationError, match="taken_at"):
        wire.Photo.model_validate(PHOTO | {"taken_at": "2026-11-24T08:00:00"})


def test_an_answer_of_a_newer_server_is_read() -> None:
    assert wire.Photo.model_validate(PHOTO | {"mood": "blue"}).state == "safe"


def test_the_answer_to_an_upload_token_is_read_as_a_glimpse() -> None:
    seen = {"id": ID, "state": "processing", "archived": False, "duplicate": True}
    (photo,) = wire.PhotosAnswer.model_validate({"photos": [seen]}).photos

    assert type(photo) is wire.PhotoGlimpse
    assert photo.duplicate


def test_a_whole_photo_in_the_answer_to_an_upload_stays_whole() -> None:
    (photo,) = wire.PhotosAnswer.model_validate({"photos": [PHOTO]}).photos

    assert isinstance(photo, wire.Photo)
    assert photo.file_name == "DSC00647.JPG"


def test_a_misspelt_field_of_a_request_is_refused() -> None:
    with pytest.raises(ValidationError, match="tag"):
        wire.PhotoEdit.model_validate({"tag": ["vegas"]})


def test_an_absent_field_of_an_edit_is_told_from_a_null() -> None:
    edit = wire.PhotoEdit.model_validate({"description": None, "tags": ["vegas"]})

    assert edit.model_fields_set == {"description", "tags"}


@pytest.mark.parametrize("half", [{"latitude": 1.0}, {"latitude": 1.0, "longitude": None}, {"longitude": None}])
def test_half_a_place_is_refused(half: dict[str, float | None]) -> None:
    with pytest.raises(ValidationError, match="go together"):
        wire.PhotoEdit.model_validate(half)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_place_off_the_globe_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValidationError):
        wire.PhotoEdit.model_validate({"latitude": latitude, "longitude": longitude})


@pytest.mark.parametrize("text", ["", "abc", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_what_is_no_id_cannot_be_asked_for(text: str) -> None:
    with pytest.raises(ValidationError, match="ids"):
        wire.CheckRequest.model_validate({"ids": [text]})


def test_more_ids_than_a_check_takes_are_refused() -> None:
    wire.CheckRequest.model_validate({"ids": [ID] * wire.CHECK_MAX_IDS})

    with pytest.raises(ValidationError, match="ids"):
        wire.CheckRequest.model_validate({"ids": [ID] * (wire.CHECK_MAX_IDS + 1)})
