"""What files say of themselves: the same facts in every container, the best of contradicting ones, nothing absurd."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image, PngImagePlugin

from mediascream.media_types import HEAD_BYTES, identify
from mediascream.photo import Location, Metadata
from mediascream.processing.metadata import read_metadata
from tests import made_files as made

if TYPE_CHECKING:
    from pathlib import Path

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {attributes}>
<dc:subject><rdf:Bag><rdf:li>Las Vegas</rdf:li><rdf:li>Reise</rdf:li><rdf:li>las vegas</rdf:li></rdf:Bag></dc:subject>
<dc:description><rdf:Alt><rdf:li xml:lang="de">Nacht</rdf:li><rdf:li xml:lang="x-default">Night</rdf:li></rdf:Alt>
</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"""


def xmp(attributes: str = "") -> bytes:
    return XMP.format(attributes=attributes).encode()


def read(path: Path) -> Metadata:
    media_type = identify(path.read_bytes()[:HEAD_BYTES])
    assert media_type is not None
    return read_metadata(path, media_type)


def read_jpeg(folder: Path, **options: bytes) -> Metadata:
    return read(made.save(made.make_arrow(), folder / "photo.jpg", **options))


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif", "heic"])
def test_every_format_says_the_same(tmp_path: Path, ending: str) -> None:
    found = read(made.save(made.make_arrow(), tmp_path / f"photo.{ending}", exif=made.EXIF_OF_A_CAMERA))
    assert (found.width, found.height) == (40, 60)
    assert found.taken_local == datetime(2024, 2, 29, 23, 59, 58, 250_000)  # noqa: DTZ001  (a wall clock)
    assert found.taken_offset_min == -210
    assert (found.camera, found.lens) == ("Canon EOS 40D", "EF 50mm f/1.8")
    assert (found.exposure_s, found.aperture, found.iso, found.focal_length_mm) == (1 / 125, 2.8, 400, 50)
    assert found.location == Location(48.8584167, 2.2945)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "heic", "avif"])
