"""What a call knows: service, request, transaction, time; then who calls; then in which tenant.

A stronger context is a subclass, so a forgotten or misordered middleware is a type error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeVar

from msgspec import Struct, field
from msgspec.structs import astuple, replace

from procedures.instants import Clock, instant
from procedures.live import LiveEvents
from procedures.messages.bell import Bell
from procedures.rates import Limits, RateToken
from procedures.records.enrollment import Door
from procedures.records.membership import OrgRole
from procedures.sessions import SessionSigner
from procedures.settings import Settings
from procedures.store.courses import CourseRow
from procedures.store.database import Store, read_from
from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import OrgRow
from procedures.store.realms import RealmRow
from procedures.store.transaction import Transaction
from rpc.request import Request

T = TypeVar("T")
N = TypeVar("N", bound="Anyone")


class Service(Struct, frozen=True):
    """What all calls of a process share."""

    settings: Settings
    store: Store
    signer: SessionSigner
    clock: Clock
    bell: Bell = field(default_factory=Bell)  # rung when a message is queued
    live: LiveEvents = field(default_factory=LiveEvents)
    limits: Limits = field(default_factory=Limits)


class Anyone(Struct):
    """A call by whomever. `tx` is there while a `def` runs; `async def` opens its own."""

    service: Service
    request: Request
    door: Door
    now: str
    _tx: Transaction | None
    rate_token: RateToken

    @property
    def tx(self) -> Transaction:
        if self._tx is None:
            raise RuntimeError("no transaction here: `async def` opens its own")
        return self._tx

    @property
    def idempotency_key(self) -> str | None:
        """What the caller calls this request, so that what it does is done once. A WebSocket has
        one head for many calls, and none of its own for each."""
        given = self.request.headers("idempotency-key")
        return ", ".join(given) if given and self.request.method != "WEBSOCKET" else None

    def counted(self) -> Self:
        """A call of its own, with one token for however often it is run."""
        return replace(self, rate_token=RateToken())

    def within(self, tx: Transaction | None) -> Self:
        """This call inside a transaction, at the instant that one begins; None: outside again."""
        return replace(self, _tx=tx, now=instant(self.service.clock()))

    async def read(self, work: Callable[[Self], T]) -> T:
        """For `async def`: run in one read snapshot."""
        return await read_from(self.service.store, lambda tx: work(self.within(tx)))

    async def write(self, work: Callable[[Self], T]) -> T:
        """For `async def`: run in a write transaction; done when it is on disk."""
        return await self.service.store.write(lambda tx: work(self.within(tx)))


class Signed(Anyone):
    """A call by somebody known. `org_id` is the active tenant, if there is one."""

    user_id: int
    user_key: str
    email: str
    org_id: int | None
    session_id: str | None


class Member(Signed):
    """A call by a verified member, in the tenant of what the input names, else the active one."""

    org: OrgRow
    role: OrgRole
    course: CourseRow | None
    realm: RealmRow | None
    record: EnrollmentRow | None

    def __post_init__(self) -> None:
        if self._tx is not None:
            self._tx.enter(self.org.id)

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"

    @property
    def named_course(self) -> CourseRow:
        """The course the input names, for procedures whose input must."""
        if self.course is None:
            raise LookupError("the call names no course")
        return self.course

    @property
    def named_realm(self) -> RealmRow:
        """The realm the call is about, where that is known."""
        if self.realm is None:
            raise LookupError("the call names no realm")
        return self.realm


class Staff(Member):
    """A call by staff: of the tenant (instructor or admin), or of the realm it is about."""


class Admin(Staff):
    """A call by an admin of the tenant."""


def stronger(kind: type[N], ctx: Anyone, *more: Any) -> N:
    """A context of a stronger kind: all that `ctx` knows, and more."""
    return kind(*astuple(ctx), *more)
