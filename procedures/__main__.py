"""The command line: `rollcall serve | load | session | token | types | openapi | …`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from procedures import router
from procedures.background import once
from procedures.commands import progress
from procedures.commands.console import (
    Failure,
    checked_key,
    database_option,
    in_database,
    open_store,
    require_database,
    settings_of,
    signing_settings,
    tell_of_unread_settings,
    tell_of_waiting_mail,
    told,
    with_clear_failures,
)
from procedures.commands.copying import copy_database
from procedures.commands.erasing import erase
from procedures.commands.help import OVERVIEW, Overview
from procedures.commands.maintenance import backup, migrate
from procedures.commands.serving import serve
from procedures.commands.types import types
from procedures.context import Service
from procedures.credentials import new_key, new_token, token_hash
from procedures.instants import Clock, given_instant, instant, parse, system_clock
from procedures.rest.openapi import describe
from procedures.rest.routing import operations
from procedures.roster.load import load, prepared
from procedures.roster.refusal import RosterError
from procedures.sessions import COOKIE, SessionSigner
from procedures.store import callers, people
from procedures.store.transaction import Transaction
from rpc.errors import InputError


@click.group(
    cls=Overview,
    epilog=OVERVIEW,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="rollcall")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Enrollment procedures for an unmodified @trpc/client."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    tell_of_unread_settings()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


for command in (serve, migrate, backup, copy_database, erase, types):
    main.add_command(command)


@main.command()
@click.option("--now", metavar="INSTANT", help="Do what is due by then (default: by now).")
@database_option
def tick(now: str | None, database: str | None) -> None:
    """Do once what a serving process does beside the calls: end overdue records, send messages."""
    settings = settings_of(database)
    clock = clock_from(now)
    require_database(settings.database)
    with contextlib.closing(open_store(settings)) as store:
        service = Service(settings, store, SessionSigner(settings.secret_keys), clock)
        click.echo(with_clear_failures(lambda: asyncio.run(once(service))))
    tell_of_waiting_mail(settings)


def clock_from(now: str | None) -> Clock:
    """A clock that goes on from an instant."""
    if now is None:
        return system_clock
    try:
        given_instant(moment := parse(now))
    except ValueError:
        raise Failure(f"--now takes an instant like 2025-09-01T04:00:00Z, not {now!r}") from None
    except (InputError, OverflowError):
        raise Failure(f"--now takes an instant of the years 1000 to 8999, not {now!r}") from None
    ahead = moment - system_clock()
    return lambda: system_clock() + ahead


@main.command("load")
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A roster document: JSON of the format rollcall-roster-1.",
)
@database_option
def load_roster(file: Path, database: str | None) -> None:
    """Add a roster document to the database: all of it, or nothing and a message. docs/roster.md
    tells of its arrays and fields."""
    now = instant(system_clock())
    with told("read", file):
        document = file.read_bytes()
    try:
        with progress.shown() as tell:
            roster = prepared(document, tell)
            counts = in_database(settings_of(database), lambda tx: load(tx, roster, now, tell))
    except RosterError as error:
        raise Failure(str(error)) from None
    click.echo(counts)


account_argument = click.argument(
    "account", callback=checked_key, help="The key of an account, as the roster has it."
)


@main.command()
@account_argument
@click.option(
    "--org",
    callback=checked_key,
    metavar="ORG_KEY",
    help="The active organization (default: the first).",
)
@database_option
def session(account: str, org: str | None, database: str | None) -> None:
    """Print name=value of a signed session cookie. That is its name over plain HTTP; behind a proxy
    with TLS (see ROLLCALL_PROXIES) the name has `__Host-` in front."""
    settings = settings_of(database)
    require_database(settings.database)
    signer = SessionSigner(signing_settings(settings).secret_keys)
    id = in_database(settings, lambda tx: new_session(tx, account, org))
    click.echo(f"{COOKIE}={signer.cookie_value(id)}")


def new_session(tx: Transaction, account_key: str, org_key: str | None) -> str:
    user_id, org_id = person_and_org(tx, account_key, org_key)
    session_id = secrets.token_urlsafe(24)
    callers.add_session(tx, session_id, user_id, org_id, instant(system_clock()))
    return session_id


@main.command()
@account_argument
@click.option(
    "--org", callback=checked_key, metavar="ORG_KEY", help="The organization (default: the first)."
)
@database_option
def token(account: str, org: str | None, database: str | None) -> None:
    """Print a bearer token."""
    settings = settings_of(database)
    require_database(settings.database)
    click.echo(in_database(settings, lambda tx: new_bearer(tx, account, org)))


def new_bearer(tx: Transaction, account_key: str, org_key: str | None) -> str:
    user_id, org_id = person_and_org(tx, account_key, org_key)
    if org_id is None:
        raise Failure(
            f"{account_key} is no verified member anywhere: a token needs an organization"
        )
    text = new_token()
    callers.add_token(
        tx, org_id, user_id, (new_key("tok"), token_hash(text)), instant(system_clock())
    )
    return text


def person_and_org(
    tx: Transaction, account_key: str, org_key: str | None
) -> tuple[int, int | None]:
    account = people.account_by_key(tx, account_key)
    if account is None:
        raise Failure(f"no account {account_key}")
    if org_key is None:
        return account.id, people.first_org(tx, account.id)
    org = people.org_by_key(tx, org_key)
    if org is None:
        raise Failure(f"no organization {org_key}")
    return account.id, org.id


@main.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI 3.1 document of all procedures and REST routes."""
    document = describe(version("rollcall"))
    click.echo(msgspec.json.format(msgspec.json.encode(document)).decode())


@main.command()
def routes() -> None:
    """List every procedure with its type, every REST route with its surface, and what they do."""
    rows: list[tuple[str, str, str]] = [
        (name, procedure.type, procedure.doc) for name, procedure in sorted(router.items())
    ]
    for surface, method, path, operation in operations():
        rows.append((f"{method} {path}", surface, operation.doc))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, kind, doc in rows:
        click.echo(f"{name:{first}}  {kind:{second}}  {doc.partition(chr(10))[0]}")


if __name__ == "__main__":
    main()
