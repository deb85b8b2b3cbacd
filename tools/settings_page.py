"""Writes the tables of docs/settings.md from the declarations, so that no setting stays undocumented.

Run it as `make fix`; a test fails where the page is behind.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediascream.settings import Settings
from mediascream.settings.declared import FIELDS
from mediascream.settings.kinds import Choice

if TYPE_CHECKING:
    from dataclasses import Field

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
TABLE = re.compile(r"(<!-- table: ([A-Z0-9_]+) to ([A-Z0-9_]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)


def updated(page: str) -> str:
    """The page with each table written anew; what stands around them is kept.

    Raises:
        ValueError: A setting is in no table, or in two.
    """
    keys = list(FIELDS)
    shown: list[str] = []

    def table(found: re.Match[str]) -> str:
        rows = keys[keys.index(found[2]) : keys.index(found[3]) + 1]
        shown.extend(rows)
        lines = ["| key | value | default | for |", "|---|---|---|---|", *(row(key, FIELDS[key]) for key in rows)]
        return f"{found[1]}{chr(10).join(lines)}\n{found[4]}"

    page = TABLE.sub(table, page)
    if shown != keys:
        raise ValueError(f"these settings are in no table, or in two: {sorted(set(keys) ^ set(shown)) or shown}")
    return page


def row(key: str, declared: Field[Any]) -> str:
    """One line of a table."""
    kind = declared.metadata["kind"]
    word = ", ".join(f"`{choice}`" for choice in kind.words) if isinstance(kind, Choice) else kind.word
    return f"| `{key}` | {word} | {default(key)} | {declared.metadata['help']} |"


def default(key: str) -> str:
    """The value where nothing is set, as a person reads it."""
    value = getattr(Settings(data_folder=Path("DATA_FOLDER")), key.lower())
    special = {
        "DATA_FOLDER": "your data folder: `~/.local/share/mediascream`",
        "MAX_UPLOAD_BYTES": "`20 GiB`",
    }
    shown = "" if value in {None, "", ()} else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    return special.get(key, shown)


def main() -> None:
    """Bring the page up to date."""
    page = PAGE.read_text(encoding="utf-8")
    if (wanted := updated(page)) != page:
        PAGE.write_text(wanted, encoding="utf-8")
        print(f"{PAGE.name} was behind", file=sys.stderr)


if __name__ == "__main__":
    main()
