"""A listening socket that lets in so many, and cuts those who are silent or stall."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections import Counter, deque
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple, Self

from rpc.transport import App, Message, Receive, Scope, Send

RESERVE = 64  # descriptors for files, databases, mail
LINGER = 1.0  # seconds in which a refused client may read why
CROWD = 100  # refused clients who are waited for at once
UNACKED = slice(24, 28)  # of struct tcp_info; of a listening socket: who waits to be accepted
ANYHOW = 200  # clients who may wait to be let in, however long that takes
TURN = 3  # clients who are let in before those who are in have a turn
TURNS = 10  # that tell how long one takes
STEP = 1.0  # seconds between two looks at a connection, at most
HEAD = b"connection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
CROWDED = (
    b'{"error":{"message":"too many connections","code":-32603,'
    b'"data":{"code":"SERVICE_UNAVAILABLE","httpStatus":503}}}'
)
FULL = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n" + HEAD % (len(CROWDED), CROWDED)
HUGE = (
    b'{"error":{"message":"the body is too large","code":-32013,'
    b'"data":{"code":"PAYLOAD_TOO_LARGE","httpStatus":413}}}'
)
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\n" + HEAD % (len(HUGE), HUGE)


class Bounds(NamedTuple):
    """Connections in all and from one address; seconds: until who comes is let in, without a
    request, until the next piece of a body, for a whole body at best, until what was sent is taken;
    bytes a second of a long body, of any body in all, and of all that are on their way."""

    connections: int = 1000
    per_peer: int = 1000
    outside: float = 0.3
    silence: float = 10.0
    piece: float = 8.0
    body: float = 10.0
    stall: float = 20.0
    pace: int = 10_000
    largest: int = 8 * 2**20
    together: int = 64 * 2**20


class Connection(socket.socket):
    """One client's connection, and how it behaves."""

    listener: Listener
    address: Any

    def admitted(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle_since = self._loop.time()
        self._under_way = 0
        self._step = min(STEP, self.listener.bounds.silence)
        # Of several requests there may be, where one came from the same port just before a reset.
        self._bodies: dict[Receive, Body] = {}
        self._look_again()

    def close(self) -> None:
        self.listener.leave(self)
        super().close()

    def detach(self) -> int:
        """uvloop closes the descriptor itself."""
        self.listener.leave(self)
        return super().detach()

    def cut(self) -> None:
        """End it at once. Whoever reads from it or writes to it sees that it has ended."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def refuse(self, answer: bytes = b"") -> None:
        """Say why, where HTTP is spoken, and end it."""
        self.listener.let_go(self)
        with suppress(OSError):
            self.send(answer)
        self.cut()

    def has_part(self, size: int) -> None:
        """So many bytes have come of a WebSocket's message that is not whole; 0: it is."""
        if size:
            self.listener.hold(self, size)
        else:
            self.listener.let_go(self)

    async def through(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` answer one exchange of this connection."""
        self._under_way += 1
        heard, size = receive, announced(scope)
        if scope["type"] == "http" and has_body(scope):
            self._bodies[receive] = body = Body(self, receive, self._loop.time(), size)
            heard = body.receive
        try:
            if size > self.listener.bounds.largest:
                await self._dismiss(receive)
            else:
                await app(scope, heard, send)
        finally:
            self._under_way -= 1
            if receive in self._bodies:
                self.listener.let_go(self._bodies.pop(receive))
            self._idle_since = self._loop.time()

    async def _dismiss(self, receive: Receive) -> None:
        """Refuse a body without reading it; past the server, which would wait for the rest."""
        self.refuse(TOO_LARGE)
        while (await receive())["type"] != "http.disconnect":
            pass

    def _look_again(self) -> None:
        self._due = self._loop.time() + self._step
        self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        if self.fileno() < 0 or not self.listener.is_watched:
            return
        now, bounds = self._loop.time(), self.listener.bounds
        # Of a loop that stood still: what came meanwhile has yet to be read.
        is_fair = now < self._due + self._step
        silent = not self._under_way and now > self._idle_since + bounds.silence
        if is_fair and (silent or any(body.is_late(now, bounds) for body in self._bodies.values())):
            self.cut()
        else:
            self._look_again()


class Body:
    """A request's body on its way."""

    def __init__(
        self, connection: Connection, receive: Receive, now: float, announced: int
    ) -> None:
        self._connection = connection
        self._receive = receive
        self._announced = announced
        self._begun = self._last = now
        self._size = 0
        self._is_whole = False

    async def receive(self) -> Message:
        message = await self._receive()
        if not self._is_whole:
            self._size += len(message.get("body", b""))
            # Who has all that was announced asks for no more.
            has_all = 0 < self._announced == self._size
            self._is_whole = has_all or not message.get("more_body")
            self._last = asyncio.get_running_loop().time()
            if self._size > self._connection.listener.bounds.largest:
                self._connection.cut()
            if self._is_whole:
                self._connection.listener.let_go(self)
            else:
                self._connection.listener.hold(self, self._size)
        return message

    def refuse(self) -> None:
        """There is no room for it."""
        self._is_whole = True
        self._connection.listener.let_go(self)
        self._connection.refuse(FULL)

    def is_late(self, now: float, bounds: Bounds) -> bool:
        due = self._begun + bounds.body + self._size / bounds.pace
        return not self._is_whole and now > min(self._last + bounds.piece, due)


def announced(scope: Scope) -> int:
    """How many bytes a request says its body has; 0 where it says nothing readable."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() and len(lengths[0]) < 20 else 0


def has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


class Listener(socket.socket):
    """Accepts connections within bounds. asyncio's servers accept through this object."""

    bounds = Bounds()
    is_watched = False

    @classmethod
    def of(cls, listening: socket.socket) -> Self:
        """The same socket, with bounds."""
        listener = cls(fileno=listening.detach())
        listener._open = {}
        listener._peers = Counter()
        listener._refused = set()
        listener._coming = {}
        listener._held = 0
        listener._let_in = 0
        listener._turns = deque(maxlen=TURNS)
        return listener

    _open: dict[Any, Connection]
    _peers: Counter[str]
    _refused: set[Connection]
    _coming: dict[Body | Connection, int]  # the bytes that are there of those on their way
    _held: int  # in all
    _let_in: int  # in this turn
    _turns: deque[float]  # when each of the last ended, as long as there was always somebody left

    def within(self, bounds: Bounds) -> Self:
        """Set the bounds; never more connections than there can be open files."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = max(1, min(bounds.connections, files - RESERVE - CROWD))
        self.bounds = bounds._replace(connections=most)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # accepted connections inherit it
            stall = int(bounds.stall * 1000)
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stall)
        return self

    def accept(self) -> tuple[socket.socket, Any]:
        """The next client that can be let in. Raises BlockingIOError where none is left, and
        ConnectionAbortedError where others shall have a turn first; asyncio comes back after both.

        Whoever is let in waits for all who are in, so a crowd has to wait outside; and those of it
        whose turn would not come soon are better told at once to come again."""
        try:
            if self._let_in < TURN:
                return self._next()
            waiting = self._waiting()
            for _ in range(self._surplus(waiting)):
                self._refuse(self._accepted())
        except BlockingIOError:
            self._let_in = 0
            self._turns.clear()
            raise
        self._let_in = 0
        self._turns.append(monotonic())
        if not waiting:
            self._turns.clear()
        raise ConnectionAbortedError

    def _waiting(self) -> int:
        """How many are outside, where the system tells."""
        if not hasattr(socket, "TCP_INFO"):
            return 0
        about = self.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACKED.stop)
        return int.from_bytes(about[UNACKED], sys.byteorder)

    def _surplus(self, waiting: int) -> int:
        """How many of them would wait too long, if turns went on taking as long as the last ten."""
        if len(self._turns) < TURNS:
            return 0
        turn = (monotonic() - self._turns[0]) / TURNS
        soon = self.bounds.outside / turn * TURN
        return waiting - int(min(waiting, max(ANYHOW, soon)))

    def _next(self) -> tuple[socket.socket, Any]:
        while self._is_full(connection := self._accepted()):
            self._refuse(connection)
        self._enter(connection)
        self._let_in += 1
        connection.admitted()
        return connection, connection.address

    def _enter(self, connection: Connection) -> None:
        key = connection.address[:2]
        if key in self._open:  # reset by its client, which is not seen before it is read from
            self.leave(self._open[key])
        self._open[key] = connection
        self._peers[key[0]] += 1

    def _accepted(self) -> Connection:
        descriptor, address = self._accept()  # type: ignore[attr-defined]
        connection = Connection(self.family, self.type, self.proto, fileno=descriptor)
        connection.listener, connection.address = self, address
        return connection

    def _is_full(self, connection: Connection) -> bool:
        is_full = len(self._open) >= self.bounds.connections
        return is_full or self._peers[connection.address[0]] >= self.bounds.per_peer

    def leave(self, connection: Connection) -> None:
        key = connection.address[:2]
        if self._open.get(key) is connection:
            del self._open[key]
            self._peers[key[0]] -= 1
            self._peers += Counter()  # forgets who has none left
        self.let_go(connection)

    def connection_of(self, client: Any) -> Connection | None:
        """The one that is open from there."""
        return self._open.get(tuple(client)) if client else None

    def hold(self, body: Body | Connection, size: int) -> None:
        """A body, or a WebSocket's message, has so many bytes by now, and is not whole. Where there
        are too many in all, the largest is refused: who says little is heard, however much others
        say."""
        self._held += size - self._coming.get(body, 0)
        self._coming[body] = size
        if self._held > self.bounds.together:
            max(self._coming, key=self._coming.__getitem__).refuse()

    def let_go(self, body: Body | Connection) -> None:
        """It is whole, or nobody waits for it any more."""
        self._held -= self._coming.pop(body, 0)

    def _refuse(self, connection: Connection) -> None:
        """Say why, and leave time to ask and read that: closing before the request has come, or
        with it unread, would reset the connection."""
        is_asked = False
        with suppress(OSError):
            connection.setblocking(False)
            connection.send(FULL)
            connection.shutdown(socket.SHUT_WR)
            is_asked = bool(connection.recv(65_536))
        if is_asked or len(self._refused) >= CROWD:
            connection.close()
            return
        self._refused.add(connection)
        asyncio.get_running_loop().call_later(LINGER, self._dismiss, connection)

    def _dismiss(self, connection: Connection) -> None:
        self._refused.discard(connection)
        connection.close()

    def close(self) -> None:
        for connection in [*self._refused]:
            self._dismiss(connection)
        super().close()

    def watching(self, app: App) -> App:
        """`app`, with an eye on how its clients behave."""

        self.is_watched = True

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            connection = self.connection_of(scope.get("client"))
            if connection is None:
                await app(scope, receive, send)
            else:
                await connection.through(app, scope, receive, send)

        return watched
