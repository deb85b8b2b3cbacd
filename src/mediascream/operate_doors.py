"""The commands of who may call: `password`, `token` and `sessions`.

They work beside a running server, which heeds at once what they did.
"""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mediascream.errors import CannotStart, FieldInvalid, SettingsInvalid
from mediascream.library.scopes import Scope
from mediascream.operate_options import SettingsFile, settings_for

if TYPE_CHECKING:
    from mediascream.database import Database
    from mediascream.library.sessions import Session
    from mediascream.library.tokens import Token
    from mediascream.settings import Settings

token = typer.Typer(
    help="Make, list and revoke tokens: what programs show instead of a password.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the program."""
    app.command("password")(password)
    app.add_typer(token, name="token")
    app.command("sessions")(sessions)


@token.command("create")
def create_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the token is for, such as the name of a device.")],
    *,
    scope: Annotated[
        Scope, typer.Option(help="upload: send; read: see everything; all: do everything.")
    ] = Scope.UPLOAD,
    member: Annotated[str | None, typer.Option(help="Whose it is, where it is not the owner's.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="How long it is good for; for ever without.")
    ] = None,
    settings: SettingsFile = None,
) -> None:
    """Make a token and print it. It cannot be printed again."""
    from mediascream.library import tokens

    _require_name(name)
    now = datetime.now(UTC)
    expires_at = None if days is None else now + timedelta(days=days)
    with _library(settings_for(context, settings)) as database:
        made, text = database.write(
            lambda connection: tokens.make(connection, name, scope, now, member=member, expires_at=expires_at)
        )
    _tell(f"Token {made.id} ({made.scope}) for {made.name}. Keep it now: it is not shown again.")
    print(text)


@token.command("list")
def list_tokens(context: typer.Context, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """List the tokens that let somebody in, without their secrets."""
    from mediascream.library import tokens

    with _library(settings_for(context, settings)) as database, database.reading() as connection:
        found = tokens.listed(connection, datetime.now(UTC))
    for one in found:
        print(json.dumps(_as_json(one)) if as_json else _as_line(one))


@token.command("revoke")
def revoke_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The id of a token, or the name of one or more.")],
    settings: SettingsFile = None,
) -> None:
    """End tokens. A running server takes them no more from now on."""
    from mediascream.library import tokens

    with _library(settings_for(context, settings)) as database:
        ended = database.write(lambda connection: tokens.revoke(connection, name, datetime.now(UTC)))
    if not ended:
        raise CannotStart(f"no token has the id or the name {name!r} (mediascream token list)")
    for one in ended:
        print(f"revoked {one.id} {one.name}")


def password(
    context: typer.Context,
    remove: Annotated[bool, typer.Option("--remove", help="Take the password away: no login is needed then.")] = False,
    settings: SettingsFile = None,
) -> None:
    """Set the password of the owner, or another; read from the terminal, or a line of stdin. Ends all sessions."""
    from mediascream.library import passkeys, passwords
    from mediascream.library import sessions as kept

    chosen = settings_for(context, settings)
    if remove:
        _remove_password(chosen)
        return
    wanted = _ask_password()
    hashed = passwords.hash_password(wanted)
    now = datetime.now(UTC)
    with _library(chosen) as database:
        database.write(lambda connection: passwords.put_hash(connection, hashed, now))
        ended = database.write(lambda connection: kept.end_all(connection, now))
        with database.reading() as connection:
            held = len(passkeys.listed(connection))
    _tell(f"The password is set{f'; {ended} sessions ended' if ended else ''}. Browsers log in at /login.")
    if held:
        _tell(f"Passkeys open the door as before: {held} of them, which /access lists and removes.")
    _tell("Programs need a token now: mediascream token create NAME")


def sessions(
    context: typer.Context,
    end: Annotated[
        str | None, typer.Option("--end", metavar="ID", help="Log this browser out; `all` for each.")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the browsers that are logged in, or log one out."""
    from mediascream.library import sessions as kept

    now = datetime.now(UTC)
    with _library(settings_for(context, settings)) as database:
        if end == "all":
            print(f"{database.write(lambda connection: kept.end_all(connection, now))} sessions ended")
        elif end is not None:
            if not database.write(lambda connection: kept.end(connection, end, now)):
                raise CannotStart(f"no session has the id {end!r} (mediascream sessions)")
            print(f"ended {end}")
        else:
            with database.reading() as connection:
                found = kept.listed(connection, now)
            for one in found:
                print(json.dumps(_session_as_json(one)) if as_json else _session_as_line(one))


def open_doors(settings: "Settings") -> tuple[str, str] | None:
    """A setting by which others than this machine's own user could reach the server, and its value; None: none."""
    from mediascream.settings import is_loopback

    doors = {
        "HOST": None if is_loopback(settings.host) else settings.host,
        "PUBLIC_URL": settings.public_url,
        "TRUSTED_PROXIES": ", ".join(str(network) for network in settings.trusted_proxies) or None,
    }
    return next(((key, value) for key, value in doors.items() if value is not None), None)


def is_guarded(settings: "Settings") -> bool:
    """Whether a password is set; where no door is open, nobody needs to know before the start."""
    if open_doors(settings) is None:
        return False
    from mediascream.library import passwords

    with _library(settings) as database, database.reading() as connection:
        return passwords.get_hash(connection) is not None


def refuse_open_doors(settings: "Settings", *, guarded: bool) -> None:
    """Keep everything on this machine until a password is set.

    Raises:
        SettingsInvalid: Others could reach the server, and nothing would ask them who they are.
    """
    door = None if guarded else open_doors(settings)
    if door is not None:
        key, value = door
        raise SettingsInvalid(
            f"{key} is {value}, so others than this machine's own user could reach the server, and no password is set; "
            f"set one (mediascream password), or take {key} out ({settings.origins.get(key, 'default')})"
        )


def _remove_password(settings: "Settings") -> None:
    from mediascream.library import passwords
    from mediascream.library import sessions as kept

    door = open_doors(settings)
    if door is not None:
        raise SettingsInvalid(
            f"{door[0]} is {door[1]}, which needs a password; take {door[0]} out of the settings first"
        )
    if sys.stdin.isatty() and not typer.confirm("Nobody on this machine will have to log in. Remove it?", err=True):
        raise CannotStart("the password stays")
    now = datetime.now(UTC)
    with _library(settings) as database:
        database.write(passwords.remove)
        database.write(lambda connection: kept.end_all(connection, now))
    _tell("The password is removed; this machine's own user needs no login.")


def _ask_password() -> str:
    """The new password, typed twice; from another program a line of stdin.

    Raises:
        CannotStart: It is too short or too long, or was typed in two ways.
    """
    from mediascream.library.passwords import require_good

    typed = sys.stdin.isatty()
    wanted = getpass.getpass("New password: ") if typed else sys.stdin.readline().rstrip("\r\n")
    try:
        require_good(wanted)
    except FieldInvalid as error:
        raise CannotStart(error.detail) from error
    if typed and getpass.getpass("The same again: ") != wanted:
        raise CannotStart("these were two different passwords; nothing was changed")
    return wanted


@contextmanager
def _library(settings: "Settings") -> Iterator["Database"]:
    """The database of a server that may run or not."""
    from mediascream.library.upgrade import upgrade
    from mediascream.parts import open_database, prepare_folders

    prepare_folders(settings)
    database = open_database(settings, readers=1)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def _require_name(name: str) -> None:
    if not name.strip() or not name.isprintable():
        raise typer.BadParameter("a name has at least one letter, and nothing that cannot be seen")


def _as_json(one: "Token") -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "scope": one.scope,
        "member": one.member,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at and one.expires_at.isoformat(),
        "used_at": one.used_at and one.used_at.isoformat(),
    }


def _as_line(one: "Token") -> str:
    used = f"last used {one.used_at:%Y-%m-%d}" if one.used_at else "never used"
    until = f", until {one.expires_at:%Y-%m-%d}" if one.expires_at else ""
    whose = f" ({one.member})" if one.member else ""
    return f"{one.id}  {one.scope:<6}  {one.name}{whose}, made {one.created_at:%Y-%m-%d}{until}, {used}"


def _session_as_json(one: "Session") -> dict[str, str | None]:
    return {
        "id": one.id,
        "address": one.address,
        "begun_at": one.begun_at.isoformat(),
        "used_at": one.used_at.isoformat(),
        "browser": one.browser,
    }


def _session_as_line(one: "Session") -> str:
    when = f"begun {one.begun_at:%Y-%m-%d %H:%M}, last used {one.used_at:%Y-%m-%d %H:%M} UTC"
    return f"{one.id}  {_plain(one.address)}, {when}, {_plain(one.browser or 'a browser without a name')}"


def _plain(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
