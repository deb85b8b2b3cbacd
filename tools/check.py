"""Runs every check side by side and prints what the failing ones said. Run it as `make check`."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "types": ("mypy",),
    "format": ("ruff", "format", "--check", "--quiet", "."),
    "lint": ("ruff", "check", "--quiet", "."),
    "layers": ("lint-imports", "--no-logo"),
    "dependencies": ("deptry", "src"),
    "dead code": ("python", "-m", "tools.dead_code"),
    "gallery types": ("python", "-m", "tools.gallery", "run", "--silent", "check"),
    "gallery format": ("python", "-m", "tools.gallery", "run", "--silent", "lint"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended, and what it printed."""

    name: str
    passed: bool
    output: str


def run(name: str) -> Outcome:
    """One check to its end."""
    program, *arguments = CHECKS[name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120"}
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return Outcome(name, done.returncode == 0, done.stdout)


def main() -> int:
    """0 where all passed, else 1; only what failed is shown."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(run, CHECKS))
    for outcome in outcomes:
        print(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.name}")
    for outcome in outcomes:
        if not outcome.passed:
            print(f"\n--- {outcome.name} ---\n{outcome.output.rstrip()}")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
