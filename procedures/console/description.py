"""What the console is told: the procedures, and the people of the demo who can be played."""

from __future__ import annotations

from typing import Any

import msgspec

from procedures import router
from procedures.demo import ROSTER
from procedures.records.system import Info
from procedures.rest.errors import ROWS
from procedures.store import people
from procedures.store.transaction import Transaction
from rpc.describe import describe
from rpc.errors import CODES


def description(info: Info) -> dict[str, Any]:
    """The registry for the console, with the code and the status of each reason."""
    document = describe(router)
    reasons = {reason for procedure in router.values() for reason in procedure.errors}
    document["reasons"] = {reason: coded(reason) for reason in sorted(reasons)}
    return {"version": info.version, "environment": info.environment, **document}


def coded(reason: str) -> dict[str, Any]:
    code = ROWS[reason].code
    return {"code": code, "status": CODES[code].http}


class Account(msgspec.Struct):
    key: str
    email: str
    name_first: str
    name_last: str
    password: str | None = None


class Membership(msgspec.Struct):
    org: str
    user: str
    role: str


class Roster(msgspec.Struct):
    """As much of the demo's roster as tells who can sign in."""

    accounts: list[Account]
    memberships: list[Membership]


def cast(tx: Transaction) -> list[dict[str, Any]]:
    """Everybody of the demo's roster whom this database knows, with the password it says."""
    roster = msgspec.json.decode(ROSTER.read_bytes(), type=Roster)
    return [played(account, roster) for account in roster.accounts if is_here(tx, account)]


def is_here(tx: Transaction, account: Account) -> bool:
    found = people.account_by_key(tx, account.key)
    return account.password is not None and found is not None and found.email == account.email


def played(account: Account, roster: Roster) -> dict[str, Any]:
    roles = [m for m in roster.memberships if m.user == account.key]
    return {
        "email": account.email,
        "password": account.password,
        "name": f"{account.name_first} {account.name_last}",
        "roles": [f"{m.role} of {m.org}" for m in roles],
    }
