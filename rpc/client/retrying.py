"""When a request is sent once more, and after how long, without I/O."""

from __future__ import annotations

import random
from dataclasses import dataclass

from rpc.client.wire import Asked, NoReply, Reply, statuses

# Nothing was done: the server had no room, or was about to end.
TURNED_AWAY = frozenset({429, 503})
# Somebody between us and the server answered: it may have been done.
LOST = frozenset({502, 504})
PARTLY = 207


@dataclass(frozen=True)
class Retry:
    """At most `attempts` times in all, the pauses growing from `base` seconds, each up to `longest`
    and of a random length. A server that asks for a longer pause is not asked again."""

    attempts: int = 4
    base: float = 0.1
    longest: float = 10.0

    def pause(self, attempt: int, asked: Asked, came: Reply | NoReply) -> float | None:
        """Seconds until the next attempt; None: what came is the answer."""
        if attempt >= self.attempts or not is_worth_it(asked, came):
            return None
        told = None if isinstance(came, NoReply) else came.retry_after
        if told is None:
            return random.uniform(0, min(self.longest, self.base * 2**attempt))
        return None if told > self.longest else told + random.uniform(0, self.base)


NEVER = Retry(attempts=1)


def is_worth_it(asked: Asked, came: Reply | NoReply) -> bool:
    if isinstance(came, NoReply):
        return came.unsent or asked.can_be_repeated
    if came.status in LOST:
        return asked.can_be_repeated
    if came.status == PARTLY:
        return asked.can_be_repeated and not TURNED_AWAY.isdisjoint(statuses(came))
    return came.status in TURNED_AWAY
