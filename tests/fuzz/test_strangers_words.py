"""Whatever comes in, the readers of strangers' words end with an answer or an error of ours, and nothing else.

A hundred inputs each in `make test`; 100,000 and more, new ones each time, by `make fuzz`. What is decoded by other
people's libraries is not tried here, where a crash would end the tests: it runs in child processes (`test_hostile_files.py`).
"""

from __future__ import annotations

import contextlib
import io
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediascream import media_types
from mediascream.client import takeout
from mediascream.client.sidecar import parse_notes
from mediascream.errors import RequestRefused, SettingsInvalid
from mediascream.intake.form import FormDecoder
from mediascream.intake.names import display_name
from mediascream.intake.values import read_values
from mediascream.processing import messages
from mediascream.processing.containers.heif_items import find_heif_item_packets
from mediascream.processing.metadata import read_metadata
from mediascream.processing.xmp import Xmp
from mediascream.settings import reading
from mediascream.web import dav_visit, dav_xml, ranges, tus
from tests import made_files as made
from tests.fuzz.bending import bent, bent_text
from tests.made_takeout import notes

if TYPE_CHECKING:
    from pathlib import Path

    from mediascream.photo import MediaType

FORM = (
    b'--XyZ\r\nContent-Disposition: form-data; name="tags"\r\n\r\na,b\r\n'
    b"--XyZ\r\nContent-Disposition: form-data; name=photo_file; filename*=UTF-8''%C3%A9.jpg\r\nContent-Type: image/jpeg"
    b"\r\n\r\n\xff\xd8\xff\xe0 bytes\r\n--XyZ--\r\n"
)
CONTENT_TYPE = "multipart/form-data; boundary=XyZ"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    b' exif:GPSLatitude="41,53.5N" exif:DateTimeOriginal="2014-05-13T16:53:20.5+02:00"><dc:subject><rdf:Bag>'
    b"<rdf:li>vegas</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PICTURES = {
    ending: made.encode(made.make_arrow(), kind, exif=made.EXIF_OF_A_CAMERA, xmp=XMP)
    for ending, kind in (("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"))
} | {
    "tif": made.encode(made.make_arrow(), "TIFF"),
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x0a\0\0\0\x0a\0\x08\0\3",
}


@given(bent(FORM), bent_text(CONTENT_TYPE) | st.just(CONTENT_TYPE), st.integers(1, 99))
def test_a_form(body: bytes, content_type: str, step: int) -> None:
    with contextlib.suppress(RequestRefused):
        decoder = FormDecoder(content_type)
        for start in range(0, len(body), step):
            decoder.feed(body[start : start + step])
        read_values(decoder.close())


@given(st.text() | bent_text("photo.jpg", "../é.jpg"))
def test_a_file_s_name(sent: str) -> None:
    shown = display_name(sent)
    assert len(shown) <= 255
    assert not set(shown) & set("/\\\0\r\n\x1b")
    shown.encode()


@given(
    st.dictionaries(
        st.sampled_from([
            *("upload-length", "upload-defer-length", "upload-metadata", "upload-concat", "upload-offset"),
            *("upload-checksum", "content-type", "tus-resumable"),
        ]),
        bent_text("1.0.0", "100", "1", "filename YS5qcGc=,tags YSxi", "partial", "final;/uploads/a /uploads/b", "sha1 YQ==")
        | st.just(tus.BODY_TYPE),
    )
)  # fmt: skip
def test_headers_of_a_resumable_upload(headers: dict[str, str]) -> None:
    for read in (tus.check_version, tus.read_creation, tus.read_offset, tus.read_checksum):
        with contextlib.suppress(RequestRefused):
            read(headers)
    with contextlib.suppress(RequestRefused):
        read_values({name: [text] for name, text in tus.read_creation(headers).words.items()})


