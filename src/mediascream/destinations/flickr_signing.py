"""OAuth 1.0a as Flickr wants it: HMAC-SHA1, in the Authorization header, over all form fields.

An upload is a multipart form, whose fields the standard (RFC 5849, 3.4.1.3.1) leaves unsigned. Flickr
signs them all but `photo` (https://www.flickr.com/services/api/upload.api.html, read 2026-11-24), and so
do we: the fields are signed as if they were an ordinary form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from oauthlib.oauth1 import Client

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a request is signed with: the app's key, and a token once there is one."""

    app_key: str
    app_secret: str = field(repr=False)
    token: str | None = None
    token_secret: str | None = field(default=None, repr=False)


def authorization(
    url: str,
    fields: Mapping[str, str],
    keys: Keys,
    *,
    callback: str | None = None,
    verifier: str | None = None,
    nonce: str | None = None,
    timestamp: str | None = None,
) -> str:
    """The Authorization header of a POST to exactly this `url` with these fields."""
    client = Client(
        keys.app_key,
        client_secret=keys.app_secret,
        resource_owner_key=keys.token,
        resource_owner_secret=keys.token_secret,
        callback_uri=callback,
        verifier=verifier,
        nonce=nonce,
        timestamp=timestamp,
    )
    _, headers, _ = client.sign(url, "POST", body=urlencode(fields), headers={"Content-Type": FORM})
    return str(headers["Authorization"])
