"""Reads an XMP packet: RDF in XML. Parsed without entities or a document type, so that it cannot grow.

Source, read 2026-11-24: XMP specification part 1 (ISO 16684-1), parts 2 and 3; MWG guidelines 2.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import defusedxml
import defusedxml.ElementTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DESCRIPTION, _ITEM = f"{_RDF}Description", f"{_RDF}li"

DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
EXIF = "{http://ns.adobe.com/exif/1.0/}"
EXIF_EX = "{http://cipa.jp/exif/1.0/}"
AUX = "{http://ns.adobe.com/exif/1.0/aux/}"
TIFF = "{http://ns.adobe.com/tiff/1.0/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
MICROSOFT = "{http://ns.microsoft.com/photo/1.0/}"


class Xmp:
    """The properties of one packet; of none at all where it cannot be parsed."""

    def __init__(self, packet: bytes | None) -> None:
        self._properties: dict[str, list[str]] = {}
        root = _parse(packet) if packet else None
        for description in root.iter(_DESCRIPTION) if root is not None else ():
            for name, values in _properties_of(description):
                self._properties.setdefault(name, values)

    def list(self, name: str) -> tuple[str, ...]:
        """All values of a property, such as `DC + "subject"`; of a text in many languages the default one first."""
        return tuple(self._properties.get(name, ()))

    def text(self, *names: str) -> str | None:
        """The first value of the first of these properties that has one."""
        return next((value for name in names for value in self._properties.get(name, ()) if value), None)


def _parse(packet: bytes) -> Element | None:
    """The packet's tree; a packet that lies about being UTF-8 is read as Latin-1."""
    stripped = packet if packet.startswith(_UTF16_MARKS) else packet.strip(b"\0 \t\r\n")
    for attempt in (stripped, stripped.decode("latin-1").encode()):
        try:
            root: Element = defusedxml.ElementTree.fromstring(attempt, forbid_dtd=True)
        except (ParseError, ValueError, defusedxml.DefusedXmlException):
            continue
        return root
    return None


def _properties_of(description: Element) -> Iterator[tuple[str, list[str]]]:
    for name, value in description.attrib.items():
        yield name, _trimmed([value])
    for element in description:
        items = sorted(element.iter(_ITEM), key=lambda item: item.get(_LANGUAGE) != "x-default")
        texts = [item.text for item in items] if items else [element.text]
        yield element.tag, _trimmed(texts)


def _trimmed(texts: list[str] | list[str | None]) -> list[str]:
    return [text.strip() for text in texts if text and text.strip()]
