"""The result of a command as NDJSON on stdout: one line a file, and nothing else.

Letters beyond ASCII are escaped: a path that is no UTF-8 then still makes a line that is.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mediascream.client.outcome import Outcome


def write_lines(lines: Iterable[Mapping[str, object]]) -> None:
    """Write them out at once, for whoever reads along."""
    sys.stdout.write("".join(json.dumps(line) + "\n" for line in lines))
    sys.stdout.flush()


def outcome_line(outcome: Outcome, *, dry_run: bool) -> Mapping[str, object]:
    """How one file of an upload ended. Keys whose value is null are not known, or do not apply."""
    line: dict[str, object] = {
        "path": outcome.path,
        "state": outcome.state,
        "id": outcome.id,
        "size": outcome.size_bytes,
        "code": outcome.code,
        "detail": outcome.detail,
        "waited": outcome.waited,
    }
    return line | {"dry_run": True} if dry_run else line
