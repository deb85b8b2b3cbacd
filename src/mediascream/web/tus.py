"""The headers of tus 1.0.0, read and written. Pure: no request is answered here.

Source: https://tus.io/protocols/resumable-upload (version 1.0.0), read 2026-11-24.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from mediascream.errors import BodyTypeWrong, FieldInvalid, HeaderInvalid, ProtocolUnknown
from mediascream.intake.growing import Checksum
from mediascream.intake.sheets import NAME

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination,concatenation"
ALGORITHMS: Final = ("sha1", "sha256")
BODY_TYPE: Final = "application/offset+octet-stream"
MAX_PARTS: Final = 1000

WORDS: Final = frozenset({
    "filename", "sha256", "tags", "skip", "description", "taken_at", "latitude", "longitude", "modified_at", "override",
    "restore",
})  # fmt: skip
"""The metadata that mean something; clients send others (`filetype`, `relativePath`), which are let go."""

_NUMBER = re.compile(r"\d{1,15}", re.ASCII)

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Creation:
    """What the headers of a POST ask for.

    Attributes:
        length: None where it is told later.
        words: What is understood of what is said of the photo.
        said: All of it, as it was sent.
        join: The names of the parts that it is to be made of; None for an upload with bytes of its own.
    """

    length: int | None
    words: dict[str, str]
    said: str
    part: bool
    join: tuple[str, ...] | None


def check_version(headers: Headers) -> None:
    """Refuse a client of another version.

    Raises:
        ProtocolUnknown: It is one.
    """
    if headers.get("tus-resumable") != VERSION:
        raise ProtocolUnknown(f"Send the header Tus-Resumable: {VERSION}.")


def read_creation(headers: Headers) -> Creation:
    """What is to be begun.

    Raises:
        HeaderInvalid: A header makes no sense.
        FieldInvalid: A value is no text.
    """
    said = headers.get("upload-metadata", "").strip()
    words = read_words(said)
    concat = headers.get("upload-concat", "").strip()
    if concat.startswith("final;"):
        return Creation(None, words, said, part=False, join=_part_names(concat.removeprefix("final;")))
    if concat not in {"", "partial"}:
        raise HeaderInvalid("Upload-Concat is either partial, or final; with the addresses of the parts.")
    return Creation(_length(headers), words, said, part=concat == "partial", join=None)


def read_offset(headers: Headers) -> int:
    """Where the bytes of a PATCH begin.

    Raises:
        BodyTypeWrong: They are not sent as tus wants.
        HeaderInvalid: It is missing, or no number.
    """
    if headers.get("content-type", "").split(";")[0].strip().lower() != BODY_TYPE:
        raise BodyTypeWrong(f"Send the bytes with Content-Type: {BODY_TYPE}.")
    offset = read_number(headers, "upload-offset")
    if offset is None:
        raise HeaderInvalid("Upload-Offset is missing: ask for it with HEAD.")
    return offset


def read_number(headers: Headers, name: str) -> int | None:
    """A header that is a number of bytes; None where it is absent.

    Raises:
        HeaderInvalid: It is no number.
    """
    text = headers.get(name)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise HeaderInvalid(f"{name.title()} must be a number of bytes.")
    return int(text)


def read_checksum(headers: Headers) -> Checksum | None:
    """What a PATCH says of its bytes.

    Raises:
        HeaderInvalid: It is not understood.
    """
    text = headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise HeaderInvalid(f"Upload-Checksum is taken with {' and '.join(ALGORITHMS)}, not {algorithm[:20]!r}.")
    return Checksum(algorithm, _decoded("Upload-Checksum", encoded))


def read_words(text: str) -> dict[str, str]:
    """`Upload-Metadata`: `key base64, key base64`, each key once; what means nothing here is left out.

    Raises:
        HeaderInvalid: It is written otherwise.
        FieldInvalid: A value is no UTF-8.
    """
    words: dict[str, str] = {}
    seen: set[str] = set()
    for pair in text.split(",") if text.strip() else ():
        name, _, encoded = pair.strip().partition(" ")
        if not name or name in seen:
            raise HeaderInvalid("Upload-Metadata names each value once, with its text in base64 behind it.")
        seen.add(name)
        value = _decoded("Upload-Metadata", encoded)
        if name in WORDS:
            words[name] = _text(name, value)
    return words


def write_moment(moment: datetime) -> str:
    """As `Upload-Expires` has it (RFC 9110)."""
    return format_datetime(moment, usegmt=True)


def _length(headers: Headers) -> int | None:
    length, deferred = read_number(headers, "upload-length"), headers.get("upload-defer-length")
    if deferred not in {None, "1"}:
        raise HeaderInvalid("Upload-Defer-Length can only be 1.")
    if (length is None) == (deferred is None):
        raise HeaderInvalid("Send either Upload-Length, or Upload-Defer-Length: 1.")
    return length


def _part_names(addresses: str) -> tuple[str, ...]:
    names = tuple(address.rstrip("/").rsplit("/", 1)[-1] for address in addresses.split())
    if not names or len(names) > MAX_PARTS or any(NAME.fullmatch(name) is None for name in names):
        raise HeaderInvalid(
            f"Upload-Concat: final; wants the addresses of 1 to {MAX_PARTS} parts, with blanks between."
        )
    return names


def _decoded(header: str, encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise HeaderInvalid(f"{header}: a value is not in base64.") from None


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8", "replace" if name == "filename" else "strict")
    except UnicodeDecodeError:
        raise FieldInvalid(f"{name}: is not in UTF-8") from None
