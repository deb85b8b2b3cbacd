"""Talking to Flickr: signed requests, and its answers in our words.

Every request is a POST with the signature in its header, so nothing secret is in an address or a log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import httpx2

from mediascream.destinations import flickr_answers as answers
from mediascream.destinations.flickr_answers import as_error, error_of, oauth_problem, read_answer
from mediascream.destinations.flickr_form import UploadForm
from mediascream.destinations.flickr_signing import FORM, authorization
from mediascream.destinations.retry_after import retry_after_s, skew
from mediascream.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from mediascream.destinations.base import Outgoing
    from mediascream.destinations.flickr_answers import Answer, Yes
    from mediascream.destinations.flickr_signing import Keys
    from mediascream.errors import DeliveryError

TIMEOUT = httpx2.Timeout(connect=10.0, write=60.0, read=300.0, pool=60.0)
"""Flickr answers an upload only when it has made its sizes, which may take minutes."""

NOWHERE = frozenset({403, 404, 410})
TOO_MANY, TOO_LARGE, UNAUTHORIZED, UNAVAILABLE, SERVER_ERROR, OK = 429, 413, 401, 503, 500, 200


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Flickr is; `oauth` is the folder of `request_token`, `authorize` and `access_token`."""

    rest: str
    upload: str
    oauth: str


class FlickrApi:
    """Signed requests over connections that are kept open; many threads may use it at once.

    Args:
        spend: Called before each request to the API; what it raises is the answer.
    """

    def __init__(self, addresses: Addresses, *, spend: Callable[[], None] = lambda: None) -> None:
        self.addresses = addresses
        self._spend = spend
        self._http = httpx2.Client(timeout=TIMEOUT, headers={"User-Agent": "Mediascream"})

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def call(self, keys: Keys, method: str, **fields: str) -> Answer:
        """What a method of the API answers; a refusal too is an answer.

        Raises:
            DeliveryError: There is no answer, or one that says something of all requests.
        """
        form = {"method": f"flickr.{method}", **fields}
        return read_answer(self._post_form(self.addresses.rest, form, authorization(self.addresses.rest, form, keys)))

    def ask(self, keys: Keys, method: str, **fields: str) -> Yes:
        """As `call`, where a refusal is an error.

        Raises:
            DeliveryError: There is no answer, or a refusal.
        """
        answer = self.call(keys, method, **fields)
        if isinstance(answer, answers.No):
            raise error_of(answer, upload=False)
        return answer

    def upload(self, keys: Keys, fields: Mapping[str, str], photo: Outgoing) -> Answer:
        """What Flickr answers to an upload; a refusal too is an answer.

        Raises:
            DeliveryError: There is no answer: whether the file arrived, nobody knows.
        """
        url = self.addresses.upload
        form = UploadForm(fields, photo)
        return read_answer(self._post(url, form, form.headers | {"Authorization": authorization(url, fields, keys)}))

    def fetch(self, address: str) -> Generator[bytes]:
        """The bytes under an address that Flickr gave for one of its files; none where that leads nowhere.

        Nothing that lets us in goes with the request.

        Raises:
            DeliveryError: They are not to be had now, or not whole.
        """
        try:
            with self._http.stream("GET", address, follow_redirects=True) as response:
                if response.status_code in NOWHERE:
                    return
                if response.status_code != OK:
                    response.read()
                    raise _error_of_status(response)
                yield from response.iter_bytes()
        except httpx2.HTTPError as error:
            msg = f"A copy could not be read back from Flickr ({_reason(error)})."
            raise TryLater(msg, reason="connection-broken") from error

    def oauth(
        self, keys: Keys, step: str, *, callback: str | None = None, verifier: str | None = None
    ) -> dict[str, str]:
        """The answer to a step of logging in: `request_token` or `access_token`.

        Raises:
            DeliveryError: There is no answer, or a refusal.
        """
        url = f"{self.addresses.oauth.rstrip('/')}/{step}"
        body = self._post_form(url, {}, authorization(url, {}, keys, callback=callback, verifier=verifier))
        trouble = oauth_problem(body)
        if trouble is not None:
            raise as_error(trouble, _words(body))
        return dict(parse_qsl(body.decode("utf-8", "replace")))

    def _post_form(self, url: str, form: Mapping[str, str], signature: str) -> bytes:
        return self._post(url, [urlencode(form).encode()], {"Content-Type": FORM, "Authorization": signature})

    def _post(self, url: str, body: Iterable[bytes], headers: Mapping[str, str]) -> bytes:
        if isinstance(body, list):
            headers = {**headers, "Content-Length": str(sum(map(len, body)))}
        self._spend()
        try:
            response = self._http.post(url, content=body, headers=dict(headers))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            msg = f"Flickr cannot be reached: check the network ({_reason(error)})."
            raise TryLater(msg, reason="unreachable", retry_after_s=answers.PAUSE_S) from error
        except httpx2.TransportError as error:
            msg = f"The connection to Flickr broke before the answer came ({_reason(error)})."
            raise TryLater(msg, reason="connection-broken") from error
        if response.status_code != OK:
            raise _error_of_status(response)
        return response.content


def _error_of_status(response: httpx2.Response) -> DeliveryError:
    """What an answer means that is no answer of the API, but of what stands before it."""
    status = response.status_code
    seen = f"HTTP {status}"
    trouble = oauth_problem(response.content)
    if trouble is answers.CLOCK:
        return as_error(trouble, skew(response.headers.get("Date")) or seen)
    if trouble is not None:
        return as_error(trouble, _words(response.content))
    if status in {TOO_MANY, UNAVAILABLE}:
        pause_s = retry_after_s(response.headers.get("Retry-After")) or answers.PAUSE_S
        reason = "throttled" if status == TOO_MANY else "unreachable"
        return TryLater(f"Flickr asks to be left alone for a while ({seen}).", reason=reason, retry_after_s=pause_s)
    if status == TOO_LARGE:
        return as_error(answers.TOO_LARGE, seen)
    if status == UNAUTHORIZED:
        return as_error(answers.LOG_IN, seen)
    return as_error(answers.FAILED if status >= SERVER_ERROR else answers.ODD, seen)


def _words(body: bytes) -> str:
    """What an answer of OAuth says; the text that was signed (`debug_sbs`) holds tokens and is left out."""
    said = {name: value for name, value in parse_qsl(body.decode("utf-8", "replace")) if name != "debug_sbs"}
    return ", ".join(f"{name}: {value}" for name, value in said.items() if name.startswith("oauth_p"))[: answers.SHOWN]


def _reason(error: Exception) -> str:
    return str(error)[: answers.SHOWN] or type(error).__name__
