"""Commands that look after the database: `rollcall migrate`."""

from __future__ import annotations

import click

from procedures.commands.console import database_option, settings_of, with_store


@click.command()
@database_option
def migrate(database: str | None) -> None:
    """Bring the schema up to date."""
    steps = with_store(settings_of(database), lambda store: store.migrate())
    click.echo(f"applied {', '.join(steps)}" if steps else "nothing to do")
