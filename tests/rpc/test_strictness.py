"""Where we are stricter than tRPC: each row of docs/differences.md, as it comes and turned off."""

from __future__ import annotations

import re
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from asgi_driver import Answer, ask, get, given, mounts, post
from ws_driver import connected, data, query

from rpc import Endpoint, FormLimits, Meta, Options, WebSocketEndpoint, superjson
from rpc.superjson import deserialize
from tests.contract.context import create_context
from tests.contract.mounts import BASE, MOUNTS, router, with_extra
from tests.contract.transformers import Superjson, Wrap
from tests.contract.turns import Units

PAGE = (Path(__file__).parents[2] / "docs" / "differences.md").read_text("utf-8")


def endpoint(kind: type[Any] = Endpoint, **options: Any) -> Any:
    """The conformance router with nothing turned off but this."""
    about = {"units": Units(), "options": Options(**options)}
    return kind(router, create_context, path="/trpc", **about)


strict = endpoint()
lenient = endpoint(allow_ill_formed_text=True)


def rows() -> list[tuple[str, str]]:
    """What is stricter, and what turns it off."""
    _, _, table = PAGE.partition("| stricter than tRPC | why | turned off by |\n|---|---|---|\n")
    lines = table.partition("\n\n")[0].splitlines()
    return [(row[1].strip(), row[3].strip()) for row in (line.split("|") for line in lines)]


def named() -> set[str]:
    """The options that the table names."""
    words = {word for _, off in rows() for word in re.findall(r"`(\w+)", off)}
    return words & {field.name for field in fields(Options)}


def test_each_row_names_an_option_or_says_that_there_is_none() -> None:
    assert len(rows()) > 5
    for what, off in rows():
        assert off.startswith("nothing") or "`" in off, what


def test_the_contract_turns_off_every_option_that_the_table_names() -> None:
    asis = Options()
    used = [BASE, *(replace(BASE, **more) for more in MOUNTS.values())]
    assert {"format_error", "max_depth", "forms", "transformer"} < named()
    for name in named():
        assert any(getattr(one, name) != getattr(asis, name) for one in used), name


async def test_the_text_of_an_exception_is_sent_by_a_formatter_only() -> None:
    assert (await get("/trpc/errors.plain", app=strict)).error["message"] == "internal server error"
    assert (await get("/trpc/errors.plain")).error["message"] == "plain failure"


async def test_a_batch_of_more_than_fifty_needs_an_option() -> None:
    target = "/trpc/" + ",".join(["hello"] * 51) + "?batch=1"
    assert (await get(target, app=strict)).status == 400
    assert len((await get(target)).json) == 51


async def test_a_body_over_a_megabyte_needs_an_option() -> None:
    text = b'"' + b"x" * 2**20 + b'"'
    assert (await post("/trpc/kindMutation", text, app=strict)).status == 413
    assert (await post("/trpc/kindMutation", text)).status == 200


FORM = {"content-type": "multipart/form-data; boundary=b"}
PART = b'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n%s\r\n'
LONG = b"x" * (2**20 + 1)
FORMS = {"parts": PART % b"" * 1001 + b"--b--\r\n", "text": PART % LONG + b"--b--\r\n"}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_a_form_of_many_parts_or_a_long_text_needs_an_option(form: bytes) -> None:
    limited = endpoint(max_body_size=None)
    assert (await ask("POST", "/trpc/upload.form", form, FORM, limited)).status == 413
    unlimited = endpoint(max_body_size=None, forms=FormLimits(max_parts=None, max_field_size=None))
    assert (await ask("POST", "/trpc/upload.form", form, FORM, unlimited)).status == 200


def nested(depth: int, brackets: str = "[]") -> bytes:
    inside = "" if brackets == "[]" else "1"
    return (brackets[:-1] * depth + inside + brackets[-1] * depth).encode()


async def sent(text: bytes, app: Any, path: str = "echoMutation") -> Answer:
    return await post(f"/trpc/{path}", text, app=app)


@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
async def test_json_may_be_nested_128_deep(brackets: str) -> None:
    assert (await sent(nested(128, brackets), strict)).status == 200
    refused = await sent(nested(129, brackets), strict)
    assert refused.error["message"] == "JSON is nested too deeply"
    assert refused.error["data"]["code"] == "BAD_REQUEST"
    url = f"/trpc/echo?input={quote(nested(129, brackets))}"
    assert (await get(url, app=strict)).status == 400


