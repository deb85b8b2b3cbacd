"""The examination of a bucket at first contact: what it can do, seen rather than believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from mediascream.archive.base import Finding
from mediascream.archive.s3_checksums import CONTENT, ChecksumProbe
from mediascream.errors import DestinationBlocked, TryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediascream.archive.s3_bucket import Bucket
    from mediascream.archive.s3_options import S3Options

SCRATCH = ".tmp"
_PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the archive may rely on.

    Attributes:
        conditional_write: A put that must create does not replace.
        checksum: A wrong checksum of a whole object is refused.
        part_checksum: A wrong checksum of a part is refused.
    """

    conditional_write: bool
    checksum: bool
    part_checksum: bool


@dataclass(frozen=True, slots=True)
class Examination:
    """What was seen."""

    findings: Sequence[Finding]

    @property
    def abilities(self) -> Abilities:
        """The findings that the archive acts on."""
        present = {finding.ability for finding in self.findings if finding.present}
        return Abilities("conditional-write" in present, "checksum" in present, "part-checksum" in present)


def examine(bucket: Bucket, options: S3Options) -> Examination:
    """Put a scratch object through everything; it is removed again where that is allowed.

    Raises:
        TryLater: The bucket cannot be reached now, or gave back other bytes.
        DestinationBlocked: It refuses what there is no way around.
    """
    key = f"{SCRATCH}/probe-{uuid4().hex}"
    understands_create = _write(bucket, key)
    try:
        seen = [
            Finding("write", present=True, detail="objects can be written"),
            _conditional_write(bucket, key, understood=understands_create),
            _read(bucket, key),
            _range(bucket, key),
            _list(bucket, key),
            *_checksums(options, key),
        ]
    finally:
        deletion = _delete(bucket, key)
    return Examination((*seen, deletion))


def _write(bucket: Bucket, key: str) -> bool:
    """Write in the first way that the bucket understands; whether it understood 'only if nothing is there'."""
    misunderstood: TryLater | None = None
    for checksums, create in ((True, True), (True, False), (False, True), (False, False)):
        bucket.use_checksums(wanted=checksums)
        try:
            bucket.put(key, CONTENT, media_type=_PLAIN, create=create)
        except TryLater as error:
            if error.reason != "unsupported":
                raise
            misunderstood = error
        else:
            return create
    assert misunderstood is not None  # noqa: S101 - the loop ran
    raise misunderstood


def _conditional_write(bucket: Bucket, key: str, *, understood: bool) -> Finding:
    if understood and not bucket.put(key, CONTENT, media_type=_PLAIN, create=True):
        return Finding("conditional-write", present=True, detail="a key that is taken is not overwritten")
    detail = "a key that is taken is overwritten: keys are looked up before each put instead"
    return Finding("conditional-write", present=False, detail=detail)


def _read(bucket: Bucket, key: str) -> Finding:
    if b"".join(bucket.get(key)) != CONTENT:
        raise TryLater("the bucket gave back other bytes than were put", reason="damaged-copy")
    return Finding("read", present=True, detail="an object comes back as it was written")


def _range(bucket: Bucket, key: str) -> Finding:
    if b"".join(bucket.get(key, 12)) != CONTENT[12:]:
        raise TryLater("the bucket gave back other bytes than were put", reason="damaged-copy")
    if bucket.answers_ranges:
        return Finding("range", present=True, detail="a part of an object can be read")
    detail = "no part of an object can be read alone: the whole is read and what is not wanted thrown away"
    return Finding("range", present=False, detail=detail)


def _list(bucket: Bucket, key: str) -> Finding:
    listed = any(found.key == key for found in bucket.list(SCRATCH, None))
    detail = "what was written is listed" if listed else "what was written is not listed: `rebuild` will not work"
    return Finding("list", present=listed, detail=detail)


def _checksums(options: S3Options, key: str) -> list[Finding]:
    probe = ChecksumProbe(options)
    try:
        verdicts = {"checksum": probe.of_an_object(key), "part-checksum": probe.of_a_part(key)}
    finally:
        probe.close()
    instead = {True: "", False: ": each copy is read back instead"}
    return [
        Finding(ability, present=verdict.refused, detail=verdict.detail + instead[verdict.refused])
        for ability, verdict in verdicts.items()
    ]


def _delete(bucket: Bucket, key: str) -> Finding:
    try:
        bucket.delete(key)
    except DestinationBlocked as error:
        if error.reason != "access-denied":
            raise
        detail = "nothing can be deleted: the trash cannot be emptied, and scratch objects stay"
        return Finding("delete", present=False, detail=detail)
    return Finding("delete", present=True, detail="objects can be deleted")
