"""What is refused in several places, each in one wording."""

from __future__ import annotations

from rpc.errors import RPCError


def not_member() -> RPCError:
    return RPCError("FORBIDDEN", "not a verified member of this organization", reason="not_member")


def staff_only() -> RPCError:
    return RPCError("FORBIDDEN", "staff only", reason="admin_required")


def no_access() -> RPCError:
    return RPCError("FORBIDDEN", "no access to this course now", reason="no_access")


def no_course() -> RPCError:
    return RPCError("NOT_FOUND", "no such course")


def no_enrollment() -> RPCError:
    return RPCError("NOT_FOUND", "no such enrollment")


def no_realm() -> RPCError:
    return RPCError("NOT_FOUND", "no such section or group")


def no_school() -> RPCError:
    return RPCError("NOT_FOUND", "no such school")


def no_term() -> RPCError:
    return RPCError("NOT_FOUND", "no such term", reason="term")


def no_user() -> RPCError:
    return RPCError("NOT_FOUND", "no such user", reason="user")


def key_taken() -> RPCError:
    return RPCError("CONFLICT", "this key is taken", reason="key_taken")
