r"""A multipart form, taken apart while it arrives, without I/O: bytes in, events out.

Files stream through; fields are gathered, wherever they stand in the body. The parser underneath
(python-multipart) has no caps of its own on fields and files: they are here.

Facts, read 2026-11-24: browsers and curl write `"` in a name as `%22` and do not escape `%` itself
(https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data); older curl
writes `\"`; urllib3 before 2 sends only `filename*=`, which RFC 7578 forbids and everyone reads.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import unquote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from mediascream.errors import FieldInvalid, NoPhotoField, UploadCut
from mediascream.intake.names import display_name

if TYPE_CHECKING:
    from mediascream.intake.values import Texts

FILE_FIELD: Final = "photo_file"
"""The field of our own form."""
MAX_FIELDS: Final = 1000
MAX_FILES: Final = 1000
MAX_FIELD_BYTES: Final = 64 * 1024
MAX_ASIDE_BYTES: Final = 1024 * 1024
MAX_HEADERS: Final = 16
"""Of one part."""
MAX_HEADER_BYTES: Final = 16 * 1024
MAX_EPILOGUE_BYTES: Final = 64 * 1024
"""What may stand behind the final boundary."""

_PARAMETER = re.compile(
    rb';\s*(?P<name>[!#-\'*+.^-z|~0-9A-Z-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^;"\s]*))'
)
_ALTERED: Final = {"base64", "quoted-printable"}


@dataclass(frozen=True, slots=True)
class FileBegins:
    """Here begins a file; its bytes follow as `memoryview`s. The name may be empty."""

    name: str


@dataclass(frozen=True, slots=True)
class FileEnds:
    """Here ends the file that began last."""


FormEvent: TypeAlias = FileBegins | FileEnds | memoryview


class FormDecoder:
    """One form. Feed it the chunks of the body, then close it to learn the fields.

    Args:
        content_type: The request's header.
        file_field: The field whose parts are photos.
        asides: Fields whose parts may be small text files, and are taken for values.

    Raises:
        NoPhotoField: It is no multipart form.
        FieldInvalid: It names no boundary, or none that can be used.
    """

    def __init__(
        self, content_type: str, *, file_field: str = FILE_FIELD, asides: frozenset[str] = frozenset()
    ) -> None:
        self._file_field = file_field
        self._asides = asides
        self._fields: defaultdict[str, list[str]] = defaultdict(list)
        self._events: list[FormEvent] = []
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._field_name = ""
        self._field: bytearray | None = None
        self._field_count = self._file_count = 0
        self._any = self._ended = False
        self._epilogue_bytes = 0
        self._parser = self._parser_for(_boundary(content_type))

    def feed(self, chunk: bytes) -> list[FormEvent]:
        """What `chunk` brings of the files. The views keep `chunk` alive: do not change it.

        Raises:
            FieldInvalid: Something is malformed, too long, or one too many.
            NoPhotoField: A file came in a field of another name.
        """
        if self._ended:
            self._skip_epilogue(len(chunk))
            return []
        self._any = self._any or bool(chunk)
        self._events = []
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise FieldInvalid(f"The multipart form is malformed: {error}") from None
        return self._events

    def close(self) -> Texts:
        """The fields by name; the body is at its end.

        Raises:
            UploadCut: The final boundary is missing.
            NoPhotoField: There was no file.
        """
        if self._any and not self._ended:
            raise UploadCut("The form ended before its final boundary; nothing of it was kept.")
        if not self._file_count:
            raise _no_photo_field(self._file_field, self._fields)
        return self._fields

    def _parser_for(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value_part,
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._part_data,
                    "on_part_end": self._part_ends,
                    "on_end": self._end,
                },
                max_header_count=MAX_HEADERS,
                max_header_size=MAX_HEADER_BYTES,
            )
        except FormParserError as error:
            raise FieldInvalid(f"The multipart form is malformed: {error}") from None

    def _skip_epilogue(self, size_bytes: int) -> None:
        self._epilogue_bytes += size_bytes
        if self._epilogue_bytes > MAX_EPILOGUE_BYTES:
            raise FieldInvalid("Too much stands behind the final boundary of the form.")

    def _part_begins(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_value_part(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _header_ends(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        parameters = _parameters(self._headers.get("content-disposition", b""))
        encoding = self._headers.get("content-transfer-encoding", b"").decode("latin-1").strip().lower()
        if encoding in _ALTERED:
            raise FieldInvalid(f"Send the bytes of a file as they are, not as {encoding}.")
        name = parameters.get("name")
        if name is None:
            raise FieldInvalid("A part of the form has no name.")
        if name == self._file_field:
            self._file_begins(parameters)
        elif name not in self._asides and parameters.keys() & {"filename", "filename*"}:
            raise NoPhotoField(f"Files go into the field {self._file_field}, not {name[:40]!r}.")
        else:
            self._field_begins(name)

    def _file_begins(self, parameters: dict[str, str]) -> None:
        self._file_count += 1
        if self._file_count > MAX_FILES:
            raise FieldInvalid(f"At most {MAX_FILES} files go into one form.")
        self._events.append(FileBegins(_file_name(parameters)))

    def _field_begins(self, name: str) -> None:
        self._field_count += 1
        if self._field_count > MAX_FIELDS:
            raise FieldInvalid(f"At most {MAX_FIELDS} fields go into one form.")
        self._field_name, self._field = name, bytearray()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._events.append(memoryview(data)[start:end])
            return
        limit_bytes = MAX_ASIDE_BYTES if self._field_name in self._asides else MAX_FIELD_BYTES
        if len(self._field) + end - start > limit_bytes:
            raise FieldInvalid(f"{self._field_name[:40]}: longer than {limit_bytes} bytes")
        self._field += data[start:end]

    def _part_ends(self) -> None:
        if self._field is None:
            self._events.append(FileEnds())
            return
        try:
            self._fields[self._field_name].append(self._field.decode())
        except UnicodeDecodeError:
            raise FieldInvalid(f"{self._field_name[:40]}: is not in UTF-8") from None
        self._field = None

    def _end(self) -> None:
        self._ended = True


def _boundary(content_type: str) -> bytes:
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind != "multipart/form-data":
        raise NoPhotoField(f"Send a multipart form (multipart/form-data) with the file in its field {FILE_FIELD}.")
    boundary = _parameters(content_type.encode("latin-1", "replace")).get("boundary", "")
    if not boundary:
        raise FieldInvalid("The Content-Type of the multipart form names no boundary.")
    return boundary.encode("utf-8", "replace")


def _no_photo_field(file_field: str, fields: dict[str, list[str]]) -> NoPhotoField:
    seen = ", ".join(repr(name[:40]) for name in list(fields)[:10])
    return NoPhotoField(f"The form has no file in the field {file_field}" + (f"; it has {seen}." if seen else "."))


def _parameters(header: bytes) -> dict[str, str]:
    """The parameters behind the first `;`, by lower-case name; the first of a name counts."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        value = match["bare"] if match["quoted"] is None else re.sub(rb'\\(["\\])', rb"\1", match["quoted"])
        found.setdefault(match["name"].decode("ascii").lower(), _text(value))
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _file_name(parameters: dict[str, str]) -> str:
    charset, _, extended = parameters.get("filename*", "").partition("'")
    _language, _, encoded = extended.partition("'")
    if encoded and charset.lower() in {"utf-8", "iso-8859-1"}:
        return display_name(unquote(encoded, encoding=charset))
    sent = parameters.get("filename", "")
    return display_name(re.sub("%(22|0[AaDd])", lambda escape: chr(int(escape[1], 16)), sent))
