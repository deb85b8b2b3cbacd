"""ThumbHash: a picture's colours and shapes in about 25 bytes, shown while the real one loads.

A port to numpy of Evan Wallace's reference (https://github.com/evanw/thumbhash, `js/thumbhash.js`, MIT, read
2026-11-24), byte for byte the same but where a value lies half way between two: sums run in another order.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MAX_SIDE_PX = 100


class _Channel(NamedTuple):
    """The lowest frequencies of one channel: the mean, the others scaled to 0…1, and by what."""

    mean: float
    waves: list[float]
    scale: float


def _round(number: float) -> int:
    """Half goes up, as in JavaScript and C; Python's own `round` goes to the even neighbour."""
    return int(np.floor(number + 0.5))


def _encode_channel(channel: NDArray[np.float64], nx: int, ny: int) -> _Channel:
    """A cosine transform of the `nx` by `ny` lowest frequencies, the upper left triangle of them."""
    height, width = channel.shape
    across = np.cos(np.pi / width * np.arange(nx)[:, None] * (np.arange(width) + 0.5))
    down = np.cos(np.pi / height * np.arange(ny)[:, None] * (np.arange(height) + 0.5))
    all_waves = down @ channel @ across.T / (width * height)
    waves = [float(all_waves[y, x]) for y in range(ny) for x in range(nx) if (x or y) and x * ny < nx * (ny - y)]
    scale = max((abs(wave) for wave in waves), default=0.0)
    return _Channel(float(all_waves[0, 0]), [0.5 + 0.5 / scale * wave for wave in waves] if scale else waves, scale)


def _pack_halves(values: Iterable[float]) -> bytes:
    """Numbers from 0 to 1 in four bits each, the lower half of a byte first."""
    halves = [_round(15 * value) for value in values]
    halves += [0] * (len(halves) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))


def encode_thumbhash(pixels: NDArray[np.uint8]) -> bytes:
    """The hash of a picture of at most 100 by 100 pixels.

    Args:
        pixels: Height by width by 3 (RGB) or 4 (RGBA, not premultiplied).
    """
    height, width, bands = pixels.shape
    scaled = pixels.astype(np.float64) / 255
    alpha = scaled[..., 3] if bands == 4 else np.ones((height, width))  # noqa: PLR2004  (RGBA)
    red, green, blue = _over_average(scaled[..., :3], alpha)
    has_alpha = bool(alpha.sum() < width * height)
    limit = 5 if has_alpha else 7
    longest = max(width, height)
    lx, ly = max(1, _round(limit * width / longest)), max(1, _round(limit * height / longest))
    light = _encode_channel((red + green + blue) / 3, max(3, lx), max(3, ly))
    yellow_blue = _encode_channel((red + green) / 2 - blue, 3, 3)
    red_green = _encode_channel(red - green, 3, 3)
    channels = [light, yellow_blue, red_green, *([_encode_channel(alpha, 5, 5)] if has_alpha else [])]
    wide = width > height
    header = _pack_header(channels, wide=wide, shorter=ly if wide else lx)
    extra = _pack_halves([channels[3].mean, channels[3].scale]) if has_alpha else b""
    return header + extra + _pack_halves(chain.from_iterable(channel.waves for channel in channels))


def _over_average(rgb: NDArray[np.float64], alpha: NDArray[np.float64]) -> NDArray[np.float64]:
    """The three channels laid over the picture's average colour, so that what is clear does not count."""
    total = alpha.sum()
    weighted = rgb * alpha[..., None]
    average = weighted.sum(axis=(0, 1)) / total if total else np.zeros(3)
    return np.moveaxis(average * (1 - alpha[..., None]) + weighted, -1, 0)


def _pack_header(channels: list[_Channel], *, wide: bool, shorter: int) -> bytes:
    """Means and scales in five bytes, with what a reader must know of the shape."""
    light, yellow_blue, red_green, *alpha = channels
    first = (
        _round(63 * light.mean)
        | _round(31.5 + 31.5 * yellow_blue.mean) << 6
        | _round(31.5 + 31.5 * red_green.mean) << 12
        | _round(31 * light.scale) << 18
        | bool(alpha) << 23
    )
    second = shorter | _round(63 * yellow_blue.scale) << 3 | _round(63 * red_green.scale) << 9 | wide << 15
    return first.to_bytes(3, "little") + second.to_bytes(2, "little")
