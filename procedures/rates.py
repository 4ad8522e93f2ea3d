"""How many calls in how much time: buckets of tokens, each process has its own."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address
from math import ceil
from threading import Lock
from time import monotonic

from msgspec import Struct

from rpc.errors import RPCError

SUBJECTS = 10_000  # that are remembered at once


class Buckets:
    """`rate` calls a second for each subject, and `burst` at once after a pause. Rate 0: any."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._lock = Lock()  # calls may run in threads
        self._levels: dict[object, tuple[float, float]] = {}  # tokens, and when that was so

    def level(self, subject: object) -> float:
        """How many tokens there are now."""
        tokens, since = self._levels.get(subject, (self._burst, self._clock()))
        return min(self._burst, tokens + (self._clock() - since) * self._rate)

    def take(self, subject: object) -> None:
        """One token less. Raises TOO_MANY_REQUESTS where there is none."""
        if not self._rate:
            return
        with self._lock:
            level = self.level(subject)
            if level >= 1:
                self._keep(subject, level - 1)
                return
        wait = ceil((1 - level) / self._rate)
        message = "too many calls: wait a moment"
        raise RPCError("TOO_MANY_REQUESTS", message, reason="too_many_calls", retry_after=wait)

    def _keep(self, subject: object, level: float) -> None:
        self._levels.pop(subject, None)
        self._levels[subject] = (level, self._clock())
        if len(self._levels) > SUBJECTS:
            del self._levels[next(iter(self._levels))]  # who has called least lately


def network_of(address: str) -> str:
    """Whose failures those from an address are: with IPv6 a client has all of the 64 last bits."""
    try:
        parsed = IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


class RateToken(Struct):
    """What a call costs its caller: one, however often it is run."""

    is_taken: bool = False

    def take(self, buckets: Buckets, subject: object) -> None:
        """Take it, if it is not. Raises TOO_MANY_REQUESTS."""
        if not self.is_taken:
            buckets.take(subject)
            self.is_taken = True


class Limits:
    """What one account may call, and how often one address may come with credentials that are
    none."""

    def __init__(self, calls: Buckets | None = None) -> None:
        self.calls = calls or Buckets(0, 1)
        self.failures = Buckets(10, 1000)
