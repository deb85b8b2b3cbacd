"""A Google Takeout of our own making: two zips, with the odd names and doubles of real ones."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "Takeout/Google Photos"
YEAR, ALBUM = f"{ROOT}/Photos from 2014", f"{ROOT}/Rome, Spring"
TIMESTAMP = 1_400_000_000


def notes(title: str, **more: Any) -> bytes:
    """The JSON beside a photo."""
    said = {"title": title, "photoTakenTime": {"timestamp": str(TIMESTAMP)}, "geoData": {"latitude": 0, "longitude": 0}}
    return json.dumps(said | more).encode()


def make_takeout(folder: Path, photo: dict[str, bytes]) -> list[Path]:
    """Two zips.

    Args:
        folder: Where they are made.
        photo: Five different pictures, by the names `plain`, `edited`, `numbered`, `trashed` and `bare`.
    """
    first = {
        f"{YEAR}/IMG_1.jpg": photo["plain"],
        f"{YEAR}/IMG_1.jpg.supplemental-metadata.json": notes(
            "IMG_1.jpg",
            description="On the roof",
            geoData={"latitude": 41.9, "longitude": 12.5},
            people=[{"name": "Ada"}],
        ),
        f"{YEAR}/IMG_1-edited.jpg": photo["edited"],
        f"{YEAR}/IMG_1(1).jpg": photo["numbered"],
        f"{YEAR}/trashed.jpg": photo["trashed"],
        f"{YEAR}/trashed.jpg.json": notes("trashed.jpg", trashed=True),
        f"{YEAR}/metadata.json": json.dumps({"title": "Photos from 2014"}).encode(),
        f"{ROOT}/print-subscriptions.json": b"{}",
        "Takeout/archive_browser.html": b"<html>nothing to keep</html>",
    }
    second = {
        f"{YEAR}/IMG_1.jpg(1).json": notes("IMG_1.jpg", favorited=True),
        f"{ALBUM}/metadata.json": json.dumps({"title": "Rome, Spring", "date": {"timestamp": "1"}}).encode(),
        f"{ALBUM}/IMG_1.jpg": photo["plain"],
        f"{ALBUM}/../../../../evil.jpg": photo["bare"],
    }
    return [_zip(folder / "takeout-001.zip", first), _zip(folder / "takeout-002.zip", second)]


def _zip(file: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file
