"""An import from end to end: names and notes, then hashes, then what is not known is sent.

    catalogue → hash (ledger first) → one photo for equal bytes, with the notes of all → ask → send

A Takeout holds a photo once for its year and once for each album, perhaps in different zips. So all is hashed before
anything is sent: each photo goes out once, with the tags of all its albums. What is sent from a zip is unpacked for
that long, a file at a time and thread.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.client.claims import Hope
from mediascream.client.fingerprint import CHUNK_BYTES, Hashed
from mediascream.client.import_sources import opened
from mediascream.client.lanes import Crew, Lane, merged
from mediascream.client.outcome import FileState, Outcome
from mediascream.client.patience import PATIENT, Patience, Persistence
from mediascream.client.send import Sender, may_have_lost, not_sent, of_known
from mediascream.client.values import Saying, Wishes
from mediascream.client.walk import no_photo, stamp_of, why_unreadable
from mediascream.client.words import shown_size
from mediascream.errors import FileTrouble, FileUnreadable, ServerTrouble
from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import PhotoId, PhotoState
from mediascream.wire import CHECK_MAX_IDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from random import Random

    from mediascream.client.imports import Catalogue, Item
    from mediascream.client.ledger import Ledger
    from mediascream.client.meter import Meter
    from mediascream.client.server import Server
    from mediascream.wire import Known

_HASHERS: Final = min(4, os.cpu_count() or 1)
_TICK_S: Final = 0.1
_SPARED_BYTES: Final = 64 * 1024 * 1024
"""What unpacking leaves free on a disk that is others' too."""
EQUAL: Final = "equal-to-another"


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What a person asked for.

    Attributes:
        wishes: Tags for all of them, and services that must not get them.
        dry_run: Ask, but send nothing; `uploaded` then means that it would be.
    """

    wishes: Wishes
    jobs: int = 4
    dry_run: bool = False
    patience: Patience = PATIENT


@dataclass(slots=True)
class Piece:
    """A photo that is to be imported: the file that is sent, and what all files with its bytes say together."""

    id: PhotoId
    item: Item
    tags: tuple[str, ...]
    values: dict[str, str]

    def meet(self, other: Item) -> None:
        """Another file with the same bytes: its tags count too, and its notes where there were none."""
        self.tags = tuple(dict.fromkeys((*self.tags, *other.tags)))
        self.values = other.values | self.values
        if other.noted and not self.item.noted:
            self.item = replace(self.item, name=other.name, noted=True)

    @property
    def hashed(self) -> Hashed:
        """As the other steps of an upload know it."""
        return Hashed(self.item.member.path, self.item.member.stamp, self.id)


class Import:
    """One run. `run` yields outcomes; the caller counts and prints, and interrupts by leaving the loop."""

    def __init__(
        self,
        order: ImportOrder,
        found: Catalogue,
        *,
        server: Server,
        ledger: Ledger,
        meter: Meter,
        random: Random,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._order = order
        self._found = found
        self._server = server
        self._ledger = ledger
        self._meter = meter
        self._clock_ns = clock_ns
        self._crew = Crew()
        self._hope = Hope()
        self._persistence = Persistence(order.patience, self._crew, random, meter.contact)
        self._pieces: dict[PhotoId, Piece] = {}
        self._sender = Sender(
            server,
            self._persistence,
            hope=self._hope,
            ledger=ledger,
            meter=meter,
            say=lambda photo: self._saying(photo.id),
        )
        self._to_hash: Lane[Item] = Lane(self._crew, size=500)
        self._hashed: Lane[tuple[Item, PhotoId]] = Lane(self._crew, size=500, writers=_HASHERS)
        self._to_send: Lane[tuple[Piece, Known | None]] = Lane(self._crew, size=64)
        self._ended: Lane[list[Outcome]] = Lane(self._crew, size=64, writers=2 + _HASHERS + order.jobs)

    def run(self) -> Generator[list[Outcome]]:
        """What has ended since the last time, ten times a second; a list may be empty."""
        with self._crew as crew:
            crew.start(self._tell_items, name="items")
            crew.start(self._hash, name="hash", count=_HASHERS)
            crew.start(self._gather_and_ask, name="ask")
            crew.start(self._send, name="send", count=self._order.jobs)
            yield from merged(self._ended, enough=CHECK_MAX_IDS, patience_s=_TICK_S)

    def leftovers(self) -> Iterator[list[Outcome]]:
        """What had ended, after an interruption, without having been told by `run`."""
        yield from self._ended.leftovers()

    def _saying(self, photo_id: PhotoId) -> Saying:
        piece, wishes = self._pieces[photo_id], self._order.wishes
        tags = tuple(dict.fromkeys((*wishes.tags, *piece.tags)))
        values = {"file_name": piece.item.name, "tags": ",".join(tags), "skip": ",".join(wishes.skip), **piece.values}
        return Saying({name: value for name, value in values.items() if value}, tags, fills=True)

    def _tell_items(self) -> None:
        self._ended.put(self._found.ended)
        for item in self._found.items:
            self._to_hash.put(item)
        self._to_hash.done()
        self._ended.done()

    def _hash(self) -> None:
        for item in self._to_hash:
            outcome = self._hash_one(item)
            if outcome is not None:
                self._ended.put([outcome])
        self._hashed.done()
        self._ended.done()

    def _hash_one(self, item: Item) -> Outcome | None:
        member = item.member
        photo_id = self._ledger.recall(member.path, member.stamp)
        if photo_id is None:
            try:
                photo_id = self._digest(item)
            except FileTrouble as trouble:
                return _outcome(item, FileState.FAILED, code=trouble.code, detail=trouble.detail)
            if photo_id is None:
                code, detail = no_photo(member.stamp.size_bytes)
                return _outcome(item, FileState.IGNORED, code=code, detail=detail)
            self._ledger.remember(member.path, member.stamp, photo_id, now_ns=self._clock_ns())
        self._hashed.put((item, photo_id))
        return None

    def _digest(self, item: Item) -> PhotoId | None:
        with opened(item.member) as file:
            head = file.read(HEAD_BYTES)
            if identify(head) is None:
                return None
            digest = hashlib.sha256(head)
            while chunk := file.read(CHUNK_BYTES):
                self._crew.check()
                digest.update(chunk)
                self._meter.read(len(chunk))
        return PhotoId(digest.hexdigest())

    def _gather_and_ask(self) -> None:
        for item, photo_id in self._hashed:
            if photo_id in self._pieces:
                self._pieces[photo_id].meet(item)
                detail = f"the same photo as {self._pieces[photo_id].item.member.path}"
                self._ended.put([_outcome(item, FileState.DUPLICATE, photo_id, code=EQUAL, detail=detail)])
            else:
                self._pieces[photo_id] = Piece(photo_id, item, item.tags, item.values)
        pieces = list(self._pieces.values())
        for start in range(0, len(pieces), CHECK_MAX_IDS):
            self._ask(pieces[start : start + CHECK_MAX_IDS])
        self._to_send.done()
        self._ended.done()

    def _ask(self, pieces: list[Piece]) -> None:
        try:
            known = self._persistence.ask(lambda: self._server.check([piece.id for piece in pieces]))
        except ServerTrouble as trouble:
            self._hope.lose(trouble.detail)
            known = {}
        for piece in pieces:
            outcome = self._decide(piece, known.get(piece.id))
            if outcome is None:
                self._to_send.put((piece, known.get(piece.id)))
            else:
                self._ended.put([outcome])

    def _decide(self, piece: Piece, known: Known | None) -> Outcome | None:
        """How a photo ends of which nothing is to be sent; None for one that is sent, or told what it lacks."""
        if self._hope.lost_because:
            return not_sent(piece.hashed, self._hope.lost_because)
        if known is not None and known.state is PhotoState.DELETED and not self._order.wishes.restore:
            return of_known(piece.hashed, known.state)
        if self._order.dry_run:
            return _outcome(piece.item, FileState.UPLOADED if known is None else FileState.DUPLICATE, piece.id)
        return None

    def _send(self) -> None:
        with tempfile.TemporaryDirectory(prefix="mediascream-import-") as folder:
            for piece, known in self._to_send:
                self._ended.put([self._bring(piece, known, Path(folder))])
        self._ended.done()

    def _bring(self, piece: Piece, known: Known | None, folder: Path) -> Outcome:
        wants_bytes = known is None or known.state is PhotoState.DELETED or may_have_lost(known)
        try:
            photo = self._unpacked(piece, folder) if wants_bytes and piece.item.member.zipped else _in_place(piece)
            outcome = self._sender.bring(photo, known)
        except FileTrouble as trouble:
            return _outcome(piece.item, FileState.FAILED, piece.id, code=trouble.code, detail=trouble.detail)
        return replace(outcome, path=piece.item.member.path)

    def _unpacked(self, piece: Piece, folder: Path) -> Hashed:
        """The file outside its zip, under a name of our own; in place of the one before."""
        file = folder / "photo"
        _check_room(folder, piece.item.member.stamp.size_bytes)
        try:
            with opened(piece.item.member) as packed, file.open("wb") as unpacked:
                while chunk := packed.read(CHUNK_BYTES):
                    self._crew.check()
                    unpacked.write(chunk)
            return Hashed(str(file), stamp_of(file.stat()), piece.id)
        except OSError as error:
            raise FileUnreadable(f"it cannot be unpacked to {folder}: {why_unreadable(error)}") from error


def _check_room(folder: Path, more_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < more_bytes + _SPARED_BYTES:
        raise FileUnreadable(
            f"it cannot be unpacked to {folder}: it has {shown_size(more_bytes)}, and {shown_size(free_bytes)} are free"
            " there (TMPDIR names another place)"
        )


def _in_place(piece: Piece) -> Hashed:
    """A file that lies in a folder, as it is now; the name of one in a zip, of which no bytes are wanted."""
    member = piece.item.member
    path = str(Path(member.place, member.name)) if not member.zipped else member.path
    return Hashed(path, member.stamp, piece.id)


def _outcome(
    item: Item, state: FileState, photo_id: PhotoId | None = None, *, code: str | None = None, detail: str | None = None
) -> Outcome:
    member = item.member
    return Outcome(member.path, state, member.stamp.size_bytes, photo_id, code, detail)
