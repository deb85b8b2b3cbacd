"""The bucket, put to the test: what it can do, what its rules do to photos, and who else may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mediascream.doctor.clock import judge_clock
from mediascream.doctor.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediascream.archive.s3 import S3Archive

ABOUT: Final = "bucket"

_LACKING: Final = {
    "list": (Level.PROBLEM, "allow s3:ListBucket: without it no library can be rebuilt from the bucket"),
    "delete": (Level.WARNING, "allow s3:DeleteObject, or the trash is never emptied"),
    "conditional-write": (Level.NOTE, ""),
    "range": (Level.NOTE, ""),
    "checksum": (Level.NOTE, ""),
    "part-checksum": (Level.NOTE, ""),
}
"""What it means where the bucket lacks an ability, all of which Mediascream can do without in some way."""

_UNUSABLE: Final = (Level.PROBLEM, "use another service")

_CIRCUMSTANCES: Final = {
    ("multipart", True): (Level.OK, ""),
    ("multipart", False): (Level.PROBLEM, "use another service: files above 8 MiB cannot be stored there"),
    ("versioning", True): (Level.NOTE, "what the trash empties stays there, and is paid for, until a rule ends it"),
    ("versioning", False): (Level.NOTE, "switch versions on where you want to be safe from your own keys"),
    ("versioning", None): (Level.NOTE, ""),
    ("object-lock", True): (Level.NOTE, "the trash cannot be emptied before the locks end"),
    ("object-lock", False): (Level.OK, ""),
    ("object-lock", None): (Level.NOTE, ""),
    ("expiry", True): (Level.PROBLEM, "take that rule away, or limit it to a folder that holds no originals"),
    ("expiry", False): (Level.OK, ""),
    ("expiry", None): (Level.NOTE, "look in the service's console that no rule deletes objects"),
    ("cold-storage", True): (Level.WARNING, "from there nothing can be read at once: end that rule for originals"),
    ("unfinished", True): (
        Level.NOTE,
        "they are paid for: a lifecycle rule (AbortIncompleteMultipartUpload) ends such",
    ),
    ("unfinished", False): (Level.OK, ""),
    ("public-read", True): (Level.PROBLEM, "make the bucket private: anybody can download your photos"),
    ("public-read", False): (Level.OK, ""),
    ("public-list", True): (Level.PROBLEM, "make the bucket private: anybody can find your photos"),
    ("public-list", False): (Level.OK, ""),
}


def look_at_bucket(archive: S3Archive) -> Iterator[Finding]:
    """Everything about the bucket, told as it is found.

    Raises:
        DeliveryError: It cannot be reached, or refuses what there is no way around.
    """
    for finding in archive.examine():
        level, to_do = (Level.OK, "") if finding.present else _LACKING.get(finding.ability, _UNUSABLE)
        yield Finding(ABOUT, level, f"{finding.ability}: {finding.detail}", to_do)
    around = archive.look_around()
    for seen in around.seen:
        level, to_do = _CIRCUMSTANCES[seen.about, seen.holds]
        yield Finding(ABOUT, level, f"{seen.about}: {seen.detail}", to_do)
    if around.clock_ahead_s is not None:
        yield judge_clock(around.clock_ahead_s, "the bucket's")
