"""A worker in a process of its own, to be killed: `python -m tests.queue_worker URL ID FOLDER`.

Each job writes `FOLDER/begun.ID.NAME` and stays until `FOLDER/go` is there, then writes `FOLDER/done.ID.NAME`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from mediascream.database import Database
from mediascream.queue.jobs import Jobs
from mediascream.queue.reaper import Reaper
from mediascream.queue.worker import Handler, Lane, Worker


def main() -> None:
    """Work until killed."""
    url, executor_id, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])

    def act(name: str) -> None:
        (folder / f"begun.{executor_id}.{name}").touch()
        while not (folder / "go").exists():
            time.sleep(0.02)
        (folder / f"done.{executor_id}.{name}").touch()

    database = Database(url)
    worker = Worker(Jobs(database), {"work": Handler(act)}, [Lane("wide", 2)], executor_id=executor_id)
    Reaper(database, executor_id, worker.running).start()
    worker.start()
    time.sleep(600)


if __name__ == "__main__":
    main()
