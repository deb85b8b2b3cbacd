"""Uploads that may be resumed: begun, grown by many requests, and at the end a photo like any other.

    begin → grow … grow → take in        Resumables.begin, .grow, .take_in
    begin (parts) → join → take in       Resumables.join

Whatever dies in between: the bytes that were acknowledged are there, and their number is the file's size.
An upload that is whole but not in the library yet is taken in at the next start, or when its sender asks.
What happens to one upload happens in its `visits`, one request at a time.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from mediascream.errors import (
    ConflictingState,
    DigestMismatch,
    DiskFull,
    EmptyUpload,
    NotAPhoto,
    RequestRefused,
    ResumableGone,
    ResumableUnknown,
    TooManyResumables,
    UploadTooLarge,
)
from mediascream.intake.accept import Accepted, new_photo
from mediascream.intake.batches import Batches
from mediascream.intake.growing import Addition, GrowingFile
from mediascream.intake.resumable import Resumable, texts_of
from mediascream.intake.sheets import RESUMABLE, Sheet, Sheets, note_day
from mediascream.intake.values import read_values
from mediascream.library.records import Outcome
from mediascream.library.senders import note_sent, token_of
from mediascream.media_types import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import sqlalchemy as sa

    from mediascream.database import Database
    from mediascream.intake.accept import Acceptance
    from mediascream.intake.growing import Checksum
    from mediascream.intake.spool import Spool
    from mediascream.library.records import NewPhoto

DAYS_KEPT: Final = 7
"""An unfinished upload that nothing comes for is kept so many days on which the server ran."""
DAYS_TOLD: Final = 2
"""For so long a sender who lost the last answer can still ask what became of its upload."""
MOST_UNFINISHED: Final = 1000
"""Of one caller."""
MOST_TOLD: Final = 10_000
"""Of uploads that are photos by now, so many are remembered."""
_MOST_GONE: Final = 10_000

log = structlog.get_logger()


class Resumables:
    """All of them. One for a spool; what is unfinished from before is there at once.

    Args:
        limit_bytes: For each file.
    """

    def __init__(self, spool: Spool, database: Database, acceptance: Acceptance, *, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._spool = spool
        self._database = database
        self._acceptance = acceptance
        self._sheets = Sheets(spool.folder / RESUMABLE)
        self._all: dict[str, Resumable] = {}
        self._gone: dict[str, None] = {}
        for sheet in self._sheets.load():
            self._add(sheet)

    def find(self, name: str, owner: str) -> Resumable:
        """The upload of a caller.

        Raises:
            ResumableGone: It was there once.
            ResumableUnknown: It never was, or belongs to another.
        """
        upload = self._all.get(name)
        if upload is not None and upload.sheet.owner == owner:
            return upload
        if name in self._gone:
            raise ResumableGone("This upload was ended, refused, or left alone for too long. Begin a new one.")
        raise ResumableUnknown("There is no such upload here.")

    async def begin(
        self,
        owner: str,
        length: int | None,
        words: dict[str, str],
        *,
        said: str = "",
        part: bool = False,
        joined: tuple[str, ...] = (),
    ) -> Resumable:
        """A new upload, without bytes.

        Args:
            owner: The key of the caller.
            length: None where it is told later.
            words: What is understood of `said`.
            said: All that is said of it, to be told back.
            part: To be joined with others.
            joined: The parts that it is made of.

        Raises:
            UploadTooLarge: It would be.
            EmptyUpload: It would have no bytes.
            DiskFull: It would not fit.
            TooManyResumables: The caller has too many already.
        """
        read_values(texts_of(words))
        self._check_length(length, part=part)
        unfinished = sum(one.sheet.owner == owner and not one.sheet.settled for one in list(self._all.values()))
        if unfinished >= MOST_UNFINISHED:
            raise TooManyResumables(f"{unfinished} uploads lie here unfinished; end or finish some first.")
        sheet = Sheet(secrets.token_urlsafe(16), owner, length, words, part, joined, said=said)
        await self._spool.run(self._sheets.begin, sheet)
        return self._add(sheet)

    async def declare(self, upload: Resumable, length: int) -> None:
        """Say how long an upload will be whose sender did not know.

        Raises:
            UploadTooLarge: Longer than may be.
            ConflictingState: It is known already, or more has come than that.
        """
        if upload.sheet.length is not None or length < upload.offset:
            raise ConflictingState("The length of this upload is known already, or is less than what has come.")
        self._check_length(length, part=upload.sheet.part)
        await self._spool.run(self._rewrite, upload, dataclasses.replace(upload.sheet, length=length))

    async def grow(self, upload: Resumable, body: AsyncIterator[bytes], checksum: Checksum | None) -> None:
        """Take the bytes of one request; when this returns they are on disk for good.

        Whatever ends it early, what came by then stays, unless it had to be proven by a checksum.

        Raises:
            UploadTooLarge: More came than was announced; nothing of this request is kept.
            ChecksumWrong: They came out damaged; nothing of this request is kept.
            NotAPhoto: The first bytes say so; the upload is over.
            DiskFull: There is no room; it can go on later.
        """
        try:
            await self._grow(upload, body, Addition(upload.file, self._sheets.chunk_of(upload.sheet.name), checksum))
        except NotAPhoto:
            await self.end(upload)
            raise

    async def take_in(self, upload: Resumable) -> Accepted:
        """Make an upload that is whole a photo; once begun it is done, whoever goes away.

        Raises:
            NotAPhoto: Its bytes are of no kind that is kept; the upload is over.
            DigestMismatch: They are not those that were announced; the upload is over.
            DiskFull: No room to write that down; it can be tried again.
        """
        return await asyncio.shield(self._spool.run(self._take_in, upload))

    async def join(
        self, owner: str, names: Sequence[str], words: dict[str, str], *, said: str = ""
    ) -> tuple[Resumable, Accepted | None]:
        """An upload of the bytes of finished parts, in this order; they are gone then.

        Asked again for the same parts, it is the same upload, and nothing was accepted anew.

        Raises:
            ConflictingState: One is no part, or not finished.
        """
        parts = [self.find(name, owner) for name in names]
        if not parts or any(not part.sheet.part for part in parts):
            raise ConflictingState("Only uploads that were begun as parts can be joined.")
        before = self._joined_before(parts)
        if before is not None:
            return before, None
        if any(not part.whole for part in parts) or len(set(names)) < len(names):
            raise ConflictingState("Each part must be finished, and is joined once.")
        async with AsyncExitStack() as visiting:
            for part in sorted(parts, key=lambda part: part.sheet.name):
                await visiting.enter_async_context(part.visits.visit())
            return await self._join(owner, parts, words, said)

    async def end(self, upload: Resumable) -> None:
        """Keep nothing of it. What is a photo by now stays one."""
        await asyncio.shield(self._spool.run(self._forget, upload))

    async def give_up(self, upload: Resumable) -> None:
        """Keep nothing of an upload whose sender never learned its name, unless all of it came."""
        if upload.sheet.name in self._all and not upload.sheet.settled and not upload.whole:
            await self.end(upload)

    async def look_after(self, today: str) -> None:
        """Once an hour or so: let go of what nobody comes back for."""
        for upload in list(self._all.values()):
            if not upload.visits.busy:
                async with upload.visits.visit():
                    await self._spool.run(self._look_at, upload, today)

    def take_in_what_is_whole(self) -> None:
        """After a crash: what had come as a whole, but was not in the library yet. Before anything is received."""
        for upload in [one for one in self._all.values() if one.whole and not one.sheet.part]:
            try:
                self._take_in(upload)
            except (RequestRefused, DiskFull, OSError) as error:
                log.warning("an upload from before the start was not taken in", why=str(error))

    def close(self) -> None:
        """Let go of the folder; the spool's threads have ended."""
        self._sheets.close()

    async def _grow(self, upload: Resumable, body: AsyncIterator[bytes], addition: Addition) -> None:
        batches = Batches(self._spool, addition, sender=upload.sheet.owner)
        limit = self.limit_bytes if upload.sheet.length is None else upload.sheet.length
        left = limit - upload.offset
        try:
            async for piece in body:
                left -= len(piece)
                if left < 0:
                    break
                if await batches.write(memoryview(piece)):
                    await self._sniff(upload)
            if left >= 0:
                await batches.end(addition.complete)
                await self._sniff(upload)
        except BaseException:
            await asyncio.shield(batches.end(addition.keep, whatever=True))
            raise
        if left < 0:
            await asyncio.shield(batches.end(addition.undo, whatever=True))
            raise UploadTooLarge(f"More came than the {limit} bytes that this upload may have.")

    async def _join(
        self, owner: str, parts: Sequence[Resumable], words: dict[str, str], said: str
    ) -> tuple[Resumable, Accepted | None]:
        names = tuple(part.sheet.name for part in parts)
        upload = await self.begin(owner, sum(part.offset for part in parts), words, said=said, joined=names)
        try:
            await asyncio.shield(self._spool.run(_copy_parts, upload, parts))
            accepted = await self.take_in(upload)
        except BaseException:
            await self.end(upload)
            raise
        await asyncio.shield(self._spool.run(self._spend, upload, parts))
        return upload, accepted

    def _add(self, sheet: Sheet) -> Resumable:
        file = GrowingFile(self._sheets.bytes_of(sheet.name), self._spool.require_room)
        upload = self._all[sheet.name] = Resumable(sheet, file)
        return upload

    def _check_length(self, length: int | None, *, part: bool) -> None:
        if length is None:
            return
        if length > self.limit_bytes:
            raise UploadTooLarge(f"A file may have {self.limit_bytes} bytes, not {length}.")
        if length == 0 and not part:
            raise EmptyUpload("The file is empty.")
        self._spool.require_room(length)

    async def _sniff(self, upload: Resumable) -> None:
        if upload.media_type is None and not upload.sheet.part and upload.offset >= HEAD_BYTES:
            await self._spool.run(upload.identify)

    def _take_in(self, upload: Resumable) -> Accepted:
        try:
            received = upload.received()
        except (NotAPhoto, DigestMismatch):
            self._forget(upload)
            raise
        values = upload.values()
        new = new_photo(received, values, now=datetime.now(UTC))
        link = self._spool.new_part()
        try:
            upload.link_to(link)
            self._spool.claim([(link, new.id)])
            accepted = self._database.write(
                lambda connection: self._accept(connection, upload, new, restore=values.restore)
            )
        finally:
            link.unlink(missing_ok=True)  # also where both were one file already: renaming does nothing then
            self._spool.release([new.id])
        known = accepted.outcome is not Outcome.NEW
        self._rewrite(upload, dataclasses.replace(upload.sheet, photo_id=new.id, duplicate=known))
        upload.file.path.unlink(missing_ok=True)
        self._forget_oldest()
        return accepted

    def _accept(self, connection: sa.Connection, upload: Resumable, new: NewPhoto, *, restore: bool) -> Accepted:
        (accepted,) = self._acceptance.accept(connection, [new], restore=restore)
        note_sent(connection, token_of(upload.sheet.owner), [accepted.photo.number])
        return accepted

    def _joined_before(self, parts: Sequence[Resumable]) -> Resumable | None:
        became = {part.sheet.became for part in parts}
        found = self._all.get(next(iter(became)) or "") if len(became) == 1 else None
        return found if found and found.sheet.joined == tuple(part.sheet.name for part in parts) else None

    def _spend(self, upload: Resumable, parts: Sequence[Resumable]) -> None:
        for part in parts:
            self._rewrite(part, dataclasses.replace(part.sheet, became=upload.sheet.name))
            part.file.path.unlink(missing_ok=True)

    def _rewrite(self, upload: Resumable, sheet: Sheet) -> None:
        self._sheets.write(sheet)
        upload.sheet = sheet

    def _forget(self, upload: Resumable) -> None:
        name = upload.sheet.name
        self._all.pop(name, None)
        self._gone[name] = None
        if len(self._gone) > _MOST_GONE:
            del self._gone[next(iter(self._gone))]
        self._sheets.remove(name)

    def _forget_oldest(self) -> None:
        if len(self._all) <= MOST_TOLD:
            return
        settled = [one for one in list(self._all.values()) if one.sheet.settled]
        for upload in settled[: max(0, len(settled) - MOST_TOLD)]:
            self._forget(upload)

    def _look_at(self, upload: Resumable, today: str) -> None:
        if upload.sheet.name not in self._all:
            return
        sheet = note_day(upload.sheet, today, upload.offset)
        if sheet.idle_days >= (DAYS_TOLD if sheet.settled else DAYS_KEPT):
            self._forget(upload)
        elif sheet is not upload.sheet:
            self._rewrite(upload, sheet)


def _copy_parts(upload: Resumable, parts: Sequence[Resumable]) -> None:
    for part in parts:
        upload.file.append_file(part.file.path)
    upload.file.sync()
