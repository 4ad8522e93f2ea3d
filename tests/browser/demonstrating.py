"""A service with the demo data that can be stopped and started anew at the same address."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path

from commands import Serving, serve

from procedures.demo import prepare


class Demo:
    def __init__(self, database: Path, settings: dict[str, str]) -> None:
        self.database = database
        self._settings = settings
        self._running = ExitStack()
        self.serving = self._start()

    @property
    def url(self) -> str:
        """Where the service is, without `/rpc`."""
        return self.serving.url.removesuffix("/rpc")

    def stop(self) -> None:
        """Tell it to end, as an operator would, and wait."""
        status, errors = self.serving.stop()
        assert (status, "Traceback" in errors) == (0, False), errors

    def start(self) -> None:
        """Go on at the address it had."""
        host, port = self.serving.address
        self.serving = self._start("--bind", f"{host}:{port}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def _start(self, *arguments: str) -> Serving:
        return self._running.enter_context(serve(self.database, *arguments, **self._settings))

    def close(self) -> None:
        self._running.close()


def prepared_demo(database: Path) -> Path:
    """The database, with the demo data in it."""
    with redirect_stdout(io.StringIO()):
        prepare(database)
    return database


@contextmanager
def demonstrated(database: Path, **settings: str) -> Iterator[Demo]:
    """A running service on the demo data; killed at the end."""
    demo = Demo(prepared_demo(database), settings)
    try:
        yield demo
    finally:
        demo.close()
