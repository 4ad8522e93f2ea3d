"""What a WebSocket's client sends, before the app is told: how many frames, as servers answer each
ping, and pay for each piece, however empty; and how much of a message that is not whole."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

RATE = 1_000  # frames a second
AT_ONCE = 5_000  # after a pause
CONTROL = 8  # the first kind of frame that is no part of a message
LAST = 0x80  # a frame that is the last of its message
LENGTHS = {126: 2, 127: 8}  # bytes of a length that a frame's second byte has no room for


class Frames:
    """Counts the frames in what a client sends, in whatever pieces it comes. `held`: the bytes that
    have come of a message that is not whole."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.held = 0
        self._clock = clock
        self._left, self._since = float(AT_ONCE), clock()
        self._head = b""  # of the next frame, as far as it has come
        self._ahead = 0  # bytes of the present frame that are still to come
        self._is_open = False  # whether there is more of the present message behind it

    def are_borne(self, data: bytes) -> bool:
        """Whether the client may go on: false once it has sent too many."""
        now = self._clock()
        self._left = min(AT_ONCE, self._left + (now - self._since) * RATE) - self.begun(data)
        self._since = now
        return self._left >= 0

    def begun(self, data: bytes) -> int:
        """How many frames begin in the next piece of what comes."""
        piece, at, count = self._head + data, self._ahead, 0
        self.held += len(data)
        self._reach(piece, at)
        while at < len(piece) and (size := size_at(piece, at)):
            if piece[at] & 15 < CONTROL:
                self._is_open = piece[at] < LAST
            at += size
            count += 1
            self._reach(piece, at)
        self._head = piece[at:]
        self._ahead = max(0, at - len(piece))
        return count

    def _reach(self, piece: bytes, at: int) -> None:
        """A frame ends there. If it has come, and was the last of its message, that is whole."""
        if at <= len(piece) and not self._is_open:
            self.held = len(piece) - at


def size_at(data: bytes, at: int) -> int:
    """How many bytes the frame there has, head and all; 0 where its head has not come whole."""
    if len(data) < at + 2:
        return 0
    short, is_masked = data[at + 1] & 127, data[at + 1] >> 7
    more = LENGTHS.get(short, 0)
    if len(data) < at + 2 + more:
        return 0
    length = int.from_bytes(data[at + 2 : at + 2 + more]) if more else short
    return 2 + more + 4 * is_masked + length
