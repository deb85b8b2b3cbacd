"""The services there are. One more is one file beside this and one line here; or an installed package of its own.

A package brings a destination by an entry point of the group `mediascream.destinations` (docs/add-a-destination.md): its
name is the destination's, its object is called as ours are, with settings, log-ins and what workers share. Where that fails
the start stops, with one line that names the package: without the destination, photos would be skipped there as if their
owner had not connected it, and nobody would notice.
"""

from __future__ import annotations

from collections import Counter
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from mediascream.destinations import flickr, gphotos
from mediascream.destinations.base import Destination
from mediascream.errors import CannotStart
from mediascream.photo import DESTINATION_PATTERN, PLUGINS, TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

    from mediascream.destinations.base import LogIns, Shared
    from mediascream.photo import DestinationName
    from mediascream.settings import Settings


def build_services(settings: Settings, log_ins: LogIns, shared: Shared) -> dict[DestinationName, Destination]:
    """The services that are set up, connected or not; deliveries to others are skipped as not connected.

    Raises:
        CannotStart: A package brings a destination that cannot be used.
    """
    found: list[Destination | None] = [
        flickr.build(settings, log_ins, shared),
        gphotos.build(settings, log_ins, shared),
    ]
    found += [brought(point, settings, log_ins, shared) for point in usable(entry_points(group=PLUGINS))]
    return {destination.name: destination for destination in found if destination is not None}


def usable(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """What is brought, in a fixed order.

    Raises:
        CannotStart: A name cannot be used.
    """
    found = sorted(points, key=lambda point: point.name)
    many = Counter(point.name for point in found)
    for point in found:
        if point.name in TAKEN or many[point.name] > 1:
            raise _unusable(point, "that name is taken")
        if DESTINATION_PATTERN.fullmatch(point.name) is None:
            raise _unusable(point, "a name has 2 to 16 letters a-z, digits and _, and begins with a letter")
    return found


def brought(point: EntryPoint, settings: Settings, log_ins: LogIns, shared: Shared) -> Destination | None:
    """What a package builds. An edge: the code is somebody else's, and may fail in any way.

    Raises:
        CannotStart: It failed, or built something else.
    """
    try:
        made: Any = point.load()(settings, log_ins, shared)
    except CannotStart:
        raise
    except Exception as error:
        raise _unusable(point, f"{type(error).__name__}: {error}") from error
    if made is None:
        return None
    if not isinstance(made, Destination) or made.name != point.name:
        raise _unusable(point, f"what it builds is no destination of that name, but {type(made).__name__}")
    return made


def _unusable(point: EntryPoint, why: str) -> CannotStart:
    package = point.dist.name if point.dist is not None else point.value
    return CannotStart(
        f"the package {package} brings a destination {point.name}, which cannot be used ({why}); mend or remove the package"
    )
