"""Every error as RFC 9457 `application/problem+json`: one table from our errors to HTTP statuses.

Nothing below `web/` knows HTTP; nothing here decides what is wrong. What a sender wrote is told back
only where our own sentence quotes it, never as a whole.
"""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from mediascream import errors
from mediascream.errors import FilesRefused, GuessedTooOften, MediascreamError, PhotoUnknown, TryLater
from mediascream.wire import Problem, ProblemPart

MEDIA_TYPE: Final = "application/problem+json"

CHECKSUM_MISMATCH: Final = 460
"""A status of tus's own."""

NOT_UNDERSTOOD: Final = "A value cannot be understood"

STATUSES: Final[dict[type[MediascreamError], tuple[int, str]]] = {
    errors.RequestRefused: (HTTPStatus.BAD_REQUEST, "The request cannot be done"),
    errors.UploadInvalid: (HTTPStatus.UNPROCESSABLE_ENTITY, "The upload makes no sense as it was sent"),
    errors.FieldInvalid: (HTTPStatus.UNPROCESSABLE_ENTITY, NOT_UNDERSTOOD),
    errors.UploadCut: (HTTPStatus.BAD_REQUEST, "The upload ended before it was whole"),
    errors.NotAPhoto: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "No photo or video"),
    errors.UploadTooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large"),
    errors.PhotoUnknown: (HTTPStatus.NOT_FOUND, "No such photo"),
    errors.DeliveryUnknown: (HTTPStatus.NOT_FOUND, "No such delivery"),
    errors.NoRendition: (HTTPStatus.NOT_FOUND, "No picture of this photo"),
    errors.KeyUnknown: (HTTPStatus.NOT_FOUND, "No such token, session or passkey"),
    errors.RequestMalformed: (HTTPStatus.BAD_REQUEST, "No HTTP request"),
    errors.HeadTooLong: (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Too long a head"),
    errors.CallerRefused: (HTTPStatus.FORBIDDEN, "Not for this caller"),
    errors.LoginNeeded: (HTTPStatus.UNAUTHORIZED, "Log in first"),
    errors.GuessedTooOften: (HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts to log in"),
    errors.ProviderTrouble: (HTTPStatus.BAD_GATEWAY, "The provider says no"),
    errors.TooManyListeners: (HTTPStatus.TOO_MANY_REQUESTS, "Too many listeners"),
    errors.RangeEmpty: (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "No such part"),
    errors.NotInInbox: (HTTPStatus.NOT_FOUND, "Not in the inbox"),
    errors.NameLocked: (HTTPStatus.LOCKED, "Locked"),
    errors.ConflictingState: (HTTPStatus.CONFLICT, "Does not fit what is there"),
    errors.ResumableUnknown: (HTTPStatus.NOT_FOUND, "No such upload"),
    errors.ResumableGone: (HTTPStatus.GONE, "This upload is over"),
    errors.OffsetConflict: (HTTPStatus.CONFLICT, "Not where it goes on"),
    errors.UploadJoined: (HTTPStatus.FORBIDDEN, "Made of parts, and whole"),
    errors.ChecksumWrong: (CHECKSUM_MISMATCH, "Damaged on the way"),
    errors.ProtocolUnknown: (HTTPStatus.PRECONDITION_FAILED, "Another version of tus"),
    errors.HeaderInvalid: (HTTPStatus.BAD_REQUEST, "A header cannot be understood"),
    errors.BodyTypeWrong: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not the type of a piece of an upload"),
    errors.TakenOver: (HTTPStatus.LOCKED, "Taken over by a newer request"),
    errors.TooManyResumables: (HTTPStatus.TOO_MANY_REQUESTS, "Too many unfinished uploads"),
    errors.DiskFull: (HTTPStatus.INSUFFICIENT_STORAGE, "No room"),
    errors.NotInArchive: (HTTPStatus.NOT_FOUND, "Not in the archive"),
    errors.ArchiveError: (HTTPStatus.BAD_GATEWAY, "The archive says no"),
    errors.DeliveryError: (HTTPStatus.SERVICE_UNAVAILABLE, "Not to be had just now"),
    errors.DecodersBroken: (HTTPStatus.INTERNAL_SERVER_ERROR, "Nothing can be decoded"),
    MediascreamError: (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong"),
}
"""Status and title of each error; one that is not named here has those of its parent."""

ELSEWHERE: Final = (errors.CannotStart, errors.ServerTrouble, errors.FileTrouble)
"""Errors that never come over HTTP: of the start, and of the laptop's side."""


def status_of(error: MediascreamError) -> tuple[int, str]:
    """The status and title of an error: its own, or its nearest parent's."""
    if isinstance(error, FilesRefused):
        return status_of(error.refusals[0].error)
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem_of(error: MediascreamError) -> Problem:
    """What is told of an error."""
    status, title = status_of(error)
    return Problem(
        type=_type(_code(error)),
        title=title,
        status=status,
        detail=error.detail,
        code=_code(error),
        errors=_parts(error),
    )


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """The answer that tells a problem."""
    content = problem.model_dump_json(exclude_none=True)
    return Response(content, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def error_response(error: MediascreamError, more: dict[str, str] | None = None) -> Response:
    """The answer that tells an error of ours; `more` are headers of it."""
    wait_s = error.retry_after_s if isinstance(error, TryLater | GuessedTooOften) else None
    headers = {} if wait_s is None else {"Retry-After": str(max(1, round(wait_s)))}
    return problem_response(problem_of(error), headers | {"Cache-Control": "no-store"} | (more or {}))


def failure_response() -> Response:
    """The answer to what should never happen; what it was stands in the log."""
    detail = "Something went wrong in the server; its log tells what."
    return problem_response(
        Problem(type=_type("internal"), title="Something went wrong", status=500, detail=detail, code="internal")
    )


def install(app: FastAPI) -> None:
    """Have `app` answer every error with a problem."""
    for kind in (MediascreamError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    match error:
        case MediascreamError():
            return error_response(error)
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return problem_response(_http_problem(error), {"Allow": ", ".join(_allowed(request))})
        case HTTPException():
            return problem_response(_http_problem(error), dict(error.headers or {}))
        case RequestValidationError():
            return problem_response(_invalid_problem(error, request.method))
        case _:
            return failure_response()


def _allowed(request: Request) -> list[str]:
    """Every method that the path of a request knows; the framework names those of one route only."""
    app: FastAPI = request.app
    path = request.url.path.rstrip("/")
    paths: dict[str, dict[str, object]] = app.openapi()["paths"]
    known = {
        method.upper()
        for template, operations in paths.items()
        if compile_path(template.rstrip("/"))[0].match(path)
        for method in operations
    }
    return sorted(known | ({"HEAD"} if "GET" in known else set())) or ["GET"]


def _http_problem(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    return Problem(type=_type(code), title=phrase, status=error.status_code, detail=str(error.detail), code=code)


def _invalid_problem(error: RequestValidationError, method: str) -> Problem:
    """What is wrong with a request; who asks for a photo by what is no id hears that there is none."""
    errors = error.errors()
    if method != "PUT" and any(tuple(one["loc"]) == ("path", "id") for one in errors):
        return problem_of(PhotoUnknown("No photo has this id: an id is 64 lower-case hex digits."))
    parts = tuple(
        ProblemPart(code=str(one["type"]), detail=_sentence(str(one["msg"])), pointer=_pointer(one["loc"]))
        for one in errors
    )
    detail = "; ".join(f"{part.pointer or 'body'}: {part.detail}" for part in parts[:5])
    title = NOT_UNDERSTOOD
    return Problem(
        type=_type("field-invalid"), title=title, status=422, detail=detail, code="field-invalid", errors=parts
    )


def _sentence(message: str) -> str:
    """Without what pydantic puts before a sentence of ours."""
    return message.removeprefix("Value error, ")


def _code(error: MediascreamError) -> str:
    return error.refusals[0].error.code if isinstance(error, FilesRefused) else error.code


def _type(code: str) -> str:
    """A relative address: the page of the API lists every problem."""
    return f"/docs#{code}"


def _parts(error: MediascreamError) -> tuple[ProblemPart, ...] | None:
    if not isinstance(error, FilesRefused):
        return None
    return tuple(
        ProblemPart(code=one.error.code, detail=one.error.detail, index=one.index, file_name=one.file_name)
        for one in error.refusals
    )


def _pointer(location: tuple[int | str, ...]) -> str:
    """The place of a value in a body as a JSON pointer, or the plain name of one in the query or path."""
    where, *path = location
    if where != "body":
        return str(path[-1]) if path else str(where)
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
