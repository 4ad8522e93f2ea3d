"""Which field a unique index speaks of when it refuses a row."""

from __future__ import annotations

from collections.abc import Mapping

from procedures.roster.refusal import quoted

# Indexes of several columns: the field that is named, and what is wrong.
REFUSALS = {
    "school_default": ("is_default", "the org has a default school already"),
    "term_natural": ("title", "the school has a term of this kind and title already"),
    "realm_default": ("is_default", "the course has a default section in this school already"),
    "enrollment_live": ("user", "has a live record in this role and slot already"),
}
TAKEN = {
    "org_key": "key",
    "school_key": "key",
    "account_key": "key",
    "account_email": "email",
    "membership_key": "key",
    "membership_school_uid": "school_uid",
    "course_key": "key",
    "component_key": "key",
    "term_key": "key",
    "realm_key": "key",
    "realm_school_code": "section_school_code",
    "realm_code": "access_code",
    "enrollment_key": "key",
    "submission_key": "key",
}
# The engines name the index of a primary key each in its own way.
PRIMARY = {
    "membership": ("user", "is a member already"),
    "prerequisite": ("requires", "is required already"),
    "component_done": ("component", "is done already"),
    "realm_term": ("terms", "a term twice"),
}


def conflict(index: str, table: str, columns: Mapping[str, str]) -> tuple[str, str]:
    """The field of the entry, and what is wrong with it."""
    if field := TAKEN.get(index):
        return field, f"{quoted(columns[field])} is already taken"
    if refusal := REFUSALS.get(index) or PRIMARY.get(table):
        return refusal
    return "id", f"{columns['id']} is already taken"
