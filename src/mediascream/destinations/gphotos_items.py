"""Making items of bytes that are at Google Photos: many in one request, one request at a time for an account.

At most 50 in one, and no two requests that write at once, in whichever worker; results come in any order and are told
apart by their upload tokens; some may have failed
(https://developers.google.com/photos/library/reference/rest/v1/mediaItems/batchCreate and …/guides/upload-media, read
2026-11-24). The same bytes make the same item, so that a request whose answer got lost can be repeated; twice in one
request the second is refused (https://github.com/dtinit/data-transfer-project/issues/1009, read 2026-11-24).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mediascream.destinations.gphotos_answers import ALBUM_GONE, UNKNOWN
from mediascream.errors import DeliveryError, TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mediascream.destinations.base import Shared
    from mediascream.destinations.gphotos_album import Album
    from mediascream.destinations.gphotos_api import PhotosApi

MOST = 50
NO_STATUS = -1


@dataclass(frozen=True, slots=True)
class Wish:
    """An item to be made."""

    token: str
    file_name: str
    description: str

    def content(self) -> dict[str, Any]:
        """As Google wants it."""
        simple = {"uploadToken": self.token, "fileName": self.file_name}
        said = {"description": self.description} if self.description else {}
        return {**said, "simpleMediaItem": simple}


@dataclass(frozen=True, slots=True)
class Made:
    """An item that is there.

    Attributes:
        shown: Google showed it under its id, when it was asked.
    """

    id: str
    url: str | None = None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class NotMade:
    """Google made no item of it, for a reason that has a number of gRPC; `NO_STATUS` where it says nothing of it."""

    code: int
    message: str


Outcome = Made | NotMade | DeliveryError
"""An error: one that says something of this wish alone."""


class Items:
    """Makes items.

    Args:
        turn: Whoever holds it may write to the account.
    """

    def __init__(self, api: PhotosApi, shared: Shared, *, turn: str, album: Album | None) -> None:
        self._api = api
        self._shared = shared
        self._turn = turn
        self._album = album

    def make(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """What becomes of each wish, in order.

        Raises:
            DeliveryError: Whatever it is, it concerns all of them.
        """
        with self._shared.one_at_a_time(self._turn):
            outcomes = self._create(wishes)
        made = [outcome.id for outcome in outcomes if isinstance(outcome, Made)]
        shown = self._seen(made)
        return [
            replace(outcome, shown=outcome.id in shown) if isinstance(outcome, Made) else outcome
            for outcome in outcomes
        ]

    def shown(self, ids: Sequence[str]) -> list[bool]:
        """Whether Google shows each item.

        Raises:
            DeliveryError: It does not say.
        """
        query = urlencode([("mediaItemIds", one) for one in ids])
        said = self._api.get(f"mediaItems:batchGet?{query}")
        found = {(result.get("mediaItem") or {}).get("id") for result in said.get("mediaItemResults", [])}
        return [one in found for one in ids]

    def _create(self, wishes: Sequence[Wish]) -> list[Outcome]:
        try:
            return _match(wishes, self._ask(wishes))
        except DeliveryError as error:
            if error.reason != UNKNOWN:
                raise
            if len(wishes) == 1:
                return [error]
        # One of them spoils it for all: look which.
        middle = len(wishes) // 2
        return self._create(wishes[:middle]) + self._create(wishes[middle:])

    def _ask(self, wishes: Sequence[Wish]) -> dict[str, Any]:
        content: dict[str, Any] = {"newMediaItems": [wish.content() for wish in wishes]}
        if self._album is None:
            return self._api.post("mediaItems:batchCreate", content)
        try:
            return self._api.post("mediaItems:batchCreate", content | {"albumId": self._album.id()})
        except TryLater as error:
            if error.reason != ALBUM_GONE:
                raise
        self._album.forget()
        return self._api.post("mediaItems:batchCreate", content | {"albumId": self._album.id()})

    def _seen(self, ids: Sequence[str]) -> set[str]:
        """Those that Google shows; where it does not say, none."""
        try:
            return {one for one, there in zip(ids, self.shown(ids), strict=True) if there} if ids else set()
        except DeliveryError:
            return set()


def _match(wishes: Sequence[Wish], said: Mapping[str, Any]) -> list[Outcome]:
    """The results by their tokens; two wishes with one token are one."""
    by_token = {result.get("uploadToken"): result for result in said.get("newMediaItemResults", [])}
    return [_outcome(by_token.get(wish.token)) for wish in wishes]


def _outcome(result: Mapping[str, Any] | None) -> Made | NotMade:
    status = (result or {}).get("status") or {}
    item = (result or {}).get("mediaItem") or {}
    if item.get("id") and not status.get("code"):
        return Made(str(item["id"]), item.get("productUrl"))
    return NotMade(int(status.get("code") or NO_STATUS), str(status.get("message", "no result")))
