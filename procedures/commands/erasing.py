"""`rollcall erase`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from procedures.commands.console import (
    Failure,
    checked_key,
    database_option,
    require_database,
    settings_of,
    told,
    with_store,
)
from procedures.context import Service
from procedures.credentials import new_key
from procedures.erasing import Erased, Erasure, LastAdmin, require_replaceable
from procedures.instants import system_clock
from procedures.sessions import SessionSigner
from procedures.settings import Settings
from procedures.store import people
from procedures.store.database import Database, Unusable
from procedures.store.erasing import rewrite
from procedures.store.people import AccountRow


@click.command()
@click.argument("account", callback=checked_key, required=False, help="The key of an account.")
@click.option("--again", is_flag=True, help="Whom the list names: after restoring a backup.")
@click.option(
    "--list",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who was erased (default: .erased beside the database).",
)
@database_option
def erase(account: str | None, again: bool, path: Path | None, database: str | None) -> None:
    """Erase a person: the account, the records, the work, and whatever else names them."""
    if again == (account is not None):
        raise Failure("name an account, or --again and none")
    settings = settings_of(database)
    erased = Erased(path or settings.beside(".erased"))
    if again and path is not None and not os.path.exists(path):
        raise Failure(f"there is no list {path}")
    require_database(settings.database)

    def use(store: Database) -> str:
        store.require_current()
        if account is None:
            return anew(settings, store, erased)
        return erase_one(settings, store, erased, account)

    click.echo(with_store(settings, use))
    if settings.database_is_file:
        rewritten(Path(settings.database))
    if again and (spoilt := erased.spoilt()):
        raise Failure(f"{erased.path} has lines that name nobody: {', '.join(map(str, spoilt))}")


def rewritten(database: Path) -> None:
    try:
        rewrite(database)
    except Unusable as error:
        raise Failure(f"{error}; old bytes stay in it until `rollcall erase --again`") from None


def erase_one(settings: Settings, store: Database, erased: Erased, key: str) -> str:
    account = store.look(lambda tx: people.account_by_key(tx, key))
    if account is None:
        raise Failure(f"no account {key}")
    try:
        store.look(lambda tx: require_replaceable(tx, account))
    except LastAdmin as error:
        raise Failure(f"{key} is the last admin of {error}: name another first") from None
    with told("write", erased.path):
        erased.add(account)
    count = wiped(settings, store, account)
    return f"erased {key} with {count} records; {erased.path} has to outlive every backup"


def anew(settings: Settings, store: Database, erased: Erased) -> str:
    with told("read", erased.path):
        accounts = store.look(erased.accounts)
    records = sum(wiped(settings, store, account) for account in accounts)
    return f"erased {len(accounts)} accounts with {records} records"


def wiped(settings: Settings, store: Database, account: AccountRow) -> int:
    service = Service(settings, store, SessionSigner(settings.secret_keys), system_clock)
    return Erasure(account, new_key("usr")).apply(service, store)
