"""A PostgreSQL of a test's own, which waits for its disk, and can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from engines import started


class KillableServer:
    def __init__(self, folder: Path) -> None:
        self._server = started(folder)
        self._url = self._server.get_uri()
        self.run("create role owner login createrole")
        self.programs: Path = self._server.bin_path  # psql, pg_dump and so on
        self.address = self.new("killed")

    def new(self, name: str) -> str:
        """An empty database of that name."""
        self.run(f"create database {name} owner owner")
        return urlsplit(self._url)._replace(netloc="owner@", path=f"/{name}").geturl()

    def run(self, sql: str, database: str = "postgres") -> None:
        """One statement, by its superuser."""
        url = urlsplit(self._url)._replace(path=f"/{database}").geturl()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql)

    def tables(self) -> Iterator[bytes]:
        """What is in the files of its tables, when it has written down all that it knows."""
        self.run("checkpoint")
        for path in (self._server.pgdata / "base").rglob("*"):
            if path.is_file():
                yield path.read_bytes()

    def kill(self) -> None:
        """All its processes at once; what they had not given to the operating system is lost."""
        folder = self._server.pgdata
        main = int((folder / "postmaster.pid").read_text().split()[0])
        os.kill(main, signal.SIGSTOP)  # or it would tell those that are left to end in order
        family = [*children(main), main]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        while any(runs(pid) for pid in family):
            time.sleep(0.005)
        # Where nobody asks what became of it, the dead process is taken for one that runs.
        for note in (folder / "postmaster.pid", *folder.glob(".s.PGSQL.*.lock")):
            note.unlink()

    def start(self, *, follows: bool = False) -> None:
        """Again; `follows`: as one that waits for what another, which is not there, does."""
        if follows:
            sign = self._server.pgdata / "standby.signal"
            sign.touch()
            os.chown(sign, self._server.pgdata.stat().st_uid, -1)
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._server.pgdata.parent, ignore_errors=True)


def children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    """Whether it is there and more than a name that nobody has asked about yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
