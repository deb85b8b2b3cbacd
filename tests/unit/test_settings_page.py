"""docs/settings.md shows every setting as it is declared."""

from __future__ import annotations

import pytest

from tools.settings_page import PAGE, updated


def test_the_page_shows_every_setting_as_it_is_declared() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert updated(page) == page, "run `make fix`"


def test_a_setting_that_is_in_no_table_is_noticed() -> None:
    page = PAGE.read_text(encoding="utf-8").replace(
        "FLICKR_REST_URL to GPHOTOS_PER_DAY", "FLICKR_REST_URL to GPHOTOS_API_URL"
    )
    with pytest.raises(ValueError, match="GPHOTOS_PER_DAY"):
        updated(page)
