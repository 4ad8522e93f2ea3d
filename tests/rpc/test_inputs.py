"""How the input of a call is read: where from, when, as what, and what is wrong with it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from urllib.parse import quote

import pytest
from asgi_driver import JSON, ask, get, given, post, refused_call
from msgspec import UNSET, Struct, UnsetType
from typing_extensions import TypeAliasType

from rpc import Endpoint, Options, ProcedureBuilder, Router, RPCError, superjson
from rpc.codec import Input

TYPED: dict[str, Any] = {
    "s": "a",
    "n": 1.5,
    "b": False,
    "list": [1, 2],
    "nested": {"x": 3},
    "nul": None,
}


def kinds() -> list[tuple[str, str]]:
    texts = ["null", "0", "false", '""', '"x"', "[1]", "{}", "[null]", " [1]\n"]
    names = ["null", "number", "boolean", "string", "string", "array", "object", "array", "array"]
    return list(zip(texts, names, strict=True))


@pytest.mark.parametrize(("text", "kind"), kinds())
async def test_every_kind_of_json_comes_in_by_url_and_by_body(text: str, kind: str) -> None:
    assert (await get(f"/trpc/kind?input={quote(text)}")).json["result"]["data"] == kind
    assert (await post("/trpc/kindMutation", text.encode())).json["result"]["data"] == kind


@pytest.mark.parametrize("query", ["", "?", "?input=", "?input", "?other=1", "?Input=1"])
async def test_an_absent_or_empty_parameter_is_undefined(query: str) -> None:
    assert (await get(f"/trpc/kind{query}")).json["result"]["data"] == "undefined"


@pytest.mark.parametrize("query", ["", "?input=1"])
@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf"])
async def test_an_empty_body_is_undefined_whatever_the_url_says(query: str, body: bytes) -> None:
    answer = await post(f"/trpc/kindMutation{query}", body)
    assert answer.json["result"]["data"] == "undefined"


async def test_a_byte_order_mark_is_dropped_once_and_of_bodies_only() -> None:
    answer = await post("/trpc/kindMutation", b"\xef\xbb\xbf{}")
    assert answer.json["result"]["data"] == "object"
    twice = await post("/trpc/kindMutation", b"\xef\xbb\xbf\xef\xbb\xbf{}")
    assert twice.error["data"]["code"] == "BAD_REQUEST"
    in_url = await get("/trpc/kind?input=%EF%BB%BF{}")
    assert in_url.error["data"]["code"] == "BAD_REQUEST"


async def test_the_body_of_a_get_is_ignored() -> None:
    answer = await ask("GET", "/trpc/kind", b'{"a":1}', JSON)
    assert answer.json["result"]["data"] == "undefined"


QUERIES = [
    ("input=%22a%2Bb%22", "a+b"),
    ("input=%22a+b%22", "a b"),
    ("input=%22%zz%22", "%zz"),
    ('input={"a":[1,2]}', {"a": [1, 2]}),
    ("input=1&input=2", 1),
    ("x=1&input=3&y=", 3),
    ("%69nput=4", 4),
    ("input=%22a%3Db%26c%22", "a=b&c"),
    ("input=%22a;b%22", "a;b"),
]


@pytest.mark.parametrize(("query", "value"), QUERIES)
async def test_a_query_string_is_decoded_as_a_form_and_the_first_one_counts(
    query: str, value: Any
) -> None:
    assert (await get(f"/trpc/echo?{query}")).json == {"result": {"data": value}}


TEXTS = ["é 漢字 😀", "\0", '"\\\t\n\u0001', "\u2028", "\ud83d\ude00", ""]


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_survives_the_way_in_and_out(text: str) -> None:
    value = text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert (await get(f"/trpc/echo?{given(value)}")).json["result"]["data"] == value


MALFORMED = [
    b" ",
    b"{",
    b"abc",
    b"'a'",
    b"[1,]",
    b"{'a':1}",
    b"{a:1}",
    b"1//x",
    b"[1]x",
    b"01",
    b"+1",
    b".5",
    b"1.",
    b"0x10",
    b'"abc',
    b'"\n"',
    b'"\\x"',
    b"NaN",
    b"[Infinity]",
    b"-Infinity",
    b"undefined",
    b"True",
    b"[1e400,NaN]",
    b"[1e400,Infinity]",
    b"\xff\xfe[\x00]\x00",
]


@pytest.mark.parametrize("text", MALFORMED)
async def test_what_is_not_json_is_a_bad_request_of_its_call(text: bytes) -> None:
    answer = await post("/trpc/echoMutation", text)
    message = answer.error["message"]
    assert message
    refused_call(answer, 400, "BAD_REQUEST", message, "echoMutation")
    assert answer.error["code"] == -32600


@pytest.mark.parametrize("text", [t for t in MALFORMED if t.isascii()])
async def test_nor_is_it_in_a_url(text: bytes) -> None:
    answer = await get(f"/trpc/echo?input={quote(text)}")
    assert (answer.status, answer.error["data"]["path"]) == (400, "echo")


async def test_a_number_beyond_all_is_infinite_and_so_goes_out_as_null() -> None:
    assert (await get("/trpc/echo?input=1e400")).json == {"result": {"data": None}}
    nested = await post("/trpc/echoMutation", b'{"a":[-1e999,"\\u00e9"]}')
    assert nested.json["result"]["data"] == {"a": [None, "é"]}
    typed = await post("/trpc/sum", b'{"numbers":[1e400,1]}')
    assert typed.error["data"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("text", ["9" * 400, "-" + "9" * 5000, "9" * 5000])
async def test_an_integer_of_any_length_is_a_number(text: str) -> None:
    answer = await post("/trpc/kindMutation", text.encode())
    assert answer.json["result"]["data"] == "number"
    mixed = await post("/trpc/kindMutation", f"[1e400,{text}]".encode())
    assert mixed.json["result"]["data"] == "array"


async def test_one_that_python_cannot_read_is_infinite() -> None:
    router = Router({"shown": ProcedureBuilder[None]().query(lambda ctx, given: str(given))})
    for sign in ("", "-"):
        target = f"/rpc/shown?input={sign}" + "9" * 5000
        answer = await get(target, app=Endpoint(router, lambda request: None))
        assert answer.json == {"result": {"data": f"{sign}inf"}}
    assert (await post("/trpc/echoMutation", b"-" + b"9" * 5000)).json == {"result": {"data": None}}
    endless = await get('/trpc/opt.greet?input={"name":' + "9" * 5000 + "}")
    assert endless.error["message"] == "Expected `str`, got `float` - at `$.name`"


class Even(Struct):
    n: int

    def __post_init__(self) -> None:
        if self.n % 2:
            raise RPCError("CONFLICT", "odd")


async def test_whatever_a_struct_refuses_itself_with_is_a_bad_request() -> None:
    def half(ctx: None, given: Even) -> float:
        return given.n / 2

    router = Router({"half": ProcedureBuilder[None]().query(half)})
    for options, form in ((Options(), "%s"), (Options(transformer=superjson), '{"json":%s}')):
        app = Endpoint(router, lambda request: None, options=options)
        odd = await get("/rpc/half?input=" + quote(form % '{"n":3}'), app=app)
        assert (odd.status, odd.json["error"].get("json", odd.error)["message"]) == (400, "odd")
        assert (await get("/rpc/half?input=" + quote(form % '{"n":4}'), app=app)).status == 200


async def test_of_duplicate_keys_the_last_one_wins() -> None:
    assert (await get('/trpc/echo?input={"a":1,"a":2}')).json["result"]["data"] == {"a": 2}
    named = await get('/trpc/greet?input={"name":"x","name":"y"}')
    assert named.json["result"]["data"] == {"text": "hello y"}


@pytest.mark.parametrize("key", ["__proto__", "constructor", "$w"])
async def test_no_key_means_anything_special(key: str) -> None:
    assert (await get(f"/trpc/echo?{given({key: 1})}")).json["result"]["data"] == {key: 1}
    assert (await get(f"/trpc/greet?{given({key: {'name': 'x'}})}")).status == 400


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize("brackets", [b"[]", b'{"a":}'])
@pytest.mark.parametrize("path", ["echoMutation", "sum", "echoMutation?batch=1"])
async def test_json_nested_too_deeply_is_a_bad_request(
    depth: int, brackets: bytes, path: str
) -> None:
    text = brackets[:-1] * depth + b"1" + brackets[-1:] * depth
    if "batch" in path:
        text = b'{"0":' + text + b"}"
    answer = await post(f"/trpc/{path}", text)
    assert answer.status == 400
    assert b"Traceback" not in answer.body


async def test_json_nested_a_few_hundred_levels_is_fine() -> None:
    text = b"[" * 300 + b"]" * 300
    assert (await post("/trpc/kindMutation", text)).json["result"]["data"] == "array"


async def test_what_nobody_reads_cannot_fail() -> None:
    assert (await get("/trpc/hello?input=abc")).json == {"result": {"data": "world"}}
    assert (await post("/trpc/bump", b"{")).json == {"result": {"data": "bumped"}}
    assert (await post("/trpc-small/bump", b"x" * 1001)).json == {"result": {"data": "bumped"}}


async def test_a_body_may_have_just_the_largest_size() -> None:
    text = b'"' + b"x" * 998 + b'"'
    assert (await post("/trpc-small/kindMutation", text)).status == 200
    too_large = await post("/trpc-small/kindMutation", text + b" ")
    refused_call(too_large, 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE", "kindMutation")


async def test_the_pieces_of_a_body_count_together() -> None:
    pieces = [b'"', *[b"x" * 100] * 11, b'"']
    answer = await ask("POST", "/trpc-small/kindMutation", pieces, JSON)
    assert answer.status == 413
    assert (await ask("POST", "/trpc/kindMutation", pieces, JSON)).status == 200


INVALID = [
    ("absent", None),
    ("null", "null"),
    ("a text", '"ada"'),
    ("a list", "[]"),
    ("a missing member", "{}"),
    ("a null member", '{"name":null}'),
    ("a member of another type", '{"name":1}'),
]


@pytest.mark.parametrize(("what", "text"), INVALID, ids=[what for what, _ in INVALID])
async def test_what_a_procedure_does_not_take_is_a_bad_request(what: str, text: str | None) -> None:
    answer = await get("/trpc/greet" + ("" if text is None else f"?input={text}"))
    refused_call(answer, 400, "BAD_REQUEST", answer.error["message"], "greet")


CHANGES: list[dict[str, Any]] = [
    {"n": True},
    {"n": "1"},
    {"b": 0},
    {"list": [1, "2"]},
    {"list": [True]},
    {"nested": {}},
    {"maybe": None},
    {"nul": UNSET},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_a_boolean_is_no_number_and_null_is_not_absent(change: dict[str, Any]) -> None:
    value = {key: v for key, v in {**TYPED, **change}.items() if v is not UNSET}
    assert (await get(f"/trpc/typed?{given(value)}")).status == 400


async def test_unknown_members_are_dropped_where_a_struct_allows_them() -> None:
    answer = await get(f"/trpc/typed?{given({**TYPED, 'extra': 1})}")
    assert answer.json["result"]["data"] == TYPED


ABSENT = [
    ("opt.greet", "", 200, "hello anonymous"),
    ("opt.greet", "?input={}", 200, "hello anonymous"),
    ("opt.greet", '?input={"name":"x"}', 200, "hello x"),
    ("opt.greet", "?input=null", 400, None),
    ("opt.nullish", "", 200, {"kind": "undefined"}),
    ("opt.nullish", "?input=null", 200, {"kind": "null"}),
    ("opt.nullish", '?input="x"', 200, {"kind": "string"}),
    ("opt.nullish", "?input=1", 400, None),
]


@pytest.mark.parametrize(("path", "query", "status", "data"), ABSENT)
async def test_undefined_and_null_are_two_things(
    path: str, query: str, status: int, data: Any
) -> None:
    answer = await get(f"/trpc/{path}{query}")
    assert answer.status == status
    assert status != 200 or answer.json == {"result": {"data": data}}


T = TypeVar("T")


class Closed(Struct, forbid_unknown_fields=True):
    size: int = 7


class Box(Struct, Generic[T]):
    content: T | None = None


def size(ctx: Any, given: Closed) -> int:
    return given.size


def either(ctx: Any, given: Closed | UnsetType) -> str:
    return "absent" if given is UNSET else "given"


p = ProcedureBuilder[None]()
app = Endpoint(Router({"size": p.query(size), "either": p.query(either)}), lambda request: None)


async def test_an_absent_input_is_an_empty_struct_unless_absence_is_allowed() -> None:
    assert (await get("/rpc/size", app=app)).json["result"]["data"] == 7
    assert (await get("/rpc/size?input=null", app=app)).status == 400
    assert (await get("/rpc/either", app=app)).json["result"]["data"] == "absent"
    assert (await get("/rpc/either?input={}", app=app)).json["result"]["data"] == "given"


@pytest.mark.parametrize(
    ("annotation", "absent"),
    [
        (Closed, Closed()),
        (Box[int], Box(None)),
        (Closed | UnsetType, UNSET),
        (Box[int] | UnsetType, UNSET),
        (Closed | None | UnsetType, UNSET),
    ],
)
def test_an_absent_input_is_the_same_under_another_name(annotation: Any, absent: Any) -> None:
    alias = TypeAliasType("Alias", annotation)
    for named in (annotation, alias, TypeAliasType("OfAlias", alias)):
        assert Input(named).decode(None) == absent


async def test_a_closed_struct_refuses_unknown_members() -> None:
    assert (await get('/rpc/size?input={"size":1}', app=app)).json["result"]["data"] == 1
    assert (await get('/rpc/size?input={"size":1,"x":1}', app=app)).status == 400


@pytest.mark.parametrize("number", ["9223372036854775808", "1.5", "1e400", "true", '"1"'])
async def test_an_integer_is_whole_and_not_too_large(number: str) -> None:
    answer = await get(f'/rpc/size?input={{"size":{number}}}', app=app)
    assert answer.status in (200, 400)
    assert answer.status == 400 or answer.json["result"]["data"] == 9223372036854775808
