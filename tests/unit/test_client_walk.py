"""The walk finds what a person means, once, in an order that never changes."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from mediascream.client.walk import Found, PassedOver, Seen, Unreadable, is_only_in_the_cloud, walk


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is also where the test stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x")


def found(*paths: str, hidden: bool = False) -> list[str]:
    return [seen.path for seen in walk(paths, hidden=hidden) if isinstance(seen, Found)]


def others(*paths: str) -> list[tuple[type[Seen], str]]:
    return [(type(seen), seen.path) for seen in walk(paths) if not isinstance(seen, Found)]


def test_a_folder_is_walked_in_the_order_of_its_names(tree: Path) -> None:
    make("in/b.jpg", "in/a.jpg", "in/2/c.jpg", "in/10/d.jpg", "in/z.jpg")

    assert found("in") == ["in/a.jpg", "in/b.jpg", "in/z.jpg", "in/10/d.jpg", "in/2/c.jpg"]


def test_a_path_is_told_as_it_was_typed(tree: Path) -> None:
    make("in/a.jpg")

    assert found("./in") == ["./in/a.jpg"]
    assert found(str(tree / "in")) == [str(tree / "in/a.jpg")]


@pytest.mark.parametrize(
    "name",
    [
        ".git/a.jpg",
        "@eaDir/SYNOPHOTO_THUMB_M.jpg",
        ".Trash/a.jpg",
        ".Trash-1000/files/a.jpg",
        "#recycle/a.jpg",
        "$RECYCLE.BIN/a.jpg",
        ".thumbnails/a.jpg",
    ],
)
def test_folders_that_nobody_means_are_not_entered(tree: Path, name: str) -> None:
    make(f"in/{name}", "in/ours.jpg")

    assert list(walk(["in"])) == [seen for seen in walk(["in/ours.jpg"])]


@pytest.mark.parametrize("name", [".hidden.jpg", "._IMG_1.JPG", "Thumbs.db", ".DS_Store", ".IMG_2.HEIC.icloud"])
def test_files_that_nobody_means_are_told_and_passed_over(tree: Path, name: str) -> None:
    make(f"in/{name}")

    assert others("in") == [(PassedOver, f"in/{name}")]
    assert not found("in")


def test_a_placeholder_of_icloud_says_what_to_do(tree: Path) -> None:
    make("in/.IMG_2.HEIC.icloud")

    (seen,) = walk(["in"])
    assert isinstance(seen, PassedOver)
    assert (seen.code, seen.why) == ("in-the-cloud", "it is only in iCloud: download it first")


def test_what_was_named_itself_is_looked_at_though_it_is_hidden(tree: Path) -> None:
    make(".secret/a.jpg", ".b.jpg")

    assert found(".secret", ".b.jpg") == [".secret/a.jpg", ".b.jpg"]


def test_hidden_files_are_found_when_asked_for_but_not_what_is_nobodys(tree: Path) -> None:
    make("in/.h/a.jpg", "in/.b.jpg", "in/Thumbs.db", "in/@eaDir/c.jpg", "in/.Trash/d.jpg")

    assert found("in", hidden=True) == ["in/.b.jpg", "in/.h/a.jpg"]


def test_a_loop_of_links_ends(tree: Path) -> None:
    make("in/deep/a.jpg")
    Path("in/deep/up").symlink_to("..")

    assert found("in") == ["in/deep/a.jpg"]


def test_a_linked_folder_and_file_are_followed(tree: Path) -> None:
    make("elsewhere/a.jpg", "b.jpg")
    Path("in").mkdir()
    Path("in/link").symlink_to("../elsewhere")
    Path("in/c.jpg").symlink_to("../b.jpg")

    assert found("in") == ["in/c.jpg", "in/link/a.jpg"]


def test_a_folder_that_is_named_twice_is_walked_once(tree: Path) -> None:
    make("in/a.jpg", "in/sub/b.jpg")

    assert found("in", "in/sub", "./in") == ["in/a.jpg", "in/sub/b.jpg"]


@pytest.mark.parametrize("paths", [("in", "in/a.jpg"), ("in/a.jpg", "in"), ("in/a.jpg", "in/../in/a.jpg")])
def test_a_file_that_is_named_and_lies_in_a_named_folder_is_found_once(tree: Path, paths: tuple[str, str]) -> None:
    make("in/a.jpg")

    assert len(found(*paths)) == 1


def test_a_link_that_leads_nowhere_is_told(tree: Path) -> None:
    Path("in").mkdir()
    Path("in/a.jpg").symlink_to("gone.jpg")

    assert list(walk(["in"])) == [Unreadable("in/a.jpg", "a link that leads nowhere")]


def test_a_path_that_is_not_there_is_told_and_the_rest_is_walked(tree: Path) -> None:
    make("a.jpg")

    assert others("gone", "a.jpg") == [(Unreadable, "gone")]
    assert found("gone", "a.jpg") == ["a.jpg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(tree: Path) -> None:
    make("in/closed/a.jpg", "in/b.jpg")
    Path("in/closed").chmod(0)
    try:
        assert others("in") == [(Unreadable, "in/closed")]
    finally:
        Path("in/closed").chmod(0o700)


def test_a_file_whose_bytes_are_only_in_the_cloud_is_known_by_its_flag() -> None:
    assert is_only_in_the_cloud(SimpleNamespace(st_flags=0x40000040))
    assert not is_only_in_the_cloud(SimpleNamespace(st_flags=0x40))
    assert not is_only_in_the_cloud(SimpleNamespace())


def test_a_pipe_is_no_file(tree: Path) -> None:
    Path("in").mkdir()
    os.mkfifo("in/pipe.jpg")

    assert others("in") == [(PassedOver, "in/pipe.jpg")]


def test_an_apple_library_gives_its_originals_only(tree: Path) -> None:
    make("My.photoslibrary/originals/0/a.heic", "My.photoslibrary/resources/derivatives/a.jpg")

    assert found("My.photoslibrary") == ["My.photoslibrary/originals/0/a.heic"]


def test_a_name_that_is_no_text_is_found(tree: Path) -> None:
    Path("in").mkdir()
    raw = b"in/caf\xe9.jpg"
    with open(raw, "wb") as file:  # noqa: PTH123  (a Path cannot be made of bytes)
        file.write(b"x")

    (path,) = found("in")
    assert os.fsencode(path) == raw


def test_folders_may_be_nested_deeper_than_python_calls(tree: Path) -> None:
    folder = Path("in")
    folder.mkdir()
    for _ in range(400):
        folder /= "d"
        folder.mkdir()
    (folder / "a.jpg").write_bytes(b"x")

    assert found("in") == [f"in{'/d' * 400}/a.jpg"]


def test_a_stamp_changes_with_the_bytes_even_when_the_time_is_put_back(tree: Path) -> None:
    make("a.jpg")
    (before,) = walk(["a.jpg"])
    status = Path("a.jpg").stat()
    Path("a.jpg").write_bytes(b"y")
    os.utime("a.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))
    (after,) = walk(["a.jpg"])

    assert isinstance(before, Found)
    assert isinstance(after, Found)
    assert before.stamp != after.stamp
