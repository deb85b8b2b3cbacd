"""One photo on its way to Google Photos: found, or its bytes brought there and an item made of them in the next batch."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mediascream.destinations import gphotos_answers as answers
from mediascream.destinations.gphotos_http import SHOWN
from mediascream.destinations.gphotos_items import Made, NotMade, Wish
from mediascream.destinations.gphotos_upload import LARGEST_RAW, Upload
from mediascream.destinations.gphotos_words import description, file_name
from mediascream.errors import DeliveryError, FileRefused, TryLater
from mediascream.photo import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mediascream.destinations.base import Attempt, Outgoing
    from mediascream.destinations.gatherer import Gatherer
    from mediascream.destinations.gphotos_api import PhotosApi
    from mediascream.destinations.gphotos_items import Outcome
    from mediascream.destinations.gphotos_upload import UploadToken

LARGEST = {Kind.PHOTO: 200 * 2**20, Kind.VIDEO: 20 * 2**30}
NOT_TAKEN = frozenset({"jxl", "jp2", "j2c", "psd"})
"""Endings of formats that Google does not name among those it takes
(https://developers.google.com/photos/library/guides/upload-media, read 2026-11-24); of RAW it takes "some"."""

INVALID, ALREADY_EXISTS, EXHAUSTED = 3, 6, 8
"""Numbers of gRPC that a result may have."""

REFUSALS = 2
"""So often Google must refuse fresh bytes: users saw it refuse some that it took the next time
(https://github.com/ylexus/jiotty-photos-uploader/issues/129, read 2026-11-24)."""


def refuse_what_is_not_taken(photo: Outgoing) -> None:
    """Spare the way of bytes that Google is known not to take.

    Raises:
        FileRefused: They are of such a kind, or too many.
    """
    if photo.ending in NOT_TAKEN:
        msg = f"Google Photos does not take files of this kind ({photo.media_type})."
        raise FileRefused(msg, reason="format-refused")
    largest = LARGEST[photo.kind]
    if photo.size_bytes > largest:
        msg = f"Google Photos does not take a {photo.kind} so large: at most {largest // 2**20} MiB."
        raise FileRefused(msg, reason="too-large")


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt to bring one photo to Google Photos.

    Attributes:
        door: Held while bytes go through the wire.
    """

    api: PhotosApi
    photo: Outgoing
    attempt: Attempt
    gatherer: Gatherer[Wish, Outcome]
    door: AbstractContextManager[object]
    now: Callable[[], datetime]

    def bring(self) -> Made:
        """Make the item. What may have been made before is the same item.

        Raises:
            DeliveryError: There is none yet that could be named and is shown.
        """
        item = self._made()
        self.attempt.remember(remote_id=item.id)
        if not item.shown:
            msg = f"Google Photos took {self.photo.file_name} as {item.id}, but does not show it yet."
            raise TryLater(msg, reason="not-shown")
        return item

    def known(self) -> Made | None:
        """The item that an earlier attempt knew of. A person who asks again for one that is gone gets a new one."""
        noted = self._note("remote_id")
        if not noted:
            return None
        item = shown(self.api, noted)
        if item is None and self.attempt.number > 1:
            msg = f"Google Photos took {self.photo.file_name} as {noted}, but does not show it (yet)."
            raise TryLater(msg, reason="not-shown")
        if item is None:
            self.attempt.remember(remote_id="", token="", session="", refused="")
        return item

    def _made(self) -> Made:
        upload = Upload(self.api, self.photo, self.attempt, self.now)
        while True:
            token, outcome = self._once(upload)
            match outcome:
                case Made():
                    return outcome
                case NotMade(code=code) if code == INVALID:
                    self._count_refusal(upload, token, outcome)
                case NotMade(code=code) if code == ALREADY_EXISTS and not self._note("twin"):
                    self.attempt.remember(twin="yes")  # a twin in its batch: alone, it gets that one's id
                case NotMade():
                    raise self._failed(outcome)
                case _:
                    raise outcome

    def _once(self, upload: Upload) -> tuple[UploadToken, Outcome]:
        """Bring the bytes there and join a batch; nobody waits for large ones to come."""
        with self.gatherer.place() if self.photo.size_bytes < LARGEST_RAW else nullcontext(self.gatherer) as place:
            with self.door:
                token = upload.token()
            return token, place.join(Wish(token.value, file_name(self.photo), description(self.photo)))

    def _count_refusal(self, upload: Upload, token: UploadToken, no: NotMade) -> None:
        """A token that was kept may have died; fresh bytes that are refused again and again are not wanted."""
        refusals = int(self._note("refused") or "0") + int(token.fresh)
        upload.forget(refused=str(refusals))
        if refusals >= REFUSALS:
            msg = f"Google Photos cannot make an item of this file ({no.message[:SHOWN]})."
            raise FileRefused(msg, reason="format-refused")

    def _failed(self, no: NotMade) -> DeliveryError:
        trouble = answers.THROTTLED if no.code == EXHAUSTED else answers.FAILED
        return answers.as_error(trouble, f"{self.photo.file_name}: code {no.code}: {no.message}")

    def _note(self, name: str) -> str:
        return self.attempt.notes.get(name, "")


def shown(api: PhotosApi, remote_id: str) -> Made | None:
    """An item that Google shows us; None where it shows none under this id.

    Raises:
        DeliveryError: It does not say.
    """
    response = api.find(f"mediaItems/{quote(remote_id, safe='')}")
    if response.status_code == answers.NOT_FOUND or _is_no_id(response.status_code, response.text):
        return None
    item = api.content(response)
    return Made(remote_id, item.get("productUrl"), shown=True) if item.get("id") == remote_id else None


def _is_no_id(status: int, said: str) -> bool:
    return status == answers.BAD_REQUEST and bool(re.search("invalid media item id", said, re.IGNORECASE))
