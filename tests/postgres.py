"""A real PostgreSQL server for tests, from Debian's package, started when first asked for.

PostgreSQL refuses to run as root; then it runs as the user `postgres` that the package brings.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from mediascream.database import Database
from mediascream.library.upgrade import upgrade
from tests.servers import START_S, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that any test may make databases on, but for the database's name."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian's package `postgresql`)")
    # Not below pytest's folder, which nobody but its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="mediascream-postgres-"))
    try:
        become = owner_of(folder)
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "tests", "-E", "UTF8"]
        run([*become, *initdb, "--no-sync"], check=True, capture_output=True, cwd=folder)
        server = [str(programs / "postgres"), "-D", str(folder / "data"), "-h", "127.0.0.1", "-p", "{port}"]
        with running([*become, *server, "-k", str(folder), "-c", "fsync=off"], folder) as port:
            yield f"postgresql://tests@127.0.0.1:{port}/"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty database."""
    return postgres_server + create_database(postgres_server)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database that has the library's tables and nothing else, to be copied."""
    name = create_database(postgres_server)
    database = Database(postgres_server + name, readers=1)
    upgrade(database)
    database.close()
    return name


def create_database(server: str, template: str = "template1") -> str:
    """A new database, a copy of another; its name."""
    name = f"test_{uuid4().hex}"
    with connected(f"{server}postgres") as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def connected(url: str) -> psycopg.Connection:
    """A connection to a server that may have opened its port a moment ago, and takes none yet."""
    until = time.monotonic() + START_S
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def postgres_programs() -> Path | None:
    """The folder of `initdb` and `postgres`: the newest that Debian has, or what is on the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return debian[-1].parent if debian else Path(on_path).parent if on_path else None


def owner_of(folder: Path) -> Sequence[str]:
    """What to put before a command so that it may be run as root; the folder then belongs to that user."""
    if os.geteuid() != 0:
        return ()
    shutil.chown(folder, "postgres", "postgres")
    # `setpriv` replaces itself by the command, so that a signal reaches the server.
    return ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
