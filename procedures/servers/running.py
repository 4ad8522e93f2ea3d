"""Runs an ASGI app on a socket of ours, in this process or in several, by the chosen server."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, Protocol

from procedures.servers.listening import Listener
from procedures.servers.processes import ENDINGS, LIMIT, end_within

ServerName = Literal["hypercorn", "granian", "uvicorn"]
Serve = Callable[[Any, Any, asyncio.Event], Awaitable[None]]

# Seconds from being asked to stop: for calls under way (longer than one waits for a lock), then for
# what the server still holds. Messages on their way have what is left of the processes' LIMIT.
PATIENCE = 5.2


class Drainable(Protocol):
    """An ASGI app that can take leave of its clients."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    async def drain(self, patience: float) -> None: ...


class StoppedUnasked(Exception):
    """The server ended by itself."""


def server_named(name: ServerName) -> Serve:
    """What answers through a socket until it is told to stop, by `serve(app, listener, stop)`."""
    serve: Serve = import_module(f"procedures.servers.{name}").serve
    return serve


def loop_for(name: ServerName) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop: uvloop where it is there. granian has a loop of its own besides,
    which accepts and reads."""
    if name == "granian" or find_spec("uvloop") is None:
        return None
    loop: Callable[[], asyncio.AbstractEventLoop]
    loop = import_module("procedures.servers.loop").Loop
    return loop


def collect_less() -> None:
    """Let the collector of cycles look at what calls leave behind, not at the program, and not for
    every few hundred objects: those of the calls under way are more, and are all in use."""
    gc.freeze()
    gc.set_threshold(10_000)


def take_turns() -> None:
    """Let the loop go on within a millisecond where a thread computes, as for a bulk of
    enrollments: of Python's usual five an exchange that the loop waits for several times has them
    all."""
    sys.setswitchinterval(0.001)


async def run(
    app: Drainable, listener: Listener, server: ServerName, *, alone: bool = True
) -> None:
    """Serve until SIGTERM or SIGINT, then drain. A second signal ends the process at once where it
    is alone; where it is not, one is sent by the terminal and one by the parent.

    Raises StoppedUnasked.
    """
    stop = asyncio.Event()
    leaving: list[asyncio.Task[None]] = []

    async def leave() -> None:
        await app.drain(PATIENCE)
        stop.set()

    def ask(sign: signal.Signals) -> None:
        if not leaving:
            end_within(LIMIT)
            leaving.append(asyncio.create_task(leave()))
        elif alone:
            os._exit(128 + sign)

    for sign in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(sign, ask, sign)
    await server_named(server)(listener.watching(app), listener, stop)
    if not leaving:
        raise StoppedUnasked(f"{server} has ended by itself")


def leave_at_once() -> None:
    """End the process without the interpreter's own end, which threads of granian that still run
    turn into an abort."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
