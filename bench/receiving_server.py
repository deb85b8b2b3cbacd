"""Our server with nothing behind the spool: `python -m bench.receiving_server FOLDER PORT`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - as in every file of routes
from starlette.responses import Response
from starlette.routing import Route

from mediascream.intake import receive
from mediascream.intake.form import FormDecoder
from mediascream.intake.receive import Landing
from mediascream.intake.spool import Spool
from mediascream.intake.values import read_values
from mediascream.web.app import WebApp
from mediascream.web.credentials import Credentials  # noqa: TC001 - beside the routes
from mediascream.web.doorkeeper import Doorkeeper
from mediascream.web.edge import Edge
from mediascream.web.gate import Gate
from mediascream.web.identities import Known
from mediascream.web.listening import listen
from mediascream.web.peers import PeerLookup
from mediascream.web.serve import run
from mediascream.web.uploads import read_form


class _NoPassword:
    async def look(self, _shown: Credentials) -> Known:
        return Known(guarded=False, caller=None)


def build(folder: Path) -> WebApp:
    """The app: the whole way of an upload, up to the row."""
    landing_place = Spool(folder, needed=lambda _ids: set())

    async def post(request: Request) -> Response:
        decoder = FormDecoder(request.headers["content-type"])
        async with Landing(landing_place, limit_bytes=1 << 40) as landing:
            await read_form(request, decoder, landing)
            read_values(decoder.close())
            received = await landing.settle()
            landing.keep()
        return Response(json.dumps([one.id for one in received]), 201, media_type="application/json")

    api = Starlette(routes=[Route("/photos/", post, methods=["POST"])])
    gate = Gate(api, doorkeeper=Doorkeeper(), identities=_NoPassword(), peers=PeerLookup())
    return WebApp(Edge(gate), lambda: None)


if __name__ == "__main__":
    # What makes files durable is measured elsewhere: the peer does not do it.
    receive.sync_data = lambda _fd: None
    os.fsync = lambda _fd: None  # type: ignore[assignment]  # the same but for the name
    run(build(Path(sys.argv[1])), listen("127.0.0.1", int(sys.argv[2])))
