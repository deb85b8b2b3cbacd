"""The commands for the day on which something was lost: `rebuild` and `restore`. Only while nobody serves."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mediascream.errors import CannotStart
from mediascream.operate_options import SettingsFile, settings_for
from mediascream.operate_talk import interruptible

if TYPE_CHECKING:
    from mediascream.hub import Hub
    from mediascream.recovery.summary import Inventory, Summary
    from mediascream.settings import Settings

SOME_LOST = 3
GOES_ON = "run the same command again, and it goes on; until then no server starts on what is half done"
TELL_EVERY_S = 1.0
MOST_LINES = 20

AsJson = Annotated[bool, typer.Option("--json", help="The summary as one JSON object, and nothing else.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the program."""
    app.command()(rebuild)
    app.command()(restore)


def rebuild(
    context: typer.Context,
    settings: SettingsFile = None,
    source: Annotated[
        Literal["archive"], typer.Option("--from", help="What it is made from; there is only the archive.")
    ] = "archive",
    as_json: AsJson = False,
) -> None:
    """Make a new database from the archive alone: photos, tags, dates, receipts, trash. Changes nothing in the archive.

    Cut short, it goes on when it is run again. Exit code 3 where originals or sidecars are missing or damaged, 130 where
    it was interrupted.
    """
    del source
    chosen = settings_for(context, settings)
    with alone(chosen) as hub, interruptible(GOES_ON):
        summary = bring_up_to_date(hub)
    tell(summary, as_json=as_json)


def restore(
    context: typer.Context,
    settings: SettingsFile = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move the database that is there aside (it is kept), whatever it holds.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put the newest good copy of the database back, from the archive, and tell it what the archive knows since.

    Cut short, it goes on when it is run again. Exit code 3 where originals or sidecars are missing or damaged, 130 where
    it was interrupted.
    """
    chosen = settings_for(context, settings)
    with ExitStack() as closing, interruptible(GOES_ON):
        lock_out_others(chosen, closing)
        put_copy_in_place(chosen, replace=replace)
    with alone(chosen) as hub, interruptible(GOES_ON):
        summary = bring_up_to_date(hub)
    tell(summary, as_json=as_json)


def put_copy_in_place(settings: "Settings", *, replace: bool) -> None:
    """Fetch the copy, unless that was done and only the rest is missing.

    Raises:
        CannotStart: There is none, there is a database already, or it is PostgreSQL.
    """
    from mediascream.parts import build_archives
    from mediascream.recovery.restore import is_half_restored, refuse_to_overwrite, sweep_litter
    from mediascream.recovery.restore import restore as put_back

    if settings.database_url is not None:
        msg = (
            "DATABASE_URL names a PostgreSQL database, of which no copies are made: restore it with its own tools, or "
            "make a new one by `mediascream rebuild --from archive`"
        )
        raise CannotStart(msg)
    sweep_litter(settings.db_file)
    if not replace:
        if is_half_restored(settings.db_file):
            return
        refuse_to_overwrite(settings.db_file)
    archives = build_archives(settings)
    try:
        restored = put_back(next(iter(archives.values())), settings.db_file, tell=say)
    except OSError as error:
        raise CannotStart(f"the copy could not be put in place: {error.strerror} ({error.filename})") from error
    finally:
        for archive in archives.values():
            archive.close()
    say(f"{restored.key} of {restored.made_at:%Y-%m-%d %H:%M} UTC was put in place: {restored.photos} photos")
    if restored.aside is not None:
        say(f"the database that was there is now {restored.aside}")


def say(line: str) -> None:
    """Tell the person."""
    print(f"mediascream: {line}", file=sys.stderr)


@contextmanager
def alone(settings: "Settings") -> Iterator["Hub"]:
    """The parts of the program, with nobody else at work on the same data.

    Raises:
        DataFolderInUse: A server or a worker runs.
    """
    from mediascream.hub import Hub

    with ExitStack() as closing:
        lock_out_others(settings, closing)
        hub = Hub(settings)
        closing.callback(hub.close)
        yield hub


def lock_out_others(settings: "Settings", closing: ExitStack) -> None:
    """Keep servers and workers away until `closing` ends; workers elsewhere, on PostgreSQL, are not seen.

    Raises:
        DataFolderInUse: One runs.
    """
    from mediascream.lock import Lock
    from mediascream.parts import prepare_folders

    prepare_folders(settings)
    closing.callback(Lock(settings.data_folder / "serve.lock").release)
    if settings.database_url is None:
        closing.callback(Lock(settings.db_file.with_name(f"{settings.db_file.name}.lock")).release)


def bring_up_to_date(hub: "Hub") -> "Summary":
    """Take in whatever the archives know."""
    from mediascream.logs import configure_logs
    from mediascream.recovery.rebuild import Rebuild

    configure_logs()
    rebuilding = Rebuild(
        hub.work,
        hub.archives,
        spool=hub.settings.upload_folder,
        renditions=hub.settings.data_folder,
        progress=teller(),
    )
    return rebuilding.run()


def teller() -> Callable[["Summary"], None]:
    """Says on stderr how far it is, once a second."""
    began = told = time.monotonic()

    def tell_progress(summary: "Summary") -> None:
        nonlocal told
        now = time.monotonic()
        if now - told < TELL_EVERY_S:
            return
        told = now
        rate = summary.seen / (now - began)
        done = summary.taken_in + summary.changed
        print(f"{summary.seen} files looked at, {done} photos taken in ({rate:.0f} a second)", file=sys.stderr)

    return tell_progress


def tell(summary: "Summary", *, as_json: bool) -> None:
    """Say what came of it; exit code 3 where something was lost that the archive alone cannot bring back."""
    for line in trouble_lines(summary):
        print(line, file=sys.stderr)
    if as_json:
        print(json.dumps(summary.as_json()))
    else:
        print(f"before: {as_words(summary.before)}")
        if summary.after is not None:
            print(f"after:  {as_words(summary.after)}")
        print(f"{summary.seen} files looked at, {summary.taken_in} photos new, {summary.changed} brought up to date")
    if not summary.lossless:
        raise typer.Exit(SOME_LOST)


def trouble_lines(summary: "Summary") -> Iterator[str]:
    """Each kind of problem with the first files it was met at."""
    for problem, count in sorted(summary.problems.items()):
        yield f"{count} times: {problem}"
        lines = [line for kind, line in summary.told if kind is problem]
        yield from (f"    {line}" for line in lines[:MOST_LINES])
        if count > MOST_LINES:
            yield f"    … and {count - MOST_LINES} more"


def as_words(found: "Inventory") -> str:
    """What a database holds, in a line."""
    copies = ", ".join(f"{name} {count}" for name, count in sorted(found.delivered.items())) or "none"
    return (
        f"{found.photos} photos, {found.in_trash} in the trash, {found.tombstones} tombstones, {found.tags} tags; "
        f"copies: {copies}"
    )
