"""Clients that never give up: each call is made until somebody answers it for good."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from world import token_text

ADA = {"authorization": f"Bearer {token_text('usr_ada', 'acme')}"}
PATIENCE = 20  # seconds for one call
UNBOUNDED = {"call_rate": "0"}  # for the server: one account makes all the calls
Address = tuple[str, int]


class Load:
    """Courses are made as fast as they are answered. Every call has a key of its own, so that one
    that was carried out and never answered is seen when it is made again."""

    def __init__(self, addresses: Sequence[Address], *, keep_alive: bool) -> None:
        self.made: list[str] = []
        self.refusals: Counter[str] = Counter()  # why calls had to be made again
        self.failures: list[str] = []
        self._addresses = addresses
        self._keep_alive = keep_alive
        self._numbers = itertools.count()
        self._stop = threading.Event()

    def client(self) -> None:
        nodes = itertools.cycle(self._addresses)
        connection = http.client.HTTPConnection(*next(nodes), timeout=PATIENCE)
        while not self._stop.is_set():
            key, end = f"crs_load{next(self._numbers)}", time.monotonic() + PATIENCE
            while not self._is_made(connection, key):
                connection.close()
                connection = http.client.HTTPConnection(*next(nodes), timeout=PATIENCE)
                if time.monotonic() > end:
                    self.failures.append(key)
                if self._stop.is_set() or time.monotonic() > end:
                    return
                time.sleep(0.01)
            if not self._keep_alive:
                connection.close()
        connection.close()

    def _is_made(self, connection: http.client.HTTPConnection, key: str) -> bool:
        body = json.dumps({"key": key, "title": key})
        headers = ADA | {"content-type": "application/json"}
        try:
            connection.request("POST", "/rpc/course.create", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.refusals[type(error).__name__] += 1
            return False
        if answer.status == 503:
            assert answer.getheader("retry-after") == "1"
            self.refusals["503"] += 1
            return False
        if answer.status != 200:
            self.failures.append(f"{answer.status} {text.decode()}")
            return True
        self.made.append(key)
        return True

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def load(addresses: Sequence[Address], *, clients: int = 8, keep_alive: bool) -> Iterator[Load]:
    """Calls under way until the block ends."""
    calls = Load(addresses, keep_alive=keep_alive)
    threads = [threading.Thread(target=calls.client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield calls
    finally:
        calls.stop()
        for thread in threads:
            thread.join()
