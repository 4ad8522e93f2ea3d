"""What the mails say. Pure: facts become a letter, plain text throughout."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

from procedures.instants import last_day
from procedures.messages.failures import Undeliverable
from procedures.store.outbox import FactsRow


class Letter(Struct, frozen=True):
    """Paragraphs, then at most one link."""

    subject: str
    paragraphs: list[str]
    link: tuple[str, str] | None = None  # what it leads to, and where


class Facts(Struct, frozen=True):
    """What a letter may speak of. `site` is where the front end is, without a slash at the end."""

    row: FactsRow
    site: str
    for_staff: bool = False

    @property
    def title(self) -> str:
        return self.row.course_title or self.row.realm_title

    @property
    def learner(self) -> str:
        return self.row.person.name_display or self.row.person.email

    @property
    def page(self) -> str:
        if self.row.course_key is not None:
            return f"{self.site}/courses/{quote(self.row.course_key, safe='')}"
        return f"{self.site}/groups/{quote(self.row.realm_key, safe='')}"

    @property
    def certificate(self) -> str | None:
        template = self.row.org.settings.certificate_url
        if template is None or not self.row.certificate_enabled:
            return None
        return template.replace("{enrollment}", quote(self.row.enrollment_key, safe=""))


def letter(template: str, facts: Facts) -> Letter:
    """The letter of that template. Raises Undeliverable."""
    if template not in LETTERS:
        raise Undeliverable(f"there is no template {template}")
    return LETTERS[template](facts)


def welcome(facts: Facts) -> Letter:
    return Letter(
        f"Welcome to {facts.title}",
        [
            hello(facts),
            f"You are enrolled in {facts.title} at {facts.row.org.name}.",
            *access(facts),
        ],
        ("Begin here", facts.page),
    )


def promoted(facts: Facts) -> Letter:
    return Letter(
        f"A place in {facts.title} is yours",
        [
            hello(facts),
            f"A place has come free: you are now enrolled in {facts.title} at"
            f" {facts.row.org.name}.",
            *access(facts),
        ],
        ("Begin here", facts.page),
    )


def waitlisted(facts: Facts) -> Letter:
    return Letter(
        f"You are on the waiting list of {facts.title}",
        [
            hello(facts),
            f"{facts.title} at {facts.row.org.name} is full. You are on its waiting list, and we"
            " write to you as soon as a place is yours.",
        ],
    )


def invited(facts: Facts) -> Letter:
    return Letter(
        f"You are invited to {facts.title}",
        [
            hello(facts),
            f"{facts.row.org.name} invites you to {facts.title}. Your place is held for you.",
        ],
        ("Accept here", facts.page),
    )


def requested(facts: Facts) -> Letter:
    if facts.for_staff:
        return Letter(
            f"{facts.learner} asks to join {facts.title}",
            [
                "Hello,",
                f"{facts.learner} ({facts.row.person.email}) asks to join {facts.title} at"
                f" {facts.row.org.name}.",
            ],
            ("Answer here", facts.page),
        )
    return Letter(
        f"You have asked to join {facts.title}",
        [
            hello(facts),
            f"Your request to join {facts.title} at {facts.row.org.name} has been passed on. We"
            " write to you when it is approved.",
        ],
    )


def completed(facts: Facts) -> Letter:
    certificate = facts.certificate
    return Letter(
        f"You have completed {facts.title}",
        [
            hello(facts),
            f"Congratulations! You have completed {facts.title} at {facts.row.org.name}.",
        ],
        None if certificate is None else ("Your certificate", certificate),
    )


def completed_admin(facts: Facts) -> Letter:
    return Letter(
        f"{facts.learner} has completed {facts.title}",
        [
            "Hello,",
            f"{facts.learner} ({facts.row.person.email}) has completed {facts.title} at"
            f" {facts.row.org.name}.",
        ],
    )


def hello(facts: Facts) -> str:
    return f"Hello {facts.row.person.name_display}," if facts.row.person.name_display else "Hello,"


def access(facts: Facts) -> list[str]:
    """When the access ends, where it does: the last day, in the organization's time zone."""
    if facts.row.end_at is None:
        return []
    return [f"Your access ends on {last_day(facts.row.end_at, facts.row.org.time_zone)}."]


LETTERS: dict[str, Callable[[Facts], Letter]] = {
    "welcome": welcome,
    "promoted": promoted,
    "waitlisted": waitlisted,
    "invited": invited,
    "requested": requested,
    "completed": completed,
    "completed_admin": completed_admin,
}
