"""`rollcall copy`."""

from __future__ import annotations

import os
from contextlib import closing

import click

from procedures.commands import progress
from procedures.commands.console import Failure, require_database, with_clear_failures
from procedures.store.copying import CopyRefused, Sum, copy, require_source
from procedures.store.opening import database_at, is_file, shown


@click.command("copy")
@click.option("--from", "source", metavar="PATH_OR_URL", required=True, help="The source.")
@click.option(
    "--to",
    "target",
    metavar="PATH_OR_URL",
    required=True,
    help="The target: empty, or a part of the same copy.",
)
def copy_database(source: str, target: str) -> None:
    """Copy a database into an empty one, of either engine.

    Stopped on the way, it goes on when called again. Nobody can use the target before all of it has
    been compared with the source.
    """
    require_database(source)
    if place(source) == place(target):
        raise Failure("--from and --to are the same database")
    try:
        sums = with_clear_failures(lambda: copied(source, target))
    except CopyRefused as error:
        raise Failure(str(error)) from None
    width = max(len(each.table) for each in sums)
    for each in sums:
        click.echo(f"{each.table:{width}}  {each.rows:>9}  {each.checksum}")
    rows = sum(each.rows for each in sums)
    click.echo(f"copied and compared {rows} rows, as they were when this command began")


def copied(source: str, target: str) -> list[Sum]:
    with closing(database_at(source)) as one:
        require_source(one)  # before a target is made for it
        with closing(database_at(target)) as other, progress.shown() as tell:
            return copy(one, other, place(source), tell)


def place(address: str) -> str:
    """The same for the same database, however a path to it is written."""
    text = os.path.realpath(address) if is_file(address) else shown(address)
    return text.encode(errors="backslashreplace").decode()
