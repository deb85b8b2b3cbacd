"""The disks: what file systems they have, how much room, and whether what they call written is written."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediascream.archive.disk import flush_file
from mediascream.doctor.findings import Finding, note, ok, problem, warning
from mediascream.folders import VOLATILE, Room, room_of
from mediascream.mounts import NETWORK, Mount, mount_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ABOUT: Final = "disk"
FAT: Final = frozenset({"vfat", "msdos", "exfat"})
LYING_OPTIONS: Final = frozenset({"nobarrier", "barrier=0"})
"""With these the kernel does not wait for the disk's own cache (mount(8), ext4(5), read 2026-11-24)."""
LYING_LIBRARIES: Final = ("libeatmydata", "libnosync")
TURN_S: Final = 0.001
"""No disk that turns can bring a block to its surface in less: at 15,000 turns a minute one takes four milliseconds."""
_FLUSHES: Final = 7


def look_at_folder(
    what: str, folder: Path, *, is_database: bool = False, allow_volatile: bool = False
) -> Iterator[Finding]:
    """One of the folders that hold what must not be lost."""
    if not folder.is_dir():
        yield note(ABOUT, f"{what}: {folder} is not there yet; it is made at the first start")
        return
    mount = mount_of(folder)
    if mount is None:
        yield note(ABOUT, f"{what}: {folder}; this system does not say on what file system")
    else:
        yield judge_mount(what, folder, mount, is_database=is_database, allow_volatile=allow_volatile)
    yield judge_room(room_of(what, folder))


def judge_mount(what: str, folder: Path, mount: Mount, *, is_database: bool, allow_volatile: bool) -> Finding:
    """What the kind of file system means for what is to lie on it."""
    seen = f"{what}: {folder} is on {mount.file_system}"
    return (
        _danger(seen, mount, allow_volatile=allow_volatile)
        or _drawback(seen, mount.file_system, is_database=is_database)
        or ok(ABOUT, seen)
    )


def _danger(seen: str, mount: Mount, *, allow_volatile: bool) -> Finding | None:
    """What makes it unfit whatever lies on it."""
    if "ro" in mount.options:
        return problem(ABOUT, f"{seen}, which is mounted for reading only", f"mount {mount.place} for writing")
    if mount.file_system in VOLATILE:
        seen += ", which a reboot empties"
        if allow_volatile:
            return warning(ABOUT, f"{seen} (ALLOW_VOLATILE is set)", "good for trying it out, and for nothing else")
        return problem(ABOUT, seen, "choose a folder on a disk")
    if lying := sorted(LYING_OPTIONS & mount.options):
        seen += f" with {', '.join(lying)}: a power cut loses what was called written"
        return problem(ABOUT, seen, f"mount {mount.place} without that option")
    return None


def _drawback(seen: str, kind: str, *, is_database: bool) -> Finding | None:
    """What it does less well than others."""
    if kind in NETWORK and is_database:
        return problem(
            ABOUT, f"{seen}, over a network: SQLite's log needs a local disk", "set DB_FILE to a file on one"
        )
    if kind in NETWORK:
        return note(ABOUT, f"{seen}, over a network: it is as safe as the machine at the other end")
    if kind in FAT:
        return warning(ABOUT, f"{seen}: no rights, no hard links, no journal; on FAT32 no file of 4 GiB", "use ext4")
    return None


def judge_room(room: Room) -> Finding:
    """Whether there is room left."""
    seen = f"{room.what}: {room}"
    if room.is_short():
        return problem(ABOUT, seen, "make room: when it is full, uploads are refused (507)")
    return ok(ABOUT, seen)


def look_at_honesty(folders: Iterable[Path], maps: Mapping[str, str]) -> Iterator[Finding]:
    """Whether a flush is a flush, as far as that can be known without pulling the plug.

    Args:
        folders: Where originals and database are written.
        maps: Who -> its `/proc/PID/maps`: which libraries are loaded.
    """
    for who, table in maps.items():
        for library in LYING_LIBRARIES:
            if library in table:
                yield problem(
                    "flush", f"{who} runs with {library}, which makes every flush do nothing", "start without it"
                )
    for folder in dict.fromkeys(folders):
        if folder.is_dir():
            yield judge_flush(folder, flush_s(folder), spins=spins(mount_of(folder)))


def judge_flush(folder: Path, median_s: float, *, spins: bool) -> Finding:
    """What the time that a flush takes tells."""
    seen = f"a flush in {folder} takes {median_s * 1000:.2f} ms"
    if spins and median_s < TURN_S:
        return note(
            "flush",
            f"{seen}, faster than a disk that turns can: this is a virtual disk, a cache with a battery, or a lie",
            "if this machine is virtual, see that its host keeps its promises (no cache=unsafe)",
        )
    return ok("flush", seen)


def flush_s(folder: Path) -> float:
    """The median time of making a new block durable."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_FLUSHES):
            file.write(b"\0" * 4096)
            file.flush()
            began = time.perf_counter()
            flush_file(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def spins(mount: Mount | None, devices: Path = Path("/sys/dev/block")) -> bool:
    """Whether the kernel takes the disk for one that turns; it says so of many virtual ones too."""
    if mount is None:
        return False
    device = devices / mount.device
    for queue in (device / "queue", device.resolve().parent / "queue"):  # a partition has that of its disk
        try:
            return (queue / "rotational").read_text().strip() == "1"
        except OSError:
            continue
    return False


def loaded_libraries(server: int | None) -> dict[str, str]:
    """The maps of this process, and of the server where one runs and may be looked at."""
    pids = {"this command": os.getpid()} | ({} if server is None else {"the server": server})
    return {who: table for who, pid in pids.items() if (table := _maps(pid))}


def _maps(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
