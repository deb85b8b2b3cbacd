"""The server as the laptop sees it: each request of the contract that a command makes, once.

The only file that knows the HTTP library. One `Server` is used by many threads. There is no limit on
how long a request takes as a whole (a video may need an hour), only on how long nothing moves.
Requests to this machine never go through a proxy.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from mediascream import wire
from mediascream.errors import ConnectionBroken, ServerGone, ServerRefused, ServerTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from mediascream.photo import DeliveryState, DestinationName, PhotoId

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

NOT_OURS: Final = "not-ours"
"""The `problem` of an answer that Mediascream did not write."""

_STILL_S: Final = httpx2.Timeout(connect=10, read=120, write=120, pool=None)
_DEEP_S: Final = httpx2.Timeout(connect=10, read=1800, write=120, pool=None)
"""A deep check re-reads originals from the archive before it answers."""
_DEEP_IDS: Final = 100
_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")
_AWAY: Final = frozenset({429, 502, 503, 504})
_STUMBLED: Final = frozenset({408, 500})
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
            known |= _read(wire.CheckAnswer, answer).known
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
        (photo,) = _read(wire.PhotosAnswer, answer).photos
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
            return _adapt(_SEEN, self._ask("GET", f"photos/{photo_id}"))
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
        return _read(wire.DestinationsAnswer, self._ask("GET", "destinations")).destinations

    def act(self, destination: DestinationName, verb: str) -> None:
        """`pause`, `resume`, `backfill` or `retry` a whole destination."""
        self._ask("POST", f"destinations/{destination}/{verb}")

    def deliveries(self, state: DeliveryState, *, limit: int) -> Iterator[wire.Delivery]:
        """Up to `limit` deliveries in one state."""
        values = {"state": str(state), "limit": str(limit)}
        yield from _read(wire.DeliveriesPage, self._ask("GET", "deliveries", params=values)).deliveries

    def _ask(self, method: str, path: str, *, body: wire.Request | None = None, **more: Any) -> httpx2.Response:
        if body is not None:
            more |= {
                "content": body.model_dump_json(exclude_unset=True),
                "headers": {"Content-Type": "application/json"},
            }
        try:
            answer = self._http.request(method, path, **more)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise _not_met(self.url, error) from error
        except httpx2.TransportError as error:
            raise ConnectionBroken(f"the connection to {self.url} broke ({_say(error)})") from error
        except httpx2.HTTPError as error:
            raise ServerRefused(f"{self.url}: {error}", status=0, problem=NOT_OURS) from error
        if answer.is_success:
            return answer
        raise _trouble(answer)


def _not_met(url: str, error: httpx2.TransportError) -> ServerTrouble:
    """A server that is not there, or one that does not speak https as is asked of it."""
    match _tls_trouble(error):
        case ssl.SSLCertVerificationError() as trouble:
            words = f"its certificate is not trusted here: {trouble.verify_message}"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST" | "RECORD_LAYER_FAILURE"):
            words = "it speaks http, not https"
        case _:
            return ServerGone(f"no server answers at {url} ({_plain(error)})")
    return ServerRefused(words, status=0, problem=NOT_OURS)


def _tls_trouble(error: BaseException | None) -> ssl.SSLError | None:
    """What TLS had to say, under what the HTTP library made of it."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _plain(error: httpx2.TransportError) -> str:
    """`connection refused`, without the system's number for it."""
    words = _NUMBER.sub("", str(error)) or "no reason given"
    return words[0].lower() + words[1:]


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


def _say(error: httpx2.TransportError) -> str:
    return (
        "no answer for a long time" if isinstance(error, httpx2.TimeoutException) else str(error) or "no reason given"
    )


def _read(model: type[M], answer: httpx2.Response) -> M:
    return _adapt(TypeAdapter(model), answer)


def _adapt(adapter: TypeAdapter[T], answer: httpx2.Response) -> T:
    try:
        return adapter.validate_json(answer.content)
    except ValidationError as error:
        raise _not_ours(answer) from error


def _not_ours(answer: httpx2.Response) -> ServerRefused:
    words = f"an answer that makes no sense: {_status_line(answer)}"
    return ServerRefused(words, status=answer.status_code, problem=NOT_OURS)


def _trouble(answer: httpx2.Response) -> ServerTrouble:
    """What an answer that is no success means for the one who asked."""
    status, problem = answer.status_code, _problem(answer)
    words = problem.detail if problem else _status_line(answer)
    if status in _AWAY:
        return ServerGone(f"the server cannot take it now: {words}", retry_after_s=_retry_after_s(answer))
    if status in _STUMBLED:
        return ConnectionBroken(f"the server stumbled: {words}")
    if answer.is_redirect:
        words = f"the server has moved to {answer.headers.get('Location')}"
    return ServerRefused(words, status=status, problem=problem.code if problem else NOT_OURS)


def _problem(answer: httpx2.Response) -> wire.Problem | None:
    """None where something in between answered: a proxy, or a server of another kind."""
    try:
        return wire.Problem.model_validate_json(answer.content)
    except ValidationError:
        return None


def _status_line(answer: httpx2.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()


def _retry_after_s(answer: httpx2.Response) -> float | None:
    """Only the form in seconds: a date would trust two clocks."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
