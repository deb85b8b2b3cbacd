"""`mediascream verify`: are all copies still there, and still the same? Works beside a running server."""

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.operate_options import SettingsFile, settings_for
from mediascream.operate_talk import interruptible
from mediascream.photo import DeliveryState, DestinationName

if TYPE_CHECKING:
    from mediascream.delivery.verify import CheckedPhoto, Tally
    from mediascream.hub import Hub

LOG_PAGE = 1000
STAYS_WRONG, COULD_NOT_RUN = 4, 1


def register(app: typer.Typer) -> None:
    """Add the command of this module to the program."""
    app.command()(verify)


def verify(
    context: typer.Context,
    *,
    settings: SettingsFile = None,
    sample: Annotated[str, typer.Option(metavar="5%", help="Only about so many photos, chosen by lot.")] = "100%",
    destination: Annotated[DestinationName | None, typer.Option(help="Only the copies there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a photo on stdout.")] = False,
    log: Annotated[
        bool, typer.Option("--log", help="Check nothing; print what all checks found, one JSON a line.")
    ] = False,
) -> None:
    """Check the copies again: the archive's are read and compared, services are asked.

    What is wrong in the archive is healed from an equal copy, where there
    is one. What is gone from a service is told, and not sent again by
    itself. Nothing is ever removed. What was found so far is kept when it
    is interrupted.

    Exit codes: 0 all well, 1 could not run, 2 wrong usage, 4 something
    stays wrong or could not be asked, 130 interrupted.
    """
    share = read_share(sample)
    from mediascream.hub import Hub
    from mediascream.logs import configure_logs

    configure_logs(least=logging.ERROR)  # what is found is told below, once
    hub = Hub(settings_for(context, settings))
    with closing(hub), interruptible("what was found so far is kept (`verify --log`)"):
        code = print_log(hub) if log else check_all(hub, share, destination, as_json=as_json)
    raise typer.Exit(code)


def read_share(sample: str) -> float:
    """`5%` as 0.05."""
    try:
        share = float(sample.strip().removesuffix("%")) / 100
    except ValueError:
        share = 0.0
    if not 0 < share <= 1 or not sample.strip().endswith("%"):
        raise typer.BadParameter("must be a part of all photos, such as 5%", param_hint="--sample")
    return share


def check_all(hub: "Hub", share: float, destination: DestinationName | None, *, as_json: bool) -> int:
    """Check, tell what is not well, and sum up."""
    from mediascream.delivery.verify import Tally
    from mediascream.delivery.verify import verify as checked_photos
    from mediascream.errors import ArchiveForeign
    from mediascream.library import checks

    places = [name for name in DestinationName if name == destination or destination is None]
    if destination is not None and not hub.auditor.can_check(destination):
        raise typer.BadParameter(f"{destination} is not set up, or cannot be asked", param_hint="--destination")
    try:
        hub.first_contact()
    except ArchiveForeign as error:
        print(f"mediascream: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    tally = Tally()
    for photo in checked_photos(hub.database, hub.auditor, places, share=share):
        tally.add(photo)
        tell(photo, tally, as_json=as_json)
    if share == 1 and destination is None and tally.answered:
        hub.database.write(lambda connection: checks.note_audit(connection, hub.work.now()))
    print(f"{CLEAR}{summary(tally)}", file=sys.stderr)
    for line in left_out(hub, places):
        print(line, file=sys.stderr)
    return code_of(tally)


def left_out(hub: "Hub", places: Sequence[DestinationName]) -> Iterable[str]:
    """The copies that nobody can be asked about, as their destination is not set up or not connected."""
    from mediascream.library import standing

    with hub.database.reading() as connection:
        counts = standing.counts(connection)
    for name in places:
        count = counts.get(name, {}).get(DeliveryState.DELIVERED, 0)
        if count and not hub.auditor.can_check(name):
            yield f"not checked: copies at {name}, {count} of them, for it is not connected or cannot be asked"


CLEAR = "\r\x1b[K" if sys.stderr.isatty() else ""


def tell(photo: "CheckedPhoto", tally: "Tally", *, as_json: bool) -> None:
    """Print one photo: as JSON always, to a person where something is not well."""
    if as_json:
        print(json.dumps(as_fields(photo), ensure_ascii=False), flush=True)
    else:
        for line in lines_of(photo):
            print(f"{CLEAR}{line}", flush=True)
    if sys.stderr.isatty():
        print(f"\r{tally.photos} photos, {sum(tally.copies.values())} copies", end="", file=sys.stderr, flush=True)


def as_fields(photo: "CheckedPhoto") -> dict[str, object]:
    """What a program is told."""
    return {
        "id": photo.id,
        "file_name": photo.file_name,
        "state": photo.result,
        "copies": [
            {
                "destination": copy.destination,
                "state": copy.found.result,
                "code": copy.found.code,
                "detail": copy.found.detail,
            }
            for copy in photo.copies
        ],
    }


def lines_of(photo: "CheckedPhoto") -> Iterable[str]:
    """What a person is told."""
    from mediascream.library.checks import Result

    for copy in photo.copies:
        if copy.found.result is not Result.GOOD:
            told = copy.found.detail or copy.found.code
            named = told if told and photo.file_name in told else f"{photo.file_name}: {told}"
            yield f"{copy.found.result:<8} {copy.destination:<8} {named}"


def summary(tally: "Tally") -> str:
    """Numbers that add up."""
    from mediascream.library.checks import Result

    parts = {Result.GOOD: "good", Result.HEALED: "healed", Result.WRONG: "wrong", Result.UNKNOWN: "could not be asked"}
    counts = ", ".join(f"{tally.copies[result]} {word}" for result, word in parts.items())
    return f"{sum(tally.copies.values())} copies of {tally.photos} photos checked: {counts}"


def code_of(tally: "Tally") -> int:
    """What the command ends with."""
    from mediascream.library.checks import Result

    if tally.copies[Result.UNKNOWN] and not tally.answered:
        return COULD_NOT_RUN
    return STAYS_WRONG if tally.copies[Result.WRONG] or tally.copies[Result.UNKNOWN] else 0


def print_log(hub: "Hub") -> int:
    """Every check that is remembered, the oldest first."""
    from mediascream.library import check_log

    after = 0
    while True:
        with hub.database.reading() as connection:
            page = check_log.logged(connection, after=after, limit=LOG_PAGE)
        for _, check in page:
            fields = {
                "at": check.at.isoformat().replace("+00:00", "Z"),
                "by": check.by,
                "id": check.photo_id,
                "file_name": check.file_name,
                "destination": check.destination,
                "state": check.result,
                "code": check.code,
                "detail": check.detail,
            }
            print(json.dumps(fields, ensure_ascii=False))
        if len(page) < LOG_PAGE:
            return 0
        after = page[-1][0]
