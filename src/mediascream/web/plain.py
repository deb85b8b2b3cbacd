"""What a query means, before anything answers it: a name without a value is as good as absent.

An empty field of a form leaves such names behind, and routes would take them for values.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class PlainMeaning:
    """Wraps the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, as it was meant."""
        if scope["type"] == "http":
            scope = {**scope, "query_string": without_empty(scope["query_string"])}
        await self._app(scope, receive, send)


def without_empty(query: bytes) -> bytes:
    """A query without the names that have no value."""
    return b"&".join(pair for pair in query.split(b"&") if pair.partition(b"=")[2])
