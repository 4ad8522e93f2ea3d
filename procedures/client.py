"""A typed client of these procedures. Made from the registry: do not edit."""

from __future__ import annotations

from typing import Unpack

from procedures.records.access import Access, CoursePerson
from procedures.records.auth import LoginInput, Me, OrgAddress, Token, TokenAddress, TokenInput
from procedures.records.content import Content, OutlineInput
from procedures.records.course import (
    Course,
    CourseAddress,
    CourseChange,
    CourseFilter,
    CourseInput,
    CoursePage,
    PrerequisitesInput,
)
from procedures.records.enrollment import (
    BulkAnswer,
    BulkInput,
    Eligibility,
    EligibilityInput,
    EnrollInput,
    Enrollment,
    EnrollmentChange,
    EnrollmentFilter,
    EnrollmentKey,
    EnrollmentPage,
    RecordAddress,
    TransferInput,
    UnenrollInput,
)
from procedures.records.event import (
    ChangeFilter,
    Changes,
    ChangesInput,
    Event,
    EventPage,
    HistoryFilter,
)
from procedures.records.fields import Done, Page
from procedures.records.membership import (
    MemberAddress,
    MemberFilter,
    MemberInput,
    Membership,
    MembershipPage,
    Names,
    PeopleNamed,
)
from procedures.records.operations import CourseSeatsPage, OutboxState, SeatsFilter
from procedures.records.org import Org, OrgChange, School, SchoolInput, SchoolPage
from procedures.records.outbox import Message, MessageAddress, MessagePage
from procedures.records.progress import ProgressInput, ResetInput
from procedures.records.realm import (
    CodeInput,
    CodeTerms,
    Realm,
    RealmAddress,
    RealmChange,
    RealmFilter,
    RealmInput,
    RealmPage,
)
from procedures.records.submission import (
    Submission,
    SubmissionFilter,
    SubmissionInput,
    SubmissionPage,
)
from procedures.records.system import Health, Info
from procedures.records.term import Term, TermFilter, TermInput, TermPage
from procedures.records.webhook import (
    NewWebhook,
    Replayed,
    ReplayInput,
    WebhookAddress,
    WebhookInput,
    WebhookPage,
)
from rpc.client import (
    Async,
    AsyncBatch,
    AsyncConnected,
    Connected,
    Gather,
    M,
    Namespace,
    Options,
    Sync,
    SyncBatch,
    async_http,
    mutation,
    nothing,
    query,
    subscription,
    sync_http,
)
from rpc.tracked import Tracked


class AuthProcedures(Namespace[M]):
    create_token = mutation(
        "auth.createToken",
        TokenInput,
        Token,
        "A token that acts for the caller in the active organization. It is shown this once. What "
        "a client makes ends with it; what another token makes, no later than that one expires. "
        "Refused with cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "not_member, shown_once, too_many_calls.",
        keyed=True,
    )
    login = mutation(
        "auth.login",
        LoginInput,
        Me,
        "Sign in by e-mail and password; the answer sets the session cookie. Refused with "
        "invalid_input, too_many_calls, too_many_failures.",
    )
    logout = mutation(
        "auth.logout",
        nothing,
        Done,
        "End the session, everywhere and at once. Refused with cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    me = query(
        "auth.me",
        nothing,
        Me,
        "Who is signed in, where they belong, and which organization is active. Refused with "
        "cross_site, invalid_input, too_many_calls.",
    )
    revoke_token = mutation(
        "auth.revokeToken",
        TokenAddress,
        Done,
        "Make one of the caller's tokens worthless, a client with every token it was given. "
        "Refused with cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "not_member, too_many_calls.",
        keyed=True,
    )
    use_org = mutation(
        "auth.useOrg",
        OrgAddress,
        Me,
        "Make another of one's organizations the active one of this session. Refused with "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, not_member, "
        "too_many_calls.",
        keyed=True,
    )


