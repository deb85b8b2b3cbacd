"""Runs an npm script of the gallery with the Node.js that also builds it: `python -m tools.gallery check`."""

from __future__ import annotations

import os
import subprocess
import sys

from hatch_build import find_node, npm_in
from tools.check import ROOT


def main(arguments: list[str]) -> int:
    """The exit code of npm."""
    tools = find_node()
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([*npm_in(tools), *arguments], cwd=ROOT / "gallery", env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
