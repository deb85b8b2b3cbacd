from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mediascream.archive.folder import FolderArchive
from tests.contracts.archive_suite import ArchiveSuite

if TYPE_CHECKING:
    from pathlib import Path


class TestFolderArchive(ArchiveSuite):
    @pytest.fixture
    def archive(self, tmp_path: Path) -> FolderArchive:
        return FolderArchive(tmp_path / "archive")
