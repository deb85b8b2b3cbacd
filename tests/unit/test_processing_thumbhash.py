"""The placeholder is the reference's, and shows a picture's colours."""

from __future__ import annotations

import numpy as np
import pytest

from mediascream.processing.thumbhash import encode_thumbhash

REFERENCE = {
    (100, 75, False): "df070a359a8087777077777878787778708007f877",
    (75, 100, False): "dff709351a7077808777777778777778807008f878",
    (40, 44, True): "a3f8851d0e279087c0877a6789a0a00af95881878088887888",
    (64, 48, True): "a308861c8e27a086b0877a7818099ba07f0677278777777707",
    (100, 3, False): "1ff80d49a472669470778787938028f877",
    (1, 1, False): "000802070000000000000000000000000000000000000000",
}
"""What the JavaScript reference (npm `thumbhash` 0.1.1, run 2026-11-24) makes of `gradients` of these sizes."""


def gradients(width: int, height: int, *, clear: bool) -> np.ndarray:
    """Red grows to the right, green downwards, blue in waves; clear pixels grow more solid towards a corner."""
    y, x = np.mgrid[0:height, 0:width]
    alpha = (x + y) * 255 // max(1, width + height - 2) if clear else np.full_like(x, 255)
    bands = [x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x * 7 + y * 13) % 256, alpha]
    return np.stack(bands, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("shape", "expected"), REFERENCE.items(), ids=str)
def test_the_hash_is_the_reference_s(shape: tuple[int, int, bool], expected: str) -> None:
    width, height, clear = shape
    assert encode_thumbhash(gradients(width, height, clear=clear)).hex() == expected


def test_a_picture_without_alpha_has_the_hash_of_a_solid_one() -> None:
    solid = gradients(50, 40, clear=False)
    assert encode_thumbhash(solid[..., :3]) == encode_thumbhash(solid)


def test_a_picture_of_clear_pixels_only_has_a_hash() -> None:
    assert len(encode_thumbhash(np.zeros((10, 10, 4), np.uint8))) > 5
