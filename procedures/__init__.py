"""Enrollment for multi-tenant learning platforms. Below: every public procedure and its guard."""

from procedures import (
    access,
    auth,
    bulk,
    codes,
    content,
    course,
    details,
    eligibility,
    enrollment,
    feed,
    idempotency,
    listing,
    membership,
    middleware,
    operations,
    org,
    outbox,
    prerequisites,
    progress,
    realm,
    resources,
    school,
    submission,
    system,
    term,
    updating,
    webhook,
)
from procedures.context import Anyone
from rpc.procedure import ProcedureBuilder
from rpc.router import Router

public = ProcedureBuilder[Anyone]().errors("invalid_input")
known = public.use(middleware.known)
authed = public.use(middleware.authed)
org_member = authed.use(middleware.org_member)
past_member = authed.use(middleware.past_member)
active_member = authed.use(middleware.active_member)
active_staff = active_member.use(middleware.org_staff)
org_admin = active_member.use(middleware.org_admin)
course_member = authed.use(middleware.course_member)
course_staff = course_member.use(middleware.org_staff)
course_team = course_member.use(middleware.course_team)
course_admin = course_member.use(middleware.org_admin)
realm_maker = authed.use(middleware.course_or_active_member).use(middleware.org_staff)
realm_member = authed.use(middleware.realm_member)
realm_team = realm_member.use(middleware.realm_team)

router = idempotency.keyed_router(
    {
        "auth.createToken": active_member.meta(shown_once=True).mutation(auth.create_token),
        "auth.login": public.mutation(auth.login),
        "auth.logout": authed.mutation(auth.logout),
        "auth.me": authed.query(auth.me),
        "auth.revokeToken": active_member.mutation(auth.revoke_token),
        "auth.useOrg": authed.mutation(auth.use_org),
        "course.archive": course_staff.mutation(course.archive),
        "course.content": course_member.query(content.show),
        "course.create": active_staff.mutation(course.create),
        "course.get": course_member.query(course.get),
        "course.list": active_member.query(course.list_courses),
        "course.publish": course_staff.mutation(course.publish),
        "course.setComponents": course_team.meta(long=True).mutation(content.set_components),
        "course.setPrerequisites": course_admin.mutation(prerequisites.set_prerequisites),
        "course.unpublish": course_staff.mutation(course.unpublish),
        "course.update": course_staff.mutation(course.update),
        "enrollment.access": org_member.query(access.access),
        "enrollment.bulk": authed.meta(long=True).mutation(bulk.bulk),
        "enrollment.changes": org_admin.query(feed.changes),
        "enrollment.delete": org_member.mutation(updating.delete),
        "enrollment.eligibility": org_member.query(eligibility.eligibility),
        "enrollment.enroll": org_member.mutation(enrollment.enroll),
        "enrollment.get": org_member.query(enrollment.get),
        "enrollment.history": past_member.query(enrollment.history),
        "enrollment.list": active_member.query(listing.list_records),
        "enrollment.onChange": org_member.subscription(feed.on_change),
        "enrollment.redeemCode": authed.mutation(codes.redeem),
        "enrollment.transfer": org_member.mutation(updating.transfer),
        "enrollment.unenroll": org_member.mutation(enrollment.unenroll),
        "enrollment.update": org_member.mutation(updating.update),
        "membership.add": org_admin.mutation(membership.add),
        "membership.list": org_admin.query(membership.list_members),
        "membership.names": active_member.query(membership.names),
        "membership.remove": org_admin.mutation(membership.remove),
        "membership.verify": org_admin.mutation(membership.verify),
        "operations.outbox": org_admin.query(operations.outbox),
        "operations.seats": org_admin.query(operations.seats),
        "org.get": active_member.query(org.get),
        "org.update": org_admin.mutation(org.update),
        "outbox.list": org_admin.query(outbox.list_messages),
        "outbox.retry": org_admin.mutation(outbox.retry),
        "progress.record": org_member.mutation(progress.record),
        "progress.reset": org_member.mutation(progress.reset),
        "submission.create": course_member.mutation(submission.create),
        "submission.list": course_member.query(submission.list_submissions),
        "realm.create": realm_maker.mutation(realm.create),
        "realm.get": realm_member.query(realm.get),
        "realm.list": active_member.query(realm.list_realms),
        "realm.rotateCode": realm_team.mutation(realm.rotate_code),
        "realm.update": realm_team.mutation(realm.update),
        "school.create": org_admin.mutation(school.create),
        "school.list": active_member.query(school.list_schools),
        "system.health": public.query(system.health),
        "system.info": public.query(system.info),
        "term.create": org_admin.mutation(term.create),
        "term.list": active_member.query(term.list_terms),
        "webhook.create": org_admin.meta(shown_once=True).mutation(webhook.create),
        "webhook.delete": org_admin.mutation(webhook.delete),
        "webhook.list": org_admin.query(webhook.list_webhooks),
        "webhook.replay": org_admin.mutation(webhook.replay),
    }
)

# What REST surfaces ask for besides; not public, so in no generated file.
surface_router = Router(
    router,
    {
        "answers.keep": known.mutation(idempotency.keep_answer),
        "answers.kept": known.query(idempotency.kept_answer),
        "auth.clientToken": public.mutation(auth.client_token),
        "details.caller": active_member.query(details.caller),
        "details.courses": active_member.query(details.courses),
        "details.enrollment": active_member.query(details.enrollment),
        "details.enrollments": active_member.query(details.enrollments),
        "details.numbers": active_member.query(details.numbers),
        "details.realms": active_member.query(details.realms),
        "details.sections": active_member.query(details.sections),
        "details.school": active_member.query(details.school),
        "details.signed": authed.query(details.signed),
        "details.users": active_member.query(details.users),
        "resources.classes": active_member.query(resources.classes),
        "resources.courses": active_member.query(resources.courses),
        "resources.orgs": active_member.query(resources.orgs),
        "resources.sessions": active_member.query(resources.sessions),
        "resources.users": active_member.query(resources.users),
    },
)
