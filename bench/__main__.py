"""Run all measurements, or those that are named: `python -m bench [receive accept renditions client end_to_end]`."""

from __future__ import annotations

import importlib
import sys

ALL = ("receive", "accept", "renditions", "client", "end_to_end")


def main(names: list[str]) -> None:
    """Each in turn; `library` (a million photos) and `crowd` (10,000 connections) only where they are named."""
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        module = importlib.import_module(f"bench.{name}")
        sys.argv = [f"bench.{name}"]
        module.main()


if __name__ == "__main__":
    main(sys.argv[1:])
