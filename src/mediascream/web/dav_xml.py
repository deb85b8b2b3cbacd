"""The XML of WebDAV, read safely and written as text (RFC 4918, read 2026-11-24)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from mediascream.errors import FieldInvalid
from mediascream.library.inbox import InboxEntry, InboxPath

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DAV: Final = "{DAV:}"
HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
MULTISTATUS: Final = f'{HEAD}<D:multistatus xmlns:D="DAV:" xmlns:OC="http://owncloud.org/ns">\n'
MULTISTATUS_END: Final = "</D:multistatus>\n"

CHECKSUMS: Final = "{http://owncloud.org/ns}checksums"
MOST_PROPERTIES: Final = 200
NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""

WHEN_CHANGED: Final = frozenset(
    {f"{DAV}getlastmodified", f"{DAV}lastmodified", "{urn:schemas-microsoft-com:}Win32LastModifiedTime"}
)
"""What programs call the time of the file's last change when they set it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a PROPFIND asks for.

    Attributes:
        names: The properties by name, `{namespace}name`; empty for all.
        names_only: Their names will do.
    """

    names: tuple[str, ...] = ()
    names_only: bool = False


@dataclass(frozen=True, slots=True)
class LockWish:
    """What a LOCK asks for.

    Attributes:
        owner: Who asks, in the asker's own words, as XML.
    """

    exclusive: bool = True
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """The space of the spool's disk, in bytes."""

    used: int
    available: int


def read_wish(body: bytes) -> Wish:
    """What the body of a PROPFIND asks for; an empty one asks for all.

    Raises:
        FieldInvalid: It is no XML, or names hundreds of properties.
    """
    if not body.strip():
        return Wish()
    root = _parse(body)
    wanted = root.find(f"{DAV}prop")
    if wanted is None:
        return Wish(names_only=root.find(f"{DAV}propname") is not None)
    return Wish(_few([child.tag for child in wanted]))


def read_changes(body: bytes) -> dict[str, str]:
    """The properties that a PROPPATCH sets or removes, with their values.

    Raises:
        FieldInvalid: As for `read_wish`.
    """
    changed = {child.tag: child.text or "" for prop in _parse(body).iter(f"{DAV}prop") for child in prop}
    _few(changed)
    return changed


def read_lock(body: bytes) -> LockWish:
    """What the body of a LOCK asks for.

    Raises:
        FieldInvalid: It is no XML.
    """
    root = _parse(body)
    owner = root.find(f"{DAV}owner")
    text = "" if owner is None else "".join(owner.itertext()).strip()
    return LockWish(root.find(f"{DAV}lockscope/{DAV}shared") is None, text[:500])


def read_time(text: str) -> datetime | None:
    """A time as HTTP writes it; None where it is none."""
    try:
        found = parsedate_to_datetime(text.strip())
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def address(path: InboxPath, *, is_folder: bool) -> str:
    """Where a name is found: a path on this server."""
    whole = "/dav/" + quote(str(path), safe="/", errors="surrogatepass")
    return whole if not is_folder or whole.endswith("/") else whole + "/"


def response(entry: InboxEntry, wish: Wish, room: Room, locks: str = "") -> str:
    """One name with its properties; a folder tells the `room` there is, and both what is locked (XML)."""
    known = _properties(entry, room, locks)
    asked = wish.names or tuple(known)
    found = [_element(name, "" if wish.names_only else known[name]) for name in asked if name in known]
    missing = [_element(name, "") for name in asked if name not in known]
    parts = [(found, "200 OK"), (missing, "404 Not Found")]
    href = address(entry.path, is_folder=entry.is_folder)
    return _response(href, [_propstat(elements, status) for elements, status in parts if elements])


def accepted(path: InboxPath, names: Iterable[str], *, is_folder: bool) -> str:
    """The answer to a PROPPATCH: every property was taken."""
    return _response(address(path, is_folder=is_folder), [_propstat((_element(name, "") for name in names), "200 OK")])


def multistatus(responses: Iterable[str]) -> Iterator[str]:
    """A whole answer, piece by piece."""
    yield MULTISTATUS
    yield from responses
    yield MULTISTATUS_END


def lock_discovery(active: str) -> str:
    """The body of the answer to a LOCK."""
    return f'{HEAD}<D:prop xmlns:D="DAV:"><D:lockdiscovery>{active}</D:lockdiscovery></D:prop>\n'


def text_of(words: str) -> str:
    """Words of a stranger as XML text."""
    return escape(NOT_IN_XML.sub("\ufffd", words))


def _parse(body: bytes) -> "Element":
    try:
        return fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FieldInvalid("The body is no XML that can be read.") from error


def _few(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(names))
    if len(found) > MOST_PROPERTIES:
        raise FieldInvalid(f"At most {MOST_PROPERTIES} properties can be named at once, not {len(found)}.")
    return found


def _properties(entry: InboxEntry, room: Room, locks: str) -> dict[str, str]:
    common = {
        f"{DAV}displayname": text_of(entry.path.name),
        f"{DAV}creationdate": entry.added_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        f"{DAV}getlastmodified": format_datetime(entry.modified_at.astimezone(UTC), usegmt=True),
        f"{DAV}resourcetype": "<D:collection/>" if entry.is_folder else "",
        f"{DAV}supportedlock": "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>"
        "<D:locktype><D:write/></D:locktype></D:lockentry>",
        f"{DAV}lockdiscovery": locks,
    }
    return common | (_of_folder(room) if entry.is_folder else _of_file(entry))


def _of_folder(room: Room) -> dict[str, str]:
    return {f"{DAV}quota-available-bytes": str(room.available), f"{DAV}quota-used-bytes": str(room.used)}


def _of_file(entry: InboxEntry) -> dict[str, str]:
    told = {f"{DAV}getcontentlength": str(entry.size_bytes)}
    if entry.photo_id is not None:
        told[f"{DAV}getcontenttype"] = str(entry.media_type)
        told[f"{DAV}getetag"] = f'"{entry.photo_id}"'
    if entry.sha1 is not None:
        told[CHECKSUMS] = f"<OC:checksum>SHA1:{entry.sha1}</OC:checksum>"
    return told


def _element(name: str, content: str) -> str:
    """An element; of the namespaces that are not declared at the top, each says its own."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    match namespace:
        case "DAV:":
            tag, said = f"D:{local}", ""
        case "http://owncloud.org/ns":
            tag, said = f"OC:{local}", ""
        case _:
            tag, said = local, f' xmlns="{escape(namespace, {chr(34): "&quot;"})}"'
    return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"


def _propstat(elements: Iterable[str], status: str) -> str:
    return f"<D:propstat><D:prop>{''.join(elements)}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _response(href: str, parts: Iterable[str]) -> str:
    return f"<D:response><D:href>{escape(href)}</D:href>{''.join(parts)}</D:response>\n"
