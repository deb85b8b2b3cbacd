"""What `mediascream verify` says to a person of a copy that is not well."""

from __future__ import annotations

import pytest

from mediascream.delivery.audit import Found
from mediascream.delivery.verify import CheckedCopy, CheckedPhoto
from mediascream.library.checks import Result
from mediascream.operate_verify import lines_of
from mediascream.photo import DestinationName, PhotoId


@pytest.mark.parametrize(
    ("detail", "line"),
    [
        ("the bucket cannot be reached", "unknown  s3       a.jpg: the bucket cannot be reached"),
        ("The copy of a.jpg cannot be asked about", "unknown  s3       The copy of a.jpg cannot be asked about"),
    ],
)
def test_the_photo_is_named_whatever_a_destination_answers_and_once(detail: str, line: str) -> None:
    copy = CheckedCopy(DestinationName.S3, Found(Result.UNKNOWN, "unreachable", detail))
    assert list(lines_of(CheckedPhoto(PhotoId("0" * 64), "a.jpg", 1, (copy,)))) == [line]
