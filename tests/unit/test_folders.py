"""Folders that must hold what is put into them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from mediascream.errors import FolderNotWritable, VolatileFolder
from mediascream.folders import VOLATILE, prepare_folder, room_of, rooms_of
from mediascream.mounts import file_system_of, mount_in

TABLE = r"""
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
22 21 0:20 / /proc rw,nosuid - proc proc rw
23 21 0:21 / /shm rw,nosuid shared:3 master:1 - tmpfs tmpfs rw
24 23 254:1 /photos /shm/kept\040photos rw - xfs /dev/vdb rw
25 21 0:22 / /data rw - overlay overlay rw,lowerdir=/a - b
26 21 254:2 / /data rw - btrfs /dev/vdc rw
27 21 0:23 / /run rw - ramfs ramfs rw
""".strip()


@pytest.mark.parametrize(
    ("path", "file_system"),
    [
        ("/home/me", "ext4"),
        ("/shm/spool", "tmpfs"),
        ("/shmfoo", "ext4"),
        ("/shm/kept photos/spool", "xfs"),
        ("/data", "btrfs"),
        ("/run/x", "ramfs"),
    ],
)
def test_the_longest_and_last_mount_above_a_path_counts(path: str, file_system: str) -> None:
    mount = mount_in(TABLE, PurePosixPath(path))
    assert mount is not None
    assert mount.file_system == file_system


def test_a_mount_tells_its_device_and_all_its_options() -> None:
    mount = mount_in(TABLE, PurePosixPath("/data"))
    assert mount is not None
    assert (mount.device, mount.options) == ("254:2", frozenset({"rw"}))


def test_a_container_s_own_root_is_volatile() -> None:
    table = "1 0 0:1 / / rw - overlay overlay rw"
    mount = mount_in(table, PurePosixPath("/root/.local/share"))
    assert mount is not None
    assert mount.file_system in VOLATILE


def test_a_machine_that_does_not_say_is_believed() -> None:
    assert mount_in("", PurePosixPath("/home")) is None


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="only Linux says what is mounted where")
def test_this_machine_s_own_table_is_understood() -> None:
    assert file_system_of(Path("/proc/self")) == "proc"


def test_a_volatile_folder_is_refused_before_it_is_made(tmp_path: Path) -> None:
    shm = Path("/dev/shm") / tmp_path.name  # noqa: S108 - nothing is made there
    if file_system_of(shm) != "tmpfs":
        pytest.skip("no tmpfs at /dev/shm")
    with pytest.raises(VolatileFolder, match="ALLOW_VOLATILE"):
        prepare_folder(shm, allow_volatile=False)
    assert not shm.exists()


def test_missing_folders_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    prepare_folder(tmp_path / "a" / "b", allow_volatile=True)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_there_keeps_its_rights_and_its_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    (tmp_path / "photo").touch()
    prepare_folder(tmp_path, allow_volatile=True)
    assert tmp_path.stat().st_mode & 0o777 == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["photo"]


def test_a_file_in_the_folder_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FolderNotWritable, match=f"{folder} cannot be written: Not a directory"):
            prepare_folder(folder, allow_volatile=True)


def test_a_folder_that_takes_no_files_is_refused() -> None:
    if not Path("/proc/self").exists():
        pytest.skip("no /proc")
    with pytest.raises(FolderNotWritable, match="/proc/self cannot be written: "):
        prepare_folder(Path("/proc/self"), allow_volatile=True)


def test_two_folders_on_one_disk_are_one_room_and_one_that_is_not_there_is_none(tmp_path: Path) -> None:
    (room,) = rooms_of({"spool": tmp_path, "database": tmp_path.parent, "archive": tmp_path / "away"})
    assert room.what == "spool"
    assert 0 < room.free < room.total
    with pytest.raises(FileNotFoundError):
        room_of("archive", tmp_path / "away")
