"""What commands share: settings, the database, and failures as one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import click

from procedures.settings import (
    Settings,
    SettingsError,
    makes_secret,
    read_settings,
    unread,
    with_secret,
)
from procedures.store.database import Database, Unusable
from procedures.store.opening import database_at, file_at, is_file
from procedures.store.schema import WrongSchema
from procedures.store.transaction import Transaction, Unavailable

T = TypeVar("T")

database_option = click.option(
    "--database",
    metavar="PATH_OR_URL",
    help="A file or postgresql://… (default: ROLLCALL_DATABASE, else rollcall.db).",
)


# What to do next, by what a failure says.
ADVICE = {
    "a newer rollcall made": "install that version, or restore a backup from before",
    "unable to open database file": "is its folder there, and may you write in it?",
    "file is not a database": "name another file, or a new one",
    "address cannot be read": "it is like postgresql://user:password@host/name, with %25 for %",
    "another program's": "name another file, or a new one",
    "belongs to the database": "name a file of its own for the copy",
    "there is no database": "is its path right? `rollcall migrate` makes a new one",
    "no name of a file": "name one like rollcall.db",
    "cannot write": "is its folder there, with room in it, and may you write there?",
    "cannot keep a key": "ROLLCALL_SECRET_KEYS can hold it instead",
    "no account": "is it the key from the roster, and --database the right one?",
    "no organization": "without --org it is the account's first one",
    "lines that name nobody": "mend or remove them, then erase again",
    "no verified member": "`membership.verify` makes a member verified",
    "KEYS is required": "`openssl rand -hex 32` prints one",
    "has a key of less": "`openssl rand -hex 32` prints a longer one",
    "may not use the tables": "the owner grants it rollcall_runtime, and runs `rollcall migrate`",
    "Connection refused": "is PostgreSQL running there?",
    "Address already in use": "stop who listens there, or name another place with --bind",
}


class Failure(click.ClickException):
    """An expected failure: its text and what to do next, in one line on standard error, and exit
    status 1."""

    def format_message(self) -> str:
        advice = [advice for words, advice in ADVICE.items() if words in self.message]
        return "; ".join([self.message, *advice[:1]])


def checked_key(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuses what is no key, as a database may hold it."""
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise Failure(f"{value!r} is no UTF-8, as every key is") from None
    return value


def settings_of(database: str | None) -> Settings:
    try:
        return read_settings(database=database)
    except SettingsError as error:
        raise Failure(str(error)) from None


def signing_settings(settings: Settings) -> Settings:
    """The same with a key to sign with. One is made beside a database that can be used only."""
    if makes_secret(settings):
        open_store(settings).close()
    try:
        settings, made = with_secret(settings)
    except SettingsError as error:
        raise Failure(str(error)) from None
    if made is not None:
        click.echo(f"no ROLLCALL_SECRET_KEYS: signing with the key kept in {made}", err=True)
    return settings


def open_store(settings: Settings) -> Database:
    """The store; a new database gets the schema, an older or newer one is refused."""
    return with_clear_failures(lambda: opened(settings))


def opened(settings: Settings) -> Database:
    store = store_of(settings)
    try:
        make_ready(store)
    except BaseException:
        store.close()
        raise
    return store


def make_ready(store: Database) -> None:
    if store.is_new:
        store.migrate()
    store.require_current()


def store_of(settings: Settings) -> Database:
    return database_at(settings.database, settings.pool_size)


def require_database(address: str) -> None:
    """Refuse to make the database in which somebody or something is looked for."""
    if is_file(address) and not with_clear_failures(lambda: file_at(address)).exists():
        raise Failure(f"there is no database {address}")


def with_store(settings: Settings, use: Callable[[Database], T]) -> T:
    def work() -> T:
        with closing(store_of(settings)) as store:
            return use(store)

    return with_clear_failures(work)


def in_database(settings: Settings, work: Callable[[Transaction], T]) -> T:
    """Run `work` in one transaction of a store as `open_store` has it."""

    def use(store: Database) -> T:
        make_ready(store)
        return store.transact(work)

    return with_store(settings, use)


def with_clear_failures(work: Callable[[], T]) -> T:
    try:
        return work()
    except (SettingsError, Unavailable, Unusable, WrongSchema) as error:
        raise Failure(str(error)) from None


@contextmanager
def told(doing: str, path: Path) -> Iterator[None]:
    """What keeps us from a file, in one line."""
    try:
        yield
    except OSError as error:
        raise Failure(f"cannot {doing} {path}: {error.strerror}") from None


def tell_of_waiting_mail(settings: Settings) -> None:
    if settings.smtp_url is None:
        click.echo("no ROLLCALL_SMTP_URL: mail waits in the outbox", err=True)


def tell_of_unread_settings() -> None:
    if names := unread():
        click.echo(f"nothing reads {', '.join(names)}: see docs/settings.md", err=True)
