"""A large and plain roster, for tests that enroll many people at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from world import build

PEOPLE, COURSES = 125, 100
BOSS = "usr_boss"
VERIFIED = "2025-08-01T08:00:00Z"


def build_school(address: str, folder: Path) -> None:
    """A database with many people and courses, and nobody enrolled."""
    roster = folder / "school.json"
    roster.write_text(json.dumps(school()))
    build(address, roster)


def school() -> dict[str, Any]:
    users = [BOSS, *(f"usr_{n}" for n in range(PEOPLE))]
    courses = [f"crs_{n}" for n in range(COURSES)]
    return {
        "format": "rollcall-roster-1",
        "orgs": [{"key": "acme", "name": "Acme"}],
        "schools": [{"org": "acme", "key": "sch", "name": "Acme", "is_default": True}],
        "accounts": [{"key": user, "email": f"{user}@acme.example"} for user in users],
        "memberships": [
            {"org": "acme", "user": user, "role": role_of(user), "verified_at": VERIFIED}
            for user in users
        ],
        "courses": [
            {"org": "acme", "key": key, "title": key, "status": "published"} for key in courses
        ],
    }


def role_of(user: str) -> str:
    return "admin" if user == BOSS else "learner"
