"""The environment -> Settings. Nothing else reads the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from procedures.messages.relay import Relay, relay_of, sender_of, site_of

PREFIX = "ROLLCALL_"
OF_CLIENTS = {"ROLLCALL_TOKEN"}  # as the examples have it
SHORTEST_KEY = 32  # characters
T = TypeVar("T")
Environment = Literal["development", "staging", "production"]


class SettingsError(Exception):
    """The environment does not make a working configuration; the text says what to change."""


class Settings(Struct, frozen=True, kw_only=True):
    """Each field is read from `ROLLCALL_` and its name in capitals."""

    database: str = "rollcall.db"
    pool_size: Annotated[int, Meta(ge=1, le=100)] = 10  # connections of a process to a server
    secret_keys: tuple[str, ...] = ()
    smtp_url: str | None = None
    mail_from: str = "rollcall@localhost"
    public_url: str = "http://localhost:8000"
    environment: Environment = "development"
    allowed_origins: tuple[str, ...] = ()  # whose pages may call /rpc with their user's session
    proxies: Annotated[int, Meta(ge=0, le=9)] = 0  # in front of us that write X-Forwarded-For
    call_rate: Annotated[int, Meta(ge=0)] = 500  # calls a second of one account; 0: any
    call_burst: Annotated[int, Meta(ge=1)] = 5000  # of them at once
    max_streams: Annotated[int, Meta(ge=1)] = 100  # subscriptions of one account in a process
    max_connections: Annotated[int, Meta(ge=1)] = 1000  # of a process
    max_peer_connections: Annotated[int, Meta(ge=1)] = 1000  # of them from one address
    log: Literal["text", "json"] = "text"
    metrics: str | None = None  # "open", or the bearer token that /metrics asks for
    console: Literal["on", "off"] | None = None  # None: on, but in production off
    stall_seconds: Annotated[int, Meta(ge=1, le=3600)] = 20  # until who does not read is cut

    @property
    def database_is_file(self) -> bool:
        return "://" not in self.database

    def beside(self, suffix: str) -> Path:
        """A file beside the database, or here where that is no file."""
        path = Path(self.database if self.database_is_file else "rollcall")
        return Path(f"{path}{suffix}")

    @property
    def shows_console(self) -> bool:
        return (self.console or ("off" if self.environment == "production" else "on")) == "on"

    @property
    def relay(self) -> Relay | None:
        """The mail server. Raises SettingsError."""
        return None if self.smtp_url is None else parsed("SMTP_URL", relay_of, self.smtp_url)

    @property
    def sender(self) -> Address:
        """Who writes our mails. Raises SettingsError."""
        return parsed("MAIL_FROM", sender_of, self.mail_from)

    @property
    def site(self) -> str:
        """Where the front end is, without a slash at the end. Raises SettingsError."""
        return parsed("PUBLIC_URL", site_of, self.public_url)


def read_settings(environ: Mapping[str, str] = os.environ, **given: str | None) -> Settings:
    """Settings from the environment; what is given on the command line goes before."""
    values: dict[str, object] = {
        name: environ[PREFIX + name.upper()]
        for name in Settings.__struct_fields__
        if environ.get(PREFIX + name.upper())
    }
    require_text(values)
    values |= {name: value for name, value in given.items() if value is not None}
    for name in ("secret_keys", "allowed_origins"):
        words = str(values.pop(name, "")).split(",")
        values[name] = tuple(word.strip() for word in words if word.strip())
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        what, _, name = str(error).partition(" - at `$.")
        raise SettingsError(f"bad setting: {PREFIX}{name[:-1].upper()}: {what}") from None
    for origin in settings.allowed_origins:
        parsed("ALLOWED_ORIGINS", checked_origin, origin)
    # Refused here, not at the first mail.
    if settings.relay is not None:
        _ = settings.sender, settings.site
    return settings


def unread(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables that look like settings and are none."""
    known = OF_CLIENTS | {PREFIX + name.upper() for name in Settings.__struct_fields__}
    return sorted(name for name in environ.keys() - known if name.startswith(PREFIX))


def require_text(values: Mapping[str, object]) -> None:
    """Refuse bytes that are no UTF-8, but in the path of a file."""
    for name in values.keys() - {"database"}:
        try:
            str(values[name]).encode()
        except UnicodeEncodeError:
            raise SettingsError(f"{PREFIX}{name.upper()} is no UTF-8") from None


def checked_origin(text: str) -> str:
    """Raises ValueError for what a browser would never send, as `*` or a path at the end."""
    parts = urlsplit(text)
    is_plain = parts.scheme in ("http", "https") and bool(parts.hostname)
    if not is_plain or text != f"{parts.scheme}://{parts.netloc}".lower() or "@" in text:
        raise ValueError(f"must be origins like https://app.example.org, not {text!r}")
    return text


def leave_to_libraries(name: str, value: str) -> None:
    """Set what a library reads from the environment."""
    os.environ[name] = value


def parsed(name: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name} {error}") from None


def makes_secret(settings: Settings) -> bool:
    """Whether `with_secret` would make a key."""
    is_given = settings.secret_keys or os.path.lexists(settings.beside(".secret"))
    return not is_given and settings.environment != "production"


def with_secret(settings: Settings) -> tuple[Settings, Path | None]:
    """Settings that have a key to sign with, and the file it is kept in if it had to be made.

    Outside production a missing key is made once and kept beside the database, or here where that
    is no file. Raises SettingsError.
    """
    if settings.secret_keys:
        require_long_keys(settings)
        return settings, None
    if settings.environment == "production":
        raise SettingsError("ROLLCALL_SECRET_KEYS is required in production: set at least one key")
    path = settings.beside(".secret")
    try:
        if not os.path.lexists(path):
            keep_new_secret(path)
        return msgspec.structs.replace(settings, secret_keys=(secret_in(path),)), path
    except OSError as error:
        raise SettingsError(f"cannot keep a key in {path}: {error.strerror}") from None


def require_long_keys(settings: Settings) -> None:
    """Refuse keys that may be guessed, but in development."""
    shortest = min(map(len, settings.secret_keys))
    if shortest < SHORTEST_KEY and settings.environment != "development":
        message = f"ROLLCALL_SECRET_KEYS has a key of less than {SHORTEST_KEY} characters"
        raise SettingsError(message)


def secret_in(path: Path) -> str:
    """The key that a file holds. Raises OSError, SettingsError."""
    with suppress(UnicodeDecodeError):
        if (key := path.read_text("utf-8")).strip():
            return key
    raise SettingsError(f"{path} holds no key: remove it, and a new one is made")


def keep_new_secret(path: Path) -> None:
    """Put a new key in the file, whole or not at all; a file that came first stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32), "utf-8")
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
