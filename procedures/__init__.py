"""Enrollment for multi-tenant learning platforms. Below: every public procedure and its guard."""

from procedures import auth, course, enrollment, membership, middleware, outbox, system
from procedures.context import Anyone
from rpc.procedure import ProcedureBuilder
from rpc.router import Router

public = ProcedureBuilder[Anyone]().errors("invalid_input")
authed = public.use(middleware.authed)
org_member = authed.use(middleware.org_member)
active_member = authed.use(middleware.active_member)
active_staff = active_member.use(middleware.org_staff)
org_admin = active_member.use(middleware.org_admin)
course_member = authed.use(middleware.course_member)
course_staff = course_member.use(middleware.org_staff)

router = Router(
    {
        "auth.createToken": active_member.mutation(auth.create_token),
        "auth.login": public.mutation(auth.login),
        "auth.logout": authed.mutation(auth.logout),
        "auth.me": authed.query(auth.me),
        "auth.revokeToken": active_member.mutation(auth.revoke_token),
        "auth.useOrg": authed.mutation(auth.use_org),
        "course.archive": course_staff.mutation(course.archive),
        "course.create": active_staff.mutation(course.create),
        "course.get": course_member.query(course.get),
        "course.list": active_member.query(course.list_courses),
        "course.publish": course_staff.mutation(course.publish),
        "course.unpublish": course_staff.mutation(course.unpublish),
        "course.update": course_staff.mutation(course.update),
        "enrollment.enroll": org_member.mutation(enrollment.enroll),
        "enrollment.get": org_member.query(enrollment.get),
        "enrollment.history": org_member.query(enrollment.history),
        "enrollment.list": active_member.query(enrollment.list_records),
        "enrollment.unenroll": org_member.mutation(enrollment.unenroll),
        "membership.add": org_admin.mutation(membership.add),
        "membership.list": org_admin.query(membership.list_members),
        "membership.remove": org_admin.mutation(membership.remove),
        "membership.verify": org_admin.mutation(membership.verify),
        "outbox.list": org_admin.query(outbox.list_messages),
        "system.health": public.query(system.health),
        "system.info": public.query(system.info),
    }
)
