"""A bucket that does everything: conditional writes, ranges, and checksums that are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.archive.s3 import S3Archive
from mediascream.photo import Proof
from tests.contracts.archive_suite import LARGE, SMALL, ArchiveSuite, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3Server


class TestS3ArchiveOnMinistack(ArchiveSuite):
    @pytest.fixture
    def archive(self, ministack: S3Server) -> S3Archive:
        return S3Archive(ministack.options())

    @pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
    def test_its_own_word_is_proof_for_it_was_seen_to_refuse_a_wrong_checksum(
        self, archive: S3Archive, tmp_path: Path, content: bytes
    ) -> None:
        assert waiting(tmp_path, content).put_into(archive).proof is Proof.CHECKSUM
        assert all(finding.present for finding in archive.examine())
