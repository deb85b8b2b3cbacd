"""What the answers of tus mean for the laptop."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from mediascream.client.tus import Reached, ResumingServer
from mediascream.errors import ConnectionBroken, ServerRefused
from mediascream.photo import PhotoId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mediascream.client.server import Server

ID = PhotoId("ab" * 32)


class Answering:
    """A server that always says the same."""

    def __init__(self, answer: int | Mapping[str, str]) -> None:
        self.answer = answer

    def exchange(self, *_asked: object) -> Mapping[str, str]:
        """Headers, or a no with a status."""
        if isinstance(self.answer, int):
            raise ServerRefused("no", status=self.answer, problem="x")
        return self.answer


def tus(answer: int | Mapping[str, str]) -> ResumingServer:
    return ResumingServer(cast("Server", Answering(answer)))


@pytest.mark.parametrize(
    ("headers", "reached"),
    [
        ({"upload-offset": "7"}, Reached(7)),
        ({"upload-offset": "9", "mediascream-photo-id": ID}, Reached(9, ID)),
        (
            {"upload-offset": "9", "mediascream-photo-id": ID, "mediascream-duplicate": "true"},
            Reached(9, ID, duplicate=True),
        ),
        ({"upload-offset": "9", "mediascream-photo-id": "x"}, Reached(9)),
    ],
)
def test_the_headers_say_how_far_it_is(headers: dict[str, str], reached: Reached) -> None:
    assert tus(headers).reached("name") == reached


@pytest.mark.parametrize("status", [403, 404, 410, 415, 422])
def test_an_upload_that_is_over_is_begun_anew(status: int) -> None:
    assert tus(status).reached("name") is None


def test_a_server_that_is_still_busy_with_the_upload_is_asked_again() -> None:
    with pytest.raises(ConnectionBroken):
        tus(423).reached("name")


@pytest.mark.parametrize("status", [404, 409, 410, 423])
def test_bytes_that_do_not_belong_there_have_it_asked_how_far_it_is(status: int) -> None:
    with pytest.raises(ConnectionBroken):
        tus(status).send("name", 0, [], 0)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_older_server_takes_nothing_in_pieces(status: int) -> None:
    assert tus(status).begin(1, {}) is None


def test_only_the_last_part_of_an_address_is_believed() -> None:
    assert tus({"location": "http://inside:5000/uploads/abc"}).begin(1, {}) == "abc"


@pytest.mark.parametrize("status", [401, 413, 507])
def test_a_no_stays_a_no(status: int) -> None:
    with pytest.raises(ServerRefused):
        tus(status).reached("name")
    with pytest.raises(ServerRefused):
        tus(status).begin(1, {})


def test_an_answer_without_an_offset_is_none_of_ours() -> None:
    with pytest.raises(ServerRefused):
        tus({"server": "another"}).reached("name")
