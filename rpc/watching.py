"""Telling how a call ends, whichever way it takes: at once, in a while, or item by item."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Self

from rpc.cancelling import abandoned
from rpc.errors import RPCError

Ended = Callable[[Exception | None], None]


def watched(tell: Callable[[], Ended], begin: Callable[[], Any], *, waits: bool) -> Any:
    """What `begin` gives. `tell` is called before, and what that gives is called when the call has
    ended: with what was raised, or None. A stream ends with its last item."""
    if waits:
        return _waited(tell, begin)
    ended = tell()
    try:
        value = begin()
    except Exception as error:
        ended(error)
        raise
    return _followed(value, ended)


async def _waited(tell: Callable[[], Ended], begin: Callable[[], Awaitable[Any]]) -> Any:
    ended = tell()
    try:
        value = await begin()
    except Exception as error:
        ended(error)
        raise
    except BaseException:
        ended(client_gone())
        raise
    return _followed(value, ended)


def _followed(value: Any, ended: Ended) -> Any:
    if hasattr(value, "__aiter__"):
        return Items(value, ended)
    if isawaitable(value):
        future = asyncio.ensure_future(value)
        future.add_done_callback(lambda done: ended(outcome(done)))
        return future
    ended(None)
    return value


def outcome(done: asyncio.Future[Any]) -> Exception | None:
    if done.cancelled():
        return client_gone()
    error = done.exception()
    return error if isinstance(error, Exception) else None


def client_gone() -> RPCError:
    return RPCError("CLIENT_CLOSED_REQUEST", "the client has left")


class Items:
    """The items of a stream. Its client may leave at any time: that is no failure. What nobody
    follows, as its client has left before, or has asked where no stream can be sent, ends when it
    is forgotten."""

    def __init__(self, iterable: Any, ended: Ended) -> None:
        self._iterator = iterable
        self._loop = asyncio.get_running_loop()
        self._ended: Ended | None = ended

    def __aiter__(self) -> Self:
        self._iterator = aiter(self._iterator)
        return self

    async def __anext__(self) -> Any:
        try:
            return await anext(self._iterator)
        except StopAsyncIteration:
            self._end(None)
            raise
        except asyncio.CancelledError as cancelled:
            failure = abandoned(cancelled)
            self._end(failure)
            raise failure from cancelled
        except Exception as error:
            self._end(error)
            raise

    async def aclose(self) -> None:
        self._end(None)
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()

    def __del__(self) -> None:
        # In a turn of its own: whoever is collecting garbage may hold a lock that is asked for.
        if self._ended is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end, None)

    def _end(self, error: Exception | None) -> None:
        if self._ended is not None:
            ended, self._ended = self._ended, None
            ended(error)
