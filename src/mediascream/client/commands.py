"""The commands that talk to a server over HTTP, as Typer reads them from their signatures.

Nothing is imported here that a command does not need: `--help` is quick only if it stays that way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.photo import DestinationName

if TYPE_CHECKING:
    from mediascream.client.server import Server

DEFAULT_SERVER = "http://localhost:5000"

ServerUrl = Annotated[
    str, typer.Option("--server", envvar="MEDIASCREAM_SERVER", metavar="URL", help="Where Mediascream runs.")
]
Token = Annotated[
    str | None, typer.Option("--token", envvar="MEDIASCREAM_TOKEN", help="For a server that has a password.")
]
Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="Files and folders.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON a file on stdout, and nothing else there.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the program."""
    for command in (upload, watch, status, retry, pause, resume, backfill):
        app.command()(command)
    app.command("safe-to-delete")(safe_to_delete)


def upload(
    paths: Paths,
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    tags: Annotated[list[str] | None, typer.Option(metavar="a,b", help="Tags for all of them.")] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE", help="Do not copy them there: flickr, gphotos.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="How many files are sent at once.")] = 4,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask what is known, but send nothing.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Take photos out of the server's trash that are sent again.")
    ] = False,
    as_json: AsJson = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until each photo is safe, or needs a person.")] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="With --wait: at most this many seconds.")
    ] = None,
) -> None:
    """Send photos and videos, whole folders too; what the server has already is not sent again.

    Each file ends as uploaded, duplicate, deleted (it is in the trash
    there), ignored (no photo) or failed. Nothing is ever deleted here.
    Interrupted or run again, it goes on where it stopped.

    Exit codes: 0 all well, 1 could not run, 2 wrong usage, 3 some files
    failed, 4 not everything is safe (--wait), 130 interrupted.
    """
    if timeout is not None and not wait:
        raise typer.BadParameter("only makes sense with --wait", param_hint="--timeout")
    from mediascream.client.upload import Order
    from mediascream.client.upload_command import Manner, run_upload
    from mediascream.client.values import Wishes

    wishes = Wishes(tags=tag_words(tags), skip=services(skip), restore=restore)
    order = Order(tuple(paths), wishes, jobs=jobs, dry_run=dry_run)
    with met(server, token, connections=jobs + 2) as there:
        code = run_upload(order, Manner(as_json=as_json, wait=wait, timeout_s=timeout), there)
    raise typer.Exit(code)


