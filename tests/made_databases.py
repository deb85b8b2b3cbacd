"""Empty SQLite databases that are up to date: made once in this process, as a start makes them, then copied.

Running the migrations takes a quarter of a second of CPU with the import of Alembic, and each test wants a database of
its own. That a start makes one where there is none is what `test_library_upgrade.py` and `e2e/test_newcomer.py` prove.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from mediascream.database import Database, sqlite_url
from mediascream.library.upgrade import upgrade
from mediascream.queue.jobs import Jobs


def put_database(file: Path, *, with_jobs: bool = False) -> None:
    """Leave an empty database at `file`, with the tables of the to-do list too; one that is there stays as it is."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_made(with_jobs=with_jobs))


@cache
def _made(*, with_jobs: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="mediascream-database-") as folder:
        file = Path(folder) / "made.sqlite"
        database = Database(sqlite_url(file), readers=1)
        upgrade(database)
        if with_jobs:
            jobs = Jobs(database)
            jobs.prepare()
            jobs.close()
        database.close()
        assert [path.name for path in file.parent.iterdir()] == [file.name], "its log is not settled"
        return file.read_bytes()
