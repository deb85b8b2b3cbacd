"""Writes what is expected of the sample photos: `python -m tools.expect_samples`.

It writes down what the program says now. Before it is checked in, each change is compared by eye and with ExifTool.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediascream.media_types import HEAD_BYTES, identify
from mediascream.processing.sandbox import Decoders
from tests.e2e.running import ROOT, sample_photos

if TYPE_CHECKING:
    from mediascream.photo import MediaType
    from mediascream.processing.sandbox import Outcome

EXPECTED = ROOT / "tests" / "photos" / "expected_samples.json"


def describe(media_type: MediaType, outcome: Outcome) -> dict[str, Any]:
    """What is held to, of one photo; a place to a metre."""
    found = outcome.metadata
    place = found.location
    return {
        "media_type": media_type.name,
        "width": found.width,
        "height": found.height,
        "orientation": found.orientation,
        "taken_local": None if found.taken_local is None else found.taken_local.isoformat(),
        "taken_offset_min": found.taken_offset_min,
        "location": None if place is None else [round(place.latitude, 5), round(place.longitude, 5)],
        "camera": found.camera,
        "has_preview": outcome.preview is not None,
    }


def describe_all(decoders: Decoders, folder: Path) -> dict[str, dict[str, Any] | None]:
    """Every file of a folder by its name in it; None for one that is no photo."""
    described: dict[str, dict[str, Any] | None] = {}
    with tempfile.TemporaryDirectory() as into:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            with file.open("rb") as opened:
                media_type = identify(opened.read(HEAD_BYTES))
            name = file.relative_to(folder).as_posix()
            if media_type is None:
                described[name] = None
                continue
            outcome = decoders.decode(file, media_type, into=Path(into), stem="sample")
            described[name] = describe(media_type, outcome)
    return described


def main() -> int:
    """Write the file anew."""
    decoders = Decoders()
    described = describe_all(decoders, sample_photos())
    decoders.close()
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in described.items())
    EXPECTED.write_text(f"{{\n{lines}\n}}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
