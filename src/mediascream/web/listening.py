"""The sockets of the web app: on both loopback addresses where it is to listen on one, since `localhost` means either.

They are there before the app is: who calls while it is being built waits for it, and a port that is taken is told at
once. So this module imports nothing else of the web.
"""

import errno
import socket
from typing import Final

from mediascream.errors import PortInUse

BACKLOG: Final = 1024
LOOPBACK: Final = ("127.0.0.1", "::1")


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at `host`, one at least.

    Raises:
        PortInUse: Something else listens there, or the address is none of this machine.
    """
    if host not in {*LOOPBACK, "localhost"}:
        return [_bind(host, port)]
    first = _bind("127.0.0.1" if host == "localhost" else host, port)
    other = next(one for one in LOOPBACK if one != first.getsockname()[0])
    try:
        return [first, _bind(other, first.getsockname()[1])]
    except PortInUse as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            first.close()
            raise
        return [first]  # a machine without IPv6


def address_of(listener: socket.socket) -> str:
    """The address of a listening socket, for a person."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in LOOPBACK else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> PortInUse:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"Port {port} on {host} is in use by another program; stop that one, or set PORT to another.")
    return PortInUse(f"Cannot listen on {host}, port {port}: {error.strerror}.")
