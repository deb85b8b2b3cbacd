"""What changes the inbox: putting files, and giving names to them.

A photo that was put is in the library for good, durable before the answer, by the same way as every upload. Its
name in the inbox is written in the same transaction. Taking the name away takes no photo.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from starlette.responses import Response

from mediascream.errors import ConflictingState, FieldInvalid, NotInInbox, UploadTooLarge
from mediascream.intake.accept import Accepted, new_photo
from mediascream.intake.names import display_name
from mediascream.intake.receive import Landing
from mediascream.intake.values import SenderValues
from mediascream.library import inbox
from mediascream.library.inbox import InboxEntry, InboxPath
from mediascream.library.records import NewPhoto, Outcome
from mediascream.library.senders import note_sent, token_of
from mediascream.web.bodies import chunks
from mediascream.web.dav_visit import Visit, is_litter, read_destination

CREATED, NO_CONTENT, PRECONDITION_FAILED = 201, 204, 412

_UNFINISHED: Final = re.compile(
    r"(?P<name>.+?)(\.[0-9a-f]{8})?\.(part|partial|filepart|tmp|temp|upload|crdownload|foldersynctmp)", re.I
)
"""Names under which programs send a file before they give it its own, by MOVE."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
_FARTHEST_S: Final = 2**34


async def write(visit: Visit) -> Response:
    """Do what a PUT, MKCOL, DELETE, MOVE or COPY asks for."""
    if not visit.path.name:
        raise ConflictingState("The inbox itself stays as it is.")
    visit.refuse_locked(below=visit.request.method in {"DELETE", "MOVE"})
    match visit.request.method:
        case "PUT":
            return await _put(visit)
        case "MKCOL":
            return await _make_folder(visit)
        case "DELETE":
            return await _delete(visit)
        case _:
            return await _move(visit)


def placing(visit: Visit, *, photo: int | None, modified_at: datetime) -> Callable[[sa.Connection], None]:
    """Writes down what the name leads to."""
    now = datetime.now(UTC)
    return lambda connection: inbox.put(connection, visit.sender, visit.path, photo, modified_at=modified_at, now=now)


async def _put(visit: Visit) -> Response:
    _refuse_parts(visit)
    if visit.litter:
        async for _ in chunks(visit.request.receive):
            pass
        return Response(status_code=CREATED)
    there = await visit.read(lambda connection: _look(connection, visit))
    if there is not None and visit.request.headers.get("if-none-match") == "*":
        return Response(status_code=PRECONDITION_FAILED)
    sent_at = _modified_at(visit)
    accepted = await _take_in(visit, sent_at)
    headers = {"X-OC-MTime": "accepted"} if sent_at else {}
    if accepted is not None:
        headers["ETag"] = f'"{accepted.photo.id}"'
    return Response(status_code=CREATED if there is None else NO_CONTENT, headers=headers)


def _look(connection: sa.Connection, visit: Visit) -> InboxEntry | None:
    """What the name leads to now; made sure of before gigabytes are received for a place that is none."""
    there = inbox.find(connection, visit.sender, visit.path)
    if there is not None and there.is_folder:
        raise ConflictingState(f"{visit.path} is a folder.")
    above = InboxPath.of(visit.path.folder)
    folder = inbox.find(connection, visit.sender, above) if above.name else None
    if above.name and (folder is None or not folder.is_folder):
        raise ConflictingState(f"There is no folder {above}; make it first (MKCOL).")
    return there


async def _take_in(visit: Visit, sent_at: datetime | None) -> Accepted | None:
    """Receive the file and make it a photo with this name; a file without bytes is only a name yet."""
    limit_bytes = visit.site.hub.settings.max_upload_bytes
    declared = visit.request.headers.get("content-length", "")
    if declared.isdecimal():
        if int(declared) > limit_bytes:
            raise UploadTooLarge(f"A file may have {limit_bytes} bytes, not {declared}.")
        visit.site.spool.require_room(int(declared))
    async with Landing(visit.site.spool, limit_bytes=limit_bytes, sender=visit.sender) as landing:
        file = await landing.begin(display_name(final_name(visit.path.name)))
        async for chunk in chunks(visit.request.receive):
            await file.write(memoryview(chunk))
            landing.refuse()
        now = datetime.now(UTC)
        if file.size_bytes == 0:
            await visit.write(placing(visit, photo=None, modified_at=sent_at or now))
            return None
        received = await landing.settle()
        new = new_photo(received[0], SenderValues(modified_at=sent_at), now=now)
        accepted = await visit.write(lambda connection: _accept(connection, visit, new, sent_at or now))
        if accepted.outcome is Outcome.NEW:
            landing.keep()
    visit.site.meters.accepted([accepted])
    if accepted.outcome is Outcome.DELETED:
        raise ConflictingState(
            f"{visit.path.name} is a photo that was deleted here; restore it from the trash, or leave it out."
        )
    return accepted


