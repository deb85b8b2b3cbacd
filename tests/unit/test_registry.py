"""Destinations that other packages bring: which are taken, and what is told of the others."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mediascream.destinations.memory import MemoryDestination
from mediascream.destinations.registry import brought, usable
from mediascream.errors import CannotStart
from mediascream.photo import SERVICES, TAKEN, DestinationName
from mediascream.settings import Settings
from tests.fakes.flickr_client import LogInsInMemory

if TYPE_CHECKING:
    from mediascream.destinations.base import Destination

HERE = "tests.unit.test_registry"
SETTINGS = Settings(data_folder=Path("/data"))


class Drawer(MemoryDestination):
    name = DestinationName("drawer")


def build(*_: object) -> Drawer:
    return Drawer()


def build_nothing(*_: object) -> None:
    """As where its owner set up nothing."""


def build_another(*_: object) -> MemoryDestination:
    return MemoryDestination()


def build_badly(*_: object) -> None:
    message = "no such drawer"
    raise LookupError(message)


def point(name: str = "drawer", value: str = f"{HERE}:build") -> EntryPoint:
    return EntryPoint(name, value, "mediascream.destinations")


def build_brought(one: EntryPoint) -> Destination | None:
    return brought(one, SETTINGS, LogInsInMemory(), None)  # type: ignore[arg-type]  # none of these looks at it


def test_a_destination_is_built_by_its_package() -> None:
    assert isinstance(build_brought(point()), Drawer)


def test_a_destination_may_not_be_set_up() -> None:
    assert build_brought(point(value=f"{HERE}:build_nothing")) is None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("no_such_module_at_all:build", "ModuleNotFoundError"),
        (f"{HERE}:no_such_function", "AttributeError"),
        (f"{HERE}:SETTINGS", "TypeError"),
        (f"{HERE}:build_badly", "no such drawer"),
        (f"{HERE}:build_another", "MemoryDestination"),
    ],
)
def test_what_cannot_be_built_stops_the_start_and_is_named(value: str, told: str) -> None:
    with pytest.raises(CannotStart, match=told) as caught:
        build_brought(point(value=value))
    assert value in caught.value.detail


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_a_name_of_ours_cannot_be_taken(name: str) -> None:
    with pytest.raises(CannotStart, match="taken"):
        usable([point(name)])


def test_two_packages_cannot_share_a_name() -> None:
    with pytest.raises(CannotStart, match="taken"):
        usable([point(), point(value="other:build")])


@pytest.mark.parametrize("name", ["Drawer", "a", "my drawer", "1drawer", "a" * 17])
def test_what_cannot_be_a_name_is_told(name: str) -> None:
    with pytest.raises(CannotStart, match="2 to 16"):
        usable([point(name)])


def test_a_stranger_is_a_name_and_always_the_same_one_but_none_that_is_known() -> None:
    stranger = DestinationName("from_elsewhere")
    assert DestinationName("from_elsewhere") is stranger
    assert stranger == "from_elsewhere"
    assert stranger not in tuple(DestinationName)
    assert stranger not in SERVICES
    for word in ("From Elsewhere", "", "x" * 17, "../x"):
        with pytest.raises(ValueError, match="is not a valid"):
            DestinationName(word)
