"""The socket that a server accepts through, made or inherited."""

from __future__ import annotations

import errno
import socket

from procedures.servers.listening import Listener

BACKLOG = 1024  # connections that wait to be accepted


def listen(host: str, port: int) -> Listener:
    """A listening socket. Raises OSError, for instance when the port is taken."""
    try:
        host.encode("idna")
    except UnicodeError:
        raise OSError(errno.EINVAL, "that is no host") from None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return Listener.of(socket.create_server((host, port), family=family, backlog=BACKLOG))


def inherited(descriptor: int) -> Listener:
    """The listening socket that was left to this process. Raises OSError where there is none."""
    listener = socket.socket(fileno=descriptor)
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        raise OSError(errno.EINVAL, "this is no TCP socket")
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError(errno.EINVAL, "this is no listening socket")
    return Listener.of(listener)
