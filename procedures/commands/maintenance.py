"""Commands that look after the database: `rollcall migrate`, `rollcall backup`."""

from __future__ import annotations

from pathlib import Path

import click

from procedures.commands import progress
from procedures.commands.console import (
    Failure,
    database_option,
    settings_of,
    with_clear_failures,
    with_store,
)
from procedures.store.backup import BackupRefused, Exists, back_up
from procedures.store.opening import shown


@click.command()
@database_option
def migrate(database: str | None) -> None:
    """Bring the schema up to date."""
    with progress.shown() as tell:
        steps = with_store(settings_of(database), lambda store: store.migrate(tell))
    click.echo(f"applied {', '.join(steps)}" if steps else "nothing to do")


@click.command()
@click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), help="Where the copy goes."
)
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
        with progress.shown() as tell:
            return back_up(Path(settings.database), file, tell, replace=force)

    try:
        size = with_clear_failures(work)
    except Exists as error:
        raise Failure(f"{error}: --force replaces it") from None
    except BackupRefused as error:
        raise Failure(str(error)) from None
    click.echo(f"{file}: {size / 2**20:.1f} MiB")
