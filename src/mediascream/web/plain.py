"""What a request means, before anything answers it: two things that HTTP takes for granted and routes do not.

- HEAD is answered wherever GET is (RFC 9110, 9.3.2), by the route of GET where there is none of its own; the
  server underneath sends no body then.
- A name without a value in the query, as an empty field of a form leaves it, is as good as absent.
"""

from starlette.routing import Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send


class PlainMeaning:
    """Wraps the routes.

    Args:
        router: Tells whether there is a route for HEAD.
    """

    def __init__(self, app: ASGIApp, router: Router) -> None:
        self._app = app
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, as it was meant."""
        if scope["type"] == "http":
            scope = {**scope, "query_string": without_empty(scope["query_string"])}
            if scope["method"] == "HEAD" and not self._knows(scope):
                scope["method"] = "GET"
        await self._app(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._router.routes)


def without_empty(query: bytes) -> bytes:
    """A query without the names that have no value."""
    return b"&".join(pair for pair in query.split(b"&") if pair.partition(b"=")[2])
