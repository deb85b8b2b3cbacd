"""Reading a copy back from Flickr: its own original, where the account gives it, hashed on the way.

Pro accounts get their originals, byte for byte for JPEG, PNG and GIF; free ones get none
(http://picsandquotes.com/index-743.html, read 2026-11-24). Flickr never tells a hash.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING, Final

from mediascream.destinations.flickr_answers import No, error_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from mediascream.destinations.base import Outgoing
    from mediascream.destinations.flickr_api import FlickrApi
    from mediascream.destinations.flickr_signing import Keys

LABELS: Final = ("Original", "Video Original")
NOT_FOUND, NOT_ALLOWED = 1, 2


def read_original(api: FlickrApi, keys: Keys, remote_id: str) -> Generator[bytes]:
    """The original of a copy; nothing where Flickr gives none.

    Raises:
        DeliveryError: It does not say, or they break off.
    """
    address = _address_of_original(api, keys, remote_id)
    if address is not None:
        yield from api.fetch(address)


def reads_back_equal(api: FlickrApi, keys: Keys, photo: Outgoing, remote_id: str) -> bool:
    """Whether the original that Flickr gives is ours, byte for byte; False also where it gives none.

    Raises:
        DeliveryError: It does not say.
    """
    digest, size_bytes = hashlib.sha256(), 0
    with closing(read_original(api, keys, remote_id)) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            size_bytes += len(chunk)
            if size_bytes > photo.size_bytes:
                return False
    return digest.hexdigest() == photo.id


def _address_of_original(api: FlickrApi, keys: Keys, remote_id: str) -> str | None:
    answer = api.call(keys, "photos.getSizes", photo_id=remote_id)
    if isinstance(answer, No):
        if answer.code in {NOT_FOUND, NOT_ALLOWED}:
            return None
        raise error_of(answer, upload=False)
    sizes = {size.get("label"): size.get("source") for size in answer.content.iter("size")}
    return next((sizes[label] for label in LABELS if sizes.get(label)), None)
