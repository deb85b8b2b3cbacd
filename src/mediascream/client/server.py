"""The server as the laptop sees it: each request of the contract that a command makes, once.

The only file, beside `answers.py`, that knows the HTTP library. One `Server` is used by many threads. There is no limit on
how long a request takes as a whole (a video may need an hour), only on how long nothing moves.
Requests to this machine never go through a proxy.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import httpx2
from pydantic import TypeAdapter

from mediascream import wire
from mediascream.client.answers import NOT_OURS, adapt, no_answer, read, trouble_of
from mediascream.errors import ConnectionBroken, ServerGone, ServerRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from mediascream.photo import DeliveryState, DestinationName, PhotoId

_STILL_S: Final = httpx2.Timeout(connect=10, read=120, write=120, pool=None)
_DEEP_S: Final = httpx2.Timeout(connect=10, read=1800, write=120, pool=None)
"""A deep check re-reads originals from the archive before it answers."""
_DEEP_IDS: Final = 100
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_CREATED: Final = 201
_SEEN: Final[TypeAdapter[wire.Photo | wire.PhotoGlimpse]] = TypeAdapter(wire.Photo | wire.PhotoGlimpse)


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to bytes that were sent.

    Attributes:
        new: False where the server had them already.
    """

    photo: wire.Photo | wire.PhotoGlimpse
    new: bool


class Server:
    """A Mediascream server.

    Args:
        url: Where it is, such as `http://localhost:5000`; a path before its own is fine.
        token: What a server with a password wants to see; None for none.
        connections: How many requests may run at once.
    """

    def __init__(self, url: str, token: str | None = None, *, connections: int = 8) -> None:
        self.url = url if "://" in url else f"http://{url}"
        address = _address(self.url)
        self._http = httpx2.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=_STILL_S,
            limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=not _is_this_machine(address.host),
            verify=address.scheme == "https" or _trust_nobody(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def greet(self) -> None:
        """Find out whether this is a server that lets us in, in words for the person who typed its address.

        Raises:
            ServerTrouble: No.
        """
        try:
            self.check(())
        except ServerGone as trouble:
            raise ServerGone(
                f"{trouble.detail}. Start it with `mediascream serve`, or name another with --server URL."
            ) from trouble
        except ConnectionBroken as trouble:
            raise ConnectionBroken(f"{trouble.detail}. Is it the right address{self._or_https()}?") from trouble
        except ServerRefused as refusal:
            raise ServerRefused(self._introduced(refusal), status=refusal.status, problem=refusal.problem) from refusal

    def _or_https(self) -> str:
        return ", or is it https there" if self.url.startswith("http://") else ""

    def _introduced(self, refusal: ServerRefused) -> str:
        if refusal.problem == NOT_OURS or refusal.status == _NOT_FOUND:
            return f"{self.url} does not answer as Mediascream does ({refusal.detail}): is it the right address?"
        if refusal.status == _UNAUTHORIZED:
            return f"{refusal.detail} (--token or MEDIASCREAM_TOKEN)"
        return refusal.detail

    def check(self, ids: Sequence[PhotoId], *, deep: bool = False) -> dict[PhotoId, wire.Known]:
        """The photos among `ids` that are known; the server is asked in as many requests as it takes."""
        size = _DEEP_IDS if deep else wire.CHECK_MAX_IDS
        known: dict[PhotoId, wire.Known] = {}
        for start in range(0, max(len(ids), 1), size):
            question = wire.CheckRequest(ids=tuple(ids[start : start + size]), deep=deep)
            answer = self._ask("POST", "photos/check", body=question, timeout=_DEEP_S if deep else _STILL_S)
            known |= read(wire.CheckAnswer, answer).known
        return known

    def put(self, photo_id: PhotoId, body: Iterable[bytes], *, size_bytes: int, values: dict[str, str]) -> Sent:
        """Send one file; `values` are the optional ones of the contract, and `file_name`."""
        answer = self._ask(
            "PUT",
            f"photos/{photo_id}",
            params=values,
            content=body,
            headers={"Content-Length": str(size_bytes), "Content-Type": "application/octet-stream"},
        )
        (photo,) = read(wire.PhotosAnswer, answer).photos
        return Sent(photo, new=answer.status_code == _CREATED)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Iterable[bytes] | None = None
    ) -> Mapping[str, str]:
        """The headers of an answer that says all it has to say in them; their names in lower case."""
        answer = self._ask(method, path, headers=dict(headers), content=body)
        return {name.lower(): value for name, value in answer.headers.items()}

    def photo(self, photo_id: PhotoId) -> wire.Photo | wire.PhotoGlimpse | None:
        """What is known of a photo; None where nothing is, or a token may not know."""
        try:
            return adapt(_SEEN, self._ask("GET", f"photos/{photo_id}"))
        except ServerRefused as refusal:
            if refusal.status == _NOT_FOUND and refusal.problem == "photo-unknown":
                return None
            raise

    def edit(self, photo_id: PhotoId, changes: dict[str, Any]) -> None:
        """Change what is said of a photo; what is not named stays."""
        self._ask("PATCH", f"photos/{photo_id}", body=wire.PhotoEdit.model_validate(changes))

    def retry_photo(self, photo_id: PhotoId, destination: DestinationName) -> None:
        """Try the delivery of one photo to one destination again."""
        self._ask("POST", f"photos/{photo_id}/retry", body=wire.DestinationBody(destination=destination))

    def destinations(self) -> tuple[wire.Destination, ...]:
        """Every destination with its counts."""
        return read(wire.DestinationsAnswer, self._ask("GET", "destinations")).destinations

    def act(self, destination: DestinationName, verb: str) -> None:
        """`pause`, `resume`, `backfill` or `retry` a whole destination."""
        self._ask("POST", f"destinations/{destination}/{verb}")

    def deliveries(self, state: DeliveryState, *, limit: int) -> Iterator[wire.Delivery]:
        """Up to `limit` deliveries in one state."""
        values = {"state": str(state), "limit": str(limit)}
        yield from read(wire.DeliveriesPage, self._ask("GET", "deliveries", params=values)).deliveries

    def _ask(self, method: str, path: str, *, body: wire.Request | None = None, **more: Any) -> httpx2.Response:
        if body is not None:
            more |= {
                "content": body.model_dump_json(exclude_unset=True),
                "headers": {"Content-Type": "application/json"},
            }
        try:
            answer = self._http.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise no_answer(self.url, error) from error
        if answer.is_success:
            return answer
        raise trouble_of(answer)


def _address(url: str) -> httpx2.URL:
    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ServerRefused(f"{url} is no address: {error}", status=0, problem=NOT_OURS) from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise ServerRefused(f"{url} is no address of a server on the web", status=0, problem=NOT_OURS)
    return address


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _trust_nobody() -> ssl.SSLContext:
    """For plain http: the system's certificates take a quarter of a second to load, and none is needed."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
