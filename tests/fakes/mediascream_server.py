"""A strict small server that speaks the contract's part for senders, and misbehaves when told to.

It is stricter than the real one: a query value that the contract does not name, a missing
`Content-Length` or a check with too many ids is a 422 or 411 here, so that a sloppy client is noticed.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mediascream import wire
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId, PhotoState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

QUERY = frozenset({
    "file_name", "tags", "skip", "description", "taken_at", "latitude", "longitude", "modified_at", "override", "restore",
})  # fmt: skip


@dataclass(slots=True)
class Kept:
    """A photo that was taken in."""

    body: bytes
    values: dict[str, str]
    state: PhotoState = PhotoState.SAFE
    archived: bool = True
    tags: list[str] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lost(self) -> bool:
        """Whether its bytes are gone, so that they are taken anew."""
        return self.state is PhotoState.ATTENTION and not self.archived


@dataclass(slots=True)
class FakeServer:
    """What it holds and saw, and what it will do next.

    Attributes:
        asked: Method and path of each request, in order.
        bodies: For each PUT, how many bytes of it were read.
        next_puts: Answers to give to the next PUTs instead of taking them in; None takes one in.
        on_check: Called when a check comes, before it is answered; so is `on_put`.
        becomes: The state of photos that are taken in from now on.
    """

    url: str = ""
    photos: dict[PhotoId, Kept] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    deep: list[bool] = field(default_factory=list)
    next_puts: deque[Response | None] = field(default_factory=deque)
    next_checks: deque[Response | None] = field(default_factory=deque)
    becomes: PhotoState = PhotoState.SAFE
    token: str | None = None
    scope: str = "all"
    edits: list[dict[str, Any]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    on_check: Callable[[], None] = lambda: None
    on_put: Callable[[], None] = lambda: None

    def count(self, method: str, prefix: str = "") -> int:
        """How many such requests came."""
        return sum(1 for asked, path in self.asked if asked == method and path.startswith(prefix))

    def names(self) -> list[str]:
        """The file names of all that was taken in, sorted."""
        return sorted(kept.values["file_name"] for kept in self.photos.values())

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/photos/check", self._check, methods=["POST"]),
            Route("/photos/{id}", self._put, methods=["PUT"]),
            Route("/photos/{id}", self._get, methods=["GET"]),
            Route("/photos/{id}", self._patch, methods=["PATCH"]),
            Route("/photos/{id}/retry", self._act, methods=["POST"]),
            Route("/destinations", self._destinations, methods=["GET"]),
            Route("/destinations/{name}/{verb}", self._act, methods=["POST"]),
            Route("/deliveries", self._deliveries, methods=["GET"]),
        ]
        return Starlette(routes=routes)

    def _note(self, request: Request) -> Response | None:
        self.asked.append((request.method, request.url.path))
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            return problem(401, "login-wanted", "This server wants a token.")
        return None

    async def _check(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        self.on_check()
        told = self.next_checks.popleft() if self.next_checks else None
        if told is not None:
            return told
        try:
            asked = wire.CheckRequest.model_validate_json(await request.body())
        except ValidationError as error:
            return problem(422, "field-invalid", str(error))
        self.deep.append(asked.deep)
        known = {
            photo_id: wire.Known(state=kept.state, archived=kept.archived)
            for photo_id in asked.ids
            if (kept := self.photos.get(photo_id))
        }
        unknown = tuple(photo_id for photo_id in asked.ids if photo_id not in known)
        return answer(wire.CheckAnswer(known=known, unknown=unknown))

    async def _put(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        self.on_put()
        told = self.next_puts.popleft() if self.next_puts else None
        if told is not None:
            return told
        values = dict(request.query_params)
        if unknown := set(values) - QUERY:
            return problem(422, "field-invalid", f"no such value: {unknown}")
        if not request.headers.get("Content-Length", "").isdecimal():
            return problem(411, "length-wanted", "Content-Length, please.")
        photo_id = PhotoId(request.path_params["id"])
        kept = self.photos.get(photo_id)
        if kept and not (kept.state is PhotoState.DELETED and "restore" in values) and not kept.lost:
            return answer(wire.PhotosAnswer(photos=(self._show(photo_id, duplicate=True),)))
        return await self._take_in(request, photo_id, values)

    async def _take_in(self, request: Request, photo_id: PhotoId, values: dict[str, str]) -> Response:
        self.bodies.append(0)
        place, body = len(self.bodies) - 1, bytearray()
        with suppress(ClientDisconnect):
            async for chunk in request.stream():
                body += chunk
                self.bodies[place] = len(body)
        if hashlib.sha256(body).hexdigest() != photo_id:
            return problem(422, "digest-mismatch", "These bytes have another id.")
        if identify(bytes(body[:HEAD_BYTES])) is None:
            return problem(415, "not-a-photo", "No photo.")
        known = photo_id in self.photos
        tags = [tag for tag in values.get("tags", "").split(",") if tag]
        self.photos[photo_id] = Kept(bytes(body), values, self.becomes, self.becomes is PhotoState.SAFE, tags)
        shown = wire.PhotosAnswer(photos=(self._show(photo_id, duplicate=known),))
        return answer(shown, status=200 if known else 201)

    async def _get(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        photo_id = PhotoId(request.path_params["id"])
        if photo_id not in self.photos:
            return problem(404, "photo-unknown", "No photo has this id.")
        return answer(self._show(photo_id))

    async def _patch(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        if self.scope == "upload":
            return problem(403, "caller-refused", "This token can only send.")
        edit = wire.PhotoEdit.model_validate_json(await request.body())
        photo_id = PhotoId(request.path_params["id"])
        self.edits.append(edit.model_dump(exclude_unset=True))
        self.photos[photo_id].tags = list(edit.tags or ())
        return answer(self._show(photo_id))

    async def _act(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        body = await request.body()
        self.acts.append(f"{request.url.path} {body.decode()}".strip())
        return Response(status_code=204)

    async def _destinations(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        places = (
            wire.Destination.model_validate(
                {"name": "folder", "kind": "archive", "connected": True, "counts": {"delivered": len(self.photos)}}
            ),
            wire.Destination.model_validate(
                {"name": "flickr", "kind": "service", "connected": True, "account": "ann", "counts": {"blocked": 1}}
            ),
        )
        return answer(wire.DestinationsAnswer(destinations=places))

    async def _deliveries(self, request: Request) -> Response:
        if refusal := self._note(request):
            return refusal
        state = request.query_params["state"]
        found = [
            wire.Delivery.model_validate(receipt | {"photo_id": photo_id, "file_name": kept.values["file_name"]})
            for photo_id, kept in self.photos.items()
            for receipt in kept.receipts
            if receipt["state"] == state
        ]
        return answer(wire.DeliveriesPage(deliveries=tuple(found[: int(request.query_params["limit"])])))

    def _show(self, photo_id: PhotoId, *, duplicate: bool = False) -> wire.PhotoGlimpse:
        kept = self.photos[photo_id]
        glimpse = {"id": photo_id, "duplicate": duplicate, "state": kept.state, "archived": kept.archived}
        if self.scope == "upload":
            return wire.PhotoGlimpse.model_validate(glimpse)
        kind = identify(kept.body)
        assert kind is not None
        whole = {
            "file_name": kept.values["file_name"],
            "media_type": kind.name,
            "kind": kind.kind,
            "size": len(kept.body),
            "added_at": datetime.now(UTC),
            "tags": kept.tags,
            "receipts": kept.receipts,
            "url": f"{self.url}/photos/{photo_id}",
            "original_url": f"{self.url}/photos/{photo_id}/original",
        }
        return wire.Photo.model_validate(glimpse | whole)


def answer(model: wire.Answer, *, status: int = 200) -> Response:
    """A model as a JSON answer."""
    return Response(model.model_dump_json(), status, media_type="application/json")


def problem(status: int, code: str, detail: str, **headers: str) -> Response:
    """A no, in the contract's form."""
    body = {"type": "about:blank", "title": "no", "status": status, "detail": detail, "code": code}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


@contextmanager
def running(fake: FakeServer) -> Iterator[FakeServer]:
    """The fake on a port of its own, on 127.0.0.1 alone."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on, and each answer takes 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        fake.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(fake.app(), log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            yield fake
        finally:
            server.should_exit = True
            thread.join()
