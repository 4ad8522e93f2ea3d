"""Commands that look after the database: `rollcall migrate`, `rollcall backup`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from procedures.commands.console import (
    Failure,
    database_option,
    settings_of,
    with_clear_failures,
    with_store,
)
from procedures.store.backup import BackupRefused, Progress, back_up
from procedures.store.opening import shown


@click.command()
@database_option
def migrate(database: str | None) -> None:
    """Bring the schema up to date."""
    steps = with_store(settings_of(database), lambda store: store.migrate())
    click.echo(f"applied {', '.join(steps)}" if steps else "nothing to do")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@database_option
def backup(file: Path, force: bool, database: str | None) -> None:
    """Copy the database, as it is at one instant, while it goes on being used."""
    settings = settings_of(database)
    if not settings.database_is_file:
        address = shown(settings.database)
        raise Failure(
            f"on PostgreSQL use its own: pg_dump --format=custom --file={file} '{address}'"
        )

    def work() -> int:
        with told() as progress:
            return back_up(Path(settings.database), file, progress, replace=force)

    try:
        size = with_clear_failures(work)
    except BackupRefused as error:
        hint = "" if force or not file.exists() else ": --force replaces it"
        raise Failure(f"{error}{hint}") from None
    click.echo(f"{file}: {size / 2**20:.1f} MiB")


@contextmanager
def told() -> Iterator[Progress]:
    """Shows how far a copy is: as a bar on a terminal, else by a line for each tenth."""
    if not sys.stderr.isatty():
        yield Lines().say
        return
    with click.progressbar(length=1, label="copying", file=sys.stderr) as bar:

        def move(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield move


class Lines:
    def __init__(self) -> None:
        self._tenths = -1

    def say(self, done: int, total: int) -> None:
        tenths = 10 * done // max(total, 1)
        if tenths > self._tenths:
            self._tenths = tenths
            click.echo(f"copied {done} of {total} pages", err=True)
