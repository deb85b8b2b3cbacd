"""One photo to the server, and what its answer means for the file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mediascream import wire
from mediascream.client import resume
from mediascream.client.fingerprint import read_again, still_the_same
from mediascream.client.outcome import FileState, Outcome
from mediascream.errors import (
    ConnectionBroken,
    DigestMismatch,
    FileChanged,
    FileTrouble,
    NotAPhoto,
    ServerGone,
    ServerRefused,
    ServerTrouble,
)
from mediascream.photo import PhotoState, TakenSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mediascream.client.claims import Hope
    from mediascream.client.fingerprint import Hashed
    from mediascream.client.ledger import Ledger
    from mediascream.client.meter import Meter
    from mediascream.client.patience import Persistence
    from mediascream.client.server import Sent, Server
    from mediascream.client.values import Saying

_UNAUTHORIZED: Final = frozenset({401, 403})
_DISK_FULL: Final = 507
_NOTES: Final = frozenset({"description", "taken_at", "latitude", "longitude"})
NOT_SENT: Final = "not-sent"


def end_of(photo: Hashed, state: FileState, *, code: str | None = None, detail: str | None = None) -> Outcome:
    """The outcome of a photo that was read."""
    return Outcome(photo.path, state, size_bytes=photo.stamp.size_bytes, id=photo.id, code=code, detail=detail)


def not_sent(photo: Hashed, why: str) -> Outcome:
    """The outcome of a photo that was not tried, since there is no hope."""
    return end_of(photo, FileState.FAILED, code=NOT_SENT, detail=f"not sent: {why}")


def may_have_lost(known: wire.Known) -> bool:
    """Whether the server may have lost the bytes of a photo that it knows, and take them again."""
    return known.state is PhotoState.ATTENTION and not known.archived


def of_known(photo: Hashed, state: PhotoState) -> Outcome:
    """The outcome of a photo whose bytes the server has, or had."""
    if state is PhotoState.DELETED:
        return end_of(photo, FileState.DELETED, code="in-the-trash", detail="it is in the trash there, and stays there")
    return end_of(photo, FileState.DUPLICATE)


@dataclass(slots=True)
class _Attempts:
    """What the attempts at one photo left behind.

    Attributes:
        partial_bytes: Of the present one: what went out, and what had arrived before.
        kept_bytes: The most that had arrived before one of them.
    """

    count: int = 0
    partial_bytes: int = 0
    kept_bytes: int = 0


_Send: TypeAlias = "Callable[[Hashed, dict[str, str], _Attempts], Sent]"


class Sender:
    """Sends photos, in several threads at once."""

    def __init__(
        self,
        server: Server,
        persistence: Persistence,
        *,
        hope: Hope,
        ledger: Ledger,
        meter: Meter,
        say: Callable[[Hashed], Saying],
    ) -> None:
        self._server = server
        self._say = say
        self._may_amend = True
        self._persistence = persistence
        self._hope = hope
        self._ledger = ledger
        self._meter = meter

    def bring(self, photo: Hashed, known: wire.Known | None) -> Outcome:
        """Do for one photo what is to be done: send it, or only tell the copy that is there what it lacks."""
        if self._hope.lost_because:
            return not_sent(photo, self._hope.lost_because)
        try:
            if known is None or may_have_lost(known):
                return self._send(photo)
            return self._restore(photo) if known.state is PhotoState.DELETED else self._amend(photo)
        except ServerRefused as refusal:
            return self._refused(photo, refusal)
        except ServerGone as trouble:
            self._hope.lose(trouble.detail)
            return not_sent(photo, trouble.detail)
        except (FileTrouble, ServerTrouble) as trouble:
            return end_of(photo, FileState.FAILED, code=trouble.code, detail=trouble.detail)

    def _send(self, photo: Hashed) -> Outcome:
        saying, attempts = self._say(photo), _Attempts()
        send = self._put if photo.stamp.size_bytes < resume.BIG_BYTES else self._resume
        sent = self._persistence.ask(
            lambda: self._attempt(photo, saying.values, attempts, send), moved=lambda: attempts.kept_bytes
        )
        self._hope.went_well()
        state = sent.photo.state
        if sent.new or (attempts.count > 1 and state is not PhotoState.DELETED):
            self._note_told(photo, saying)
            # Where an earlier attempt broke off, the copy that the server now says it knows is our own.
            return end_of(photo, FileState.UPLOADED)
        return of_known(photo, state)

    def _restore(self, photo: Hashed) -> Outcome:
        outcome = self._send(photo)
        if outcome.state is not FileState.DUPLICATE:
            return outcome
        return end_of(photo, FileState.DUPLICATE, code="restored", detail="it was taken out of the trash there")

    def _attempt(self, photo: Hashed, values: dict[str, str], attempts: _Attempts, send: _Send) -> Sent:
        attempts.count += 1
        attempts.partial_bytes = 0
        try:
            return send(photo, values, attempts)
        except ServerRefused as refusal:
            if refusal.problem != DigestMismatch.code:
                raise
            self._ledger.forget(photo.path)
            if not still_the_same(photo):
                raise FileChanged("it changed while it was being sent: send it again") from refusal
            raise ConnectionBroken("its bytes came out damaged at the server") from refusal
        finally:
            self._meter.attempt_ended(attempts.partial_bytes)

    def _put(self, photo: Hashed, values: dict[str, str], attempts: _Attempts) -> Sent:
        body = self._body(photo, attempts)
        return self._server.put(photo.id, body, size_bytes=photo.stamp.size_bytes, values=values)

    def _resume(self, photo: Hashed, values: dict[str, str], attempts: _Attempts) -> Sent:
        def kept(count: int) -> None:
            attempts.partial_bytes += count
            attempts.kept_bytes = max(attempts.kept_bytes, count)
            self._meter.kept(count)

        resumption = resume.Resumption(
            self._server,
            self._ledger,
            photo,
            values,
            on_bytes=lambda count: self._on_bytes(count, attempts),
            on_kept=kept,
        )
        return resumption.attempt() or self._put(photo, values, attempts)

    def _body(self, photo: Hashed, attempts: _Attempts) -> Iterator[bytes]:
        for chunk in read_again(photo):
            self._on_bytes(len(chunk), attempts)
            yield chunk

    def _on_bytes(self, count: int, attempts: _Attempts) -> None:
        self._persistence.crew.check()
        attempts.partial_bytes += count
        self._meter.sent(count)

    def _refused(self, photo: Hashed, refusal: ServerRefused) -> Outcome:
        """What a no of the server means: for this file, and for all that are left."""
        if refusal.problem == NotAPhoto.code:
            return end_of(photo, FileState.IGNORED, code=refusal.problem, detail=refusal.detail)
        if refusal.status in _UNAUTHORIZED:
            self._hope.lose(refusal.detail)
        if refusal.status == _DISK_FULL:
            self._hope.disk_was_full(refusal.detail)
        return end_of(photo, FileState.FAILED, code=refusal.problem, detail=refusal.detail)

    def _amend(self, photo: Hashed) -> Outcome:
        """Tell of a known photo what it lacks; that this cannot be done does not make the file a failure."""
        saying = self._say(photo)
        if saying.once and (not self._may_amend or self._ledger.has_told(_told_key(self._server.url, photo, saying))):
            return end_of(photo, FileState.DUPLICATE)
        try:
            seen = self._persistence.ask(lambda: self._server.photo(photo.id))
            if not isinstance(seen, wire.Photo):
                self._may_amend = False
                return _not_amended(photo, saying, "the token may not change photos")
            changes = lacking(seen, saying)
            if changes:
                self._server.edit(photo.id, changes)
        except ServerRefused as refusal:
            return _not_amended(photo, saying, refusal.detail)
        self._note_told(photo, saying)
        if saying.once and changes:
            return end_of(photo, FileState.DUPLICATE, code="notes-added", detail="it got what the notes beside it say")
        return end_of(photo, FileState.DUPLICATE)

    def _note_told(self, photo: Hashed, saying: Saying) -> None:
        if saying.once:
            self._ledger.note_told(_told_key(self._server.url, photo, saying))


def _told_key(url: str, photo: Hashed, saying: Saying) -> bytes:
    """What is remembered of a saying: other words of the same photo are another one."""
    words = {name: text for name, text in saying.values.items() if name in _NOTES}
    return hashlib.sha256(json.dumps([url, photo.id, saying.tags, words], sort_keys=True).encode()).digest()


def lacking(seen: wire.Photo, saying: Saying) -> dict[str, Any]:
    """What a photo lacks of what is said of it, as changes. What it has stays."""
    missing = _missing(saying.tags, seen.tags)
    changes: dict[str, Any] = {"tags": (*seen.tags, *missing)} if missing else {}
    if not saying.fills:
        return changes
    said = saying.values
    if not seen.description and said.get("description"):
        changes["description"] = said["description"]
    if seen.location is None and said.get("latitude"):
        changes |= {"latitude": float(said["latitude"]), "longitude": float(said["longitude"])}
    if seen.taken_source in {None, TakenSource.MODIFIED, TakenSource.ADDED} and said.get("taken_at"):
        changes["taken_at"] = said["taken_at"]
    return changes


def _missing(wished: tuple[str, ...], present: tuple[str, ...]) -> list[str]:
    there = {tag.casefold() for tag in present}
    return [tag for tag in wished if tag.casefold() not in there]


def _not_amended(photo: Hashed, saying: Saying, why: str) -> Outcome:
    what = "what the notes beside it say" if saying.once else "its tags"
    return end_of(photo, FileState.DUPLICATE, code="tags-not-added", detail=f"{what} could not be added: {why}")
