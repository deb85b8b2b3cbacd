"""The album that copies are put into, made once.

Titles are no names: asked twice, Google makes two albums of one title
(https://github.com/gphotosuploader/gphotos-uploader-cli/issues/192, read 2026-11-24). So the id is kept, what is about to
be made is written down first, and where that is not known to have happened, the albums that we made are looked through;
as nobody says how soon a new one is among them, it is looked for a while before another is made.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.destinations.base import Shared
    from mediascream.destinations.gphotos_api import PhotosApi

LONGEST_TITLE = 500
LISTING_LAG = timedelta(minutes=2)
LOOK_AGAIN_S = 30.0


class Album:
    """One album by its title. Its methods are called by who holds the account's turn.

    Args:
        key: Tells apart whose album it is, where the log-in changes.
    """

    def __init__(self, api: PhotosApi, shared: Shared, title: str, *, key: str, now: Callable[[], datetime]) -> None:
        self._api = api
        self._shared = shared
        self._title = title.strip()[:LONGEST_TITLE]
        digest = hashlib.sha256(json.dumps([key, self._title]).encode()).hexdigest()[:32]
        self._name = f"gphotos.album.{digest}"
        self._now = now

    def id(self) -> str:
        """Its id; it is made where there is none.

        Raises:
            DeliveryError: It is neither known nor could it be made now.
        """
        kept = self._kept()
        return kept["id"] if "id" in kept else self._keep(self._found() or self._made(kept.get("making")))

    def forget(self) -> None:
        """Google does not know it any more: its owner removed it, or the log-in is another's."""
        self._shared.put(self._name, "{}")

    def _kept(self) -> dict[str, str]:
        return dict(json.loads(self._shared.get(self._name) or "{}"))

    def _keep(self, album_id: str) -> str:
        self._shared.put(self._name, json.dumps({"id": album_id}))
        return album_id

    def _found(self) -> str | None:
        """The oldest that we made under this title."""
        return next((one["id"] for one in self._ours() if one.get("title") == self._title and one.get("id")), None)

    def _ours(self) -> Iterator[dict[str, str]]:
        page = ""
        while True:
            said = self._api.get(f"albums?pageSize=50&excludeNonAppCreatedData=true{page}")
            yield from said.get("albums", [])
            if not said.get("nextPageToken"):
                return
            page = f"&pageToken={quote(str(said['nextPageToken']), safe='')}"

    def _made(self, making: str | None) -> str:
        """A new one, unless an earlier try may have made one that is not listed yet."""
        now = self._now()
        if making is not None and now - datetime.fromisoformat(making) < LISTING_LAG:
            msg = f"Whether the album {self._title!r} was made is not known; it is looked for before another is made."
            raise TryLater(msg, reason="album-unknown", retry_after_s=LOOK_AGAIN_S)
        self._shared.put(self._name, json.dumps({"making": now.astimezone(UTC).isoformat()}))
        made = self._api.post("albums", {"album": {"title": self._title}})
        if not made.get("id"):
            msg = "Google Photos made an album, but says not under which id."
            raise TryLater(msg, reason="answer-unreadable")
        return str(made["id"])
