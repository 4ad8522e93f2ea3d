"""What each refusal is called on each surface: one table, a row for each reason."""

from __future__ import annotations

from typing import NamedTuple

from rpc.errors import CODES, Code, InputError, RPCError


class Row(NamedTuple):
    """What procedures refuse with, HTTP statuses, and the word that OneRoster's imsx body has."""

    code: Code
    ims: int
    minor: str
    schoology: int
    v1: int
    api: int


def everywhere(code: Code, minor: str) -> Row:
    """A refusal whose status is the same on all surfaces."""
    status = CODES[code].http
    return Row(code, status, minor, status, status, status)


FORBIDDEN = everywhere("FORBIDDEN", "forbidden")
UNKNOWN = everywhere("NOT_FOUND", "unknownobject")
MALFORMED = everywhere("BAD_REQUEST", "invaliddata")
UNPROCESSED = Row("BAD_REQUEST", 422, "invaliddata", 400, 422, 400)
CONFLICTING = Row("CONFLICT", 422, "invaliddata", 409, 422, 409)
THROTTLED = everywhere("TOO_MANY_REQUESTS", "server_busy")

ROWS = {
    # credentials and roles
    "unauthorized": everywhere("UNAUTHORIZED", "unauthorisedrequest"),
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
    "term": UNKNOWN,
    "user": UNKNOWN,
    # what was asked
    "bad_request": MALFORMED,
    "malformed": MALFORMED,
    "idempotency_key": MALFORMED,
    "invalid_query": Row("BAD_REQUEST", 400, "invaliddata", 400, 422, 400),
    "invalid_filter_field": Row("BAD_REQUEST", 400, "invalid_filter_field", 400, 422, 400),
    "invalid_selection_field": Row("BAD_REQUEST", 400, "invalid_selection_field", 400, 422, 400),
    "too_many_items": MALFORMED,
    "unknown_cursor": MALFORMED,
    "method_not_supported": everywhere("METHOD_NOT_SUPPORTED", "invaliddata"),
    # tRPC has no code for 406
    "not_acceptable": Row("BAD_REQUEST", 406, "invaliddata", 406, 406, 406),
    "payload_too_large": everywhere("PAYLOAD_TOO_LARGE", "invaliddata"),
    "unsupported_media_type": everywhere("UNSUPPORTED_MEDIA_TYPE", "invaliddata"),
    "invalid_input": UNPROCESSED,
    "cycle": UNPROCESSED,
    "enrollment_closed": UNPROCESSED,
    "invalid_transition": UNPROCESSED,
    "not_published": UNPROCESSED,
    "other_course": UNPROCESSED,
    "outside_parent": UNPROCESSED,
    "prerequisites_not_met": UNPROCESSED,
    # what is there already
    "already_completed": CONFLICTING,
    "already_enrolled": CONFLICTING,
    "already_member": CONFLICTING,
    "already_sent": CONFLICTING,
    "code_taken": CONFLICTING,
    "conflict": CONFLICTING,
    "full": CONFLICTING,
    "idempotency_mismatch": CONFLICTING,
    "key_taken": CONFLICTING,
    "last_admin": CONFLICTING,
    "rolled_back": CONFLICTING,
    "shown_once": CONFLICTING,
    "term_taken": CONFLICTING,
    "version": CONFLICTING,
    # not now
    "too_many_calls": THROTTLED,
    "too_many_failures": THROTTLED,
    "too_many_streams": THROTTLED,
    "too_many_requests": THROTTLED,
    "service_unavailable": everywhere("SERVICE_UNAVAILABLE", "server_busy"),
    "timeout": everywhere("TIMEOUT", "server_busy"),
    "client_closed_request": everywhere("CLIENT_CLOSED_REQUEST", "server_busy"),
    "internal_server_error": everywhere("INTERNAL_SERVER_ERROR", "internal_server_error"),
}


def reason_of(error: RPCError) -> str:
    """The word for a refusal: its own reason, else its code."""
    return "invalid_input" if isinstance(error, InputError) else error.reason or error.code.lower()


def row_of(error: RPCError) -> Row:
    """The row of a refusal."""
    return ROWS.get(reason_of(error)) or everywhere(error.code, "invaliddata")


def message_of(error: RPCError) -> str:
    """What may be said about a refusal: nothing of what went wrong inside."""
    return "Internal Server Error" if CODES[error.code].http == 500 else error.message
