"""The process that tells: reads one message from stdin, sends it, writes what went wrong to stdout, and ends.

A process of its own, since Apprise and its hundred services cost 30 MB and half a second, may hang, and write what
they like into logs; nothing of that reaches the server. Addresses come by stdin, for the arguments of a process are
seen by everybody on the machine.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any, Final

import apprise
import httpx2

TIMEOUT_S: Final = 20.0
UNKNOWN: Final = "no service is known by that kind of address"
REFUSED: Final = "the message was not taken"


def main() -> None:
    """One message to some addresses: `{"title", "text", "key", "ended", "addresses": […]}` -> `[problem or null…]`."""
    logging.disable(logging.CRITICAL)
    message = json.load(sys.stdin)
    json.dump([tell(address, message) for address in message.pop("addresses")], sys.stdout)


def tell(address: str, message: dict[str, Any]) -> str | None:
    """Send it to one address; what went wrong, without secrets, or None."""
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is not None:
        kind = apprise.NotifyType.SUCCESS if message["ended"] else apprise.NotifyType.WARNING
        return None if service.notify(message["text"], title=message["title"], notify_type=kind) else REFUSED
    if not address.lower().startswith(("http://", "https://")):
        return UNKNOWN
    return post(address, message)


def post(address: str, message: dict[str, Any]) -> str | None:
    """The plain webhook: a POST of the message as JSON; any 2xx will do."""
    try:
        answer = httpx2.post(address, json=message, timeout=TIMEOUT_S)
    except httpx2.TransportError as error:
        return f"it cannot be reached ({type(error).__name__})"
    return None if answer.is_success else f"it answered HTTP {answer.status_code}"


if __name__ == "__main__":
    main()
