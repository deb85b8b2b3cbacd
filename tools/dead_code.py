"""Finds what nothing in the program uses. A use by a test alone does not count: it keeps the dead alive.

Fields are left out: they are data, and leave the program as JSON, as rows or as settings.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vulture.core import Vulture

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"class", "function", "import", "method", "property", "unreachable_code"}
CALLED_BY_FRAMEWORKS = [
    *("@app.command", "@app.callback", "@*.command"),  # Typer
    *("@router.*", "@*.exception_handler", "@asynccontextmanager"),  # FastAPI
    *("@field_validator", "@model_validator", "@field_serializer", "@event.listens_for"),  # pydantic, SQLAlchemy
]
NOT_SEEN = {
    "run_migrations_*": "called by alembic",
    "upgrade": "called by alembic",
    "downgrade": "called by alembic",
    "_missing_": "called by enum",
    "handle_exit": "called by uvicorn",
    "send_400_response": "called by uvicorn",
    "do_GET": "called by http.server",
    "log_message": "called by http.server",
    "load_dialect_impl": "called by SQLAlchemy",
    "process_bind_param": "called by SQLAlchemy",
    "process_result_value": "called by SQLAlchemy",
    "MemoryDestination": "the destination of the tests, that needs no service",
}


def main() -> int:
    """1 where something is unused, and then it is named."""
    vulture = Vulture(ignore_names=list(NOT_SEEN), ignore_decorators=CALLED_BY_FRAMEWORKS)
    vulture.scavenge([ROOT / "src"])
    found = [item for item in vulture.get_unused_code() if item.typ in KINDS]
    for item in found:
        print(f"{item.filename.relative_to(ROOT)}:{item.first_lineno}: {item.message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
