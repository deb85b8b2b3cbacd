"""A strict Flickr on loopback, with a ledger of what it truly holds.

It computes every signature itself, over all form fields but the photo, and refuses what the real one is
documented to refuse; where nothing is documented it is stricter. It can be told to lose answers after it has
committed, to fail, to be slow, full, or behind with its index.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

APP_KEY, APP_SECRET = "app-key", "app-secret"
TOKEN, TOKEN_SECRET = "72157-token", "token-secret"
NSID, OWNER = "12037949754@N01", "petra"
VERIFIER = "123-456-789"
LATEST_SKEW_S = 600
MAGIC = {
    "photo": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"),
    "video": (b"....ftyp", b"RIFF....AVI ", b"\x1aE\xdf\xa3", b"\0\0\1\xba"),
}
PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif", b"avis", b"crx ")
"""What is no film though it lies in a film's container."""
UPLOAD_FIELDS = frozenset(
    {
        *("title", "description", "tags", "is_public", "is_friend", "is_family"),
        *("safety_level", "content_type", "hidden", "async", "dedup_check"),
    }
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `content_type` says whether it is one of the API or of what stands before it."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


class Refusal(Exception):
    """The request is answered with this instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body)
        self.reply = reply


@dataclass(slots=True)
class Held:
    """A photo as Flickr has it."""

    id: str
    content: bytes
    fields: dict[str, str]
    file_name: str
    media: str
    since: float
    deleted: bool = False
    taken: str | None = None

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()

    @property
    def tags(self) -> list[str]:
        """The tags as Flickr reads the line: parted by spaces, save in quotes."""
        return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', self.fields.get("tags", ""))]


def fail(code: int, message: str = "as told", more: str = "") -> Reply:
    """A refusal of the API: HTTP 200."""
    return Reply(
        200,
        f'<?xml version="1.0" encoding="utf-8" ?><rsp stat="fail"><err code="{code}" msg={quoteattr(message)}/>{more}</rsp>',
    )


def ok(content: str) -> Reply:
    """An answer of the API."""
    return Reply(200, f'<?xml version="1.0" encoding="utf-8" ?><rsp stat="ok">{content}</rsp>')


def problem(name: str, more: str = "") -> Reply:
    """A refusal of OAuth."""
    return Reply(401, f"oauth_problem={name}{more}")


GATEWAY = Reply(502, "<html><body>502 Bad Gateway</body></html>")
THROTTLED = Reply(429, "slow down", {"Retry-After": "60"})


class Flickr:
    """The service. Its attributes may be set at any time.

    Attributes:
        faults: Per method (`upload`, `photos.getInfo`, …): the replies that come before any true one; None for
            a connection that is closed at once.
        lost: Per method: so many requests are carried out and then never answered.
        loses: The share of all requests that are carried out and never answered.
        index_lag_s: For so long the search does not find what was uploaded.
        polls: So often a ticket is still pending.
        takes_heic: What the real one does changed over the years.
        tells_oldest_twin: A deleted twin is told of also where a live one is there; what the real one does is not known.
    """

    def __init__(self, *, seed: int = 1) -> None:
        self.photos: dict[str, Held] = {}
        self.tickets: dict[str, tuple[int, str | None]] = {}
        self.faults: dict[str, list[Reply | None]] = {}
        self.lost: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.cut = 0
        self.loses = 0.0
        self.index_lag_s = 0.0
        self.polls = 1
        self.conversion_fails = False
        self.tells_oldest_twin = False
        self.slow_s = 0.0
        self.clock_ahead_s = 0.0
        self.free = False
        self.most_items, self.most_hidden = 1000, 50
        self.largest = 200 * 2**20
        self.takes_heic = False
        self.per_hour = 1_000_000
        self.perms = "write"
        self.address = ""
        self.callback = "oob"
        self.tokens = {TOKEN: TOKEN_SECRET}
        self.requested: dict[str, str] = {}
        self._nonces: set[str] = set()
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    @property
    def live(self) -> list[Held]:
        """What the account shows."""
        return [held for held in self.photos.values() if not held.deleted]

    def delete(self, photo_id: str) -> None:
        """As the owner does on the web."""
        self.photos[photo_id].deleted = True

    def revoke(self) -> None:
        """As the owner does in the account's settings."""
        self.tokens.clear()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address that it answers on."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"flickr": self}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            self.address = f"http://127.0.0.1:{server.server_address[1]}"
            yield self.address
        finally:
            self._stopped.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """What comes of a whole request; None where the answer gets lost."""
        self._stopped.wait(self.slow_s)
        path = "/" + url.split("/", 3)[3]
        with self._lock:
            try:
                name, reply = self._carry_out(url, path, headers, body)
            except Refusal as refusal:
                return refusal.reply
            except ConnectionAbortedError:
                return None
            if self.lost[name] > 0:
                self.lost[name] -= 1
                return None
            return None if self._dice.random() < self.loses else reply

    def _carry_out(self, url: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Reply]:
        fields, file = _read(headers, body)
        upload = "upload" if "dedup_check" in fields else "upload unchecked"
        name = upload if path == "/upload/" else fields.get("method", path).removeprefix("flickr.")
        self.calls[name] += 1
        self._perhaps_fail(name)
        assert headers.get("User-Agent")
        assert "oauth" not in path.partition("?")[2]
        oauth = self._verify(url, headers, fields)
        if path == "/upload/":
            return name, self._upload(fields, file)
        if path == "/rest/":
            return name, self._method(name, fields, oauth)
        return name, {"/oauth/request_token": self._request, "/oauth/access_token": self._access}[path](oauth)

    def _perhaps_fail(self, name: str) -> None:
        if sum(self.calls.values()) > self.per_hour:
            raise Refusal(THROTTLED)
        if self.faults.get(name):
            reply = self.faults[name].pop(0)
            if reply is None:
                raise ConnectionAbortedError
            raise Refusal(reply)

    def _verify(self, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
        """OAuth as in RFC 5849, 3.4, with the fields of a multipart form signed too."""
        kind, _, said = headers.get("Authorization", "").partition(" ")
        oauth = {unquote(k): unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', said)}
        needed = {"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature", "oauth_signature_method"}
        if kind != "OAuth" or needed - set(oauth):
            raise Refusal(problem("parameter_absent", f"&oauth_parameters_absent={'&'.join(needed - set(oauth))}"))
        if oauth["oauth_consumer_key"] != APP_KEY:
            raise Refusal(problem("consumer_key_unknown"))
        if oauth["oauth_signature_method"] != "HMAC-SHA1" or "oauth_body_hash" in oauth:
            raise Refusal(problem("signature_method_rejected"))
        if abs(time.time() + self.clock_ahead_s - int(oauth["oauth_timestamp"])) > LATEST_SKEW_S:
            raise Refusal(problem("timestamp_refused"))
        if oauth["oauth_nonce"] in self._nonces:
            raise Refusal(problem("nonce_used"))
        self._nonces.add(oauth["oauth_nonce"])
        self._verify_signature(url, oauth, fields)
        return oauth

    def _verify_signature(self, url: str, oauth: dict[str, str], fields: Mapping[str, str]) -> None:
        token = oauth.get("oauth_token", "")
        secret = self.tokens.get(token, self.requested.get(token)) if token else ""
        if secret is None:
            raise Refusal(fail(98, "Login failed / Invalid auth token"))
        signed = [(quote(k, "~"), quote(v, "~")) for k, v in {**oauth, **fields}.items() if k != "oauth_signature"]
        base = f"POST&{quote(url, '~')}&{quote('&'.join(f'{k}={v}' for k, v in sorted(signed)), '~')}"
        key = f"{quote(APP_SECRET, '~')}&{quote(secret, '~')}".encode()
        right = base64.b64encode(hmac.new(key, base.encode(), hashlib.sha1).digest()).decode()
        if not hmac.compare_digest(right, oauth["oauth_signature"]):
            if "method" in fields or "is_public" in fields:
                raise Refusal(fail(96, "Invalid signature"))
            raise Refusal(problem("signature_invalid", f"&debug_sbs={quote(base, '')}"))

    def _request(self, oauth: dict[str, str]) -> Reply:
        if "oauth_callback" not in oauth:
            raise Refusal(problem("parameter_absent", "&oauth_parameters_absent=oauth_callback"))
        self.callback = oauth["oauth_callback"]
        self.requested["request-token"] = "request-secret"
        said = {
            "oauth_callback_confirmed": "true",
            "oauth_token": "request-token",
            "oauth_token_secret": "request-secret",
        }
        return Reply(200, urlencode(said))

    def _access(self, oauth: dict[str, str]) -> Reply:
        if oauth.get("oauth_verifier") != VERIFIER:
            raise Refusal(problem("verifier_invalid"))
        if self.requested.pop(oauth.get("oauth_token", ""), None) is None:
            raise Refusal(problem("token_rejected"))
        self.tokens[TOKEN] = TOKEN_SECRET
        said = {"fullname": "Petra P", "oauth_token": TOKEN, "oauth_token_secret": TOKEN_SECRET, "user_nsid": NSID}
        return Reply(200, urlencode({**said, "username": OWNER}))

    def _upload(self, fields: dict[str, str], file: tuple[str, bytes] | None) -> Reply:
        assert set(fields) <= UPLOAD_FIELDS, set(fields) - UPLOAD_FIELDS
        for flag in ("is_public", "is_friend", "is_family"):
            assert fields.get(flag) in {"0", "1"}, f"{flag} must be sent, or the account's default holds"
        refusal = self._refuse_upload(fields, file)
        if refusal is not None or file is None:
            return refusal or fail(2)
        file_name, content = file
        twin = next((held for held in self.photos.values() if held.content == content), None)
        live = next((held for held in self.live if held.content == content and not self.tells_oldest_twin), twin)
        if fields.get("dedup_check") in {"1", "2"} and live is not None:
            status = "DELETED" if live.deleted else "ACTIVE"
            more = f"<duplicate_photo_id>{live.id}</duplicate_photo_id>"
            more += f"<duplicate_photo_status>{status}</duplicate_photo_status>"
            return fail(9, "Duplicate photo/video detected", more)
        held = Held(
            str(35467821184 + len(self.photos)), content, fields, file_name, self._media(content), time.monotonic()
        )
        if fields.get("async") == "1":
            ticket = f"{len(self.tickets)}-{held.id}"
            self.tickets[ticket] = (self.polls, None if self.conversion_fails else held.id)
            if not self.conversion_fails:
                self.photos[held.id] = held
            return ok(f"<ticketid>{ticket}</ticketid>")
        self.photos[held.id] = held
        return ok(f"<photoid>{held.id}</photoid>")

    def _refuse_upload(self, fields: dict[str, str], file: tuple[str, bytes] | None) -> Reply | None:
        name, content = file or ("", b"")
        hidden = sum(held.fields["is_public"] == "0" for held in self.live)
        full = len(self.live) >= self.most_items or (fields["is_public"] == "0" and hidden >= self.most_hidden)
        reasons = {
            fail(99, "Insufficient permissions"): self.perms == "read",
            fail(2, "No photo specified"): not name,
            fail(4, "Filesize was zero"): not content,
            fail(5, "Filetype was not recognised"): not self._media(content),
            fail(8, "Filesize was too large"): len(content) > self.largest,
            fail(6, "User exceeded upload limit"): self.free and full,
            fail(15, "Only safe content"): self.free and fields.get("safety_level", "1") > "1",
        }
        return next((reply for reply, holds in reasons.items() if holds), None)

    def _media(self, content: bytes) -> str:
        if content[4:8] == b"ftyp" and content[8:12] in PICTURE_BRANDS:
            return "photo" if self.takes_heic and content[8:12] in {b"heic", b"heix", b"mif1"} else ""
        for media, marks in MAGIC.items():
            if any(re.match(re.escape(mark).replace(rb"\.", b"."), content, re.DOTALL) for mark in marks):
                return media
        return ""

    def _method(self, name: str, fields: dict[str, str], oauth: dict[str, str]) -> Reply:
        if oauth.get("oauth_token") not in self.tokens:
            return fail(99, "User not logged in")
        acts: dict[str, Callable[[dict[str, str]], Reply]] = {
            "photos.getInfo": self._get_info,
            "photos.getSizes": self._get_sizes,
            "photos.search": self._search,
            "photos.setDates": self._set_dates,
            "photos.upload.checkTickets": self._check_tickets,
            "test.login": lambda _: ok(f'<user id="{NSID}"><username>{OWNER}</username></user>'),
            "auth.oauth.checkToken": lambda _: ok(
                f'<oauth><token>{TOKEN}</token><perms>{self.perms}</perms><user nsid="{NSID}" username="{OWNER}"/></oauth>'
            ),
            "people.getUploadStatus": lambda _: ok(
                f'<user id="{NSID}" ispro="{int(not self.free)}"><username>{OWNER}</username>'
                f'<filesize maxbytes="{self.largest}"/><videos uploaded="0" remaining="lots"/></user>'
            ),
        }
        return acts[name](fields) if name in acts else fail(112, f'Method "flickr.{name}" not found')

    def _get_info(self, fields: dict[str, str]) -> Reply:
        held = self.photos.get(fields["photo_id"])
        if held is None or held.deleted:
            return fail(1, f'Photo "{fields["photo_id"]}" not found (invalid ID)')
        return ok(f'<photo id="{held.id}" media="{held.media}"><owner nsid="{NSID}" username="{OWNER}"/></photo>')

    def _get_sizes(self, fields: dict[str, str]) -> Reply:
        held = self.photos.get(fields["photo_id"])
        if held is None or held.deleted:
            return fail(1, "Photo not found")
        sizes = '<size label="Medium" source="https://live.example/m.jpg" media="photo"/>'
        if not self.free:
            label = "Original" if held.media == "photo" else "Video Original"
            sizes += f'<size label="{label}" source="{self.address}/originals/{held.id}_o.jpg" media="{held.media}"/>'
        return ok(f'<sizes candownload="{int(not self.free)}">{sizes}</sizes>')

    def original(self, path: str, headers: Mapping[str, str]) -> bytes | None:
        """The bytes behind an address of `getSizes`; None where there are none."""
        assert "Authorization" not in headers, "the host of the pictures is another, and needs no secrets"
        with self._lock:
            self.calls["original"] += 1
            if self.faults.get("original"):
                self.faults["original"].pop(0)
                return None
            held = self.photos.get(path.removeprefix("/originals/").partition("_")[0])
        return held.content if held is not None and not held.deleted else None

    def _search(self, fields: dict[str, str]) -> Reply:
        assert fields["user_id"] == "me"
        wanted = fields["machine_tags"].split(",")
        if len(wanted) > 8:
            return fail(12, "Too many tags")
        old = time.monotonic() - self.index_lag_s
        found = [held for held in self.live if held.since <= old and set(wanted) & set(held.tags)]
        items = "".join(f'<photo id="{held.id}" owner="{NSID}"{_extras(held, fields)}/>' for held in found)
        return ok(f'<photos page="1" pages="1" perpage="10" total="{len(found) or ""}">{items}</photos>')

    def _set_dates(self, fields: dict[str, str]) -> Reply:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", fields["date_taken"]):
            return fail(5, "Invalid date_taken")
        if fields["date_taken"] > time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 86400)):
            return fail(6, "date_taken is in the future")
        self.photos[fields["photo_id"]].taken = fields["date_taken"]
        return ok("")

    def _check_tickets(self, fields: dict[str, str]) -> Reply:
        told = []
        for ticket in fields["tickets"].split(","):
            if ticket not in self.tickets:
                told.append(f'<ticket id="{ticket}" invalid="1"/>')
                continue
            left, photo_id = self.tickets[ticket]
            self.tickets[ticket] = (max(0, left - 1), photo_id)
            done = f'complete="1" photoid="{photo_id}"' if photo_id else 'complete="2"'
            pending = 'complete="0"'
            told.append(f'<ticket id="{ticket}" {pending if left > 0 else done}/>')
        return ok(f"<uploader>{''.join(told)}</uploader>")


def _extras(held: Held, fields: Mapping[str, str]) -> str:
    if "machine_tags" not in fields.get("extras", ""):
        return ""
    return f" machine_tags={quoteattr(' '.join(tag for tag in held.tags if '=' in tag))}"


def _read(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], tuple[str, bytes] | None]:
    """The fields, and the file, of a form of either kind."""
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return _once(parse_qsl(body.decode(), keep_blank_values=True)), None
    boundary = b"\r\n--" + kind.partition("boundary=")[2].encode()
    fields, file = [], None
    for part in (b"\r\n" + body).split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        found = re.search(rb'; name="([^"]*)"(?:; filename="([^"]*)")?', head)
        assert found is not None
        if found[1] == b"photo":
            file = ((found[2] or b"").decode(), content)
        else:
            fields.append((found[1].decode(), content.decode()))
    return _once(fields), file


def _once(fields: list[tuple[str, str]]) -> dict[str, str]:
    if len({name for name, _ in fields}) < len(fields):
        raise Refusal(fail(96, "Invalid signature"))
    return dict(fields)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    flickr: Flickr

    def do_GET(self) -> None:
        content = self.flickr.original(self.path, dict(self.headers.items()))
        self.send_response_only(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def do_POST(self) -> None:
        try:
            self._exchange()
        except ConnectionError:
            self.close_connection = True

    def _exchange(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.flickr.cut += 1
            self.close_connection = True
            return
        host = self.headers["Host"]
        reply = self.flickr.answer(f"http://{host}{self.path}", dict(self.headers.items()), body)
        if reply is None:
            self.close_connection = True
            return
        content = reply.body.encode()
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string(int(time.time() + self.flickr.clock_ahead_s)))
        for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""
