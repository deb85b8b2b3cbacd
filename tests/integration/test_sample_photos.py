"""The sample photos say and show what is written in `tests/photos/expected_samples.json`.

That file was compared with ExifTool 13.59 field by field on 2026-11-24, and the previews were looked at. To write
it anew: `python -m tools.expect_samples`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.processing.sandbox import Decoders
from tests.e2e.running import sample_photos
from tools.expect_samples import EXPECTED, describe_all

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def described() -> Iterator[dict[str, dict[str, Any] | None]]:
    decoders = Decoders()
    yield describe_all(decoders, sample_photos())
    decoders.close()


def test_every_sample_says_and_shows_what_is_expected(described: dict[str, dict[str, Any] | None]) -> None:
    expected = json.loads(EXPECTED.read_text())
    assert {name: facts for name, facts in described.items() if expected.get(name) != facts} == {}
    assert set(expected) == set(described)


def test_nearly_all_samples_have_a_preview(described: dict[str, dict[str, Any] | None]) -> None:
    without = [name for name, facts in described.items() if facts and not facts["has_preview"]]
    assert [name.rpartition("__")[2] for name in without] == [
        "32d08f4a5eb10332506ebedbb9bc7257.jpg",
        "corrupted.heic",
        "corrupted.hif",
    ]
