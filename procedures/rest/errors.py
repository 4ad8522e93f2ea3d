"""What each refusal is called on each surface: one table, a row for each reason."""

from __future__ import annotations

from typing import NamedTuple

from rpc.errors import CODES, InputError, RPCError


class Row(NamedTuple):
    """HTTP statuses, and the word that OneRoster's imsx body has for it."""

    ims: int
    minor: str
    schoology: int
    v1: int
    api: int


def everywhere(status: int, minor: str) -> Row:
    return Row(status, minor, status, status, status)


UNPROCESSED = Row(422, "invaliddata", 400, 422, 400)
CONFLICTING = Row(422, "invaliddata", 409, 422, 409)
FORBIDDEN = everywhere(403, "forbidden")
UNKNOWN = everywhere(404, "unknownobject")
MALFORMED = everywhere(400, "invaliddata")

ROWS = {
    # credentials and roles
    "unauthorized": everywhere(401, "unauthorisedrequest"),
    "admin_required": FORBIDDEN,
    "code_required": FORBIDDEN,
    "cross_site": FORBIDDEN,
    "forbidden": FORBIDDEN,
    "invite_only": FORBIDDEN,
    "no_access": FORBIDDEN,
    "not_member": FORBIDDEN,
    "reenroll_not_allowed": FORBIDDEN,
    "suspended": FORBIDDEN,
    # what is not there
    "not_found": UNKNOWN,
    "user": UNKNOWN,
    # what was asked
    "bad_request": MALFORMED,
    "malformed": MALFORMED,
    "invalid_query": Row(400, "invaliddata", 400, 422, 400),
    "invalid_filter_field": Row(400, "invalid_filter_field", 400, 422, 400),
    "invalid_selection_field": Row(400, "invalid_selection_field", 400, 422, 400),
    "too_many_items": MALFORMED,
    "method_not_supported": everywhere(405, "invaliddata"),
    "not_acceptable": everywhere(406, "invaliddata"),
    "payload_too_large": everywhere(413, "invaliddata"),
    "unsupported_media_type": everywhere(415, "invaliddata"),
    "invalid_input": UNPROCESSED,
    "cycle": UNPROCESSED,
    "enrollment_closed": UNPROCESSED,
    "invalid_transition": UNPROCESSED,
    "not_published": UNPROCESSED,
    "other_course": UNPROCESSED,
    "prerequisites_not_met": UNPROCESSED,
    # what is there already
    "already_completed": CONFLICTING,
    "already_enrolled": CONFLICTING,
    "conflict": CONFLICTING,
    "full": CONFLICTING,
    "idempotency_mismatch": CONFLICTING,
    "key_taken": CONFLICTING,
    "rolled_back": CONFLICTING,
    "version": CONFLICTING,
    # not now
    "too_many_requests": everywhere(429, "server_busy"),
    "service_unavailable": everywhere(503, "server_busy"),
    "timeout": everywhere(408, "server_busy"),
    "internal_server_error": everywhere(500, "internal_server_error"),
}


def reason_of(error: RPCError) -> str:
    """The word for a refusal: its own reason, else its code."""
    if CODES[error.code].http >= 500:
        return error.code.lower() if error.code.lower() in ROWS else "internal_server_error"
    if isinstance(error, InputError):
        return "invalid_input"
    return error.reason or error.code.lower()


def row_of(error: RPCError) -> Row:
    """The row of a refusal; one whose reason has none goes by its code."""
    found = ROWS.get(reason_of(error)) or ROWS.get(error.code.lower())
    return found or everywhere(CODES[error.code].http, "invaliddata")


def message_of(error: RPCError) -> str:
    """What may be said about a refusal: nothing of what went wrong inside."""
    if CODES[error.code].http == 500:
        return "Internal Server Error"
    return error.message