async def test_or_as_deep_as_an_option_says() -> None:
    few = endpoint(max_depth=3)
    assert (await sent(nested(3), few)).status == 200
    assert (await sent(nested(4), few)).status == 400
    assert (await sent(nested(300), endpoint(max_depth=None), "kindMutation")).status == 200


async def test_without_the_option_a_third_of_pythons_own_limit_may_be_nested() -> None:
    before = sys.getrecursionlimit()
    try:
        for limit in (before, 3000):
            sys.setrecursionlimit(limit)
            assert (await sent(nested(limit // 3), mounts)).status == 200
            refused = await sent(nested(limit // 3 + 1), mounts)
            assert refused.error["message"] == "JSON is nested too deeply"
            assert refused.status == 400
    finally:
        sys.setrecursionlimit(before)


async def test_what_is_nested_is_counted_and_nothing_else() -> None:
    few = endpoint(max_depth=3)
    for text in (b'["[[[[{{{{"]', b'["\\"[[[[","\\\\"]', b"[[],[[]],{},[]]", b'[{"]]":["}"]}]'):
        assert (await sent(text, few)).status == 200
    for text in (b'["\\\\",[[["]"]]]]', b'[{"]]":["}",{}]}]', b'["]]]]",[[[]]]]', b'[[[[[[["'):
        assert (await sent(text, few)).error["message"] == "JSON is nested too deeply"


async def test_the_depth_of_a_batch_is_that_of_its_whole_text() -> None:
    assert (await sent(b'{"0":' + nested(127) + b"}", strict, "echoMutation?batch=1")).status == 200
    deeper = await sent(b'{"0":' + nested(128) + b"}", strict, "echoMutation?batch=1")
    assert deeper.json[0]["error"]["message"] == "JSON is nested too deeply"


@pytest.mark.parametrize(
    ("transformer", "form", "depth"),
    [(None, "%s", 128), (Wrap(), '{"$w":%s}', 127), (superjson, '{"json":%s}', 127)],
)
async def test_what_may_come_in_can_go_out_again(transformer: Any, form: str, depth: int) -> None:
    app = endpoint(transformer=transformer, format_error=with_extra)
    text = quote(form % nested(depth).decode())
    assert (await get(f"/trpc/echo?input={text}", app=app)).status == 200
    assert (await get(f"/trpc/typed?input={text}", app=app)).status == 400


async def test_messages_of_a_websocket_have_the_same_depth() -> None:
    async with connected(app=endpoint(WebSocketEndpoint)) as socket:
        shallow, deep = ([[]], [[]])
        for _ in range(124):
            shallow = [shallow]
        for _ in range(125):
            deep = [deep]
        assert await socket.ask(query(1, "kind", input=shallow)) == data(1, "array")
        assert (await socket.ask(query(2, "kind", input=deep)))["error"]["code"] == -32700


# What is sent, and what an echo of it answers, byte for byte.
ILL_FORMED = [
    (b'"\\ud800"', rb'"\ud800"'),
    (b'["a\\udfff","\xf0\x9f\x98\x80"]', rb'["a\udfff","\ud83d\ude00"]'),
    (b'{"\\ud800":[1.5,1e400,-1e400,null]}', rb'{"\ud800":[1.5,null,null,null]}'),
    (b'"\xff"', '"\ufffd"'.encode()),
    (b'"\xed\xa0\x80"', '"\ufffd\ufffd\ufffd"'.encode()),
    (b'[1e400,"\\ud800"]', rb'[null,"\ud800"]'),
    (b'[1e400,"\xe2\x82"]', '[null,"\ufffd"]'.encode()),
]


@pytest.mark.parametrize(("text", "echo"), ILL_FORMED)
async def test_ill_formed_text_is_refused_unless_allowed(text: bytes, echo: bytes) -> None:
    refused = await sent(text, strict)
    assert (refused.status, refused.error["data"]["code"]) == (400, "BAD_REQUEST")
    assert (await sent(text, lenient)).body == b'{"result":{"data":' + echo + b"}}"


@pytest.mark.parametrize(("text", "echo"), ILL_FORMED)
async def test_so_it_is_in_a_batch_behind_a_transformer_and_in_a_url(
    text: bytes, echo: bytes
) -> None:
    batch = b'{"1":' + text + b"}"
    whole = await sent(batch, strict, "bump,echoMutation?batch=1")
    assert (whole.status, whole.json[1]["error"]["data"]["code"]) == (207, "BAD_REQUEST")
    allowed = await sent(batch, lenient, "bump,echoMutation?batch=1")
    assert allowed.body == b'[{"result":{"data":"bumped"}},{"result":{"data":' + echo + b"}}]"
    wrapping = endpoint(allow_ill_formed_text=True, transformer=Wrap())
    wrapped = await sent(b'{"$w":' + text + b"}", wrapping)
    assert wrapped.body == b'{"result":{"data":{"$w":' + echo + b"}}}"
    if text.isascii():
        in_url = await get(f"/trpc/echo?input={quote(text)}", app=lenient)
        assert in_url.body == b'{"result":{"data":' + echo + b"}}"


BEYOND = [
    b'"\\ud800',
    b'["\\ud800",NaN]',
    b'["\\ud800",]',
    b'"\\ud800" 1',
    b'"\\ud8"',
    b'"\xff',
    b"\xff",
]


@pytest.mark.parametrize("text", BEYOND)
async def test_what_is_no_json_stays_refused(text: bytes) -> None:
    for app in (strict, lenient):
        assert (await sent(text, app)).error["data"]["code"] == "BAD_REQUEST"
    await_batch = await sent(b'{"0":' + text + b"}", lenient, "echoMutation?batch=1")
    assert await_batch.json[0]["error"]["data"]["code"] == "BAD_REQUEST"
    not_an_object = await sent(b'["\\ud800"]', lenient, "echoMutation?batch=1")
    assert "needs to be an object" in not_an_object.json[0]["error"]["message"]


async def test_ill_formed_text_reaches_typed_inputs_but_no_member_has_such_a_name() -> None:
    greeted = await get("/trpc/greet?input=" + quote('{"name":"\\udc00"}'), app=lenient)
    assert greeted.body == rb'{"result":{"data":{"text":"hello \udc00"}}}'
    name = await get("/trpc/greet?input=" + quote('{"name":"x","\\udc00":1}'), app=lenient)
    assert name.error["message"] == "the text is not well-formed Unicode"


async def test_connection_params_may_be_ill_formed_where_it_is_allowed() -> None:
    target = "/trpc/auth.whoami?connectionParams=" + quote('{"token":"\\ud800"}')
    refused = await get(target, app=strict)
    assert refused.error["message"] == "Not JSON-parsable query params"
    assert (await get(target, app=lenient)).body == rb'{"result":{"data":{"user":"\ud800"}}}'


async def test_messages_of_a_websocket_may_be_ill_formed_where_it_is_allowed() -> None:
    message = query("\ud800", "nope\ud800", input="\udfff")
    async with connected(app=endpoint(WebSocketEndpoint)) as socket:
        refusal = await socket.ask(message)
        assert (refusal["id"], refusal["error"]["code"]) == (None, -32700)
    async with connected("/trpc-illformed") as socket:
        refusal = await socket.ask(message)
        assert refusal["id"] == "\ud800"
        assert refusal["error"]["message"] == 'No "query"-procedure on path "nope\ud800"'
        echoed = query("\ud800", "echo", input={"\udfff": "\udfff"})
        assert await socket.ask(echoed) == data("\ud800", {"\udfff": "\udfff"})


SHARED = {"json": {"a": [1], "b": None}, "meta": {"referentialEqualities": {"a": ["b"]}, "v": 1}}


def test_how_many_values_the_equalities_of_superjson_make_is_an_argument() -> None:
    with pytest.raises(ValueError, match="the equalities make too many values"):
        deserialize(SHARED, max_values=4)
    for most in (5, None):
        assert deserialize(SHARED, max_values=most) == {"a": [1], "b": [1]}


async def test_a_transformer_of_ones_own_may_take_as_many_as_come() -> None:
    json: dict[str, Any] = {"a0": [1]} | {f"a{i}": [None, None] for i in range(1, 21)}
    same = {f"a{i}": [f"a{i + 1}.0", f"a{i + 1}.1"] for i in range(20)}
    bomb = {"json": json, "meta": {"referentialEqualities": same, "v": 1}}
    target = f"/trpc/kind?{given(bomb)}"
    assert (await get(target, app=endpoint(transformer=superjson))).status == 400
    unlimited = await get(target, app=endpoint(transformer=Superjson()))
    assert unlimited.json["result"]["data"]["json"] == "object"


async def test_a_stream_of_events_has_the_header_that_an_option_adds() -> None:
    assert (await get("/trpc/sub.empty", app=strict)).header("connection") is None
    added = endpoint(response_meta=lambda response: Meta([("connection", "keep-alive")]))
    assert (await get("/trpc/sub.empty", app=added)).header("connection") == "keep-alive"
