"""Small pictures of every kind of file: upright, in true colours, of the promised size; hostile ones refused."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import pyvips
from PIL import Image, ImageCms

from mediascream.errors import NoRendition
from mediascream.media_types import HEAD_BYTES, JPEG, JXL, PNG, identify
from mediascream.processing.renditions import Rendered, render
from tests import made_files as made

if TYPE_CHECKING:
    from pathlib import Path

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
ARROW = [RED, BLUE, WHITE, WHITE]
"""The corners of `make_arrow`: upper left, upper right, lower left, lower right."""


def render_file(path: Path, orientation: int | None = None) -> Rendered:
    media_type = identify(path.read_bytes()[:HEAD_BYTES])
    assert media_type is not None
    return render(path, media_type, orientation)


def open_preview(rendered: Rendered) -> Image.Image:
    return Image.open(io.BytesIO(rendered.preview))


def open_thumbnail(rendered: Rendered) -> Image.Image:
    return Image.open(io.BytesIO(rendered.thumbnail))


def corners(picture: Image.Image) -> list[tuple[int, int, int]]:
    """The colour in the middle of each quarter, rounded to what lossy pictures keep: 0, 128 or 255 a band."""
    rgb, found = picture.convert("RGB"), []
    for y in (picture.height // 4, picture.height * 3 // 4):
        for x in (picture.width // 4, picture.width * 3 // 4):
            pixel = rgb.getpixel((x, y))
            assert isinstance(pixel, tuple)
            found.append(tuple(min(255, round(band / 128) * 128) for band in pixel))
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "tif", "bmp", "avif", "heic", "jp2"])
def test_every_format_becomes_a_jpeg_and_a_webp(tmp_path: Path, ending: str) -> None:
    rendered = render_file(made.save(made.make_arrow(), tmp_path / f"a.{ending}"))
    for picture, kind in ((open_preview(rendered), "JPEG"), (open_thumbnail(rendered), "WEBP")):
        assert (picture.format, picture.size, corners(picture)) == (kind, (60, 40), ARROW)
    assert len(rendered.placeholder) > 5


TRANSPOSED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How Pillow lays an upright picture on its side so that the EXIF orientation turns it up again."""


@pytest.mark.parametrize("orientation", TRANSPOSED)
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "avif"])
def test_pictures_are_turned_upright(tmp_path: Path, ending: str, orientation: int) -> None:
    method = TRANSPOSED[orientation]
    stored = made.make_arrow() if method is None else made.make_arrow().transpose(method)
    shown = open_preview(render_file(made.save(stored, tmp_path / f"a.{ending}"), orientation))
    assert (shown.size, corners(shown)) == ((60, 40), ARROW)


def test_a_heic_turned_by_its_container_is_not_turned_twice(tmp_path: Path) -> None:
    stored = made.make_arrow().transpose(Image.Transpose.ROTATE_90)
    path = made.save(stored, tmp_path / "a.heic", exif=made.make_exif({made.ORIENTATION: 6}))
    assert corners(open_preview(render_file(path, 6))) == ARROW


SIZES = {
    "12 MP": ((4032, 3024), (2016, 1512), (320, 240)),
    "24 MP on its side": ((4000, 6000), (1344, 2016), (240, 360)),
    "panorama": ((8000, 500), (2016, 126), (640, 40)),
    "square": ((2100, 2100), (2016, 2016), (320, 320)),
    "smaller than a preview": ((1000, 750), (1000, 750), (320, 240)),
    "smaller than a thumbnail": ((100, 80), (100, 80), (100, 80)),
    "one pixel": ((1, 1), (1, 1), (1, 1)),
    "a line": ((5000, 1), (2016, 1), (640, 1)),
}


@pytest.mark.parametrize(("size", "preview", "thumbnail"), SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_sizes_are_as_promised(
    tmp_path: Path, ending: str, size: tuple[int, int], preview: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    rendered = render_file(made.save(Image.new("RGB", size, "teal"), tmp_path / f"a.{ending}"))
    assert (open_preview(rendered).size, open_thumbnail(rendered).size) == (preview, thumbnail)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "RGBA", "I;16", "RGBX"])
def test_every_mode_of_colour_is_shown(tmp_path: Path, mode: str) -> None:
    ending = "tif" if mode in {"CMYK", "RGBX"} else "png"
    base = Image.linear_gradient("L").resize((64, 64))
    wide = Image.frombytes("I;16", base.size, b"".join(bytes((0, level)) for level in base.tobytes()))
    picture = wide if mode == "I;16" else base.convert(mode)
    shown = open_preview(render_file(made.save(picture, tmp_path / f"a.{ending}"))).convert("L").tobytes()
    assert shown[61 * 64 + 32] - shown[2 * 64 + 32] > 150


@pytest.mark.parametrize("band_format", ["float", "uint", "short"])
def test_numbers_that_are_no_colours_are_stretched_to_grey(tmp_path: Path, band_format: str) -> None:
    ramp = (pyvips.Image.xyz(64, 64)[0] * 1000).cast(band_format).copy(interpretation="multiband")
    ramp.tiffsave(str(tmp_path / "a.tif"))
    shown = open_preview(render_file(tmp_path / "a.tif"))
    assert shown.getpixel((1, 32)) == pytest.approx(4, abs=8)
    assert shown.getpixel((62, 32)) == pytest.approx(251, abs=8)


