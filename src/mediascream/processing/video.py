"""What a video says of itself, and one frame of it to stand for the rest. The only importer of PyAV.

FFmpeg's own words for it (read 2026-11-24 in its `mov.c` and `isom`): `creation_time` in UTC;
`com.apple.quicktime.creationdate` is the wall clock with its offset; `location` and
`com.apple.quicktime.location.ISO6709` the place. Which way up is read from the track's matrix, for PyAV 18
shows it only on decoded frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import av
import av.logging

from mediascream.errors import NoRendition
from mediascream.photo import Metadata
from mediascream.processing.containers.boxes import read_rotation
from mediascream.processing.exif import name_camera
from mediascream.processing.moments import Moment, choose_moment, parse_moment, parse_video_moment
from mediascream.processing.places import parse_iso6709

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction
    from pathlib import Path

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

av.logging.set_level(None)

_APPLE = "com.apple.quicktime."
_ORIENTATION_OF_ROTATION = {0: 1, 90: 6, 180: 3, 270: 8}
_POSTER_AT_S = 1.0
_OPEN_TIMEOUT_S = 30.0


class Poster(NamedTuple):
    """One frame in packed RGB."""

    size: tuple[int, int]
    rgb: bytes


def read_video_metadata(path: Path) -> Metadata:
    """All that can be believed of what the video says; bad content says nothing."""
    try:
        with _open(path) as container:
            return _interpret(container, _read_rotation(path))
    except (av.FFmpegError, ValueError):
        return Metadata()


def _open(path: Path) -> InputContainer:
    # Files only: a playlist inside a hostile file must not make FFmpeg open anything else.
    return av.open(
        str(path), metadata_errors="replace", options={"protocol_whitelist": "file"}, timeout=_OPEN_TIMEOUT_S
    )


def _read_rotation(path: Path) -> int:
    with path.open("rb") as file:
        return read_rotation(file)


def _picture_stream(container: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures that FFmpeg can decode, not a cover image."""
    cover = av.stream.Disposition.attached_pic
    streams = (stream for stream in container.streams.video if stream.codec_context is not None)
    return next((stream for stream in streams if not stream.disposition & cover), None)


def _interpret(container: InputContainer, rotation: int) -> Metadata:
    said = _everything_said(container)
    width, height = _size_as_shown(_picture_stream(container), rotation)
    moment = _choose_taken(said)
    return Metadata(
        width=width,
        height=height,
        orientation=_ORIENTATION_OF_ROTATION[rotation],
        taken_local=moment.local if moment else None,
        taken_offset_min=moment.offset_min if moment else None,
        camera=name_camera(*(_first(said, _APPLE + part, part, f"com.android.{part}") for part in ("make", "model"))),
        location=parse_iso6709(_first(said, _APPLE + "location.ISO6709", "location", "location-eng")),
        description=_first(said, _APPLE + "description", "description", "comment"),
        live_photo_id=_first(said, _APPLE + "content.identifier"),
        duration_s=_duration_s(container),
    )


def _everything_said(container: InputContainer) -> dict[str, str]:
    """The container's words, then the streams'; the first of each name, names in lower case."""
    said: dict[str, str] = {}
    for words in (container.metadata, *(stream.metadata for stream in container.streams)):
        for name, value in words.items():
            said.setdefault(name.lower(), value)
    return said


def _first(said: Mapping[str, str], *names: str) -> str | None:
    return next((text for name in names if (text := said.get(name.lower(), "").strip(" \0\t\r\n"))), None)


def _choose_taken(said: Mapping[str, str]) -> Moment | None:
    return choose_moment(
        [
            parse_moment(_first(said, _APPLE + "creationdate")),
            parse_video_moment(_first(said, "creation_time")),
            parse_video_moment(_first(said, "wm/encodingtime", "date")),
        ]
    )


def _size_as_shown(stream: VideoStream | None, rotation: int) -> tuple[int | None, int | None]:
    if stream is None or not stream.width:
        return None, None
    width, height = stream.width, stream.height
    if stream.sample_aspect_ratio:
        width = round(width * stream.sample_aspect_ratio)
    return (height, width) if rotation in {90, 270} else (width, height)


def _duration_s(container: InputContainer) -> float | None:
    return container.duration / av.time_base if container.duration and container.duration > 0 else None


def read_poster(path: Path, check_pixels: Callable[[int, int], None], *, longest_px: int) -> Poster:
    """The first key frame from a second on, or the first frame there is; not turned.

    Args:
        path: The file.
        check_pixels: Raises where a picture of this width and height must not be decoded.
        longest_px: The poster is scaled down to this where it is larger.

    Raises:
        NoRendition: No frame can be decoded.
    """
    try:
        with _open(path) as container:
            stream = _picture_stream(container)
            if stream is not None:
                check_pixels(stream.width, stream.height)
                frame = _find_frame(container, stream)
                if frame is not None:
                    return _unpack(frame, stream.sample_aspect_ratio, longest_px)
    except (av.FFmpegError, ValueError) as error:
        raise NoRendition(f"the video cannot be decoded: {error}") from error
    raise NoRendition("the video has no picture that can be decoded")


def _find_frame(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    stream.codec_context.thread_count = 1
    if (_duration_s(container) or 0) > _POSTER_AT_S:
        frame = _frame_from(container, stream, int(_POSTER_AT_S * av.time_base) + (container.start_time or 0))
        if frame is not None:
            return frame
    return _frame_from(container, stream, container.start_time or 0)


def _frame_from(container: InputContainer, stream: VideoStream, at: int) -> VideoFrame | None:
    """The first key frame at or after a moment in FFmpeg's units; None where it cannot be had."""
    try:
        container.seek(at, backward=False)
        return next(container.decode(stream), None)
    except av.FFmpegError:
        return None


def _unpack(frame: VideoFrame, aspect: Fraction | None, longest_px: int) -> Poster:
    wide = frame.width * (aspect or 1)
    scale = min(1.0, longest_px / max(wide, frame.height))
    width, height = max(1, round(wide * scale)), max(1, round(frame.height * scale))
    plane = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA", threads=1).planes[0]
    packed, row = bytes(plane), width * 3
    if plane.line_size != row:
        starts = range(0, plane.line_size * height, plane.line_size)
        packed = b"".join(packed[start : start + row] for start in starts)
    return Poster((width, height), packed)
