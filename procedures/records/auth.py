"""Who is signed in, and with what."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import Input, Instant, Key, Label, Output
from procedures.records.membership import OrgRole


class LoginInput(Input, frozen=True, kw_only=True):
    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]


class OrgAddress(Input, frozen=True, kw_only=True):
    org_id: Key


class OrgMembership(Output, frozen=True):
    org_id: str
    name: str
    role: OrgRole
    verified: bool


class Me(Output, frozen=True):
    """Who is signed in, and where. `orgId` is the active organization."""

    user_id: str
    email: str
    name_display: str
    org_id: str | None
    orgs: list[OrgMembership]


class TokenInput(Input, frozen=True, kw_only=True):
    """`ttl` in seconds; none = it does not expire. `client`: id and secret for /oauth2/token."""

    label: Label
    ttl: Annotated[int, Meta(ge=1, le=10 * 366 * 86_400)] | None = None
    kind: Literal["bearer", "client"] = "bearer"


class Token(Output, frozen=True):
    """A new token. Its text is shown this once; only its hash is kept."""

    id: str
    token: str
    expires_at: Instant | None


class TokenAddress(Input, frozen=True, kw_only=True):
    id: Key


class ClientCredentials(Input, frozen=True, kw_only=True):
    id: str
    secret: str


class ClientToken(Output, frozen=True):
    """A bearer token and the seconds it lasts."""

    token: str
    expires_in: int
