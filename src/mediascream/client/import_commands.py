"""`mediascream import …`, as Typer reads it from the signatures."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.client.commands import DEFAULT_SERVER, AsJson, ServerUrl, Token, met, services, tag_words

if TYPE_CHECKING:
    from mediascream.client.imports import Format

Places = Annotated[list[str], typer.Argument(metavar="PATH", help="Zip archives, or folders where they were unpacked.")]
Tags = Annotated[list[str] | None, typer.Option(metavar="a,b", help="More tags for all of them.")]
Skip = Annotated[list[str] | None, typer.Option(metavar="SERVICE", help="Do not copy them there: flickr, gphotos.")]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="How many files are sent at once.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come in, and send nothing.")]
Restore = Annotated[bool, typer.Option("--restore", help="Take photos out of the server's trash that are in it.")]
NoAlbums = Annotated[bool, typer.Option("--no-albums", help="Do not make tags of albums.")]

IMMICH = """Take over an Immich library: its UPLOAD_LOCATION, or zips that it made for downloading.

Tags, descriptions, dates and places come from the XMP files that
Immich writes beside the originals. Thumbnails stay out.
"""
FOLDER = """Take over folders or zips of photos with XMP files beside them (Lightroom, darktable, digiKam).

As `upload` does, but zips are read too, equal files are sent once
with the notes of all, and what is known already gets the date, place
and description that it lacks.
"""

imports = typer.Typer(help="Take photos over from elsewhere, with what is known of them there.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the program."""
    app.add_typer(imports, name="import")


@imports.command()
def takeout(
    places: Places,
    *,
    server: ServerUrl = DEFAULT_SERVER,
    token: Token = None,
    tags: Tags = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE", help="Do not copy them there; '' for none. They are at Google already."),
    ] = None,
    jobs: Jobs = 4,
    dry_run: DryRun = False,
    restore: Restore = False,
    no_albums: NoAlbums = False,
    as_json: AsJson = False,
) -> None:
    """Take over a Google Takeout: name all of its zips together.

    They are not unpacked. Dates, places and descriptions come in where
    the file has none, albums and people as tags. A photo that lies in
    many albums comes in once. What is in Google's trash stays out.
    Interrupted or run again, it goes on where it stopped.
    """
    from mediascream.client.imports import Format

    skipped = ["gphotos"] if skip is None else skip
    _run(
        places, Format.TAKEOUT, server, token, tags=tags, skip=skipped, jobs=jobs, dry_run=dry_run, restore=restore,
        albums=not no_albums, as_json=as_json,
    )  # fmt: skip


def with_sidecars(kind: str) -> Callable[..., None]:
    """The command for one of the formats whose notes are XMP files beside the photos."""

    def command(
        places: Places,
        *,
        server: ServerUrl = DEFAULT_SERVER,
        token: Token = None,
        tags: Tags = None,
        skip: Skip = None,
        jobs: Jobs = 4,
        dry_run: DryRun = False,
        restore: Restore = False,
        as_json: AsJson = False,
    ) -> None:
        from mediascream.client.imports import Format

        _run(
            places, Format(kind), server, token, tags=tags, skip=skip, jobs=jobs, dry_run=dry_run, restore=restore,
            albums=False, as_json=as_json,
        )  # fmt: skip

    return command


imports.command("immich", help=IMMICH)(with_sidecars("immich"))
imports.command("folder", help=FOLDER)(with_sidecars("folder"))


def _run(
    places: list[str],
    kind: "Format",
    server: str,
    token: str | None,
    *,
    tags: list[str] | None,
    skip: list[str] | None,
    jobs: int,
    dry_run: bool,
    restore: bool,
    albums: bool,
    as_json: bool,
) -> None:
    from mediascream.client.import_command import run_import
    from mediascream.client.import_run import ImportOrder
    from mediascream.client.values import Wishes

    order = ImportOrder(Wishes(tag_words(tags), services(skip), restore=restore), jobs=jobs, dry_run=dry_run)
    with met(server, token, connections=jobs + 2) as there:
        code = run_import(places, kind, order, there, albums=albums, as_json=as_json)
    raise typer.Exit(code)
