"""One request to the inbox: where it points, who sends it, and what it may write to."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from starlette.requests import Request

from mediascream.errors import FieldInvalid
from mediascream.library.inbox import InboxPath
from mediascream.library.senders import key_of
from mediascream.web.access import Caller
from mediascream.web.site import Site

T = TypeVar("T")

MOST_CHARACTERS: Final = 1024
MOST_IN_NAME: Final = 255

LITTER: Final = re.compile(r"\._.*|\.DS_Store|\.Trashes|\.Spotlight-V100|\.fseventsd|Thumbs\.db|desktop\.ini", re.I)
"""What Finder and Explorer strew into every folder. It is taken and thrown away; refusing it fails the whole copy."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to the inbox.

    Attributes:
        sender: Whose names these are: the owner, or the name of a token.
    """

    request: Request
    site: Site
    caller: Caller | None
    sender: str
    path: InboxPath

    @property
    def litter(self) -> bool:
        """Whether nobody wants to keep a file of this name."""
        return is_litter(self.path)

    def refuse_locked(self, path: InboxPath | None = None, *, below: bool = False) -> None:
        """Refuse to write to a name that another program holds.

        Raises:
            NameLocked: One does.
        """
        tokens = self.request.headers.get("if", "")
        self.site.locks.refuse(self.sender, path or self.path, tokens, below=below)

    async def read(self, act: Callable[[sa.Connection], T]) -> T:
        """Ask the database."""
        return await self.site.read(act)

    async def write(self, act: Callable[[sa.Connection], T]) -> T:
        """Change the database, also where the sender goes away meanwhile."""
        return await asyncio.shield(self.site.hub.database.write_async(act))


def visit_of(request: Request, site: Site, caller: Caller | None, path: str) -> Visit:
    """The visit that a request is.

    Raises:
        FieldInvalid: It points nowhere.
    """
    return Visit(request, site, caller, key_of(caller.token) if caller else "", read_path(path))


def read_path(path: str) -> InboxPath:
    """A decoded path below `/dav/` as a name in the tree.

    Raises:
        FieldInvalid: It climbs (`..`), is too long, or holds what no name may.
    """
    parts = [part for part in path.split("/") if part]
    if any(part in {".", ".."} for part in parts):
        raise FieldInvalid("A path in the inbox goes down only: no part of it may be . or ..")
    if "\0" in path or len(path) > MOST_CHARACTERS or any(len(part) > MOST_IN_NAME for part in parts):
        raise FieldInvalid(
            f"A path in the inbox may have {MOST_CHARACTERS} characters, a name {MOST_IN_NAME}, and no NUL."
        )
    try:
        path.encode()
    except UnicodeEncodeError:
        raise FieldInvalid("A path in the inbox is UTF-8.") from None
    return InboxPath.of("/".join(parts))


def read_destination(header: str) -> InboxPath:
    """The `Destination` header of a MOVE or COPY.

    Raises:
        FieldInvalid: It is missing, or lies outside the inbox.
    """
    try:
        path = unquote(urlsplit(header).path)
    except ValueError:  # a bracket that opens an IPv6 address and does not close it
        path = ""
    if not path.startswith("/dav/"):
        raise FieldInvalid("The Destination header must name a place below /dav/ on this server.")
    return read_path(path.removeprefix("/dav/"))


def is_litter(path: InboxPath) -> bool:
    """Whether a name is one of those that systems strew about."""
    return LITTER.fullmatch(path.name) is not None