@given(
    bent(
        b'<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><x:y xmlns:x="a"/></D:prop></D:propfind>',
        b'<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:lastmodified>Tue, 13 May 2014 16:53:20 GMT</D:lastmodified>'
        b"</D:prop></D:set></D:propertyupdate>",
        b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:owner>me</D:owner></D:lockinfo>',
    )
)
def test_xml_of_webdav(body: bytes) -> None:
    for read in (dav_xml.read_wish, dav_xml.read_changes, dav_xml.read_lock):
        with contextlib.suppress(RequestRefused):
            read(body)


@given(bent_text("Tue, 13 May 2014 16:53:20 GMT", "http://localhost:5000/dav/a/b%20c.jpg", "/dav/../x"))
def test_headers_of_webdav(text: str) -> None:
    dav_xml.read_time(text)
    for read in (dav_visit.read_path, dav_visit.read_destination):
        with contextlib.suppress(RequestRefused):
            read(text)


@given(
    st.dictionaries(
        st.sampled_from(["range", "if-range", "if-none-match", "if-match", "if-modified-since"]),
        bent_text("bytes=0-9", "bytes=-5", "bytes=7-", "bytes=0-1,5-6", '"tag"', 'W/"tag"', '"a", "tag"', "*"),
    ),
    st.integers(0, 1 << 40),
)
def test_headers_of_a_part(headers: dict[str, str], size_bytes: int) -> None:
    found = ranges.select("GET", headers, etag='"tag"', size_bytes=size_bytes)
    if isinstance(found, ranges.Part):
        assert 0 <= found.start < found.end <= size_bytes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file, written anew each time."""
    return tmp_path_factory.mktemp("fuzz") / "file"


def understood(path: Path, media_type: MediaType) -> None:
    """What a file says comes through the pipe to the parent, and can be kept."""
    said = messages.unpack_metadata(messages.pack_metadata(read_metadata(path, media_type)))
    for words in (said.camera or "", said.description or "", *said.keywords):
        assert "\0" not in words
        words.encode()
    for number in (said.exposure_s, said.aperture, said.focal_length_mm, said.iso, said.width):
        assert number is None or math.isfinite(number)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of a broken file; nobody reads them in a child
@given(st.sampled_from(sorted(PICTURES)), st.data())
def test_what_a_picture_says(place: Path, ending: str, data: st.DataObject) -> None:
    content = data.draw(bent(PICTURES[ending]))
    place.write_bytes(content)
    kind = media_types.identify(content[: media_types.HEAD_BYTES])
    if kind is not None and kind.ending in PICTURES:
        understood(place, kind)


@given(
    bent(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x28meta\0\0\0\0\0\0\0\x1ciloc\1\0\0\0\x44\0\0\1\0\1\0\0\0\0\0\1")
)
def test_where_a_heic_has_its_words(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    find_heif_item_packets(place)


@given(bent(XMP))
def test_xmp_in_a_photo_and_beside_it(packet: bytes) -> None:
    found = Xmp(packet)
    found.text("{http://purl.org/dc/elements/1.1/}subject")
    parse_notes(packet)


@given(bent(notes("IMG_1.jpg", description="x", people=[{"name": "Ada"}], geoData={"latitude": 1, "longitude": 2})))
def test_notes_of_a_takeout(content: bytes) -> None:
    found = takeout.read_notes(content)
    if isinstance(found, takeout.TakeoutNotes):
        assert all(tag == takeout.as_tag(tag) for tag in found.people)
        float(found.latitude or 0)


@given(
    bent(
        b"PORT: 5000\nS3_BUCKET: photos\nPUBLIC_URL: https://a.example\nTRUSTED_PROXIES: [10.0.0.0/8]\nALLOW_VOLATILE: yes\n"
    )
)
def test_a_file_of_settings(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    with contextlib.suppress(SettingsInvalid):
        reading.from_file(place)


@given(st.binary(max_size=300))
def test_a_frame_of_a_child(content: bytes) -> None:
    held = io.BytesIO(content)
    with contextlib.suppress(messages.BrokenMessage):
        while (frame := messages.read_frame(held.read)) is not None:
            messages.unpack_report(frame)
            messages.unpack_metadata(frame)
