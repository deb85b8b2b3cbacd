"""What parent and child say to each other, and how it is laid on a pipe.

A frame is four bytes of length and that many bytes. The parent asks with one frame of JSON. The child answers
with a frame of JSON as soon as it has read the metadata, so that they outlive a picture that kills it; then
with a frame that says how rendering went; and where it went well, with two frames of picture bytes; or, where a
whole JPEG was asked for, with frames of its bytes until an empty one. Nothing that comes from a child is trusted:
a frame too long or a value of a wrong kind is a `BrokenMessage`.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from mediascream.photo import Kind, Location, MediaType, Metadata
from mediascream.processing.believing import as_line, believable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FRAME_BYTES = 32 << 20
READY = b"ready"
"""The first frame of a child."""

_KINDS: dict[str, tuple[type, ...]] = {
    "int | None": (int, NoneType),
    "float | None": (float, int, NoneType),
    "str | None": (str, NoneType),
}
"""What JSON may bring for each of `Metadata`'s annotations."""

_LENGTH = struct.Struct(">I")


class BrokenMessage(Exception):
    """The other side said something that cannot be understood, or stopped in the middle."""


class Wish(StrEnum):
    """What is to be made of a file."""

    PICTURES = "pictures"
    """The two small ones, and a placeholder."""
    JPEG = "jpeg"
    """One of the same size."""


@dataclass(frozen=True, slots=True)
class Request:
    """Decode this file as this type."""

    path: Path
    media_type: MediaType
    wish: Wish = Wish.PICTURES


@dataclass(frozen=True, slots=True)
class Report:
    """How rendering went: two frames of pictures follow, or there is a problem.

    Attributes:
        last: The child ends after this, for it met an error of ours.
    """

    placeholder: bytes | None = None
    problem: str | None = None
    last: bool = False


def write_frame(write: Callable[[bytes], object], content: bytes) -> None:
    """One frame by one call of `write`."""
    write(_LENGTH.pack(len(content)) + content)


def read_frame(read: Callable[[int], bytes]) -> bytes | None:
    """One frame; None where the other side is gone.

    Args:
        read: Gives exactly that many bytes, or fewer at the end.
    """
    header = read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise BrokenMessage(f"a frame of {length} bytes")
    content = read(length)
    return content if len(content) == length else None


def pack_request(request: Request) -> bytes:
    """Paths need not be text: what is not UTF-8 travels as escaped surrogates."""
    kind = request.media_type
    return json.dumps([str(request.path), kind.name, kind.kind, kind.ending, request.wish]).encode()


def unpack_request(frame: bytes) -> Request:
    """The inverse of `pack_request`."""
    path, name, kind, ending, wish = json.loads(frame)
    return Request(Path(path), MediaType(name, Kind(kind), ending), Wish(wish))


def pack_metadata(metadata: Metadata) -> bytes:
    """As JSON; the moment in ISO 8601."""
    return json.dumps(asdict(metadata), default=datetime.isoformat).encode()


def unpack_metadata(frame: bytes) -> Metadata:
    """The inverse of `pack_metadata`, every value of the kind that it must be, without what is not believed."""
    values = _load(frame)
    try:
        place, moment = values["location"], values["taken_local"]
        values["location"] = None if place is None else Location(float(place["latitude"]), float(place["longitude"]))
        values["taken_local"] = None if moment is None else datetime.fromisoformat(moment)
        values["keywords"] = tuple(str(word) for word in values["keywords"])
        metadata = Metadata(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenMessage(f"no metadata: {error}") from error
    _check_kinds(metadata)
    return believable(metadata)


def _check_kinds(metadata: Metadata) -> None:
    """Of the plain fields; the others were converted."""
    for one in fields(metadata):
        value, kinds = getattr(metadata, one.name), _KINDS.get(str(one.type), (object,))
        if not isinstance(value, kinds):
            raise BrokenMessage(f"{one.name} is of kind {type(value).__name__}")


def pack_report(report: Report) -> bytes:
    """As JSON; the placeholder in hex."""
    placeholder = None if report.placeholder is None else report.placeholder.hex()
    return json.dumps({"placeholder": placeholder, "problem": report.problem, "last": report.last}).encode()


def unpack_report(frame: bytes) -> Report:
    """The inverse of `pack_report`."""
    values = _load(frame)
    problem, placeholder = values.get("problem"), values.get("placeholder")
    if not (problem is None or isinstance(problem, str)):
        raise BrokenMessage("a problem that is no text")
    try:
        unpacked = None if placeholder is None else bytes.fromhex(placeholder)
    except (TypeError, ValueError) as error:
        raise BrokenMessage("a placeholder that is no hex") from error
    return Report(unpacked, None if problem is None else as_line(problem), last=values.get("last") is True)


def _load(frame: bytes) -> dict[str, Any]:
    try:
        values = json.loads(frame)
    except ValueError as error:
        raise BrokenMessage(f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise BrokenMessage("no JSON object")
    return values
