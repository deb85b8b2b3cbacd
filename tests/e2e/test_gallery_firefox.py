"""The gallery in Debian's Firefox, which Playwright cannot drive: by puppeteer-core over WebDriver BiDi."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hatch_build import find_node
from tests.e2e.conftest import BUILT
from tests.e2e.pictures import write_jpegs
from tests.e2e.running import ROOT

if TYPE_CHECKING:
    from tests.e2e.running import Running

pytestmark = pytest.mark.browser

GALLERY = ROOT / "gallery"
MONTHS, EACH = 8, 12


@pytest.mark.long
def test_timeline_scrubber_and_large_view_work_in_firefox(server: Running, tmp_path: Path) -> None:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if firefox is None:
        pytest.skip("Firefox is not installed")
    if not (GALLERY / "node_modules" / "puppeteer-core").is_dir():
        pytest.skip("puppeteer-core is not installed (make test installs it)")
    if not BUILT.is_file():
        pytest.skip("the gallery is not built (python hatch_build.py)")
    for month in range(1, MONTHS + 1):
        files = write_jpegs(tmp_path / f"{month}", EACH, first=month * 100)
        assert server.upload(*files, taken_at=f"2025-{month:02}-15T12:00:00").status_code == 201
    server.wait_safe()
    node = shutil.which("node", path=os.pathsep.join([str(find_node()), os.environ["PATH"]]))
    assert node is not None
    script = Path(__file__).with_name("firefox.mjs")
    ended = subprocess.run(
        [node, str(script), server.url, firefox],
        cwd=GALLERY, env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    saw = json.loads(ended.stdout)
    assert saw["faults"] == []
    assert ("August" in saw["newest"], "January" in saw["oldest"]) == (True, True), saw
    assert saw["drawnAtFirst"] < MONTHS * EACH, "all photos were drawn, not only those that are seen"
    assert saw["first"] == saw["opened"] != saw["second"]
    assert (len(saw["second"]), saw["after"]) == (64, None)
