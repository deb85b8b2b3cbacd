"""The seed of what is left to chance: the same each time in `make test`, a new one in `make test-survival`."""

from __future__ import annotations

import os

SEED = int(os.environ.get("MEDIASCREAM_TEST_SEED", "20261124"))
