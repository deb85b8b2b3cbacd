"""The first contact with an archive: once for all who need it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from mediascream.delivery.contacts import Contacts
from mediascream.errors import TryLater
from mediascream.photo import DestinationName
from tests.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.archive.base import Archive

FOLDER, S3 = DestinationName.FOLDER, DestinationName.S3


class Door:
    """Counts who comes; answers when it is opened, with what it was told."""

    def __init__(self) -> None:
        self.came: list[Archive] = []
        self.trouble: TryLater | None = None
        self.open = threading.Event()
        self.open.set()

    def make(self, archive: Archive) -> None:
        self.came.append(archive)
        self.open.wait(timeout=30)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def contacts(door: Door, tmp_path: Path) -> Contacts:
    archives = {FOLDER: FolderArchive(tmp_path / "a"), S3: FolderArchive(tmp_path / "b")}
    return Contacts(archives, door.make)


def test_contact_is_made_once_for_each_archive(contacts: Contacts, door: Door) -> None:
    for _ in range(3):
        contacts.make(FOLDER)
        contacts.make(S3)
    assert len(door.came) == 2


def test_contact_that_failed_is_tried_anew_by_who_comes_later(contacts: Contacts, door: Door) -> None:
    door.trouble = TryLater("away", reason="unreachable")
    with pytest.raises(TryLater):
        contacts.make(FOLDER)
    door.trouble = None
    contacts.make(FOLDER)
    assert len(door.came) == 2


def test_contact_can_be_asked_for_again(contacts: Contacts, door: Door) -> None:
    contacts.make(FOLDER)
    contacts.make(FOLDER, again=True)
    contacts.make(FOLDER)
    assert len(door.came) == 2


def test_those_who_waited_share_the_failure_instead_of_each_waiting_for_it_again(
    contacts: Contacts, door: Door
) -> None:
    door.open.clear()
    door.trouble = TryLater("away", reason="unreachable")
    failures: list[str] = []

    def come() -> None:
        try:
            contacts.make(FOLDER)
        except TryLater as error:
            failures.append(error.reason)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: contacts._one_at_a_time._locks[FOLDER][1] == 8)
    door.open.set()
    for thread in threads:
        thread.join()
    assert failures == ["unreachable"] * 8
    assert len(door.came) == 1


def test_an_archive_that_does_not_answer_holds_up_no_other(contacts: Contacts, door: Door) -> None:
    door.open.clear()
    waiting = threading.Thread(target=contacts.make, args=(S3,))
    waiting.start()
    eventually(lambda: door.came)
    other = Door()
    contacts._make = other.make
    contacts.make(FOLDER)
    assert len(other.came) == 1
    door.open.set()
    waiting.join()