class CourseProcedures(Namespace[M]):
    archive = mutation(
        "course.archive",
        CourseAddress,
        Course,
        "Put a course aside; who is enrolled stays so. Refused with admin_required, cross_site, "
        "idempotency_key, idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    content = query(
        "course.content",
        CourseAddress,
        Content,
        "The components of a course, to those who learn or teach there, with the caller's marks. "
        "Refused with cross_site, invalid_input, no_access, too_many_calls.",
    )
    create = mutation(
        "course.create",
        CourseInput,
        Course,
        "Make a course, as a draft. Refused with admin_required, cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, key_taken, not_member, too_many_calls.",
        keyed=True,
    )
    get = query(
        "course.get",
        CourseAddress,
        Course,
        "One course; to those who are not staff only while it is published. Refused with "
        "cross_site, invalid_input, too_many_calls.",
    )
    list = query(
        "course.list",
        CourseFilter,
        CoursePage,
        "The organization's courses, oldest first; to learners only the published ones. Refused "
        "with cross_site, invalid_input, not_member, too_many_calls.",
    )
    publish = mutation(
        "course.publish",
        CourseAddress,
        Course,
        "Open a course to its learners. Refused with admin_required, cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    set_components = mutation(
        "course.setComponents",
        OutlineInput,
        Content,
        "Say what a course is made of, in order. Components left out are removed with their "
        "marks; the progress of those who are not done is reckoned anew where their marks come to "
        "something else, a completion stays. Refused with admin_required, cross_site, cycle, "
        "idempotency_key, idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    set_prerequisites = mutation(
        "course.setPrerequisites",
        PrerequisitesInput,
        Course,
        "Say which courses must be completed before this one. Who is enrolled already stays so. "
        "Refused with admin_required, cross_site, cycle, idempotency_key, idempotency_mismatch, "
        "invalid_input, too_many_calls.",
        keyed=True,
    )
    unpublish = mutation(
        "course.unpublish",
        CourseAddress,
        Course,
        "Make a course a draft again; who is enrolled stays so. Refused with admin_required, "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    update = mutation(
        "course.update",
        CourseChange,
        Course,
        "Change what is said about a course; more seats let those in who wait, and other access "
        "days are theirs. Refused with admin_required, already_enrolled, cross_site, "
        "idempotency_key, idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )


class EnrollmentProcedures(Namespace[M]):
    access = query(
        "enrollment.access",
        CoursePerson,
        Access,
        "Whether a person reaches the content of a course now, and if not, why. Refused with "
        "admin_required, cross_site, invalid_input, not_member, too_many_calls, user.",
    )
    bulk = mutation(
        "enrollment.bulk",
        BulkInput,
        BulkAnswer,
        "Change many records in order; what is refused says so in its result and stops nothing, "
        "or, where `atomic`, undoes everything. Refused with cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, too_many_calls, too_many_items.",
        keyed=True,
    )
    changes = query(
        "enrollment.changes",
        ChangesInput,
        Changes,
        "What happened to the organization's enrollments, oldest first, each deletion included. "
        "The log is never cut: a deletion stays in it for longer than `tombstoneDays`. Refused "
        "with admin_required, cross_site, invalid_input, not_member, too_many_calls, "
        "unknown_cursor.",
    )
    delete = mutation(
        "enrollment.delete",
        EnrollmentKey,
        Done,
        "Destroy a record with its marks, all submissions of its user in the course and the mails "
        "that wait; one event stays, with keys only. Refused with admin_required, cross_site, "
        "idempotency_key, idempotency_mismatch, invalid_input, not_member, too_many_calls.",
        keyed=True,
    )
    eligibility = query(
        "enrollment.eligibility",
        EligibilityInput,
        Eligibility,
        "Whether the caller, or for staff another learner, could enroll in a course by themself "
        "now; if not, every reason. Refused with admin_required, cross_site, invalid_input, "
        "not_member, too_many_calls, user.",
    )
    enroll = mutation(
        "enrollment.enroll",
        EnrollInput,
        Enrollment,
        "Put the caller, or a person they are responsible for, on a course, a section or a group. "
        "Refused with admin_required, already_completed, already_enrolled, code_required, "
        "cross_site, enrollment_closed, full, idempotency_key, idempotency_mismatch, "
        "invalid_input, invite_only, key_taken, not_member, not_published, prerequisites_not_met, "
        "reenroll_not_allowed, too_many_calls, user.",
        keyed=True,
    )
    get = query(
        "enrollment.get",
        RecordAddress,
        Enrollment,
        "One record: by id, or a person's current (else latest) one in a course. Refused with "
        "admin_required, cross_site, invalid_input, not_member, too_many_calls, user.",
    )
    history = query(
        "enrollment.history",
        HistoryFilter,
        EventPage,
        "What happened to a record, which may be gone, or to all records of a person in a course, "
        "oldest first. Refused with admin_required, cross_site, invalid_input, not_member, "
        "too_many_calls, user.",
    )
    list = query(
        "enrollment.list",
        EnrollmentFilter,
        EnrollmentPage,
        "The records the caller may see in the active organization, in a stable order. Refused "
        "with cross_site, invalid_input, not_member, too_many_calls.",
    )
    on_change = subscription(
        "enrollment.onChange",
        ChangeFilter,
        Tracked[Event],
        "What happens to enrollments, as it happens: one's own; those of the realms one is staff "
        "of; for admins all. A client that comes back goes on behind the last event it has seen. "
        "Refused with cross_site, invalid_input, not_member, too_many_calls, too_many_streams, "
        "unknown_cursor.",
    )
    redeem_code = mutation(
        "enrollment.redeemCode",
        CodeInput,
        Enrollment,
        "Join, as a student, what a code is for. The code takes the place of the join policy. "
        "Refused with already_completed, already_enrolled, cross_site, enrollment_closed, full, "
        "idempotency_key, idempotency_mismatch, invalid_input, not_published, "
        "prerequisites_not_met, reenroll_not_allowed, too_many_calls, too_many_failures.",
        keyed=True,
    )
    transfer = mutation(
        "enrollment.transfer",
        TransferInput,
        Enrollment,
        "Move a record to another section of its course, or another group; all else stays. "
        "Refused with admin_required, already_enrolled, cross_site, full, idempotency_key, "
        "idempotency_mismatch, invalid_input, invalid_transition, not_member, other_course, "
        "too_many_calls.",
        keyed=True,
    )
    unenroll = mutation(
        "enrollment.unenroll",
        UnenrollInput,
        Enrollment,
        "End a record: it disappears from every read; what stays of the progress is a setting. "
        "Refused with admin_required, cross_site, idempotency_key, idempotency_mismatch, "
        "invalid_input, not_member, suspended, too_many_calls, user.",
        keyed=True,
    )
    update = mutation(
        "enrollment.update",
        EnrollmentChange,
        Enrollment,
        "Change a record: its status as the status table allows, the rest for staff. Refused with "
        "admin_required, already_enrolled, cross_site, enrollment_closed, full, idempotency_key, "
        "idempotency_mismatch, invalid_input, invalid_transition, not_member, not_published, "
        "too_many_calls, user, version.",
        keyed=True,
    )


class MembershipProcedures(Namespace[M]):
    add = mutation(
        "membership.add",
        MemberInput,
        Membership,
        "Take a person in, not yet verified. An e-mail without an account gets one without "
        "password, by the names that are given; who has one keeps theirs. A former member keeps "
        "the key and the `schoolUid` of before where none is given. Refused with admin_required, "
        "already_member, cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "key_taken, not_member, too_many_calls, user.",
        keyed=True,
    )
    list = query(
        "membership.list",
        MemberFilter,
        MembershipPage,
        "The organization's members in the order of their accounts. Refused with admin_required, "
        "cross_site, invalid_input, not_member, too_many_calls.",
    )
    names = query(
        "membership.names",
        PeopleNamed,
        Names,
        "How people are called: the caller, and all whose records the caller may see or could see "
        "before they ended. Others are left out. Refused with cross_site, invalid_input, "
        "not_member, too_many_calls.",
    )
    remove = mutation(
        "membership.remove",
        MemberAddress,
        Membership,
        "Shut a person out at once. Their records stay as they are. Refused with admin_required, "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, last_admin, "
        "not_member, too_many_calls, user.",
        keyed=True,
    )
    verify = mutation(
        "membership.verify",
        MemberAddress,
        Membership,
        "Confirm that a person belongs here; from now on they may act as a member. Refused with "
        "admin_required, cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "not_member, too_many_calls, user.",
        keyed=True,
    )


class OperationsProcedures(Namespace[M]):
    outbox = query(
        "operations.outbox",
        nothing,
        OutboxState,
        "How many of the organization's mails and webhook deliveries wait, are parked, were sent. "
        "Refused with admin_required, cross_site, invalid_input, not_member, too_many_calls.",
    )
    seats = query(
        "operations.seats",
        SeatsFilter,
        CourseSeatsPage,
        "Seats taken and people waiting in the organization's courses, now and day by day. "
        "Records that were destroyed are in none of the numbers. Refused with admin_required, "
        "cross_site, invalid_input, not_member, too_many_calls.",
    )


class OrgProcedures(Namespace[M]):
    get = query(
        "org.get",
        nothing,
        Org,
        "The active organization; to admins with its settings. Refused with cross_site, "
        "invalid_input, not_member, too_many_calls.",
    )
    update = mutation(
        "org.update",
        OrgChange,
        Org,
        "Change the name, the time zone or the settings of the active organization. Refused with "
        "admin_required, cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "not_member, too_many_calls.",
        keyed=True,
    )


class OutboxProcedures(Namespace[M]):
    list = query(
        "outbox.list",
        Page,
        MessagePage,
        "The organization's mails and webhook deliveries, oldest first, with what became of them. "
        "Refused with admin_required, cross_site, invalid_input, not_member, too_many_calls.",
    )
    retry = mutation(
        "outbox.retry",
        MessageAddress,
        Message,
        "Try to send a message now, and up to six times anew. One that is tried within a minute "
        "anyway is left alone. Refused with admin_required, already_sent, cross_site, "
        "idempotency_key, idempotency_mismatch, invalid_input, not_member, too_many_calls.",
        keyed=True,
    )


class ProgressProcedures(Namespace[M]):
    record = mutation(
        "progress.record",
        ProgressInput,
        Enrollment,
        "Mark a component as done, or say how much of a course is. At 100 percent the record is "
        "completed, unless the course leaves that to its staff. Refused with admin_required, "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, invalid_transition, "
        "no_access, not_member, too_many_calls, user.",
        keyed=True,
    )
    reset = mutation(
        "progress.reset",
        ResetInput,
        Enrollment,
        "Take a learner's marks and progress in a course away; a completion cannot be taken away. "
        "Refused with admin_required, cross_site, idempotency_key, idempotency_mismatch, "
        "invalid_input, invalid_transition, not_member, too_many_calls, user.",
        keyed=True,
    )


class RealmProcedures(Namespace[M]):
    create = mutation(
        "realm.create",
        RealmInput,
        Realm,
        "Make a section of a course, or a group. `realm.rotateCode` gives it an access code. "
        "Refused with admin_required, code_taken, cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, key_taken, not_member, term, too_many_calls.",
        keyed=True,
    )
    get = query(
        "realm.get",
        RealmAddress,
        Realm,
        "One section or group, as far as the caller may know of it. Refused with cross_site, "
        "invalid_input, too_many_calls.",
    )
    list = query(
        "realm.list",
        RealmFilter,
        RealmPage,
        "Sections and groups, oldest first; to learners their own, the sections of published "
        "courses, and groups that one can join or ask to join. Refused with cross_site, "
        "invalid_input, not_member, too_many_calls.",
    )
    rotate_code = mutation(
        "realm.rotateCode",
        CodeTerms,
        Realm,
        "Give a section or a group a new access code, not yet used; the former one is worthless. "
        "Refused with admin_required, code_taken, cross_site, idempotency_key, "
        "idempotency_mismatch, invalid_input, too_many_calls.",
        keyed=True,
    )
    update = mutation(
        "realm.update",
        RealmChange,
        Realm,
        "Change a section or a group; more seats let those in who wait. Refused with "
        "admin_required, code_taken, cross_site, idempotency_key, idempotency_mismatch, "
        "invalid_input, term, too_many_calls.",
        keyed=True,
    )


class SchoolProcedures(Namespace[M]):
    create = mutation(
        "school.create",
        SchoolInput,
        School,
        "Make a school, a department or another part of the organization. Refused with "
        "admin_required, cross_site, idempotency_key, idempotency_mismatch, invalid_input, "
        "key_taken, not_member, too_many_calls.",
        keyed=True,
    )
    list = query(
        "school.list",
        Page,
        SchoolPage,
        "The organization's schools, oldest first. Refused with cross_site, invalid_input, "
        "not_member, too_many_calls.",
    )


class SubmissionProcedures(Namespace[M]):
    create = mutation(
        "submission.create",
        SubmissionInput,
        Submission,
        "Hand in work for an assessment of a course the caller is learning in. Refused with "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, no_access, "
        "too_many_calls.",
        keyed=True,
    )
    list = query(
        "submission.list",
        SubmissionFilter,
        SubmissionPage,
        "What was handed in for a course, oldest first: one's own, and by learners one is staff "
        "of. Of much work a page has less than its limit. Refused with admin_required, "
        "cross_site, invalid_input, too_many_calls, user.",
    )


class SystemProcedures(Namespace[M]):
    health = query(
        "system.health",
        nothing,
        Health,
        "Ready: the process answers, and its database can be read and, as far as is known, "
        "written. Refused with invalid_input.",
    )
    info = query(
        "system.info",
        nothing,
        Info,
        "Which program this is, and in which environment it runs. Refused with invalid_input.",
    )


class TermProcedures(Namespace[M]):
    create = mutation(
        "term.create",
        TermInput,
        Term,
        "Make an academic session, inside another or by itself. Refused with admin_required, "
        "cross_site, idempotency_key, idempotency_mismatch, invalid_input, key_taken, not_member, "
        "outside_parent, term, term_taken, too_many_calls.",
        keyed=True,
    )
    list = query(
        "term.list",
        TermFilter,
        TermPage,
        "The organization's academic sessions, oldest first. Refused with cross_site, "
        "invalid_input, not_member, too_many_calls.",
    )


class WebhookProcedures(Namespace[M]):
    create = mutation(
        "webhook.create",
        WebhookInput,
        NewWebhook,
        "Have events of these kinds sent to a web address from now on. The secret is shown once. "
        "Refused with admin_required, cross_site, idempotency_key, idempotency_mismatch, "
        "invalid_input, not_member, shown_once, too_many_calls.",
        keyed=True,
    )
    delete = mutation(
        "webhook.delete",
        WebhookAddress,
        Done,
        "Send nothing more there, nor what is waiting. Refused with admin_required, cross_site, "
        "idempotency_key, idempotency_mismatch, invalid_input, not_member, too_many_calls.",
        keyed=True,
    )
    list = query(
        "webhook.list",
        Page,
        WebhookPage,
        "The organization's webhooks, oldest first. Refused with admin_required, cross_site, "
        "invalid_input, not_member, too_many_calls.",
    )
    replay = mutation(
        "webhook.replay",
        ReplayInput,
        Replayed,
        "Send past events once more: at most 1,000, those behind `after` that the webhook wants. "
        "Refused with admin_required, cross_site, idempotency_key, idempotency_mismatch, "
        "invalid_input, not_member, too_many_calls.",
        keyed=True,
    )


class Api(Namespace[M]):
    """Every procedure, by namespace."""

    def __init__(self, mode: M) -> None:
        super().__init__(mode)
        self.auth = AuthProcedures(mode)
        self.course = CourseProcedures(mode)
        self.enrollment = EnrollmentProcedures(mode)
        self.membership = MembershipProcedures(mode)
        self.operations = OperationsProcedures(mode)
        self.org = OrgProcedures(mode)
        self.outbox = OutboxProcedures(mode)
        self.progress = ProgressProcedures(mode)
        self.realm = RealmProcedures(mode)
        self.school = SchoolProcedures(mode)
        self.submission = SubmissionProcedures(mode)
        self.system = SystemProcedures(mode)
        self.term = TermProcedures(mode)
        self.webhook = WebhookProcedures(mode)


class Client(Api[Sync], Connected):
    """Waits for each answer. Every refusal is an `rpc.RPCError`."""

    def __init__(self, url: str, **options: Unpack[Options]) -> None:
        """`url` is the mount: `https://host/rpc`."""
        super().__init__(sync_http(url, options))

    def batch(self, key: str | None = None) -> SyncBatch[Api[Gather]]:
        """`with client.batch() as batch:` makes its calls in one request at its end."""
        return SyncBatch(self._mode if key is None else self._mode.keyed(key), Api)

    def keyed(self, key: str) -> Api[Sync]:
        """The same, its mutations under this `Idempotency-Key`: asked again, not done again."""
        return Api(self._mode.keyed(key))


class AsyncClient(Api[Async], AsyncConnected):
    """Gives something to await. Every refusal is an `rpc.RPCError`."""

    def __init__(self, url: str, **options: Unpack[Options]) -> None:
        """`url` is the mount: `https://host/rpc`."""
        super().__init__(async_http(url, options))

    def batch(self, key: str | None = None) -> AsyncBatch[Api[Gather]]:
        """`async with client.batch() as batch:` makes its calls in one request at its end."""
        return AsyncBatch(self._mode if key is None else self._mode.keyed(key), Api)

    def keyed(self, key: str) -> Api[Async]:
        """The same, its mutations under this `Idempotency-Key`: asked again, not done again."""
        return Api(self._mode.keyed(key))
