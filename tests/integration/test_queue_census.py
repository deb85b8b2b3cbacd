"""How many jobs there are, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediascream.queue.census import Census, take_census
from mediascream.queue.jobs import Job, Jobs

if TYPE_CHECKING:
    from mediascream.database import Database


def test_jobs_are_counted_also_those_for_later_and_none_where_there_is_no_list(database: Database) -> None:
    def counted() -> Census:
        with database.reading() as connection:
            return take_census(connection)

    assert counted() == Census()
    jobs = Jobs(database)
    jobs.prepare()
    database.write(lambda connection: jobs.enqueue(connection, Job("process", "process", "a", (1,))))
    database.write(lambda connection: jobs.enqueue(connection, Job("process", "process", "b", (2,)), delay_s=900))
    assert counted() == Census(to_do=2)
    jobs.close()
