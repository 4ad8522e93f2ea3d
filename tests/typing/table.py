"""What mypy says about tables of procedures. Each line with `# no:` must be an error, no other."""

from msgspec import Struct

from procedures import enrollment, membership, middleware
from procedures.context import Admin, Anyone, Member, Signed
from rpc.procedure import ProcedureBuilder


class Given(Struct):
    text: str


def for_anyone(ctx: Anyone, given: Given) -> str:
    return given.text


def for_signed(ctx: Signed) -> str:
    return ctx.user_key


def for_members(ctx: Member, given: Given) -> str:
    return ctx.org.key


async def waits_for_members(ctx: Member) -> str:
    return ctx.org.key


def for_admins(ctx: Admin) -> str:
    return ctx.org.key


public = ProcedureBuilder[Anyone]()
authed = public.use(middleware.authed)
member = authed.use(middleware.active_member)
addressed = authed.use(middleware.org_member)
admin = member.use(middleware.org_admin)

# The good table: a procedure may have a stronger context than it needs.
public.query(for_anyone)
authed.query(for_signed)
member.mutation(for_members)
member.query(waits_for_members)
member.query(for_signed)
admin.mutation(for_members)
admin.mutation(for_admins)
addressed.mutation(enrollment.enroll)
admin.mutation(membership.add)
public.meta(cost=1).query(for_anyone)

# A forgotten middleware.
public.query(for_signed)  # no: Signed
public.mutation(for_members)  # no: Member
authed.mutation(for_members)  # no: Member
authed.query(waits_for_members)  # no: Member
member.mutation(for_admins)  # no: Admin
authed.mutation(enrollment.enroll)  # no: Member
member.mutation(membership.add)  # no: Admin
public.meta(cost=1).query(for_signed)  # no: Signed

# A misordered one.
public.use(middleware.active_member)  # no: Signed
public.use(middleware.org_member)  # no: Signed
authed.use(middleware.org_admin)  # no: Member
admin.use(middleware.authed).mutation(for_members)  # no: Member

# What is no procedure at all.
public.query(middleware)  # no: Module
