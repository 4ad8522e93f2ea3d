"""Services that are stopped and started anew under load lose no call of a client that retries.

Goal G4: `make restarts` stops more often, and prints how many calls had to be made again."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing

import pytest
from commands import Serving, serve
from extent import Extent
from held import rows
from retrying import UNBOUNDED, Load, load

from procedures.servers.sockets import listen

LOAD = 0.7  # seconds of it between two restarts


def bound(node: Serving) -> tuple[str, ...]:
    host, port = node.address
    return ("--bind", f"{host}:{port}")


def stop(node: Serving) -> None:
    told = time.monotonic()
    status, errors = node.stop()
    assert (status, "Traceback" in errors) == (0, False), errors
    assert time.monotonic() - told < 10


def made(database: str) -> list[str]:
    return sorted(
        key for (key,) in rows(database, "select key from course where key like 'crs_load%'")
    )


def lost_nothing(database: str, calls: Load) -> None:
    """A call that was carried out and not answered would have met its own key again: a failure."""
    assert calls.failures == []
    assert len(calls.made) > 3  # on a machine that is busy
    assert made(database) == sorted(calls.made)


@pytest.mark.parametrize(
    ("server", "keep_alive"),
    [("hypercorn", True), ("hypercorn", False), ("uvicorn", False), ("granian", True)],
)
def test_two_nodes_are_restarted_in_turn(
    database: str, server: str, keep_alive: bool, extent: Extent
):
    pytest.importorskip(server)
    run = ("--server", server)
    with ExitStack() as nodes:
        both = [nodes.enter_context(serve(database, *run, **UNBOUNDED)) for _ in range(2)]
        with load([node.address for node in both], keep_alive=keep_alive) as calls:
            for turn in range(extent.restarts):
                time.sleep(LOAD)
                node = both[turn % 2]
                stop(node)
                both[turn % 2] = nodes.enter_context(
                    serve(database, *run, *bound(node), **UNBOUNDED)
                )
            time.sleep(LOAD)
    lost_nothing(database, calls)
    again = ", ".join(f"{reason} {count}" for reason, count in calls.refusals.items())
    extent.tell(f"{server}: {extent.restarts} restarts, {len(calls.made)} calls; again: {again}")


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_one_node_is_restarted_on_a_socket_that_stays_open(database: str, server: str):
    pytest.importorskip(server)
    listener = listen("127.0.0.1", 0)
    run = ("--server", server, "--bind", f"fd://{listener.fileno()}")
    with closing(listener), ExitStack() as nodes:
        node = nodes.enter_context(serve(database, *run, **UNBOUNDED))
        with load([node.address], keep_alive=False) as calls:
            for _ in range(2):
                time.sleep(LOAD)
                stop(node)
                node = nodes.enter_context(serve(database, *run, **UNBOUNDED))
            time.sleep(LOAD)
    lost_nothing(database, calls)
    assert "ConnectionRefusedError" not in calls.refusals


def test_only_a_listening_socket_may_be_left_to_the_service(database: str):
    with socket.socket() as quiet, serve(database, "--bind", f"fd://{quiet.fileno()}") as serving:
        status, errors = serving.end()
    assert (status, "this is no listening socket" in errors) == (1, True)