@pytest.mark.parametrize("ending", ["png", "webp", "tif", "gif", "avif", "heic"])
def test_what_is_clear_becomes_white(tmp_path: Path, ending: str) -> None:
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 20, 20))
    rendered = render_file(made.save(picture, tmp_path / f"a.{ending}"))
    assert corners(open_preview(rendered)) == corners(open_thumbnail(rendered)) == [RED, WHITE, WHITE, WHITE]


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_of_an_animation_the_first_frame_is_shown(tmp_path: Path, ending: str) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("lime", "black", "black")]
    made.make_arrow().save(tmp_path / f"a.{ending}", save_all=True, append_images=frames, duration=100)
    assert corners(open_preview(render_file(tmp_path / f"a.{ending}"))) == ARROW


def test_a_cmyk_jpeg_shows_its_colours(tmp_path: Path) -> None:
    Image.new("CMYK", (40, 40), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    red, green, blue = open_preview(render_file(tmp_path / "a.jpg")).getpixel((20, 20))  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 90


def swapped_profile() -> bytes:
    """An RGB profile in which what sRGB calls red is called green."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        profile.replace("sRGB".encode("utf-16-be"), "odd ".encode("utf-16-be"))
        .replace(b"rXYZ", b"-XYZ")
        .replace(b"gXYZ", b"rXYZ")
        .replace(b"-XYZ", b"gXYZ")
    )


def test_a_wide_profile_stays_with_the_preview_and_is_applied_to_the_thumbnail(tmp_path: Path) -> None:
    profile = swapped_profile()
    rendered = render_file(
        made.save(Image.new("RGB", (40, 40), RED), tmp_path / "a.jpg", icc_profile=profile, quality=95)
    )
    assert open_preview(rendered).info["icc_profile"] == profile
    thumbnail = open_thumbnail(rendered)
    assert "icc_profile" not in thumbnail.info
    red, green, _ = thumbnail.convert("RGB").getpixel((20, 20))  # type: ignore[misc]
    assert green > 200
    assert red < 50


def test_an_srgb_profile_is_left_out(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rendered = render_file(made.save(made.make_arrow(), tmp_path / "a.jpg", icc_profile=profile))
    assert "icc_profile" not in open_preview(rendered).info
    assert corners(open_preview(rendered)) == ARROW


@pytest.mark.parametrize("profile", [b"", b"nonsense", b"x" * 10_000])
@pytest.mark.parametrize("ending", ["jpg", "png", "heic"])
def test_a_broken_profile_is_ignored(tmp_path: Path, ending: str, profile: bytes) -> None:
    path = made.save(made.make_arrow(), tmp_path / f"a.{ending}", icc_profile=profile)
    assert corners(open_thumbnail(render_file(path))) == ARROW


def test_previews_say_nothing_of_where_and_when(tmp_path: Path) -> None:
    path = made.save(made.make_arrow(), tmp_path / "a.jpg", exif=made.EXIF_OF_A_CAMERA, comment=b"secret")
    rendered = render_file(path)
    assert not open_preview(rendered).getexif()
    assert b"secret" not in rendered.preview
    assert not open_thumbnail(rendered).getexif()


def noise_jpeg() -> bytes:
    return made.encode(Image.effect_noise((400, 300), 90), "JPEG")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF", "BMP"])
def test_a_truncated_file_has_no_preview_and_says_so(tmp_path: Path, kind: str, share: float) -> None:
    content = made.encode(Image.effect_noise((400, 300), 90).convert("RGB"), kind)
    (tmp_path / "a").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(NoRendition, match="damaged"):
        render_file(tmp_path / "a")


HARMLESS = {
    "no end mark": noise_jpeg()[:-2],
    "half an end mark": noise_jpeg()[:-1],
    "rubbish behind the end": noise_jpeg() + b"\0\1rubbish" * 1000,
    "zeros behind the end": noise_jpeg() + bytes(4096),
    "a page behind the end": noise_jpeg() + b"<html><script>alert(1)</script></html>",
    "fill bytes between segments": noise_jpeg()[:2] + b"\xff\xff\xff" + noise_jpeg()[2:],
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS)
def test_harmless_damage_leaves_a_preview_without_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    rendered = render_file(tmp_path / "a.jpg")
    assert open_preview(rendered).size == (400, 300)
    assert b"script" not in rendered.preview


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (2_147_483_647, 2_147_483_647), (20_000, 20_000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path, width: int, height: int) -> None:
    bomb = made.make_png_bomb(min(width, 50_000), min(height, 50_000))
    content = bomb[:16] + width.to_bytes(4) + height.to_bytes(4) + bomb[24:]
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(NoRendition):
        render(tmp_path / "a.png", PNG, None)


IMPOSTORS = {
    "zip": b"PK\3\4" + bytes(500),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>',
    "html": b"<!DOCTYPE html><script>alert(1)</script>",
    "text": b"not a picture at all",
    "nothing": b"",
    "three bytes": b"\xff\xd8\xff",
    "png": made.encode(made.make_arrow(), "PNG"),
}


@pytest.mark.parametrize("content", IMPOSTORS.values(), ids=IMPOSTORS)
def test_a_file_is_read_as_nothing_but_what_it_was_taken_for(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(NoRendition):
        render(tmp_path / "a.jpg", JPEG, None)


def test_a_type_without_a_decoder_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jxl").write_bytes(b"\xff\x0a" + bytes(100))
    with pytest.raises(NoRendition, match="no decoder for image/jxl"):
        render(tmp_path / "a.jxl", JXL, None)
