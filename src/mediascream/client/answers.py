"""What a server's answer means for the one who asked, and what it means that none came."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Final, TypeVar

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from mediascream import wire
from mediascream.errors import ConnectionBroken, ServerGone, ServerRefused

if TYPE_CHECKING:
    from mediascream.errors import ServerTrouble

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

NOT_OURS: Final = "not-ours"
"""The `problem` of an answer that Mediascream did not write."""

_NUMBER: Final = re.compile(r"\[Errno -?\d+\] ")
_AWAY: Final = frozenset({429, 502, 503, 504})
_STUMBLED: Final = frozenset({408, 500})


def read(model: type[M], answer: httpx2.Response) -> M:
    """What is in an answer, as `model`."""
    return adapt(TypeAdapter(model), answer)


def adapt(adapter: TypeAdapter[T], answer: httpx2.Response) -> T:
    """What is in an answer.

    Raises:
        ServerRefused: It was written by something else, such as a proxy.
    """
    try:
        return adapter.validate_json(answer.content)
    except ValidationError as error:
        raise _not_ours(answer) from error


def trouble_of(answer: httpx2.Response) -> ServerTrouble:
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


def no_answer(url: str, error: httpx2.HTTPError) -> ServerTrouble:
    """What it means for the one who asked that no answer came."""
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return _not_met(url, error)
        case httpx2.TransportError():
            return ConnectionBroken(f"the connection to {url} broke ({_say(error)})")
        case _:
            return ServerRefused(f"{url}: {error}", status=0, problem=NOT_OURS)


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


def _say(error: httpx2.TransportError) -> str:
    return (
        "no answer for a long time" if isinstance(error, httpx2.TimeoutException) else str(error) or "no reason given"
    )


def _not_ours(answer: httpx2.Response) -> ServerRefused:
    words = f"an answer that makes no sense: {_status_line(answer)}"
    return ServerRefused(words, status=answer.status_code, problem=NOT_OURS)


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
