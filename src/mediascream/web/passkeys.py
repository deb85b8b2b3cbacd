"""Passkeys: added and removed at `/access`, and a way in at `/login`.

POST /access/passkeys/options      what a browser is to make a passkey of
POST /access/passkeys              the passkey that it made
POST /access/passkeys/{id}/remove  forgets one, and logs out who came in by it
POST /login/passkey/options        what a browser is to sign
POST /login/passkey                its signature; a session

What is to be signed (the challenge) is kept here, for five minutes, and is good for one answer, whatever that is.
"""

import base64
import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog
from fastapi import APIRouter
from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from mediascream import extras, wire
from mediascream.errors import ConflictingState, FieldInvalid, LogInFailed, LoginNeeded
from mediascream.hub import library_id
from mediascream.library import passkeys
from mediascream.web import openapi
from mediascream.web.access import Caller
from mediascream.web.logging_in import Visitor, begin_session, count, here, require_password, set_cookie, visitor_of
from mediascream.web.passkey_place import Place, place_of
from mediascream.web.pending import Challenge
from mediascream.web.site import Site, TheCaller, TheSite

router = APIRouter(tags=["Logging in"])

SCRIPT: Final = Path(__file__).with_name("passkeys.js")

_log = structlog.get_logger(__name__)
_Answer: Final = TypeAdapter(dict[str, JsonValue])


@router.get("/login/passkeys.js", include_in_schema=False)
async def send_script() -> Response:
    """What the pages at `/login` and `/access` need of a script."""
    return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.post("/access/passkeys/options", include_in_schema=False)
