"""The folder archive against the troubles of real disks and processes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.archive import disk
from mediascream.archive.folder import LITTER_AGE_S, FolderArchive, _explain
from mediascream.archive.source import chunks_of
from mediascream.errors import DestinationBlocked, FolderNotWritable, NotInArchive, TryLater
from mediascream.photo import PhotoId
from tests.contracts.archive_suite import KEY, SMALL, content_of, waiting

if TYPE_CHECKING:
    from collections.abc import Callable

PUT = """
import sys
from pathlib import Path
from mediascream.archive.folder import FolderArchive
root, key, source, photo_id, size = sys.argv[1:]
FolderArchive(Path(root)).put_original(key, Path(source), photo_id=photo_id, size_bytes=int(size), media_type="image/jpeg")
"""


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "archive")


def wait_until(happened: Callable[[], object], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        os.sched_yield()


def test_a_killed_put_leaves_no_key_and_the_next_one_succeeds(tmp_path: Path) -> None:
    photo = waiting(tmp_path, os.urandom(1 << 20) * 96)
    root = tmp_path / "archive"
    arguments = [str(root), KEY, str(photo.path), photo.id, str(photo.size_bytes)]
    process = subprocess.Popen([sys.executable, "-c", PUT, *arguments])
    wait_until(lambda: list(root.glob(".tmp/*")))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    archive = FolderArchive(root)
    assert list(root.glob(".tmp/*")), "it was killed too late to tell anything"
    assert archive.find(KEY) is None
    photo.put_into(archive)
    assert content_of(archive) == photo.path.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at open files as Linux shows them")
def test_bytes_are_on_the_disk_before_they_get_their_name_and_the_name_before_the_answer(
    archive: FolderArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    flush, link = os.fsync, os.link

    def seen_flush(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        events.append(f"flush {path}".replace(f"{tmp_path}/archive", ""))
        flush(descriptor)

    def seen_link(source: Path, target: Path) -> None:
        events.append("name")
        link(source, target)

    monkeypatch.setattr(os, "fsync", seen_flush)
    monkeypatch.setattr(os, "link", seen_link)
    waiting(tmp_path, SMALL).put_into(archive)
    assert events[0].startswith("flush /.tmp/")
    assert events[1:] == [
        "flush ",
        "flush /originals",
        "flush /originals/2026",
        "flush /originals/2026/11",
        "name",
        "flush /originals/2026/11/24",
    ]
    events.clear()
    waiting(tmp_path, SMALL).put_into(archive)
    assert events == [f"flush /{KEY}", "flush /originals/2026/11/24"]


def test_litter_of_a_day_ago_is_swept_and_a_file_of_now_is_left(tmp_path: Path) -> None:
    temporary = tmp_path / ".tmp"
    temporary.mkdir()
    for name, age_s in (("old", LITTER_AGE_S + 60), ("new", 60)):
        (temporary / name).write_bytes(b"half a photo")
        os.utime(temporary / name, (time.time() - age_s,) * 2)
    FolderArchive(tmp_path)
    assert [path.name for path in temporary.iterdir()] == ["new"]


def test_what_an_examination_that_was_killed_left_is_swept_a_day_later_and_nothing_else(
    archive: FolderArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_key: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "delete", die)
    with pytest.raises(KeyboardInterrupt):
        archive.examine()
    root = tmp_path / "archive"
    (left,) = root.glob("probe-*")
    album, mine = root / "probe-shots", root / f"probe-{0:032x}"
    for folder, name in ((album, "scratch"), (mine, "a photo")):
        folder.mkdir()
        (folder / name).write_bytes(SMALL)
    FolderArchive(root)
    assert left.is_dir()
    for folder in (left, album, mine):
        os.utime(folder, (time.time() - LITTER_AGE_S - 60,) * 2)
    FolderArchive(root)
    assert {folder for folder in root.iterdir() if not folder.name.startswith(".")} == {album, mine}
    assert (mine / "a photo").is_file()


def test_nothing_is_written_nor_called_missing_where_the_disk_is_not_mounted(
    archive: FolderArchive, tmp_path: Path
) -> None:
    photo = waiting(tmp_path, SMALL)
    photo.put_into(archive)
    root = tmp_path / "archive"
    root.rename(tmp_path / "unplugged")
    root.mkdir()
    acts: list[Callable[[], object]] = [
        lambda: photo.put_into(archive),
        lambda: archive.put_document("a.json", b"{}"),
        lambda: archive.find(KEY),
        lambda: archive.read(KEY),
        lambda: archive.delete(KEY),
        lambda: list(archive.list("originals")),
    ]
    for act in acts:
        with pytest.raises(TryLater) as caught:
            act()
        assert caught.value.reason == "unreachable"
    assert list(root.iterdir()) == []


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderNotWritable, match="file/archive cannot be written"):
        FolderArchive(tmp_path / "file" / "archive")


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        (errno.ENOSPC, DestinationBlocked, "no-space"),
        (errno.EDQUOT, DestinationBlocked, "no-space"),
        (errno.EACCES, DestinationBlocked, "not-writable"),
        (errno.EROFS, DestinationBlocked, "not-writable"),
        (errno.EFBIG, DestinationBlocked, "file-system-limit"),
        (errno.EIO, TryLater, "unreachable"),
        (errno.ESTALE, TryLater, "unreachable"),
        (errno.ENOENT, TryLater, "unreachable"),
    ],
)
def test_an_error_of_the_system_is_told_as_what_it_means(
    tmp_path: Path, number: int, kind: type[Exception], reason: str
) -> None:
    error = _explain(OSError(number, os.strerror(number)), tmp_path)
    assert type(error) is kind
    assert error.reason == reason
    assert str(tmp_path) in error.detail


def test_no_file_outlives_a_put_that_failed(archive: FolderArchive, tmp_path: Path) -> None:
    photo = waiting(tmp_path, SMALL)
    photo.path.write_bytes(b"something else")
    with pytest.raises(DestinationBlocked):
        photo.put_into(archive)
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("key", ["../a", "a/../../b", "/etc/passwd", "a//b", "", ".", ".tmp/x", "a/./b", "nul\0"])
def test_a_key_never_leads_out_of_the_folder(archive: FolderArchive, key: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        archive.put_document(key, b"{}")
    with pytest.raises(ValueError, match="is no key"):
        archive.find(key)


UNREADABLE = Path("/proc/self/mem")
"""A file that can be opened, and whose first byte the system refuses with EIO, as it does with a bad sector."""


@pytest.mark.skipif(not UNREADABLE.exists(), reason="there is no file here that cannot be read")
def test_a_file_that_the_disk_no_longer_reads_is_lost_and_can_be_replaced_but_a_disk_that_is_gone_is_away(
    archive: FolderArchive, tmp_path: Path
) -> None:
    photo = waiting(tmp_path, SMALL)
    photo.put_into(archive)
    bad = tmp_path / "archive" / KEY
    bad.unlink()
    bad.symlink_to(UNREADABLE)
    with pytest.raises(NotInArchive, match="no longer reads"):
        archive.digest_of(KEY)
    with pytest.raises(NotInArchive, match="no longer reads"):
        list(archive.read(KEY, end=10))
    (tmp_path / "archive" / ".tmp").rename(tmp_path / "away")
    with pytest.raises(TryLater):
        archive.digest_of(KEY)
    (tmp_path / "away").rename(tmp_path / "archive" / ".tmp")

    archive.replace_original(
        KEY, photo.path, photo_id=photo.id, size_bytes=photo.size_bytes, media_type="image/jpeg", aside="damaged/it"
    )
    assert content_of(archive) == SMALL
    assert (tmp_path / "archive" / "damaged" / "it").is_symlink(), "what may yet be rescued was thrown away"


@pytest.mark.skipif(not UNREADABLE.exists(), reason="there is no file here that cannot be read")
def test_a_spool_file_that_its_disk_no_longer_reads_is_no_trouble_of_the_archive(archive: FolderArchive) -> None:
    photo_id = PhotoId("0" * 64)
    for attempt in (
        lambda: archive.put_original(KEY, UNREADABLE, photo_id=photo_id, size_bytes=1, media_type="image/jpeg"),
        lambda: list(chunks_of(UNREADABLE, photo_id)),
    ):
        with pytest.raises(DestinationBlocked, match="Send the same file again") as caught:
            attempt()
        assert caught.value.reason == "source-damaged"


def test_files_of_the_system_are_not_listed(archive: FolderArchive, tmp_path: Path) -> None:
    archive.put_document("originals/a.jpg", b"1")
    (tmp_path / "archive/originals/.DS_Store").write_bytes(b"")
    assert [found.key for found in archive.list("")] == ["originals/a.jpg"]


def test_originals_may_be_read_by_whom_the_owner_lets(archive: FolderArchive, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        waiting(tmp_path, SMALL).put_into(archive)
    finally:
        os.umask(before)
    assert (tmp_path / "archive" / KEY).stat().st_mode & 0o777 == 0o644


def test_a_copy_the_kernel_will_not_make_is_made_by_hand(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(SMALL)
    with (tmp_path / "source").open("rb") as source, (tmp_path / "target").open("ab") as appended_to:
        disk.copy_content(source, appended_to)  # copy_file_range refuses what is opened for appending
    assert (tmp_path / "target").read_bytes() == SMALL


def test_where_hard_links_are_refused_the_name_is_given_by_renaming_but_never_twice(tmp_path: Path) -> None:
    first, second, target = (tmp_path / name for name in ("first", "second", "target"))
    for folder in (first, second):
        folder.mkdir()  # no file system links folders
        (folder / folder.name).touch()
    assert disk.publish(first, target)
    assert not disk.publish(second, target)
    assert [path.name for path in target.iterdir()] == ["first"]
