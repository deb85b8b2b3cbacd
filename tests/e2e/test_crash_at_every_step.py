"""Killed before any one step of an upload and of all that follows from it, the next start brings everything to its end.

Photos go to an archive, to Flickr and to Google Photos. For each k, on the same library: a photo is sent, the server
dies before the k-th step (a write, a flush, a name, a removal, a commit or a word over the network), the next start ends
what was begun, and then all that must be true of a library is looked at.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from mediascream.archive.sidecar import Sidecar
from tests.e2e.kept import KeptInFolder, kept_in
from tests.e2e.pictures import write_jpegs
from tests.e2e.services import Services, both_services
from tests.e2e.traced import Traced
from tests.seeds import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.e2e.kept import Kept

pytestmark = pytest.mark.survival
SAMPLE = 3
FIRST_STEPS = 70
"""An upload and its way into the archive and both services take more than that."""
OUTLIVED_IN_A_ROW = 3
"""After so many k that nothing was killed at, there are no more; once may be chance, for threads take turns."""


def crash_at(steps: Iterable[int], services: Services, folder: Path, archive: Kept) -> int:
    """For each k, on the same library; returns how often it was killed."""
    traced = Traced(services.server)
    acknowledged: set[str] = set()
    killed = outlived = 0
    for number, step in enumerate(steps):
        (file,) = write_jpegs(folder / str(number), 1, first=number)
        traced.start(kill_at=step)
        check(services, acknowledged, archive, f"seed {SEED}, before step {step}")
        traced.arm()
        if traced.send(file):
            acknowledged.add(hashlib.sha256(file.read_bytes()).hexdigest())
        traced.wait_over()
        killed, outlived = (killed, outlived + 1) if traced.lives else (killed + 1, 0)
        services.server.kill()
        if outlived == OUTLIVED_IN_A_ROW:
            break
    traced.start()
    check(services, acknowledged, archive, f"seed {SEED}, in the end")
    return killed


def check(services: Services, acknowledged: set[str], archive: Kept, when: str) -> None:
    """Wait for the end of what was begun; then everything is there, once, and the receipts tell the truth."""
    server = services.server
    server.wait_safe()
    server.wait_until(lambda: server.spool() == [], 30, "the spool was not emptied")
    photos = {photo["id"]: photo for photo in server.photos()}
    assert acknowledged <= set(photos), f"{when}: acknowledged, and lost"
    kept = archive.read()
    assert_archived(photos, kept, when)
    assert_delivered(photos, {held.id: held.content for held in services.flickr.live}, "flickr", when)
    google = {held.id: held.sha1 for held in services.google.live}
    assert Counter(google.values()) == Counter(map(sha1_of, originals(kept).values())), when
    assert {receipt(photo, "gphotos")["remote_id"] for photo in photos.values()} == set(google), when


def assert_archived(photos: Mapping[str, Any], kept: Mapping[str, bytes], when: str) -> None:
    """Each photo is there once, under the key of its receipt, with a sidecar; and nothing else is."""
    told = {receipt(photo, "s3", "folder")["remote_id"]: photo_id for photo_id, photo in photos.items()}
    assert {key: digest(content) for key, content in originals(kept).items()} == told, when
    sidecars = {key.removesuffix(".json"): content for key, content in kept.items() if key.endswith(".json")}
    assert {key: Sidecar.from_bytes(content).id for key, content in sidecars.items()} == told, when


def assert_delivered(photos: Mapping[str, Any], held: Mapping[str, bytes], name: str, when: str) -> None:
    """A service holds each photo once, under the number of its receipt."""
    told = {receipt(photo, name)["remote_id"]: photo_id for photo_id, photo in photos.items()}
    assert {number: digest(content) for number, content in held.items()} == told, when


def originals(kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is no sidecar."""
    return {key: content for key, content in kept.items() if not key.endswith(".json")}


def receipt(photo: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """That of a destination, or of the archive whichever it is."""
    found: Mapping[str, Any] = next(one for one in photo["receipts"] if one["destination"] in names)
    return found


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha1_of(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def test_killed_before_a_few_steps_nothing_is_lost_and_nothing_made_twice(tmp_path: Path) -> None:
    chosen = sorted(random.Random(SEED).sample(range(1, FIRST_STEPS), SAMPLE))
    with both_services(tmp_path) as services:
        assert crash_at(chosen, services, tmp_path / "photos", KeptInFolder(services.server)) == SAMPLE


@pytest.mark.long
@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_killed_before_every_step_nothing_is_lost_and_nothing_made_twice(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with both_services(tmp_path) as services:
        kept = kept_in(where, services.server, request)
        assert crash_at(itertools.count(1), services, tmp_path / "photos", kept) > FIRST_STEPS
