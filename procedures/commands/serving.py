"""`rollcall serve`."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

from procedures.app import App
from procedures.commands.console import (
    Failure,
    database_option,
    open_store,
    settings_of,
    signing_settings,
    tell_of_waiting_mail,
)
from procedures.observe import logs
from procedures.servers.listening import Bounds, Listener
from procedures.servers.processes import Processes
from procedures.servers.running import (
    ServerName,
    StoppedUnasked,
    collect_less,
    leave_at_once,
    loop_for,
    run,
    take_turns,
)
from procedures.servers.sockets import inherited, listen
from procedures.settings import Settings, leave_to_libraries
from procedures.store.opening import shown
from procedures.store.sqlite_connection import safe_for_processes


@click.command()
@click.option(
    "--bind",
    default="127.0.0.1:8000",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; fd://3 is a socket that was left open for us.",
)
@database_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes answer.",
)
@click.option(
    "--server",
    type=click.Choice(["hypercorn", "granian", "uvicorn"]),
    default="hypercorn",
    show_default=True,
    help="What speaks HTTP; the others come with the extra `fast`.",
)
def serve(bind: str, database: str | None, workers: int, server: ServerName) -> None:
    """Answer calls until SIGTERM or SIGINT."""
    if server != "hypercorn" and find_spec(server) is None:
        raise Failure(f"{server} needs one more package: pip install 'rollcall[fast]'")
    place = place_of(bind)
    settings = signing_settings(settings_of(database))
    if workers > 1 and settings.database_is_file and not safe_for_processes():
        raise Failure("several processes on one file need SQLite 3.51.3 or newer: use --workers 1")
    if settings.metrics is not None and find_spec("prometheus_client") is None:
        raise Failure("metrics need one more package: pip install 'rollcall[observe]'")
    logs.set_up(settings.log)
    open_store(settings).close()  # made or found unfit here, once, with a clear message
    listener = listening(place).within(bounds(settings))

    def work() -> None:
        app = App(settings, open_store(settings))
        collect_less()
        take_turns()
        with asyncio.Runner(loop_factory=loop_for(server)) as runner:
            runner.run(run(app, listener, server, alone=workers == 1))

    tell_of_waiting_mail(settings)
    click.echo(f"rollcall serves {shown(settings.database)} on {address_of(listener)}/rpc")
    if workers > 1:
        with counted_together(settings) as forget:
            status = Processes(work, forget).run(workers)
        sys.exit(status)
    try:
        work()
    except StoppedUnasked as error:
        raise Failure(str(error)) from None
    if server == "granian":
        leave_at_once()


@contextmanager
def counted_together(settings: Settings) -> Iterator[Callable[[int], None] | None]:
    """Where the processes keep what they count, so that each can tell of all; and what forgets one
    that has ended."""
    if settings.metrics is None:
        yield None
        return
    with TemporaryDirectory(prefix="rollcall-metrics-") as folder:
        leave_to_libraries("PROMETHEUS_MULTIPROC_DIR", folder)
        from procedures.observe.metrics import forget

        yield forget


def bounds(settings: Settings) -> Bounds:
    return Bounds(
        connections=settings.max_connections,
        per_peer=settings.max_peer_connections,
        stall=settings.stall_seconds,
    )


class Place(NamedTuple):
    """Where to listen: at the port of a host, or, without one, on a socket of that number."""

    text: str
    host: str | None
    number: int


def place_of(bind: str) -> Place:
    host, _, port = bind.rpartition(":")
    is_left = host == "fd" and port.startswith("//")
    number = port.removeprefix("//") if is_left else port
    if not host.strip("[]") or not is_number(number, below=2**31 if is_left else 2**16):
        raise Failure(f"--bind takes HOST:PORT or fd://NUMBER, not {bind!r}")
    return Place(bind, None if is_left else host.strip("[]"), int(number))


def is_number(text: str, below: int) -> bool:
    return text.isdecimal() and len(text) <= len(str(below)) and int(text) < below


def listening(place: Place) -> Listener:
    try:
        if place.host is None:
            return inherited(place.number)
        return listen(place.host, place.number)
    except OSError as error:
        raise Failure(f"cannot listen on {place.text}: {error.strerror}") from None


def address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