def watch(
    folders: Annotated[list[str], typer.Argument(metavar="FOLDER", help="Folders to watch.", show_default=False)],
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    tags: Annotated[list[str] | None, typer.Option(metavar="a,b", help="Tags for all of them.")] = None,
    skip: Annotated[
        list[str] | None, typer.Option(metavar="SERVICE", help="Do not copy them there: flickr, gphotos.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="How many files are sent at once.")] = 2,
    rest: Annotated[
        float, typer.Option(min=0.1, metavar="S", help="How long a file must not have changed before it is sent.")
    ] = 5.0,
    as_json: AsJson = False,
    print_unit: Annotated[
        bool,
        typer.Option(
            "--print-unit",
            help="Only print what makes this start by itself: a systemd user unit, or a launchd agent on macOS. "
            "The word systemd or launchd before the folders chooses.",
        ),
    ] = False,
) -> None:
    """Send photos and videos that appear in folders, for ever, once they have stopped growing.

    What appeared while this did not run is sent at the start. A folder
    that is away (a share, a card) is waited for, and so is the server.
    Nothing is ever deleted here.
    """
    if print_unit:
        _print_unit(folders, server, token, tags=tags, skip=skip, jobs=jobs)
        return
    from mediascream.client.outcome import ExitCode
    from mediascream.client.server import Server
    from mediascream.client.upload import Order
    from mediascream.client.values import Wishes
    from mediascream.client.watch import Tempo
    from mediascream.client.watch_command import run_watch
    from mediascream.errors import ServerTrouble

    order = Order((), Wishes(tags=tag_words(tags), skip=services(skip)), jobs=jobs)
    try:
        with Server(server, token, connections=jobs + 2) as there:
            code = run_watch(tuple(folders), order, there, as_json=as_json, tempo=Tempo(rest_s=rest))
    except ServerTrouble as trouble:
        typer.echo(f"mediascream: {trouble.detail}", err=True)
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from trouble
    raise typer.Exit(code)


def _print_unit(
    folders: list[str], server: str, token: str | None, *, tags: list[str] | None, skip: list[str] | None, jobs: int
) -> None:
    """Everything but the token goes into it, with folders by their whole paths."""
    import sys
    from pathlib import Path

    from mediascream.client.unit import Unit, UnitKind

    kind = UnitKind.LAUNCHD if sys.platform == "darwin" else UnitKind.SYSTEMD
    if folders[0] in set(UnitKind):
        kind, folders = UnitKind(folders[0]), folders[1:]
    if not folders:
        raise typer.BadParameter("name the folders to watch", param_hint="FOLDER")
    options = [f"--server={server}", f"--jobs={jobs}"]
    options += [f"--tags={tag}" for tag in tag_words(tags)] + [f"--skip={name}" for name in services(skip)]
    paths = [str(Path(folder).absolute()) for folder in folders]
    unit = Unit([sys.executable, "-m", "mediascream", "watch", *options, "--", *paths], wants_token=token is not None)
    typer.echo(unit.text(kind), nl=False)


def status(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="Files and folders.")] = None,
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show what each destination has and what needs attention; with paths, each file's deliveries."""
    from mediascream.client import questions

    with met(server, token) as there:
        if paths:
            raise typer.Exit(questions.status_of(paths, there, as_json=as_json))
        questions.status(there, as_json=as_json)


def safe_to_delete(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH", help="Files and folders.")] = None,
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    hashes: Annotated[
        typer.FileText | None,
        typer.Option(
            metavar="FILE",
            encoding="utf-8-sig",
            errors="surrogateescape",
            help='Lines of {"id": SHA-256, "path": …} instead of files; - for stdin.',
        ),
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Wait for the end of every copy, not only the archive's.")
    ] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Have the archive's copies read again first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say of each file whether it is SAFE to delete here, NOT YET (and why) or was NEVER SEEN.

    Nothing is deleted. Each file is read and compared by its bytes, hidden ones too.

    Exit code 4 unless all are SAFE, and where there is no file at all.
    """
    if not paths and hashes is None:
        raise typer.BadParameter("name files or folders, or --hashes")
    from mediascream.client.questions import safe_to_delete as ask

    with met(server, token) as there:
        code = ask(paths or (), there, hashes=hashes or (), everywhere=everywhere, deep=deep, as_json=as_json)
    raise typer.Exit(code)


def retry(
    photos: Annotated[list[str] | None, typer.Argument(metavar="PHOTO", help="Ids, or files.")] = None,
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    destination: Annotated[DestinationName | None, typer.Option(help="Only there.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that needs attention, everywhere.")] = False,
) -> None:
    """Try deliveries again that are blocked or have failed."""
    from mediascream.client import acts

    if everything == bool(photos or destination):
        raise typer.BadParameter("name photos, or a --destination, or --all")
    with met(server, token) as there:
        if photos:
            raise typer.Exit(acts.Retry(there, destination).photos(photos))
        if destination:
            acts.act("retry", destination, there)
        else:
            acts.retry_everywhere(there)


def pause(destination: DestinationName, *, server: ServerUrl = DEFAULT_SERVER, token: Token = None) -> None:
    """Send nothing to a destination until it is resumed."""
    _act("pause", destination, server, token)


def resume(destination: DestinationName, *, server: ServerUrl = DEFAULT_SERVER, token: Token = None) -> None:
    """Go on with a destination that was paused."""
    _act("resume", destination, server, token)


def backfill(destination: DestinationName, *, server: ServerUrl = DEFAULT_SERVER, token: Token = None) -> None:
    """Send a newly connected destination what it lacks."""
    _act("backfill", destination, server, token)


def _act(verb: str, destination: DestinationName, server: str, token: str | None) -> None:
    from mediascream.client import acts

    with met(server, token) as there:
        acts.act(verb, destination, there)


@contextmanager
def met(url: str, token: str | None, *, connections: int = 8) -> Iterator["Server"]:
    """A server that answers; where none does, or it says no, the command ends with 1 and one line."""
    from mediascream.client.outcome import ExitCode
    from mediascream.client.server import Server
    from mediascream.errors import ServerTrouble

    try:
        with Server(url, token, connections=connections) as server:
            server.greet()
            yield server
    except ServerTrouble as trouble:
        typer.echo(f"mediascream: {trouble.detail}", err=True)
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from trouble
    except KeyboardInterrupt as interruption:
        raise typer.Exit(ExitCode.INTERRUPTED) from interruption


def split(texts: list[str] | None) -> tuple[str, ...]:
    """`a,b` and ` c ` as a, b, c."""
    parts = (part.strip() for text in texts or () for part in text.split(","))
    return tuple(part for part in parts if part)


def tag_words(texts: list[str] | None) -> tuple[str, ...]:
    """The tags of `a,b` and ` c `; wrong usage where the server would take one of them for no file."""
    from unicodedata import normalize

    from mediascream.photo import LONGEST_TAG

    tags = split(texts)
    for tag in tags:
        length = len(normalize("NFC", tag))
        if length > LONGEST_TAG:
            raise typer.BadParameter(
                f"a tag has at most {LONGEST_TAG} characters; {tag[:20]}… has {length}", param_hint="--tags"
            )
    return tags


def services(texts: list[str] | None) -> tuple[str, ...]:
    """The names of services, `gphotos,flickr` or one at a time; wrong usage where one is none."""
    from mediascream.photo import SERVICES

    names = split(texts)
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise typer.BadParameter(
            f"{', '.join(unknown)} cannot be skipped; these can: {', '.join(SERVICES)}", param_hint="--skip"
        )
    return names
