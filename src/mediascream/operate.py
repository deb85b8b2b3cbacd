"""The commands of the operator. Each builds what it needs from the settings and hands over."""

import gc
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream import operate_connect, operate_doctor, operate_doors, operate_rebuild, operate_verify
from mediascream.client import import_commands
from mediascream.client.commands import register
from mediascream.errors import CannotStart, ConflictingState, DeliveryError
from mediascream.folders import prepare_folder
from mediascream.operate_doors import is_guarded, refuse_open_doors
from mediascream.operate_options import SettingsFile, settings_for

if TYPE_CHECKING:
    from socket import socket

    from mediascream.hub import Hub
    from mediascream.settings import Settings, Shown

app = typer.Typer(
    name="mediascream",
    help="Send a photo once: it is kept, copied exactly once to each service you like, and you can prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

register(app)
import_commands.register(app)
operate_connect.register(app)
operate_doctor.register(app)
operate_rebuild.register(app)
operate_doors.register(app)
operate_verify.register(app)


def main() -> None:
    """Run the command that was asked for; what stops it is one line, and exit code 1."""
    try:
        app()
    except CannotStart as error:
        print(f"mediascream: {error}", file=sys.stderr)
        sys.exit(1)


def show_version(*, wanted: bool) -> None:
    """Print which Mediascream this is, and end."""
    if wanted:
        from importlib.metadata import version

        print(f"mediascream {version('mediascream')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    settings: SettingsFile = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda wanted: show_version(wanted=wanted), help="Show it, and end."
        ),
    ] = False,
) -> None:
    """Take the options that hold for every command."""
    context.obj = settings


@app.command()
def serve(
    context: typer.Context,
    settings: SettingsFile = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Only take uploads; `worker` runs elsewhere.")] = False,
) -> None:
    """Run the server, with its worker inside. Ctrl-C stops it; what was cut short goes on at the next start."""
    from mediascream.lock import Lock
    from mediascream.web.listening import listen

    chosen = settings_for(context, settings)
    prepare_folder(chosen.data_folder, allow_volatile=chosen.allow_volatile)
    refuse_open_doors(chosen, guarded=is_guarded(chosen))
    sockets = listen(chosen.host, chosen.port)
    with ExitStack() as closing:
        closing.callback(Lock(chosen.data_folder / "serve.lock").release)
        hub = run_server(chosen, sockets, closing, no_worker=no_worker)
    leave(hub.cut_short)


def run_server(settings: "Settings", sockets: "list[socket]", closing: ExitStack, *, no_worker: bool) -> "Hub":
    """Build all parts, which `closing` takes down again, and serve until a signal says stop.

    Their import takes most of a start, so it comes after all that may be wrong with the settings.
    """
    gc.disable()  # nothing made by a start goes away again, so looking for what might is a sixth of its time
    from mediascream.hub import Hub
    from mediascream.logs import configure_logs
    from mediascream.web.app import build_app
    from mediascream.web.serve import run

    configure_logs()
    hub = Hub(settings)
    closing.callback(hub.close)
    hub.first_contact()
    hub.take_in_spool()
    if not no_worker:
        hub.start_worker()
    served = build_app(hub)
    gc.freeze()  # a hundred thousand objects that live as long as the server need not be looked at again and again
    gc.enable()
    run(served, sockets)
    return hub


@app.command()
def worker(context: typer.Context, settings: SettingsFile = None) -> None:
    """Run a worker alone, beside `serve --no-worker`; on Postgres as many as wanted."""
    from mediascream.hub import Hub
    from mediascream.logs import configure_logs

    configure_logs()
    chosen = settings_for(context, settings)
    stopped = stop_signals()
    hub = Hub(chosen)
    try:
        hub.first_contact()
        hub.start_worker()
        print("mediascream: the worker runs; Ctrl-C stops it", file=sys.stderr)
        stopped.wait()
    finally:
        hub.close()
    leave(hub.cut_short)


archive = typer.Typer(help="Look after the archive.", no_args_is_help=True)
app.add_typer(archive, name="archive")


@archive.command("drop-old")
def drop_old_archive(context: typer.Context, settings: SettingsFile = None) -> None:
    """After a move to another archive: remove the old copies. Refuses while one photo is missing in the new."""
    from mediascream.delivery.drop_old import drop_old
    from mediascream.hub import Hub
    from mediascream.logs import configure_logs

    configure_logs()
    hub = Hub(settings_for(context, settings))
    try:
        hub.first_contact()
        dropped = drop_old(hub.work, hub.keeper, lambda count: print(f"\r{count} removed", end="", file=sys.stderr))
    except (DeliveryError, ConflictingState) as error:
        print(f"mediascream: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    finally:
        hub.close()
    print(f"{dropped} old copies removed; every photo is in the present archive ({hub.archive.name})")


@app.command("openapi")
def show_openapi() -> None:
    """Print the description of the HTTP interface."""
    from mediascream.web.app import description

    print(json.dumps(description(), indent=2, ensure_ascii=False))


def leave(cut_short: int) -> None:
    """End the process now, where Python would wait for threads that still send something; they begin anew next time."""
    if cut_short:
        print(f"mediascream: {cut_short} jobs were cut short; they go on at the next start", file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def stop_signals() -> threading.Event:
    """Set by Ctrl-C and by `kill`."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


@app.command("settings")
def show_settings(
    context: typer.Context,
    settings: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the settings in effect, secrets masked, and where each came from."""
    from mediascream.settings import effective

    for shown in effective(settings_for(context, settings)):
        print(json.dumps(asdict(shown)) if as_json else as_line(shown))


def as_line(shown: "Shown") -> str:
    """A setting as a person reads it; only what is not the default says where it is from."""
    text = shown.value if shown.value and isinstance(shown.value, str) else json.dumps(shown.value)
    return f"{shown.key}: {text}  # {shown.origin}"
