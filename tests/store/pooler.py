"""A pooler as small as it gets: each transaction of a client goes to another session of the server.

As with the real ones in that mode, what a client leaves behind in a session is found by others.
"""

import queue
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from urllib.parse import parse_qs, urlsplit

PROTOCOL, PLAIN = 196608, b"N"
UNWANTED = (80877103, 80877104)  # asks for encryption
LEAVE, QUERY, SYNC, READY, STATUS = b"X", b"Q", b"S", b"Z", b"S"
IDLE = b"I"


class Wire:
    """Messages of PostgreSQL's protocol on a socket."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self._read = link.makefile("rb")

    def startup(self) -> None:
        """Take a client's first packet, whatever it says."""
        while True:
            size, code = struct.unpack("!ii", self._exactly(8))
            self._exactly(size - 8)
            if code not in UNWANTED:
                return
            self.link.sendall(PLAIN)

    def message(self) -> tuple[bytes, bytes]:
        """The kind of the next message, and all of it."""
        head = self._exactly(5)
        return head[:1], head + self._exactly(struct.unpack("!i", head[1:])[0] - 4)

    def _exactly(self, size: int) -> bytes:
        data = self._read.read(size)
        if len(data) < size:
            raise EOFError
        return data


def packet(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


class Pooler:
    """Listens on a port of its own, in threads, in front of some sessions of one database."""

    def __init__(self, address: str, sessions: int) -> None:
        self._free: queue.SimpleQueue[Wire] = queue.SimpleQueue()
        self._told: list[bytes] = []
        self._clients = count(1)
        self._links: list[socket.socket] = []
        for _ in range(sessions):
            self._free.put(self._session(address))
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        parts = urlsplit(address)
        self.address = f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        for link in (self._listener, *self._links):
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _session(self, address: str) -> Wire:
        parts = urlsplit(address)
        link = socket.socket(socket.AF_UNIX)
        link.connect(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
        self._links.append(link)
        names = (
            "user",
            parts.username or "",
            "database",
            parts.path[1:],
            "client_encoding",
            "utf8",
        )
        said = struct.pack("!i", PROTOCOL) + "\0".join((*names, "\0")).encode()
        link.sendall(struct.pack("!i", len(said) + 4) + said)
        wire, kind = Wire(link), b""
        while kind != READY:
            kind, data = wire.message()
            self._told += [data] if kind == STATUS else []
        return wire

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self._links.append(link)
                threading.Thread(target=self._serve, args=[Wire(link)], daemon=True).start()

    def _serve(self, client: Wire) -> None:
        with suppress(EOFError, OSError, ValueError):
            client.startup()
            key = packet(b"K", struct.pack("!ii", next(self._clients), 0))
            welcome = [packet(b"R", struct.pack("!i", 0)), *self._told, key, packet(READY, IDLE)]
            client.link.sendall(b"".join(welcome))
            while self._transaction(client):
                pass

    def _transaction(self, client: Wire) -> bool:
        """Pass on one transaction; whether the client stays."""
        kind, data = client.message()
        if kind == LEAVE:
            return False
        server = self._free.get()
        try:
            while not self._exchange(client, server, kind, data):
                kind, data = client.message()
        finally:
            self._free.put(server)
        return True

    def _exchange(self, client: Wire, server: Wire, kind: bytes, data: bytes) -> bool:
        """Pass on one message and what it is answered with; whether the transaction is over."""
        server.link.sendall(data)
        if kind not in (QUERY, SYNC):
            return False
        while True:
            answer, data = server.message()
            client.link.sendall(data)
            if answer == READY:
                return data[-1:] == IDLE


@contextmanager
def pooled(address: str, sessions: int = 2) -> Iterator[str]:
    """The address of a pooler in front of a database."""
    pooler = Pooler(address, sessions)
    try:
        yield pooler.address
    finally:
        pooler.close()
