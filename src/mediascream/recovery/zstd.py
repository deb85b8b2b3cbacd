"""Compressing and expanding files, a piece at a time. Python brings this along from 3.14 on, before that a package does."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PIECE_BYTES = 1 << 20


class NotZstd(ValueError):
    """These bytes were not compressed so, or are damaged or cut off."""


def compress(source: Path, target: Path) -> None:
    """Write `source` to `target`, compressed, with a checksum of its content."""
    options = {int(zstd.CompressionParameter.checksum_flag): 1, int(zstd.CompressionParameter.compression_level): 9}
    with source.open("rb") as content, zstd.open(target, "wb", options=options) as file:
        shutil.copyfileobj(content, file, PIECE_BYTES)


def expand(chunks: Iterable[bytes], target: Path) -> None:
    """Write what `chunks` hold to `target`.

    Raises:
        NotZstd: They are no whole compressed file.
    """
    expander = zstd.ZstdDecompressor()
    try:
        with target.open("wb") as file:
            for chunk in chunks:
                file.write(expander.decompress(chunk))
    except zstd.ZstdError as error:
        raise NotZstd(str(error)) from error
    if not expander.eof or expander.unused_data:
        msg = "it is cut off, or something follows behind its end"
        raise NotZstd(msg)
