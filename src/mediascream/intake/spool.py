"""The spool: the folder where uploads become durable, before any archive has them.

    SPOOL/.incoming/<random>.part    bytes on their way; what a crash leaves of them is removed at the start
    SPOOL/<id>                       a whole original, named by its SHA-256

A name is claimed before its row is written and let go after, so that of many uploads of the same bytes
none takes the file away under another. That holds within one process: a spool belongs to one server.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import WeakValueDictionary

from mediascream.errors import DiskFull
from mediascream.photo import is_photo_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mediascream.photo import PhotoId

    T = TypeVar("T")

INCOMING: Final = ".incoming"
THREADS: Final = 8
"""They hash and wait for the disk; more than there are cores, for most of the time they wait."""
THREADS_OF_ONE: Final = 6
"""A sender alone may have so many at work or in the queue; the others never wait behind a flood of theirs."""
BATCHES_BYTES: Final = 64 * 1024 * 1024
"""What the batches of all files on their way may hold together; the more files, the smaller their batches."""
LARGEST_BATCH_BYTES: Final = 1024 * 1024
SMALLEST_BATCH_BYTES: Final = 16 * 1024
RESERVE_BYTES: Final = 64 * 1024 * 1024
RESERVE_SHARE: Final = 0.02
"""An upload must leave so much free, whichever is less: the database has to write down what was taken in."""

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Spool:
    """Where uploads land. Everything that touches the disk runs in the threads named `spool`.

    Args:
        folder: On one file system with nothing mounted inside; made where it is missing.
        needed: Which of these ids have a row that says their bytes lie in the spool. Called from threads.
    """

    def __init__(self, folder: Path, *, needed: Callable[[Sequence[PhotoId]], set[PhotoId]]) -> None:
        self.folder = folder
        self.incoming = folder / INCOMING
        self.incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._needed = needed
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="spool")
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._under_way = 0
        self._names = threading.Lock()
        self._claims: Counter[PhotoId] = Counter()
        self._folder_sync = FolderSync(folder)

    def path(self, photo_id: PhotoId) -> Path:
        """Where the original lies while it is in the spool."""
        return self.folder / photo_id

    def originals(self) -> Iterator[Path]:
        """Every original that lies in the spool now."""
        return (entry for entry in self.folder.iterdir() if is_photo_id(entry.name))

    def new_part(self) -> Path:
        """A name for bytes on their way that nobody else has."""
        return self.incoming / f"{secrets.token_hex(16)}.part"

    def require_room(self, more_bytes: int) -> None:
        """Make sure that `more_bytes` fit; cheap enough for the event loop (one system call on a local disk).

        Raises:
            DiskFull: They do not.
        """
        disk = os.statvfs(self.folder)
        reserve = min(RESERVE_BYTES, disk.f_blocks * disk.f_frsize * RESERVE_SHARE)
        if disk.f_bavail * disk.f_frsize < more_bytes + reserve:
            raise _disk_full()

    async def run(self, act: Callable[..., T], *args: object, sender: str = "") -> T:
        """Run `act` in one of the spool's threads, when it is the sender's turn."""
        turns = self._turns.setdefault(sender, asyncio.Semaphore(THREADS_OF_ONE))
        async with turns:
            return await asyncio.get_running_loop().run_in_executor(self._pool, act, *args)

    def begin_file(self) -> None:
        """One more file is on its way; whoever begins it ends it. In the event loop, as `batch_bytes`."""
        self._under_way += 1

    def end_file(self) -> None:
        """It is on its way no more."""
        self._under_way -= 1

    @property
    def batch_bytes(self) -> int:
        """How much one file may gather before it is written."""
        share = BATCHES_BYTES // max(1, self._under_way)
        return max(SMALLEST_BATCH_BYTES, min(LARGEST_BATCH_BYTES, share))

    def claim(self, parts: Sequence[tuple[Path, PhotoId]]) -> None:
        """Give whole files their names, for good. Each claim must be let go again, also where this raises.

        What lay under a name had the same bytes; it is replaced in one step.
        """
        with self._names:
            self._claims.update(photo_id for _, photo_id in parts)
            for part, photo_id in parts:
                part.replace(self.path(photo_id))
        self._folder_sync()

    def release_kept(self, ids: Sequence[PhotoId]) -> None:
        """Let go of claims whose rows need the files. Waits for nothing."""
        self._pool.submit(self._subtract, ids)

    def release(self, ids: Sequence[PhotoId]) -> None:
        """Let go of claims, and remove the files that no row needs and no other upload claims."""
        with self._names:
            self._claims.subtract(ids)
            unclaimed = [photo_id for photo_id in dict.fromkeys(ids) if not self._claims[photo_id]]
            self._claims = +self._claims
            # Inside the lock: who claims later is not here yet, who let go earlier has its row by now.
            for photo_id in set(unclaimed) - self._needed(unclaimed):
                self.path(photo_id).unlink(missing_ok=True)

    def _subtract(self, ids: Sequence[PhotoId]) -> None:
        with self._names:
            self._claims.subtract(ids)
            self._claims = +self._claims

    def close(self) -> None:
        """Finish what is under way; nothing can be received after this."""
        self._pool.shutdown(wait=True)
        self._folder_sync.close()


@contextlib.contextmanager
def telling_full_disks() -> Iterator[None]:
    """Turn what the system says of a full disk into our word for it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _disk_full() from error
        raise


def _disk_full() -> DiskFull:
    return DiskFull("There is no room for these bytes on the disk of the spool; nothing of them was kept.")


class FolderSync:
    """Makes names in a folder durable; threads that wait for one fsync share the next."""

    def __init__(self, folder: Path) -> None:
        self._fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._counting, self._syncing = threading.Lock(), threading.Lock()
        self._asked = self._done = 0

    def __call__(self) -> None:
        """Wait until every name that is in the folder now is there for good."""
        with self._counting:
            self._asked += 1
            mine = self._asked
        with self._syncing:
            if self._done >= mine:
                return
            covered = self._asked
            os.fsync(self._fd)
            self._done = covered

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._fd)
