"""The console's pages: files of this package, and as JSON what they show."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from procedures.console.description import cast, description
from procedures.records.system import Info
from procedures.rest import openapi
from procedures.settings import Settings
from procedures.store.database import Database, read_from
from procedures.system import installed_version
from rpc.transport import Headers, Receive, Scope, Send, send_whole

STATIC = Path(__file__).with_name("static")
PAGES = {"/": "console.html", "/operator": "operator.html", "/rest": "rest.html"}
OURS = "/console/"
VIEWER = "/console/viewer/"  # what a package of the extra `console` brings
PACKAGE = "flask_swagger_ui"  # never imported: only its files are of use
JSON = "application/json"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'{images}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
]

Content = tuple[bytes, str]  # and what kind of content it is


class ConsolePages:
    """Answers GET and HEAD for the pages, where the settings ask for them."""

    def __init__(self, settings: Settings, store: Database) -> None:
        self._store = store
        self._info = Info(installed_version(), settings.environment)
        is_shown = settings.shows_console
        self._files = files() if is_shown else {}
        self._made = self._documents() if is_shown else {}

    def serves(self, scope: Scope) -> bool:
        path = scope["path"]
        return scope["method"] in ("GET", "HEAD") and (path in self._files or path in self._made)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        content, kind = await self._made[path]() if path in self._made else read(self._files[path])
        tag = b'"%s"' % hashlib.sha256(content).hexdigest()[:32].encode()
        headers = [*SAFE, (b"content-security-policy", policy(path)), (b"etag", tag)]
        if (b"if-none-match", tag) in scope["headers"]:
            await send_whole(send, 304, headers)
            return
        about = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode())]
        body = b"" if scope["method"] == "HEAD" else content
        await send_whole(send, 200, [*headers, *about], body)

    def _documents(self) -> dict[str, Callable[[], Awaitable[Content]]]:
        """What is made when it is asked for. Nobody can be played in production."""
        found = {"description": self._description, "openapi": self._openapi}
        if self._info.environment != "production":
            found["people"] = self._people
        return {f"{OURS}{name}.json": make for name, make in found.items()}

    async def _description(self) -> Content:
        return described(self._info, bool(viewer())), JSON

    async def _openapi(self) -> Content:
        return documented(self._info.version), JSON

    async def _people(self) -> Content:
        return msgspec.json.encode(await read_from(self._store, cast)), JSON


def policy(path: str) -> bytes:
    """Scripts and styles of this server only. The viewer's own styles have images in them."""
    images = " data:" if path == "/rest" else ""
    return POLICY.format(images=images).encode()


def files() -> dict[str, Path]:
    """Which file each path is answered with."""
    found = {path: STATIC / name for path, name in PAGES.items()}
    found |= {f"{OURS}{file.name}": file for file in STATIC.iterdir()}
    return found | {f"{VIEWER}{file.name}": file for file in viewer()}


def viewer() -> list[Path]:
    """The files of the OpenAPI viewer, if it is installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).with_name("dist")
    return [folder / name for name in ("swagger-ui-bundle.js", "swagger-ui.css")]


def read(file: Path) -> Content:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/javascript"
    return file.read_bytes(), f"{kind}; charset=utf-8" if text else kind


@cache  # takes a fifth of a second
def described(info: Info, has_viewer: bool) -> bytes:
    return msgspec.json.encode(description(info) | {"hasViewer": has_viewer})


@cache
def documented(version: str) -> bytes:
    return msgspec.json.encode(openapi.describe(version))
