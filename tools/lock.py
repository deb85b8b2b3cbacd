"""Writes the lock files in requirements/: exact versions with hashes, for every Python and machine we run on.

The files name no index, so they hold wherever packages come from. Run it as `make lock`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = (
    *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-header", "--no-annotate"),
)
LOCKS = {
    "dev": ("pyproject.toml", "--all-extras", "--group", "pyproject.toml:build", "--group", "pyproject.toml:dev"),
    "extras": ("pyproject.toml", "--all-extras", "--constraints", "requirements/dev.txt"),
    "run": ("pyproject.toml", "--constraints", "requirements/dev.txt"),
    "build": ("--group", "pyproject.toml:build", "--constraints", "requirements/dev.txt"),
}
"""Each lock and what it is made from. `dev` is the whole; the others are parts of it, at the same versions."""


def main(arguments: list[str]) -> None:
    """Lock everything; `arguments` go to the resolver (`--upgrade`, `--upgrade-package NAME`)."""
    for name, sources in LOCKS.items():
        output = f"requirements/{name}.txt"
        subprocess.run([*COMPILE, *arguments, *sources, "--output-file", output], cwd=ROOT, check=True)
        print(f"{output} is up to date", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
