from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

import hatch_build
from hatch_build import GalleryBuildFailed, build_gallery, fingerprint, node_is_new_enough

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose gallery has nothing to install."""
    gallery = tmp_path / "gallery"
    (gallery / "src").mkdir(parents=True)
    (gallery / "src" / "main.ts").write_text("run()")
    (gallery / "package.json").write_text("{}")
    (gallery / "package-lock.json").write_text(json.dumps({"packages": {"": {}}}))
    (gallery / "node_modules").mkdir()
    shutil.copy(gallery / "package-lock.json", gallery / "node_modules" / ".package-lock.json")
    return tmp_path


def script(folder: Path, name: str, body: str) -> Path:
    """A program for tests; `body` is Python."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!{sys.executable}\n{body}\n")
    file.chmod(0o755)
    return file


def use_npm(monkeypatch: pytest.MonkeyPatch, root: Path, body: str) -> None:
    """Let the build find our own npm first, beside a Node.js that is new enough."""
    tools = root / "tools"
    script(tools, "npm", body)
    script(tools, "node", "print('v24.1.0')")
    monkeypatch.setenv("PATH", str(tools))


BUILDS = """
import pathlib, sys
static = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
static.mkdir(parents=True, exist_ok=True)
(static / "index.html").write_text("built")
"""


def test_the_page_is_built_once_for_the_same_sources(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_npm(monkeypatch, root, BUILDS)
    said: list[str] = []
    build_gallery(root, say=said.append)
    build_gallery(root, say=said.append)
    assert (root / hatch_build.STATIC / "index.html").read_text() == "built"
    assert len(said) == 1
    (root / "gallery" / "src" / "main.ts").write_text("run(2)")
    build_gallery(root, say=said.append)
    assert len(said) == 2


def test_a_build_that_was_cut_off_is_done_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    static = root / hatch_build.STATIC
    static.mkdir(parents=True)
    (static / "index.html").write_text("half of it")
    use_npm(monkeypatch, root, BUILDS)
    build_gallery(root, say=lambda _: None)
    assert (static / "index.html").read_text() == "built"


def test_what_fails_shows_its_last_lines(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_npm(monkeypatch, root, "for n in range(100): print('line', n)\nraise SystemExit(1)")
    with pytest.raises(GalleryBuildFailed, match="line 99") as failure:
        build_gallery(root, say=lambda _: None)
    assert "line 50\n" not in str(failure.value)
    assert "npm run build" in str(failure.value)


def test_only_sources_count(root: Path) -> None:
    gallery = root / "gallery"
    before = fingerprint(gallery)
    (gallery / "node_modules" / "other.js").write_text("x")
    (gallery / "tests").mkdir()
    (gallery / "tests" / "a.test.ts").write_text("x")
    assert fingerprint(gallery) == before
    (gallery / "src" / "main.ts").rename(gallery / "src" / "other.ts")
    assert fingerprint(gallery) != before


def test_a_built_page_without_sources_is_used_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(GalleryBuildFailed, match="neither"):
        build_gallery(tmp_path, say=lambda _: None)
    (tmp_path / hatch_build.STATIC).mkdir(parents=True)
    (tmp_path / hatch_build.STATIC / "index.html").touch()
    build_gallery(tmp_path, say=lambda _: None)


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.19.0", True),
        ("what?", False),
    ],
)
def test_only_a_node_that_the_build_runs_on_is_taken(tmp_path: Path, said: str, enough: bool) -> None:
    assert node_is_new_enough(script(tmp_path, "node", f"print({said!r})")) is enough
