"""The state of a photo, and what may follow."""

from __future__ import annotations

import pytest

from mediascream.photo import DeliveryState, PhotoState, is_photo_id, photo_state

Q, S, D, W, B, R, F, K, C = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.DELIVERED,
    DeliveryState.WAITING,
    DeliveryState.BLOCKED,
    DeliveryState.REFUSED,
    DeliveryState.FAILED,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
)


@pytest.mark.parametrize(
    ("deleted", "archived", "deliveries", "state"),
    [
        (True, True, [D, F], PhotoState.DELETED),
        (False, True, [D, F, Q], PhotoState.ATTENTION),
        (False, False, [B], PhotoState.ATTENTION),
        (False, False, [D], PhotoState.PROCESSING),
        (False, True, [D, Q], PhotoState.PROCESSING),
        (False, True, [D, S], PhotoState.PROCESSING),
        (False, True, [D, W], PhotoState.PROCESSING),
        (False, True, [D, R, K, C], PhotoState.SAFE),
        (False, True, [D], PhotoState.SAFE),
    ],
)
def test_the_first_match_of_the_list_wins(
    deleted: bool, archived: bool, deliveries: list[DeliveryState], state: PhotoState
) -> None:
    assert photo_state(deleted=deleted, archived=archived, deliveries=deliveries) is state


@pytest.mark.parametrize("text", ["", "ab", "A" * 64, "g" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"])
def test_what_is_not_64_lower_case_hex_digits_is_no_id(text: str) -> None:
    assert not is_photo_id(text)


def test_a_sha256_is_an_id() -> None:
    assert is_photo_id("0123456789abcdef" * 4)