def test_xmp_is_found_in_every_format(tmp_path: Path, ending: str) -> None:
    packet, path = xmp('xmp:Rating="4"'), tmp_path / f"photo.{ending}"
    if ending == "png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode(), zip=True)
        made.make_arrow().save(path, pnginfo=text)
    elif ending == "tif":
        made.make_arrow().save(path, tiffinfo={700: packet})
    else:
        made.save(made.make_arrow(), path, xmp=packet)
    found = read(path)
    assert found.keywords == ("Las Vegas", "Reise")
    assert (found.description, found.rating) == ("Night", 4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_as_shown(tmp_path: Path, orientation: int) -> None:
    found = read_jpeg(tmp_path, exif=made.make_exif({made.ORIENTATION: orientation}))
    assert (found.width, found.height) == ((40, 60) if orientation > 4 else (60, 40))
    assert found.orientation == orientation


def test_a_heic_that_is_turned_by_its_container_is_not_turned_twice(tmp_path: Path) -> None:
    found = read(made.save(made.make_arrow(), tmp_path / "a.heic", exif=made.make_exif({made.ORIENTATION: 8})))
    assert (found.width, found.height) == (40, 60)


DATES = {
    "the shutter before all": ({made.ORIGINAL: "2020:01:02 03:04:05", made.DIGITIZED: "2021:01:02 03:04:05"}, "2020"),
    "digitized where there is no shutter": ({made.DIGITIZED: "2021:01:02 03:04:05"}, "2021"),
    "zeros are no date": ({made.ORIGINAL: "0000:00:00 00:00:00", made.DIGITIZED: "2021:01:02 03:04:05"}, "2021"),
    "blanks are no date": ({made.ORIGINAL: "    :  :     :  :  "}, None),
    "a thirteenth month is no date": ({made.ORIGINAL: "2020:13:01 00:00:00"}, None),
    "text is no date": ({made.ORIGINAL: "long, long ago here"}, None),
    "year 1 is no date": ({made.ORIGINAL: "0001:01:01 00:00:00"}, None),
}


@pytest.mark.parametrize(("exif", "year"), DATES.values(), ids=DATES)
def test_the_best_believable_date_counts(tmp_path: Path, exif: dict[int, object], year: str | None) -> None:
    found = read_jpeg(tmp_path, exif=made.make_exif(exif=exif)).taken_local
    assert (None if found is None else str(found.year)) == year


def test_the_date_of_change_counts_only_where_a_camera_wrote_it(tmp_path: Path) -> None:
    changed = {made.CHANGED: "2019:05:06 07:08:09"}
    by_nobody = read_jpeg(tmp_path, exif=made.make_exif(changed))
    by_camera = read_jpeg(tmp_path, exif=made.make_exif(changed | {made.MODEL: "DC210"}))
    edited = read_jpeg(tmp_path, exif=made.make_exif(changed | {made.MODEL: "DC210", made.SOFTWARE: "GIMP 2.10"}))
    assert (by_nobody.taken_local, edited.taken_local) == (None, None)
    assert by_camera.taken_local == datetime(2019, 5, 6, 7, 8, 9)  # noqa: DTZ001


def test_xmp_dates_come_after_the_shutter_and_before_the_scanner(tmp_path: Path) -> None:
    scanned = made.make_exif(exif={made.DIGITIZED: "2022:01:01 00:00:00"})
    found = read_jpeg(tmp_path, exif=scanned, xmp=xmp('photoshop:DateCreated="1957-10-04T22:28:34+03:00"'))
    assert found.taken_local == datetime(1957, 10, 4, 22, 28, 34)  # noqa: DTZ001
    assert found.taken_offset_min == 180


def gps_time(hour: int, minute: int) -> dict[int, object]:
    return {7: (made.ratio(hour), made.ratio(minute), made.ratio(0)), 29: "2024:07:01"}


@pytest.mark.parametrize(("hour", "minute", "offset"), [(10, 0, 120), (6, 30, 330), (10, 13, None)])
def test_satellites_tell_a_lacking_offset_unless_their_time_is_old(
    tmp_path: Path, hour: int, minute: int, offset: int | None
) -> None:
    exif = made.make_exif(exif={made.ORIGINAL: "2024:07:01 12:00:20"}, gps=gps_time(hour, minute))
    assert read_jpeg(tmp_path, exif=exif).taken_offset_min == offset


PLACES = {
    "south and west": ({1: "S", 3: "W"}, Location(-48.8584167, -2.2945)),
    "no hemisphere": ({1: ""}, None),
    "beyond the pole": ({2: (made.ratio(91), made.ratio(0), made.ratio(0))}, None),
    "0/0": ({2: (made.ratio(0, 0), made.ratio(0, 0), made.ratio(0, 0))}, None),
    "degrees only": ({2: (made.ratio(48), made.ratio(0, 0), made.ratio(0, 0))}, Location(48.0, 2.2945)),
    "decimal minutes": ({2: (made.ratio(48), made.ratio(5150, 100), made.ratio(0))}, Location(48.8583333, 2.2945)),
}


@pytest.mark.parametrize(("changes", "place"), PLACES.values(), ids=PLACES)
def test_a_place_is_believed_or_not(tmp_path: Path, changes: dict[int, object], place: Location | None) -> None:
    assert read_jpeg(tmp_path, exif=made.make_exif(gps=made.GPS_OF_PARIS | changes)).location == place


def test_nobody_takes_photos_at_zero_zero(tmp_path: Path) -> None:
    zero = (made.ratio(0), made.ratio(0), made.ratio(0))
    exif = made.make_exif(gps={1: "N", 2: zero, 3: "E", 4: zero})
    assert read_jpeg(tmp_path, exif=exif).location is None


def test_a_camera_is_named_once(tmp_path: Path) -> None:
    names = [("NIKON CORPORATION", "NIKON D70"), ("Apple", "iPhone 12"), ("Canon", "Canon EOS 40D"), ("", "DC210")]
    found = [read_jpeg(tmp_path, exif=made.make_exif({made.MAKE: make, made.MODEL: model})) for make, model in names]
    assert [one.camera for one in found] == ["NIKON D70", "Apple iPhone 12", "Canon EOS 40D", "DC210"]


def test_what_cameras_describe_is_no_description(tmp_path: Path) -> None:
    texts = ("OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "           ", "Grandma's 80th")
    found = [read_jpeg(tmp_path, exif=made.make_exif({0x010E: text})).description for text in texts]
    assert found == [None, None, None, "Grandma's 80th"]


def test_both_halves_of_a_live_photo_carry_one_id(tmp_path: Path) -> None:
    wanted = "A1B2C3D4-0000-1111-2222-333344445555"
    entry = b"\0\x11\0\2" + len(wanted + "\0").to_bytes(4) + (14 + 2 + 12 + 4).to_bytes(4)
    note = b"Apple iOS\0\0\1MM" + b"\0\1" + entry + bytes(4) + wanted.encode() + b"\0"
    assert read_jpeg(tmp_path, exif=made.make_exif(exif={made.MAKER_NOTE: note})).live_photo_id == wanted


def test_a_file_of_a_type_without_facts_has_only_its_size(tmp_path: Path) -> None:
    found = read(made.save(made.make_arrow(), tmp_path / "a.gif"))
    assert found == Metadata(width=60, height=40)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif", "heic", "gif", "bmp"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_file_says_what_it_can_and_never_fails(tmp_path: Path, ending: str, share: float) -> None:
    path = made.save(Image.effect_noise((64, 48), 90).convert("RGB"), tmp_path / f"a.{ending}", **_exif_for(ending))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert read(path).width in {None, 48, 64}


def test_a_heic_that_its_decoder_will_not_open_keeps_its_date(tmp_path: Path) -> None:
    path = made.save(made.make_arrow(), tmp_path / "a.heic", exif=made.EXIF_OF_A_CAMERA)
    path.write_bytes(path.read_bytes().replace(b"hvcC", b"oops"))
    found = read(path)
    assert found.width is None
    assert found.taken_local == datetime(2024, 2, 29, 23, 59, 58, 250_000)  # noqa: DTZ001


def _exif_for(ending: str) -> dict[str, bytes]:
    return {} if ending in {"gif", "bmp"} else {"exif": made.EXIF_OF_A_CAMERA}


def test_an_xmp_that_grows_is_not_parsed(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + xmp().replace(b"Night", b"&b;")
    assert read_jpeg(tmp_path, xmp=laughs).description is None
