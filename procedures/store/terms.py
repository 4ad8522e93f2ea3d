"""Academic sessions, and which sections belong to them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from procedures.store.transaction import Transaction


class TermRow(Struct, frozen=True):
    id: int
    key: str
    kind: str
    title: str
    start_date: str
    end_date: str
    school_year: str | None
    parent_key: str | None
    school_id: int
    school_key: str


SELECT = """
    select t.id, t.key, t.kind, t.title, t.start_date, t.end_date, t.school_year, p.key,
           t.school_id, s.key
    from term t
    join school s on s.org_id = t.org_id and s.id = t.school_id
    left join term p on p.org_id = t.org_id and p.id = t.parent_id
    where t.org_id = :org_id
"""
UNIT = "\x1f"  # stands between keys, which have no control characters
# The keys of the terms of the realm `r`, as one text.
KEYS = """(select string_agg(t.key, :unit order by t.id) from realm_term rt
            join term t on t.org_id = rt.org_id and t.id = rt.term_id
            where rt.org_id = r.org_id and rt.realm_id = r.id)"""
CONDITIONS = {"kind": "t.kind = :kind", "school_key": "s.key = :school_key"}


def term(tx: Transaction, org_id: int, key: str) -> TermRow | None:
    return tx.one(TermRow, f"{SELECT} and t.key = :key", org_id=org_id, key=key)


def terms(
    tx: Transaction, org_id: int, wanted: Mapping[str, str], page: tuple[int, int]
) -> list[TermRow]:
    """Terms that meet every condition of `wanted`, with an id above page[0], at most page[1]."""
    conditions = "".join(f" and {CONDITIONS[name]}" for name in wanted)
    return tx.all(
        TermRow,
        f"{SELECT} {conditions} and t.id > :after order by t.id limit :limit",
        org_id=org_id,
        after=page[0],
        limit=page[1],
        **wanted,
    )


def link_term(tx: Transaction, org_id: int, realm_id: int, term_key: str) -> int:
    """Put a section in the term of that key; the number of terms found."""
    return tx.run(
        """
        insert into realm_term (org_id, realm_id, term_id)
        select org_id, :realm_id, id from term where org_id = :org_id and key = :term_key
        """,
        org_id=org_id,
        realm_id=realm_id,
        term_key=term_key,
    )


def join_term(tx: Transaction, org_id: int, realm_id: int, term_id: int) -> None:
    """Put a section in a term, unless it or another one with its code is there."""
    tx.run(
        """
        insert into realm_term (org_id, realm_id, term_id)
        select r.org_id, r.id, t.id from realm r join term t on t.org_id = r.org_id
        where r.org_id = :org_id and r.id = :realm_id and t.id = :term_id and not exists (
          select 1 from realm o cross join realm_term rt
          where o.org_id = r.org_id and o.course_id = r.course_id
            and (o.id = r.id or o.section_code = r.section_code)
            and rt.org_id = o.org_id and rt.realm_id = o.id and rt.term_id = t.id)
        """,
        org_id=org_id,
        realm_id=realm_id,
        term_id=term_id,
    )


def is_in_term(tx: Transaction, org_id: int, realm_id: int, day: str) -> bool:
    """Whether a section is in a term, or another part of a school year, that is on that day."""
    return tx.exists(
        """
        select 1 from realm_term rt
        join term t on t.org_id = rt.org_id and t.id = rt.term_id
        where rt.org_id = :org_id and rt.realm_id = :realm_id and t.kind <> 'schoolYear'
          and t.start_date <= :day and t.end_date >= :day limit 1
        """,
        org_id=org_id,
        realm_id=realm_id,
        day=day,
    )


def unlink_terms(tx: Transaction, org_id: int, realm_id: int) -> None:
    tx.run(
        "delete from realm_term where org_id = :org_id and realm_id = :realm_id",
        org_id=org_id,
        realm_id=realm_id,
    )


def shares_code(tx: Transaction, org_id: int, realm_id: int) -> bool:
    """Whether another section of the course has this one's section code in one of its terms."""
    return tx.exists(
        """
        select 1 from realm r
        cross join realm other
        cross join realm_term its
        join realm_term mine on mine.org_id = its.org_id and mine.term_id = its.term_id
        where r.org_id = :org_id and r.id = :realm_id
          and other.org_id = r.org_id and other.course_id = r.course_id
          and other.section_code = r.section_code and other.id <> r.id
          and its.org_id = r.org_id and its.realm_id = other.id and mine.realm_id = r.id
        limit 1
        """,
        org_id=org_id,
        realm_id=realm_id,
    )


def term_id(tx: Transaction, org_id: int, school_id: int, kind: str, title: str) -> int | None:
    return tx.one(
        int,
        """
        select id from term
        where org_id = :org_id and school_id = :school_id and kind = :kind and title = :title
        """,
        org_id=org_id,
        school_id=school_id,
        kind=kind,
        title=title,
    )
