"""Loading a roster document: all of it, or RosterError."""

from __future__ import annotations

from msgspec.structs import replace

from procedures.credentials import hash_password, new_key
from procedures.roster.catalog import write_catalog
from procedures.roster.checks import check
from procedures.roster.document import Account, Document, School
from procedures.roster.reading import read
from procedures.roster.records import write_records
from procedures.roster.values import Filled, Key
from procedures.roster.writing import TABLES, Loading
from procedures.store.transaction import Transaction
from procedures.telling import Progress, silent


def prepared(document: bytes, progress: Progress = silent) -> Document:
    """The roster in these bytes (UTF-8 JSON), with all done that needs no database: passwords take
    long to hash, for which in a transaction everybody else would wait. Raises RosterError."""
    roster = read(document)
    check(roster)
    return with_hashed_passwords(with_default_schools(roster), progress)


def load(tx: Transaction, roster: Document, now: str, progress: Progress = silent) -> str:
    """Add a prepared roster, and say in one line how many rows each array has become; `now` is the
    `updated_at` of these.

    Raises RosterError, after which the transaction is to be given up.
    """
    loading = Loading(tx, roster, now, progress)
    loading.keep_others_away()
    write_catalog(loading)
    write_records(loading)
    return "loaded " + ", ".join(f"{array} {len(getattr(roster, array))}" for array in TABLES)


def with_default_schools(roster: Document) -> Document:
    """An org without a default school gets one with the org's name."""
    having = {school.org for school in roster.schools if school.is_default}
    made = [
        School(org=org.key, key=Key(new_key("sch")), name=org.name, is_default=True)
        for org in roster.orgs
        if org.key not in having
    ]
    return replace(roster, schools=roster.schools + made)


def with_hashed_passwords(roster: Document, progress: Progress) -> Document:
    accounts: list[Account] = []
    for account in roster.accounts:
        accounts.append(with_hash(account))
        progress("hashing passwords", len(accounts), len(roster.accounts))
    return replace(roster, accounts=accounts)


def with_hash(account: Account) -> Account:
    """An account with its password, if it has one, as it is kept."""
    if account.password is None:
        return account
    return replace(account, password=Filled(hash_password(account.password)))
