"""Fixtures that any test may ask for; nothing is started before one does."""

import gc

import hypothesis

from tests.postgres import postgres, postgres_server, postgres_template
from tests.seeds import SEED
from tests.servers import ministack, rclone, rclone_with_tls

__all__ = ["ministack", "postgres", "postgres_server", "postgres_template", "rclone", "rclone_with_tls"]

# A slow machine is no failure: nothing here is timed. The same examples each time, so that a red run can be
# repeated; `--hypothesis-profile=default` looks for new ones.
hypothesis.settings.register_profile(
    "mediascream",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# `make fuzz`: new examples each time, by a seed that it prints.
hypothesis.settings.register_profile(
    "fuzz", parent=hypothesis.settings.get_profile("mediascream"), derandomize=False, database=None, max_examples=9000
)
hypothesis.settings.load_profile("mediascream")


def pytest_collection() -> None:
    """What is read stays until the end: looking at it again and again is a tenth of a run of the unit tests."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on things go away again."""
    gc.freeze()
    gc.enable()


def pytest_report_header() -> str:
    """What a run that failed is repeated with: `make test-survival SEED=…`."""
    return f"seed: {SEED}"