def _accept(connection: sa.Connection, visit: Visit, new: NewPhoto, modified_at: datetime) -> Accepted:
    """One transaction: the photo, its deliveries, its first job and its name."""
    accepted = visit.site.hub.acceptance.accept(connection, [new])[0]
    note_sent(connection, token_of(visit.sender), [accepted.photo.number])
    if accepted.outcome is not Outcome.DELETED:
        placing(visit, photo=accepted.photo.number, modified_at=modified_at)(connection)
    return accepted


async def _make_folder(visit: Visit) -> Response:
    if await visit.request.body():
        return Response(status_code=415)  # RFC 4918, 9.3: a body that is not understood
    now = datetime.now(UTC)

    def act(connection: sa.Connection) -> bool:
        if inbox.find(connection, visit.sender, visit.path) is not None:
            return False
        inbox.make_folder(connection, visit.sender, visit.path, now)
        return True

    return Response(status_code=CREATED if await visit.write(act) else 405)


async def _delete(visit: Visit) -> Response:
    def act(connection: sa.Connection) -> None:
        _require(connection, visit)
        inbox.remove(connection, visit.sender, visit.path)

    if not visit.litter:
        await visit.write(act)
        visit.site.locks.forget(visit.sender, visit.path)
    return Response(status_code=NO_CONTENT)


async def _move(visit: Visit) -> Response:
    headers = visit.request.headers
    target = read_destination(headers.get("destination", ""))
    if not target.name:
        raise ConflictingState("The inbox itself stays as it is.")
    visit.refuse_locked(target, below=True)
    if visit.litter or is_litter(target):
        return Response(status_code=CREATED)
    overwrite = headers.get("overwrite", "T").upper() != "F"
    deep = headers.get("depth", "infinity") != "0"
    status = await visit.write(lambda connection: _shift(connection, visit, target, overwrite=overwrite, deep=deep))
    if visit.request.method == "MOVE" and status != PRECONDITION_FAILED:
        visit.site.locks.forget(visit.sender, visit.path)
    return Response(status_code=status)


def _shift(connection: sa.Connection, visit: Visit, target: InboxPath, *, overwrite: bool, deep: bool) -> int:
    _require(connection, visit)
    replaces = inbox.find(connection, visit.sender, target) is not None
    if replaces and not overwrite:
        return PRECONDITION_FAILED
    if visit.request.method == "MOVE":
        inbox.move(connection, visit.sender, visit.path, target)
    else:
        inbox.copy(connection, visit.sender, visit.path, target, deep=deep)
    return NO_CONTENT if replaces else CREATED


def _require(connection: sa.Connection, visit: Visit) -> None:
    if inbox.find(connection, visit.sender, visit.path) is None:
        raise NotInInbox(f"There is no {visit.path} in the inbox.")


def _refuse_parts(visit: Visit) -> None:
    """A part of a file is no file (RFC 9110, 14.5)."""
    if "content-range" in visit.request.headers:
        raise FieldInvalid("Send a file whole: a PUT with Content-Range is not taken.")
    if visit.request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise FieldInvalid("Send the bytes as they are, without a Content-Encoding.")


def _modified_at(visit: Visit) -> datetime | None:
    """When the file was changed last, by the header that ownCloud's clients send, rclone and FolderSync among them."""
    text = visit.request.headers.get("x-oc-mtime", "").partition(".")[0]
    if not _SECONDS.fullmatch(text) or abs(int(text)) > _FARTHEST_S:
        return None
    return _EPOCH + timedelta(seconds=int(text))


def final_name(name: str) -> str:
    """The name that a file will have once the program that sends it has renamed it."""
    found = _UNFINISHED.fullmatch(name)
    return found["name"].lstrip(".") or name if found else name
