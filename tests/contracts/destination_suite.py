"""What every destination must do; each is held to it by a subclass of about 25 lines."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.base import Attempt, ChecksCopies, ChecksLogIn, Destination, GivesOriginals, Outgoing
from mediascream.errors import DeliveryError, TryLater
from mediascream.photo import Kind, PhotoId, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9") + b"a picture" * 1000

STRONGEST_FIRST = list(Proof)


class Bytes:
    """An original in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, *, start: int = 0) -> Iterator[bytes]:
        """In two pieces, as a real one comes in pieces."""
        middle = max(start, len(self.content) // 2)
        yield self.content[start:middle]
        yield self.content[middle:]


def outgoing(content: bytes = PICTURE, *, claimed: bytes | None = None) -> Outgoing:
    """A photo on its way; with `claimed` its bytes are not what they are said to be."""
    whole = content if claimed is None else claimed
    return Outgoing(
        id=PhotoId(hashlib.sha256(whole).hexdigest()),
        sha1=hashlib.sha1(whole, usedforsecurity=False).hexdigest(),
        file_name="DSC00647.JPG",
        media_type="image/jpeg",
        ending="jpg",
        kind=Kind.PHOTO,
        size_bytes=len(whole),
        original=Bytes(content),
        tags=("vegas", 'with "quotes" and spaces'),
    )


class DestinationSuite:
    """Inherit, and give `destination` and `copies`; `lose_answer` where an answer can be made to get lost."""

    @pytest.fixture
    def destination(self) -> Destination:
        """The destination under test, connected and empty."""
        raise NotImplementedError

    def copies(self, destination: Destination) -> list[str]:
        """The ids of all copies that are there, seen from the other side."""
        raise NotImplementedError

    def lose_answer(self, destination: Destination) -> None:
        """The next copy arrives, and its answer gets lost."""
        raise NotImplementedError

    def give_back(self, destination: Destination) -> None:
        """From now on originals are given back, where that depends on the account."""

    def test_a_photo_arrives_once_and_is_named(self, destination: Destination) -> None:
        delivered = destination.deliver(outgoing(), Attempt(1))
        assert self.copies(destination) == [delivered.remote_id]
        assert not delivered.found

    def test_the_same_photo_again_finds_its_copy(self, destination: Destination) -> None:
        first = destination.deliver(outgoing(), Attempt(1))
        second = destination.deliver(outgoing(), Attempt(2))
        assert second.remote_id == first.remote_id
        assert second.found
        assert self.copies(destination) == [first.remote_id]

    def test_a_copy_whose_answer_was_lost_is_found_by_the_next_attempt(self, destination: Destination) -> None:
        self.lose_answer(destination)
        attempt = Attempt(1)
        with pytest.raises(TryLater):
            destination.deliver(outgoing(), attempt)
        delivered = destination.deliver(outgoing(), Attempt(2, notes=attempt.notes))
        assert self.copies(destination) == [delivered.remote_id]

    def test_two_photos_are_two_copies(self, destination: Destination) -> None:
        first = destination.deliver(outgoing(), Attempt(1))
        second = destination.deliver(outgoing(PICTURE + b"!"), Attempt(1))
        assert sorted(self.copies(destination)) == sorted([first.remote_id, second.remote_id])

    def test_bytes_that_changed_on_the_way_are_never_called_delivered(self, destination: Destination) -> None:
        with pytest.raises(DeliveryError):
            destination.deliver(outgoing(PICTURE[:-1] + b"?", claimed=PICTURE), Attempt(1))

    def test_a_copy_can_be_checked_and_a_missing_one_is_told(self, destination: Destination) -> None:
        if not isinstance(destination, ChecksCopies):
            pytest.skip("this destination cannot check its copies")
        delivered = destination.deliver(outgoing(), Attempt(1))
        proof = destination.check(outgoing(), delivered.remote_id)
        assert proof is not None
        assert STRONGEST_FIRST.index(proof) <= STRONGEST_FIRST.index(delivered.proof)
        assert destination.check(outgoing(), "no-such-copy") is None

    def test_a_copy_comes_back_as_it_was_sent_and_of_a_missing_one_nothing(self, destination: Destination) -> None:
        if not isinstance(destination, GivesOriginals):
            pytest.skip("it gives no originals back")
        delivered = destination.deliver(outgoing(), Attempt(1))
        self.give_back(destination)
        assert b"".join(destination.read_original(delivered.remote_id)) == PICTURE
        assert b"".join(destination.read_original("1234567890")) == b""

    def test_a_log_in_that_works_is_told_by_a_sentence_and_leaves_no_copy(self, destination: Destination) -> None:
        if not isinstance(destination, ChecksLogIn):
            pytest.skip("it cannot try its log-in")
        assert destination.check_log_in().startswith("logged in as ")
        assert self.copies(destination) == []
