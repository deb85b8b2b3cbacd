"""A strict Google Photos on loopback, with a ledger of what it truly holds.

It gives and renews tokens, checks hashes, holds uploads to the protocol byte by byte, makes one item of the same bytes,
shuffles its results, and refuses two writes at once. What it refuses is documented in Google's pages or was met by users;
where nothing is documented it is stricter. It can be told to fail, to lose answers after it has committed, to break off in
the middle of a chunk, to be slow, full or spent. It keeps hashes, not bytes: large films cost it nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.fakes.google_oauth import CLIENT_ID, CLIENT_SECRET, Google

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REFRESH_TOKEN = "1//refresh-token"
SCOPE = "https://www.googleapis.com/auth/photoslibrary"
APPEND, READ, EDIT = f"{SCOPE}.appendonly", f"{SCOPE}.readonly.appcreateddata", f"{SCOPE}.edit.appcreateddata"
GRANULARITY = 256 * 1024
MOST_ITEMS, LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_TITLE = 50, 1000, 255, 500

PER_DAY = (
    "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service "
    "'photoslibrary.googleapis.com' for consumer 'project_number:1234567'."
)
PER_MINUTE = (
    "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' of service "
    "'photoslibrary.googleapis.com' for consumer 'project_number:1234567'."
)
CONCURRENT = "Quota exceeded for quota metric 'concurrent write requests'."
OLD_PER_MINUTE = (
    "Insufficient tokens for quota 'photoslibrary.googleapis.com/upload_requests' and limit 'UploadsPerMinutePerUser' of "
    "service 'photoslibrary.googleapis.com' for consumer 'project_number:1234567'."
)
STORAGE_FULL = "The remaining storage in the user's account is not enough to perform this operation."
API_OFF = (
    "Photos Library API has not been used in project 1234567 before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/photoslibrary.googleapis.com/overview?project=1234567 then retry."
)
BAD_ITEM = "Failed: There was an error while trying to create this media item."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a `dict` goes out as JSON."""

    status: int
    body: str | dict[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


class Refusal(Exception):
    """The request is answered with this instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply.body))
        self.reply = reply


def error(status: int, message: str, word: str = "INVALID_ARGUMENT", **headers: str) -> Reply:
    """A refusal in Google's usual shape."""
    return Reply(status, {"error": {"code": status, "message": message, "status": word}}, headers)


GATEWAY = Reply(502, "<html><body>502 Bad Gateway</body></html>")
AWAY = error(503, "The service is currently unavailable.", "UNAVAILABLE")
INTERNAL = error(500, "Internal error encountered.", "INTERNAL")
MINUTE_SPENT = error(429, PER_MINUTE, "RESOURCE_EXHAUSTED")
DAY_SPENT = error(429, PER_DAY, "RESOURCE_EXHAUSTED")


@dataclass(slots=True)
class Held:
    """An item as Google has it."""

    id: str
    sha1: str
    size: int
    file_name: str
    description: str
    media_type: str
    albums: set[str] = field(default_factory=set)
    trashed: bool = False


@dataclass(slots=True)
class Bytes:
    """Bytes that wait under a token."""

    sha1: str
    size: int
    media_type: str
    readable: bool = True
    expired: bool = False
    used: bool = False


@dataclass(slots=True)
class Session:
    """An upload in chunks."""

    size: int
    media_type: str
    received: int = 0
    final: bool = False
    head: bytes = b""
    digest: Any = field(default_factory=lambda: hashlib.sha1(usedforsecurity=False))


class GooglePhotos:
    """The service. Its attributes may be set at any time.

    Attributes:
        faults: Per step (`token`, `raw`, `start`, `chunk`, `query`, `batchCreate`, `batchGet`, `get`, `albums.list`,
            `albums.create`): the replies that come before any true one; None for a connection that is closed at once.
        lost: Per step: so many requests are carried out and then never answered.
        loses: The share of all requests that are carried out and never answered.
        breaks: The next chunks break off after so many bytes each; what was whole is kept.
        item_codes: The next items that are to be made fail with these.
        checks_hash: Whether a wrong hash is refused.
        oauth: Its consent page, and the person before it.
        tokens_once: Whether an upload token is dead once an item was made of it; what the real one does is not known.
        unlisted: So often a new album is missing from the list.
        hidden: So often an item is not shown though it is there.
    """

    def __init__(self, *, seed: int = 1) -> None:
        self.items: dict[str, Held] = {}
        self.uploads: dict[str, Bytes] = {}
        self.sessions: dict[str, Session] = {}
        self.albums: dict[str, str] = {}
        self.foreign_albums: set[str] = set()
        self.faults: dict[str, list[Reply | None]] = {}
        self.lost: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.batches: list[int] = []
        self.breaks: list[int] = []
        self.flips = 0
        self.item_codes: list[int] = []
        self.loses, self.slow_s = 0.0, 0.0
        self.checks_hash, self.tokens_once = True, True
        self.full = False
        self.enabled = True
        self.unlisted, self.hidden = 0, 0
        self.per_day = 1_000_000
        self.largest = 20 * 2**30
        self.oauth = Google()
        self.scopes = {APPEND, READ, EDIT}
        self.refresh_tokens = {REFRESH_TOKEN}
        self.access_tokens: set[str] = set()
        self.access_life_s = 3599
        self.most_at_once = 0
        self._writing, self._given = 0, 0
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.address = ""

    @property
    def live(self) -> list[Held]:
        """What the account shows."""
        return [held for held in self.items.values() if not held.trashed]

    @property
    def counted(self) -> int:
        """The calls that count against the day."""
        return sum(self.calls.values()) - self.calls["token"]

    def trash(self, item_id: str) -> None:
        """As the owner does on the web."""
        self.items[item_id].trashed = True

    def revoke(self) -> None:
        """As the owner does in the account's settings."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    def age(self) -> None:
        """A day goes by: access tokens, upload tokens and sessions die."""
        self.access_tokens.clear()
        self.sessions.clear()
        for upload in self.uploads.values():
            upload.expired = True

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address that it answers on."""
        server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"google": self}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self.address
        finally:
            self._stopped.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, request: Request) -> Reply | None:
        """What comes of a request; None where the answer gets lost."""
        step = request.step
        self._stopped.wait(self.slow_s if step not in {"batchCreate", "albums.create"} else 0)
        try:
            self._admit(request)
            reply = self._write(request) if step in {"batchCreate", "albums.create"} else self._carry_out(request)
        except Refusal as refusal:
            return refusal.reply
        except ConnectionAbortedError:
            return None
        with self._lock:
            if self.lost[step] > 0:
                self.lost[step] -= 1
                return None
            return None if self._dice.random() < self.loses else reply

    def _admit(self, request: Request) -> None:
        with self._lock:
            self.calls[request.step] += 1
            assert request.headers.get("User-Agent")
            assert not re.search("access_token|secret|refresh", request.path), "a secret in an address"
            if self.faults.get(request.step):
                reply = self.faults[request.step].pop(0)
                if reply is None:
                    raise ConnectionAbortedError
                raise Refusal(reply)
            if request.step == "token":
                return
            self._check_bearer(request)
            if self.counted > self.per_day:
                raise Refusal(DAY_SPENT)

    def _check_bearer(self, request: Request) -> None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.access_tokens:
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            raise Refusal(error(401, message, "UNAUTHENTICATED"))
        if not self.enabled:
            raise Refusal(error(403, API_OFF, "PERMISSION_DENIED"))
        needed = READ if request.step in {"get", "batchGet", "albums.list"} else APPEND
        if needed not in self.scopes:
            raise Refusal(error(403, "Request had insufficient authentication scopes.", "PERMISSION_DENIED"))

    def _write(self, request: Request) -> Reply:
        """One write at a time for an account."""
        with self._lock:
            self._writing += 1
            self.most_at_once = max(self.most_at_once, self._writing)
            alone = self._writing == 1
        try:
            self._stopped.wait(self.slow_s)
            if not alone:
                raise Refusal(error(429, CONCURRENT, "RESOURCE_EXHAUSTED"))
            return self._carry_out(request)
        finally:
            with self._lock:
                self._writing -= 1

    def _carry_out(self, request: Request) -> Reply:
        acts: dict[str, Callable[[Request], Reply]] = {
            "token": self._token,
            "raw": self._raw,
            "start": self._start,
            "chunk": self._chunk,
            "query": self._query,
            "batchCreate": self._batch_create,
            "batchGet": self._batch_get,
            "get": self._get,
            "albums.list": self._list_albums,
            "albums.create": self._create_album,
        }
        with self._lock if request.step not in {"raw", "chunk"} else _no_lock():
            return acts[request.step](request)

    # ------------------------------------------------------------------------------------------------- tokens

    def _token(self, request: Request) -> Reply:
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        body = request.read()
        form = dict(parse_qsl(body.decode(), strict_parsing=True))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Reply(401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
        if form.get("grant_type") == "authorization_code":
            return self._exchange(request, body)
        if form.get("refresh_token") not in self.refresh_tokens:
            return Reply(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        self._given += 1
        token = f"ya29.access-{self._given}"
        self.access_tokens.add(token)
        scope = " ".join(sorted(self.scopes))
        life_s = self.access_life_s
        return Reply(200, {"access_token": token, "expires_in": life_s, "scope": scope, "token_type": "Bearer"})

    def _exchange(self, request: Request, body: bytes) -> Reply:
        """A code becomes a log-in, by the rules of the other half."""
        reply = self.oauth.answer("/token", dict(request.headers.items()), body)
        assert reply is not None
        if reply.status == 200:
            self.access_tokens.add(reply.body["access_token"])
            self.refresh_tokens.add(reply.body["refresh_token"])
        return Reply(reply.status, reply.body)

    # ------------------------------------------------------------------------------------------------- uploads

    def _raw(self, request: Request) -> Reply:
        if request.headers.get("Content-Type") != "application/octet-stream":
            return error(400, "Content-Type must be application/octet-stream")
        if request.length > self.largest:
            return error(413, "Request too large", "OUT_OF_RANGE")
        content = request.read()
        if not content:
            return Reply(400, {"code": 3, "message": "Payload must not be empty"})
        if self.flips > 0:
            self.flips -= 1
            content = bytes([content[0] ^ 1]) + content[1:]
        digest = hashlib.sha1(content, usedforsecurity=False)
        told = request.headers.get("X-Goog-Hash", f"sha1={base64.b64encode(digest.digest()).decode()}")
        if self.checks_hash and told != f"sha1={base64.b64encode(digest.digest()).decode()}":
            return Reply(400, {"code": 3, "message": "Checksum from header does not match received payload content."})
        media_type = request.headers.get("X-Goog-Upload-Content-Type", "")
        return self._keep(Bytes(digest.hexdigest(), len(content), media_type, readable=_readable(content[:16])))

    def _keep(self, content: Bytes) -> Reply:
        with self._lock:
            token = f"CAIS{len(self.uploads)}-{self._dice.randbytes(60).hex()}"
            self.uploads[token] = content
        return Reply(200, f"{token}\n", {"Content-Type": "text/plain", "X-Goog-Upload-Status": "final"})

    def _start(self, request: Request) -> Reply:
        size = request.headers.get("X-Goog-Upload-Raw-Size", "")
        if not size.isdecimal() or request.length != 0:
            return error(400, "X-Goog-Upload-Raw-Size is needed, and no body")
        if int(size) > self.largest:
            return error(413, "Too large", "OUT_OF_RANGE", **{"X-Goog-Upload-Status": "final"})
        name = f"session-{len(self.sessions)}-{self._dice.randbytes(8).hex()}"
        self.sessions[name] = Session(int(size), request.headers.get("X-Goog-Upload-Content-Type", ""))
        headers = {
            "X-Goog-Upload-URL": f"{self.address}/v1/uploads?upload_id={name}&upload_protocol=resumable",
            "X-Goog-Upload-Chunk-Granularity": str(GRANULARITY),
            "X-Goog-Upload-Status": "active",
        }
        return Reply(200, "", headers)

    def _chunk(self, request: Request) -> Reply:
        session = self._session(request)
        last = "finalize" in request.headers["X-Goog-Upload-Command"]
        if session.final:
            return error(400, "Upload has already been finalized.", **{"X-Goog-Upload-Status": "final"})
        if int(request.headers["X-Goog-Upload-Offset"]) != session.received:
            return error(400, "Offset does not match.", **{"X-Goog-Upload-Status": "active"})
        if not last and request.length % GRANULARITY:
            return error(400, "Not a multiple of the granularity.", **{"X-Goog-Upload-Status": "active"})
        self._receive(request, session, self.breaks.pop(0) if self.breaks else None)
        if not last:
            return Reply(200, "", {"X-Goog-Upload-Status": "active"})
        session.final = True
        if session.received != session.size:
            return error(400, "The size is not what was announced.", **{"X-Goog-Upload-Status": "final"})
        readable = _readable(session.head)
        return self._keep(Bytes(session.digest.hexdigest(), session.size, session.media_type, readable=readable))

    def _receive(self, request: Request, session: Session, break_after: int | None) -> None:
        """Take bytes in whole steps; what breaks off in the middle of one is forgotten."""
        whole = request.length if break_after is None else min(break_after, request.length)
        taken = 0
        while taken < whole:
            wanted = min(whole - taken, GRANULARITY)
            step = request.read(wanted)
            taken += len(step)
            broken = len(step) < GRANULARITY and taken < request.length
            if len(step) < wanted or broken:
                raise ConnectionAbortedError
            session.head = session.head or step[:16]
            session.digest.update(step)
            session.received += len(step)
        if break_after is not None:
            raise ConnectionAbortedError

    def _query(self, request: Request) -> Reply:
        assert request.length == 0
        session = self._session(request)
        if session.final:
            return Reply(200, "", {"X-Goog-Upload-Status": "final"})
        return Reply(200, "", {"X-Goog-Upload-Status": "active", "X-Goog-Upload-Size-Received": str(session.received)})

    def _session(self, request: Request) -> Session:
        session = self.sessions.get(request.query["upload_id"])
        if session is None:
            raise Refusal(error(404, "Requested entity was not found.", "NOT_FOUND"))
        return session

    # ------------------------------------------------------------------------------------------------- items

    def _batch_create(self, request: Request) -> Reply:
        content = json.loads(request.read())
        wishes = content.get("newMediaItems", [])
        self._refuse_batch(content, wishes)
        if self.full:
            return error(400, STORAGE_FULL)
        self.batches.append(len(wishes))
        seen: set[str] = set()
        results = [self._create(wish, content.get("albumId"), seen) for wish in wishes]
        self._dice.shuffle(results)
        mixed = len({"mediaItem" in result for result in results}) > 1
        return Reply(207 if mixed else 200, {"newMediaItemResults": results})

    def _refuse_batch(self, content: dict[str, Any], wishes: list[dict[str, Any]]) -> None:
        unknown = set(content) - {"albumId", "newMediaItems", "albumPosition"}
        unknown |= {key for wish in wishes for key in set(wish) - {"description", "simpleMediaItem"}}
        album = content.get("albumId")
        reasons = {
            f"Invalid JSON payload received. Unknown name {unknown}: Cannot find field.": bool(unknown),
            "Request must have 1 to 50 new media items.": not 1 <= len(wishes) <= MOST_ITEMS,
            "Album position without album.": "albumPosition" in content and album is None,
            "Description too long.": any(len(wish.get("description", "")) > LONGEST_DESCRIPTION for wish in wishes),
            "File name too long.": any(len(wish["simpleMediaItem"]["fileName"]) > LONGEST_NAME for wish in wishes),
            "Text is spoilt.": any("poison" in wish.get("description", "") for wish in wishes),
            "No permission to add media items to this album.": album in self.foreign_albums,
            "The provided ID does not match any albums.": album is not None
            and album not in {*self.albums, *self.foreign_albums},
        }
        for message, holds in reasons.items():
            if holds:
                raise Refusal(error(400, message))

    def _create(self, wish: dict[str, Any], album: str | None, seen: set[str]) -> dict[str, Any]:
        token, name = wish["simpleMediaItem"]["uploadToken"], wish["simpleMediaItem"]["fileName"]
        upload = self.uploads.get(token)
        code = self.item_codes.pop(0) if self.item_codes else 0
        if upload is None or upload.expired or not upload.readable or (upload.used and self.tokens_once):
            code = 3
        elif upload.sha1 in seen:
            code = 6
        if code or upload is None:
            return {"uploadToken": token, "status": {"code": code, "message": BAD_ITEM}}
        seen.add(upload.sha1)
        upload.used = True
        item = next((held for held in self.live if held.sha1 == upload.sha1), None)
        if item is None:
            item = Held(
                f"AItem{len(self.items)}",
                upload.sha1,
                upload.size,
                name,
                wish.get("description", ""),
                upload.media_type,
            )
            self.items[item.id] = item
        item.albums |= {album} if album else set()
        return {"uploadToken": token, "status": {"message": "Success"}, "mediaItem": _shown(item)}

    def _batch_get(self, request: Request) -> Reply:
        ids = parse_qs(urlsplit(request.path).query)["mediaItemIds"]
        assert len(ids) <= MOST_ITEMS
        results = []
        for one in ids:
            held = self._visible(one)
            gone = {"status": {"code": 5, "message": "Not found"}}
            results.append({"mediaItem": _shown(held)} if held is not None else gone)
        return Reply(200, {"mediaItemResults": results})

    def _get(self, request: Request) -> Reply:
        held = self._visible(urlsplit(request.path).path.rpartition("/")[2])
        if held is None:
            return error(404, "Requested entity was not found.", "NOT_FOUND")
        return Reply(200, _shown(held))

    def _visible(self, item_id: str) -> Held | None:
        if self.hidden > 0:
            self.hidden -= 1
            return None
        held = self.items.get(item_id)
        return held if held is not None and not held.trashed else None

    # ------------------------------------------------------------------------------------------------- albums

    def _list_albums(self, request: Request) -> Reply:
        assert request.query["excludeNonAppCreatedData"] == "true"
        size, after = int(request.query["pageSize"]), int(request.query.get("pageToken", "0"))
        assert size <= 50
        hidden = 1 if self.unlisted > 0 else 0
        self.unlisted = max(0, self.unlisted - 1)
        listed = list(self.albums.items())[: len(self.albums) - hidden]
        page = [{"id": one, "title": title, "isWriteable": True} for one, title in listed[after : after + size]]
        more = {"nextPageToken": str(after + size)} if after + size < len(listed) else {}
        return Reply(200, ({"albums": page} if page else {}) | more)

    def _create_album(self, request: Request) -> Reply:
        title = json.loads(request.read())["album"]["title"]
        if not 1 <= len(title) <= LONGEST_TITLE:
            return error(400, "Invalid title.")
        album_id = f"album-{len(self.albums)}-{self._dice.randbytes(4).hex()}"
        self.albums[album_id] = title
        return Reply(200, {"id": album_id, "title": title, "isWriteable": True})


def _shown(held: Held) -> dict[str, Any]:
    return {
        "id": held.id,
        "description": held.description,
        "productUrl": f"https://photos.google.com/lr/photo/{held.id}",
        "mimeType": held.media_type,
        "mediaMetadata": {"creationTime": "2026-01-02T03:04:05Z", "width": "4032", "height": "3024", "photo": {}},
        "filename": held.file_name,
    }


def _readable(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")) or head[4:8] == b"ftyp"


@contextmanager
def _no_lock() -> Iterator[None]:
    yield


class Request:
    """A request whose body is read by whoever carries it out."""

    def __init__(self, handler: _Handler) -> None:
        self.path = handler.path
        self.headers = handler.headers
        self.length = int(handler.headers.get("Content-Length", 0))
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.step = self._step(handler.command)
        self._left = self.length
        self._file = handler.rfile

    def read(self, size: int | None = None) -> bytes:
        """So many bytes of the body, or all that is left; fewer where the other side left."""
        content = self._file.read(self._left if size is None else min(size, self._left))
        self._left -= len(content)
        if size is None and self._left > 0:
            raise ConnectionAbortedError
        return content

    @property
    def unread(self) -> int:
        """So much of the body was left where it is."""
        return self._left

    def _step(self, method: str) -> str:
        path = urlsplit(self.path).path
        if path == "/v1/uploads":
            command = self.headers.get("X-Goog-Upload-Command", "")
            protocol = self.headers.get("X-Goog-Upload-Protocol", "")
            if "upload_id" in self.query:
                return "query" if command == "query" else "chunk"
            return "start" if (protocol, command) == ("resumable", "start") else "raw"
        steps = {
            ("POST", "/token"): "token",
            ("POST", "/v1/mediaItems:batchCreate"): "batchCreate",
            ("GET", "/v1/mediaItems:batchGet"): "batchGet",
            ("GET", "/v1/albums"): "albums.list",
            ("POST", "/v1/albums"): "albums.create",
        }
        if (method, path) in steps:
            return steps[method, path]
        assert method == "GET"
        assert path.startswith("/v1/mediaItems/"), path
        return "get"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    google: GooglePhotos

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def _exchange(self) -> None:
        try:
            request = Request(self)
            reply = self.google.answer(request)
            if reply is None:
                self.close_connection = True
                return
            while request.unread > 0 and request.read(min(request.unread, GRANULARITY)):
                pass
            self._send(reply)
        except ConnectionError:
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        content = json.dumps(reply.body).encode() if isinstance(reply.body, dict) else reply.body.encode()
        self.send_response_only(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""
