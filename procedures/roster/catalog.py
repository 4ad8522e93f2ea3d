"""The rows of what enrollments need: orgs, schools, people, courses, terms, sections and groups."""

from __future__ import annotations

from procedures.credentials import canonical_email
from procedures.roster import directory, document
from procedures.roster.refusal import quoted
from procedures.roster.writing import (
    Added,
    Columns,
    Here,
    Link,
    Loading,
    json_text,
    link,
    plain,
    references,
    refuse_circle,
)

PARENT = "update {} set parent_id = :parent where org_id = :org_id and id = :child"


def write_catalog(loading: Loading) -> None:
    """Write all but the records, parents before children. Raises RosterError."""
    loading.add("orgs", org)
    schools = loading.add("schools", school)
    link("parent", PARENT.format("school"), references("parent", directory.School, schools))
    loading.add("accounts", account)
    loading.add("memberships", membership)
    loading.add("courses", course)
    refuse_circular_prerequisites(loading.add("prerequisites", prerequisite))
    components = loading.add("components", component)
    link("parent", PARENT.format("component"), component_parents(components))
    terms = loading.add("terms", term)
    link("parent", PARENT.format("term"), references("parent", directory.Term, terms))
    link_terms(loading.add("realms", realm))


def org(here: Here, entry: document.Org) -> Columns:
    return {**plain(entry, "settings"), "settings": json_text(entry.settings)}


def school(here: Here, entry: document.School) -> Columns:
    return plain(entry, "parent")


def account(here: Here, entry: document.Account) -> Columns:
    return {
        **plain(entry, "password"),
        "email_canonical": canonical_email(entry.email),
        "password_hash": entry.password and str(entry.password),  # a hash by now
    }


def membership(here: Here, entry: document.Membership) -> Columns:
    user = here.require("user", directory.Account, entry.user)
    return {**plain(entry, "user"), "user_id": user.id, "key": str(entry.key or entry.user)}


def course(here: Here, entry: document.Course) -> Columns:
    school_id = school_of(here, entry.school)
    return {**plain(entry, "school"), "school_id": school_id, "updated_at": here.now}


def prerequisite(here: Here, entry: document.Prerequisite) -> Columns:
    return {
        "course_id": here.require("course", directory.Course, entry.course).id,
        "requires_id": here.require("requires", directory.Course, entry.requires).id,
    }


def component(here: Here, entry: document.Component) -> Columns:
    columns = plain(entry, "course", "parent")
    if entry.counts is None:
        columns["counts"] = int(entry.kind in ("lesson", "module"))
    if entry.position is None:
        columns["position"] = here.at.index + 1
    return {**columns, "course_id": here.require("course", directory.Course, entry.course).id}


def term(here: Here, entry: document.Term) -> Columns:
    return {**plain(entry, "school", "parent"), "school_id": school_of(here, entry.school)}


def realm(here: Here, entry: document.Realm) -> Columns:
    columns = plain(entry, "course", "school", "terms")
    if entry.kind == "group":
        columns["join_policy"] = str(entry.join_policy or "invite")
        return {**columns, "school_id": school_of(here, entry.school)}
    of = here.require("course", directory.Course, entry.course)
    school_id = school_of(here, entry.school) if entry.school else of.school_id
    return {**columns, "course_id": of.id, "school_id": school_id}


def school_of(here: Here, key: str | None) -> int:
    """The school of this key, or the org's default one."""
    return here.require("school", directory.School, key).id


def component_parents(added: list[Added]) -> list[Link]:
    return [component_parent(row) for row in added if row.entry.parent is not None]


def component_parent(row: Added) -> Link:
    """A parent is looked up within the component's own course."""
    of = row.here.require("course", directory.Course, row.entry.course)
    parent = row.here.require("parent", directory.Component, (of.id, row.entry.parent))
    return Link(row.here, row.id, parent.id)


def refuse_circular_prerequisites(added: list[Added]) -> None:
    """The document may close a circle that begins in the database."""
    links = [prerequisite_link(row) for row in added]
    for here in {row.here.org.id: row.here for row in added}.values():
        edges = here.all(directory.Requirement)
        refuse_circle("requires", links, {(edge.course_id, edge.requires_id) for edge in edges})


def prerequisite_link(row: Added) -> Link:
    ends = prerequisite(row.here, row.entry)
    return Link(row.here, ends["course_id"], ends["requires_id"])


def link_terms(realms: list[Added]) -> None:
    links = [(row, term_id(row, key)) for row in realms for key in row.entry.terms]
    for row, term in links:
        row.here.insert("realm_term", {"realm_id": row.id, "term_id": term})
    for row, term in reversed(links):
        refuse_shared_code(row, term)


def term_id(row: Added, key: str) -> int:
    return row.here.require("terms", directory.Term, key).id


def refuse_shared_code(row: Added, term: int) -> None:
    code, course_id = row.entry.section_code, course_of(row)
    if row.here.find(directory.SharedCode, (term, course_id, code)):
        what = f"another section of the course has {quoted(code)} in one of its terms"
        raise row.here.refused("section_code", what)


def course_of(row: Added) -> int | None:
    return row.here.require("key", directory.Realm, row.entry.key).course_id
