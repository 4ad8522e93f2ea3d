"""Which procedure a path names: decoding, separators, dots, names that only JavaScript has."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

import hypothesis
import hypothesis.strategies as st
import pytest
from asgi_driver import get, mounts, refused_call, refused_whole, scope_of
from ws_driver import connected, data, query

from rpc import Endpoint, Options, ProcedureBuilder, Router, WebSocketEndpoint
from rpc.wire import unquoted

UNKNOWN = 'No procedure found on path "%s"'
FOUND = [
    ("hello", "world"),
    ("hello/", "world"),
    ("hello//", "world"),
    ("%68ello", "world"),
    ("a.b.c", "a.b.c"),
    ("a%2Eb%2Ec", "a.b.c"),
    ("names.h%C3%A9llo", "héllo"),
    ("names.sp%20ace", "sp ace"),
    ("names.sl/ash", "sl/ash"),
    ("names.sl%2Fash", "sl/ash"),
    ("names.constructor", "constructor"),
    ("names.toString", "toString"),
    ("names.42", "42"),
    ("lazy.inner.hello", "lazy.inner.hello"),
    ("x/../hello", "world"),
    ("./hello", "world"),
    ("hello/.", "world"),
    ("../hello", "world"),
    ("x/%2E%2e/hello", "world"),
    ("x/.%2e/%2E/hello", "world"),
    (".../../hello", "world"),
    ("x/../hello//", "world"),
    ("x/y/../../hello", "world"),
]


@pytest.mark.parametrize(("raw", "data"), FOUND)
async def test_a_path_is_decoded_once_and_looked_up_as_a_whole(raw: str, data: str) -> None:
    answer = await get(f"/trpc/{raw}")
    assert answer.status == 200
    assert answer.json == {"result": {"data": data}}


async def test_a_server_may_tell_the_path_in_its_decoded_form_alone() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    for path, body in (("/trpc/names.héllo", b'"h\xc3\xa9llo"'), ("/trpc/a%2Eb.c", b"a%2Eb.c")):
        scope = scope_of("GET", "/", {}) | {"path": path}
        del scope["raw_path"]
        await mounts(scope, receive, send)
        assert body in sent[-1]["body"]


NOT_FOUND = [
    ("", ""),
    ("nope", "nope"),
    ("hello///", "hello/"),
    ("hello///.", "hello/"),
    ("hello///x/..", "hello/"),
    ("/hello", "/hello"),
    ("a/b/c", "a/b/c"),
    ("a/b/../c", "a/c"),
    ("a", "a"),
    ("a.b", "a.b"),
    ("Hello", "Hello"),
    ("hello.world", "hello.world"),
    ("hello,hello", "hello,hello"),
    ("names.sp+ace", "names.sp+ace"),
    ("%2568ello", "%68ello"),
    ("__proto__", "__proto__"),
    ("constructor", "constructor"),
    ("toString", "toString"),
    ("_def", "_def"),
    ("%E6%BC%A2%F0%9F%98%80", "漢😀"),
    ("hello/..", ""),
    ("...", "..."),
    (".hidden", ".hidden"),
    ("%2Ehidden", ".hidden"),
    ("hello/x", "hello/x"),
]


@pytest.mark.parametrize(("raw", "path"), NOT_FOUND)
async def test_any_other_path_is_not_found_by_its_decoded_name(raw: str, path: str) -> None:
    refused_call(await get(f"/trpc/{raw}"), 404, "NOT_FOUND", UNKNOWN % path, path)


@pytest.mark.parametrize("raw", ["hello%zz", "hello%", "hello%2", "%ff", "%c3", "%ED%A0%80"])
async def test_a_path_that_is_no_utf8_fails_the_whole_request(raw: str) -> None:
    message = f'Invalid URL-encoding in path "{raw}"'
    refused_whole(await get(f"/trpc/{raw}"), 400, "BAD_REQUEST", message)


async def test_dots_never_lead_out_of_the_mount() -> None:
    assert (await get("/trpc-small/../trpc/hello")).error["data"]["path"] == "trpc/hello"


async def test_a_path_separator_stands_for_a_dot() -> None:
    assert (await get("/trpc-tilde/a~b~c")).json == {"result": {"data": "a.b.c"}}
    assert (await get("/trpc-tilde/a.b~c")).json == {"result": {"data": "a.b.c"}}
    assert (await get("/trpc-tilde/a%7Eb%7Ec")).json == {"result": {"data": "a.b.c"}}
    unknown = await get("/trpc-tilde/a~nope")
    refused_call(unknown, 404, "NOT_FOUND", UNKNOWN % "a.nope", "a.nope")


@pytest.mark.parametrize("mount", [Endpoint, WebSocketEndpoint])
def test_a_name_that_no_url_could_say_is_refused_with_the_separator(mount: Any) -> None:
    router = Router({"post.by_id": ProcedureBuilder[None]().query(lambda ctx: None)})
    with pytest.raises(ValueError, match=r"'post.by_id' has '_' in it"):
        mount(router, lambda request: None, options=Options(path_separator="_"))
    mount(router, lambda request: None, options=Options(path_separator="~"))


async def test_without_the_option_the_separator_is_a_letter() -> None:
    refused_call(await get("/trpc/a~b~c"), 404, "NOT_FOUND", UNKNOWN % "a~b~c", "a~b~c")


async def test_a_path_outside_the_mount_is_a_bare_404() -> None:
    app = Endpoint(Router(), lambda request: None, path="/rpc")
    assert (await get("/other", app=app)).body == b""
    assert (await get("/rpcx/hello", app=app)).status == 404
    assert (await get("/rpc/hello", app=app)).error["data"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "served"),
    [("/a/b", "/a/b"), ("/a/b/", "/a/b"), ("a", "/a"), ("a/", "/a"), ("/", ""), ("", "")],
)
async def test_a_mount_may_have_slashes_around_it_and_be_at_the_root(
    path: str, served: str
) -> None:
    router = Router({"hello": ProcedureBuilder[None]().query(lambda ctx: "world")})
    app = Endpoint(router, lambda request: None, path=path)
    assert (await get(f"{served}/hello", app=app)).json == {"result": {"data": "world"}}
    assert (await get(f"{served}/nope", app=app)).error["data"]["path"] == "nope"
    sockets = WebSocketEndpoint(router, lambda request: None, path=path)
    async with connected(served, app=sockets) as socket:
        assert await socket.ask(query(1, "hello")) == data(1, "world")


@pytest.mark.parametrize(
    ("root", "path", "served"),
    [
        ("/a", "/rpc", "/a/rpc"),
        ("/a/", "/rpc", "/a/rpc"),
        ("/a b", "/rpc", "/a%20b/rpc"),
        ("/a", "/a/rpc", "/a/rpc"),
        ("/a", "/rpc", "/rpc"),
        ("/a", "/a", "/a"),
        ("/a", "/", "/a"),
        ("", "/rpc", "/rpc"),
    ],
)
async def test_a_mount_may_leave_out_what_it_is_mounted_under(
    root: str, path: str, served: str
) -> None:
    router = Router({"hello": ProcedureBuilder[None]().query(lambda ctx: "world")})
    app = rooted(root, Endpoint(router, lambda request: None, path=path))
    assert (await get(f"{served}/hello", app=app)).json == {"result": {"data": "world"}}
    assert (await get(f"/other{served}/hello", app=app)).status == 404
    sockets = rooted(root, WebSocketEndpoint(router, lambda request: None, path=path))
    async with connected(served, app=sockets) as socket:
        assert await socket.ask(query(1, "hello")) == data(1, "world")


def rooted(root: str, app: Any) -> Any:
    """The same app under a root path: `path` and `raw_path` have it too, or a proxy has cut it."""

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"root_path": root}, receive, send)

    return mounted


PIECES = [
    b"%41",
    b"%0a",
    b"%3D",
    b"%e2%82%ac",
    b"%",
    b"%4",
    b"%zz",
    b"=",
    b"_",
    b"\r\n",
    b" ",
    b"\xff",
]


@hypothesis.given(st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_escapes_are_read_as_urllib_reads_them_malformed_ones_too(part: bytes) -> None:
    assert unquoted(part) == unquote_to_bytes(part)
