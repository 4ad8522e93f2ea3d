"""Erasing a person: nothing stays that tells who it was, and nothing that happened is lost.

The ids of the log stay, and the account under a key that says nothing. Older backups still hold the
person, so a list outside of the database says who has to be erased again after one was restored."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from procedures import transitions
from procedures.context import Member, Service
from procedures.credentials import canonical_email
from procedures.store import enrollments, erasing, orgs, people
from procedures.store.backup import sync
from procedures.store.database import Database
from procedures.store.people import AccountRow, OrgRow
from procedures.store.transaction import Transaction
from procedures.upkeep import system

LINE = re.compile(rb"[0-9]{1,18} [0-9a-f]{64}")


class LastAdmin(Exception):
    """Nobody would be left to administer the organization of that key."""


def require_replaceable(tx: Transaction, account: AccountRow) -> None:
    """Raise LastAdmin for the last admin of an organization."""
    for org in erasing.orgs(tx, account):
        if people.is_last_admin(tx, org.id, account.id):
            raise LastAdmin(org.key)


class Erasure(Struct, frozen=True):
    """Whom to erase, and the key the account will have."""

    account: AccountRow
    key: str

    def apply(self, service: Service, store: Database) -> int:
        """Erase a person from one organization after the other, then the account; how many records
        were destroyed. Broken off, it can be done again."""
        count = 0
        for org in store.look(lambda tx: erasing.orgs(tx, self.account)):
            count += store.transact(partial(self._leave, service, org))
        store.transact(self._end)
        return count

    def _leave(self, service: Service, org: OrgRow, tx: Transaction) -> int:
        ctx = system(service, tx, org)
        ids = erasing.records(ctx.tx, org.id, self.account.id)
        for id in ids:
            transitions.destroy(ctx, enrollments.record(ctx.tx, org.id, id, ctx.now), by=None)
        erasing.wipe_traces(ctx.tx, org.id, self.account, self.key)
        self._tell_no_more(ctx)
        return len(ids)

    def _end(self, tx: Transaction) -> None:
        erasing.wipe_answers(tx, self.account)
        erasing.wipe_account(tx, self.account.id, self.key)

    def _tell_no_more(self, ctx: Member) -> None:
        """Admins are told by mail at addresses that are settings of the organization."""
        settings = ctx.org.settings
        hers = canonical_email(self.account.email)
        left = [email for email in settings.admin_emails if canonical_email(email) != hers]
        if left != settings.admin_emails:
            changed = msgspec.json.encode(replace(settings, admin_emails=left)).decode()
            orgs.save_org(ctx.tx, replace(ctx.org, settings_json=changed))


class Erased:
    """The list of who has been erased: for each the id, and a digest of the former key, as another
    person may have the id in a database that was restored."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, account: AccountRow) -> None:
        """Note somebody, so that it stands there whatever happens next. Raises OSError."""
        with open(self.path, "a+b", opener=private) as file:
            file.write((b"\n" if is_torn(file) else b"") + line_for(account) + b"\n")
        sync(self.path)
        sync(self.path.parent)

    def accounts(self, tx: Transaction) -> list[AccountRow]:
        """Those who are listed, and there under the key they had. Raises OSError."""
        listed = {line for line in self._lines() if LINE.fullmatch(line)}
        ids = sorted({int(line.partition(b" ")[0]) for line in listed})
        found = (people.account(tx, id) for id in ids)
        return [one for one in found if one is not None and line_for(one) in listed]

    def spoilt(self) -> list[int]:
        """The numbers of the lines that may have named somebody. Raises OSError."""
        lines = enumerate(self._lines(), 1)
        return [number for number, line in lines if line and not LINE.fullmatch(line)]

    def _lines(self) -> list[bytes]:
        with suppress(FileNotFoundError):
            return [line.strip() for line in self.path.read_bytes().split(b"\n")]
        return []


def is_torn(file: BinaryIO) -> bool:
    """Whether the last line has no end: the disk was full then."""
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
    return file.read(1) not in (b"", b"\n")


def private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def line_for(account: AccountRow) -> bytes:
    return f"{account.id} {hashlib.sha256(account.key.encode()).hexdigest()}".encode()