async def ask_for_new(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """What `navigator.credentials.create` takes."""
    place = await _require_place(request, site)
    from mediascream.web import ceremonies

    known = await site.read(passkeys.listed)
    options = ceremonies.ask_for_new(place, await _owner(site), (one.credential for one in known))
    site.challenges.put(options["challenge"], Challenge(adding=True, session=_session(caller)))
    return _options(options)


@router.post("/access/passkeys", include_in_schema=False)
async def add(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Keep the passkey that a browser made."""
    place = await _require_place(request, site)
    from mediascream.web import ceremonies

    said = await _read(request)
    try:
        name = TypeAdapter(wire.KeyName).validate_python(said.get("name"))
    except ValidationError:
        raise FieldInvalid("A passkey needs a name that can be read.") from None
    answer = _object(said, "credential")
    challenge = _take(site, answer, Challenge(adding=True, session=_session(caller)))
    made = ceremonies.learn(place, challenge, answer)
    kept = await site.hub.database.write_async(lambda c: passkeys.add(c, name, made, site.now()))
    if not kept:
        raise ConflictingState(f"This passkey is here already, or there are {passkeys.MOST}.")
    return Response(status_code=HTTPStatus.CREATED)


@router.post("/access/passkeys/{passkey}/remove", include_in_schema=False)
async def remove(passkey: str, site: TheSite) -> Response:
    """Forget a passkey, and back to the page."""
    await site.hub.database.write_async(lambda connection: passkeys.remove(connection, passkey, site.now()))
    return RedirectResponse("/access", HTTPStatus.SEE_OTHER)


@router.post(
    "/login/passkey/options",
    summary="What a passkey is to sign",
    response_model=dict[str, Any],
    responses=openapi.problems(400, 403),
)
async def ask_for_any(request: Request, site: TheSite) -> Response:
    """What `navigator.credentials.get` takes; good once, for five minutes."""
    place = await _require_place(request, site)
    from mediascream.web import ceremonies

    options = ceremonies.ask_for_any(place)
    site.challenges.put(options["challenge"], Challenge(adding=False))
    return _options(options)


@router.post(
    "/login/passkey",
    summary="Log in with a passkey",
    response_model=dict[str, str],
    responses=openapi.problems(400, 401, 403, 422, 429),
    openapi_extra=openapi.PASSKEY,
)
async def enter(request: Request, site: TheSite, caller: TheCaller) -> Response:
    """Check the signature; a browser that has one of the owner's passkeys gets a session."""
    place = await _require_place(request, site)
    said = await _read(request)
    answer = _object(said, "credential")
    visitor = visitor_of(request, caller)
    await count(site, visitor)
    key = await _key_of_session(site, place, answer, visitor)
    gone_on = JSONResponse({"next": here(str(said.get("next", "/")))}, headers={"Cache-Control": "no-store"})
    set_cookie(request, gone_on, key)
    return gone_on


async def _key_of_session(site: Site, place: Place, answer: dict[str, Any], visitor: Visitor) -> str:
    from mediascream.web import ceremonies

    challenge = _take(site, answer, Challenge(adding=False))
    credential = str(answer.get("id"))
    known = await site.read(lambda connection: passkeys.find(connection, credential))
    if known is None:
        raise LoginNeeded("This passkey is not known here, or was removed. The password opens the door still.")
    sign_count = ceremonies.recognise(place, challenge, answer, known, await _owner(site))

    def begin(connection: sa.Connection) -> str | None:
        good = passkeys.use(connection, known.id, sign_count, site.now())
        return begin_session(connection, visitor, passkey=known.id) if good else None

    key = await site.hub.database.write_async(begin)
    if key is None:
        _log.warning("a passkey was turned away", passkey=known.id, signed=sign_count, before=known.sign_count)
        raise LoginNeeded(
            "This passkey's count of signatures went back, so somebody may have copied it, and it opens nothing any more."
            " Log in with the password, remove it at /access and add it anew."
        )
    return key


async def _require_place(request: Request, site: Site) -> Place:
    """Where the passkey of this request is good.

    Raises:
        LogInFailed: Passkeys are not good here.
    """
    if not extras.PASSKEYS.is_installed:
        raise LogInFailed(f"Passkeys are an extra that is not installed: {extras.PASSKEYS.how_to_get}.")
    await require_password(site)
    place = place_of(site.hub.settings, request.url)
    if place is None:
        raise LogInFailed("No passkey is good at this address: they take https and PUBLIC_URL, or http://localhost.")
    return place


async def _owner(site: Site) -> bytes:
    """What devices know the owner by: of this library alone, and nobody's name."""
    known = await site.hub.database.write_async(library_id)
    return hashlib.sha256(f"owner of {known}".encode()).digest()


async def _read(request: Request) -> dict[str, Any]:
    try:
        return _Answer.validate_json(await request.body())
    except ValidationError:
        raise FieldInvalid("The body must be a JSON object.") from None


def _object(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    if not isinstance(found, dict):
        raise FieldInvalid(f"`{name}` must be what the browser answered.")
    return found


def _take(site: Site, answer: dict[str, Any], wanted: Challenge) -> str:
    """The challenge that was answered; it is good for nothing afterwards.

    Raises:
        LogInFailed: It was not given to this browser for this purpose, was answered before, or is too old.
    """
    challenge = challenge_in(answer)
    if site.challenges.take(challenge) != wanted:
        raise LogInFailed("That took too long, or was answered before. Try again.")
    return challenge


def challenge_in(answer: dict[str, Any]) -> str:
    """The challenge that an answer says it is to, unchecked."""
    response = answer.get("response")
    data = response.get("clientDataJSON") if isinstance(response, dict) else None
    try:
        said = _Answer.validate_json(base64.urlsafe_b64decode(f"{data}=="))
    except ValueError:
        said = {}
    challenge = said.get("challenge")
    if not isinstance(challenge, str):
        raise FieldInvalid("`credential` must be what the browser answered.")
    return challenge


def _session(caller: Caller | None) -> str | None:
    return caller.session if caller is not None else None


def _options(options: dict[str, Any]) -> Response:
    return JSONResponse(options, headers={"Cache-Control": "no-store"})
