"""A tenant full of things, seen from outside: by members of another tenant, and by people who are
not, not yet or no longer members of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from world import NOW, ROSTER, World

from procedures.credentials import token_hash
from procedures.store.transaction import Transaction

# What the other tenant has, by the names the entries use. Numbers stand out in any text.
FOREIGN: dict[str, Any] = {
    "org": "beta",
    "school": "sch_beta",
    "term": "trm_beta",
    "course": "crs_beta",
    "component": "les_beta",
    "realm": "sec_beta",
    "other_realm": "sec_eta_beta",
    "group": "grp_beta",
    "record": "enr_beta",
    "group_record": "enr_eta_beta",
    "user": "usr_ben_beta",
    "webhook": "whk_beta",
    "token": "tok_beta",
    "client": "tok_client_beta",
    "teacher": "usr_teo_beta",
    "code": "BBBBB-BETA2",
    "door_code": "DDDDD-BETA2",
    "message": "7710001",
    "email": "ben_beta@beta.example",
    "course_code": "CODE-BETA",
    "section_code": "PART-BETA",
    "section_school_code": "WHERE-BETA",
    "school_uid": "uid_beta",
    "course_number": 7710002,
    "realm_number": 7710003,
    "group_number": 7710004,
    "record_number": 7710005,
    "group_record_number": 7710006,
    "user_number": 7710007,
    "term_number": 7710008,
}
# What the callers' own tenant has, for inputs that name something of theirs beside.
OWN = {"course": "crs_open", "realm": "sec_past", "code": "AAAAA-AAAA2", "user": "usr_lou"}
OWN |= {"record": "enr_lia", "realm_number": 7720001, "record_number": 7720002}


def absent(thing: Any) -> Any:
    """What is called nearly so, is as long and never was."""
    if isinstance(thing, int):
        return thing + 1_000_000
    return re.sub("(?i)beta", lambda found: "zzzz" if found[0].islower() else "ZZZZ", thing)


UNKNOWN = {name: absent(thing) for name, thing in FOREIGN.items()}
UNKNOWN["message"] = "8710001"

FOREIGN_ROWS: dict[str, list[dict[str, Any]]] = {
    "orgs": [{"key": "gamma", "name": "Gamma"}],
    "schools": [{"org": "gamma", "key": "sch_gamma", "name": "Gamma", "is_default": True}],
    "accounts": [
        {"key": "usr_dua", "email": "dua@x.example"},
        {"key": "usr_ben_beta", "id": 7710007, "email": "ben_beta@beta.example"},
        *({"key": f"usr_{who}", "email": f"{who}@x.example"} for who in ("una2", "pia2", "rem2")),
        {"key": "usr_teo_beta", "email": "teo@x.example"},
    ],
    "memberships": [
        {"org": "acme", "user": "usr_dua", "role": "instructor", "verified_at": NOW},
        {"org": "gamma", "user": "usr_dua", "role": "admin", "verified_at": NOW},
        {"user": "usr_ben_beta", "role": "learner", "verified_at": NOW, "school_uid": "uid_beta"},
        {"user": "usr_teo_beta", "role": "instructor", "verified_at": NOW},
        {"user": "usr_una2", "role": "admin"},
        {"user": "usr_pia2", "role": "admin", "status": "pending"},
        {"user": "usr_rem2", "role": "admin", "status": "removed"},
    ],
    "components": [
        {"course": "crs_beta", "key": "les_beta", "kind": "lesson", "title": "Canary lesson"}
    ],
    "realms": [
        {
            "key": "sec_eta_beta",
            "kind": "section",
            "course": "crs_beta",
            "title": "Canary",
            "section_code": "PART-BETA",
            "section_school_code": "WHERE-BETA",
            "terms": ["trm_beta"],
        },
        {
            "id": 7710004,
            "key": "grp_beta",
            "kind": "group",
            "title": "Canary group",
            "join_policy": "code",
            "access_code": "BBBBB-BETA2",
        },
    ],
    "enrollments": [
        {"id": 7710006, "key": "enr_eta_beta", "realm": "grp_beta", "role": "student"}
        | {"user": "usr_ben_beta", "status": "active", "enrolled_at": "2025-09-01T08:00:00Z"},
        {"key": "enr_teo", "realm": "sec_beta", "role": "teacher", "user": "usr_teo_beta"}
        | {"status": "active", "enrolled_at": "2025-09-01T08:00:00Z"},
    ],
}
CHANGED = {
    "trm_beta": {"id": 7710008, "title": "Canary term"},
    "crs_beta": {"id": 7710002, "title": "Canary course", "code": "CODE-BETA"},
    "sec_beta": {"id": 7710003, "title": "Canary section", "access_code": "DDDDD-BETA2"},
    "enr_beta": {"id": 7710005, "user": "usr_ben_beta"},
    "sec_past": {"id": 7720001},
    "enr_lia": {"id": 7720002},
    "grp_code": {"access_code": "AAAAA-AAAA2"},
}


def roster() -> bytes:
    """The world of the tests with more in the other tenant."""
    document = json.loads(ROSTER.read_text())
    for table in (rows for rows in document.values() if isinstance(rows, list)):
        for row in table:
            row.update(CHANGED.get(row.get("key"), {}))
    for name, rows in FOREIGN_ROWS.items():
        org = {} if name in ("orgs", "accounts") else {"org": "beta"}
        document[name] += [org | row for row in rows]
    return json.dumps(document).encode()


def write_roster(directory: Path) -> Path:
    path = directory / "tenants.json"
    path.write_bytes(roster())
    return path


def furnish(tx: Transaction) -> None:
    """What no roster brings: a webhook, a message, tokens."""
    org = tx.value("select id from org where key = 'beta'")
    admin = tx.value("select id from account where key = 'usr_bea'")
    about = {"org_id": org, "key": "whk_beta", "url": "https://canary.example", "secret": "canary"}
    tx.insert("webhook", **about)
    event = tx.value("select min(id) from event where org_id = :org", org=org)
    mail = {"channel": "email", "recipient": "canary@beta.example", "template": "welcome"}
    tx.insert("outbox", org_id=org, id=7710001, event_id=event, dedupe="canary", **mail)
    for key, kind in (("tok_beta", "bearer"), ("tok_client_beta", "client")):
        secret = {"hash": token_hash(f"canary {key}"), "label": "canary", "created_at": NOW}
        tx.insert("token", org_id=org, key=key, user_id=admin, kind=kind, **secret)


def filled(value: Any, things: dict[str, Any], own: dict[str, Any]) -> Any:
    """An entry with things in the place of their names: `@course` is one of the tenant that is
    asked about, `$course` one of the caller's own."""
    if isinstance(value, dict):
        return {name: filled(part, things, own) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, things, own) for part in value]
    if not isinstance(value, str):
        return value
    if value[:1] in "@$" and value[1:].isidentifier():
        return (things if value[0] == "@" else own)[value[1:]]
    return re.sub(r"@(\w+)", lambda found: str(things[found[1]]), value)


def unnamed(text: str, things: dict[str, Any]) -> str:
    """A text without the names of things."""
    names = sorted((str(thing) for thing in things.values()), key=len, reverse=True)
    return re.sub("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), "*", text)


def kept(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row but those that count failures."""
    return {name: rows for name, rows in world.contents().items() if name != "attempt"}
