"""A bucket that lacks much: it ignores conditions, compares no checksums and answers parts with the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.archive.s3 import S3Archive
from mediascream.photo import Proof
from tests.contracts.archive_suite import LARGE, SMALL, ArchiveSuite, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3Server


class TestS3ArchiveOnRclone(ArchiveSuite):
    @pytest.fixture
    def archive(self, rclone: S3Server) -> S3Archive:
        return S3Archive(rclone.options())

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_a_copy_is_read_back_for_its_word_proves_nothing(
        self, archive: S3Archive, tmp_path: Path, content: bytes
    ) -> None:
        assert waiting(tmp_path, content).put_into(archive).proof is Proof.BYTES
        lacking = {finding.ability for finding in archive.examine() if not finding.present}
        assert lacking == {"conditional-write", "range", "checksum", "part-checksum"}
