"""`retry`, `pause`, `resume` and `backfill`: the queue by hand."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediascream import wire
from mediascream.client.fingerprint import fingerprint
from mediascream.client.outcome import ExitCode
from mediascream.errors import FileTrouble, ServerRefused
from mediascream.photo import ATTENTION_STATES, PhotoId, is_photo_id

if TYPE_CHECKING:
    from mediascream.client.server import Server
    from mediascream.photo import DestinationName

_DONE: Final = {
    "pause": "{} is paused: nothing is sent there until `mediascream resume {}`",
    "resume": "{} goes on",
    "backfill": "{} gets what it lacks",
    "retry": "{} tries again what was blocked or had failed",
}


def act(verb: str, destination: DestinationName, server: Server) -> None:
    """Do one thing to a whole destination, and say so."""
    server.act(destination, verb)
    _say(_DONE[verb].format(destination, destination))


def retry_everywhere(server: Server) -> None:
    """Try again whatever needs a person, at every destination."""
    stuck = [
        destination.name
        for destination in server.destinations()
        if any(destination.counts.get(state, 0) for state in ATTENTION_STATES)
    ]
    for name in stuck:
        act("retry", name, server)
    if not stuck:
        _say("nothing is blocked or has failed")


@dataclass(frozen=True, slots=True)
class Retry:
    """Tries single photos again, each named by its id or by a file that holds it.

    Attributes:
        destination: Only there, and then whatever state the delivery has ended in, `skipped` too; None for
            wherever it is blocked or has failed.
    """

    server: Server
    destination: DestinationName | None

    def photos(self, names: list[str]) -> ExitCode:
        """Each of them; one that cannot be tried does not keep the others from it."""
        code = ExitCode.ALL_WELL
        for name in names:
            try:
                self._photo(name)
            except (FileTrouble, ServerRefused) as trouble:
                sys.stderr.write(f"mediascream: {name}: {trouble.detail}\n")
                code = ExitCode.SOME_FAILED
        return code

    def _photo(self, name: str) -> None:
        photo_id = _id_of(name)
        places = [self.destination] if self.destination is not None else self._stuck(photo_id)
        for place in places:
            self.server.retry_photo(photo_id, place)
        tried = ", ".join(places)
        _say(f"{name}: tried again at {tried}" if tried else f"{name}: nothing is blocked or has failed")

    def _stuck(self, photo_id: PhotoId) -> list[DestinationName]:
        seen = self.server.photo(photo_id)
        if not isinstance(seen, wire.Photo):
            raise FileTrouble("the server knows no such photo, or the token may not see it")
        return [receipt.destination for receipt in seen.receipts if receipt.state in ATTENTION_STATES]


def _id_of(name: str) -> PhotoId:
    if is_photo_id(name):
        return PhotoId(name)
    photo = fingerprint(name, on_bytes=lambda _: None)
    if photo is None:
        raise FileTrouble("neither the id of a photo nor a file that is one")
    return photo.id


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
