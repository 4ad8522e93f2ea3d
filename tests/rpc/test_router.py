"""Names and procedures: what a router refuses, what a builder gathers, calling in process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from asgi_driver import get
from msgspec import UNSET, Struct, UnsetType

from rpc import InputError, Procedure, ProcedureBuilder, Router, RPCError, create_caller, errors
from rpc.router import RESERVED

p = ProcedureBuilder[Any]()


def hello(ctx: Any) -> str:
    """Say hello.

    To the world.
    """
    return "world"


HELLO = p.query(hello)


@pytest.mark.parametrize("word", ["then", "call", "apply", "_def", "createCaller"])
@pytest.mark.parametrize("name", ["%s", "a.%s", "%s.b", "a.%s.b"])
def test_a_reserved_segment_is_refused_wherever_it_stands(word: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"reserved segment '{word}'"):
        Router({name % word: HELLO})


def test_these_are_all_that_is_reserved() -> None:
    assert {"then", "call", "apply", "_def", "createCaller"} == RESERVED
    assert len(Router({"thence": HELLO, "calls.applyTo": HELLO, "query.mutate": HELLO})) == 3


EMPTY = ["", ".", ".a", "a.", "a..b"]
CUT = ["a,b", ",", "a.b,c", "a?b", "a#b", "100%", "a%41", "a\\b", "a\nb", "\ta", "a/", "a ", "a\r"]


@pytest.mark.parametrize("name", EMPTY + CUT)
def test_a_name_that_no_url_can_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a procedure name"):
        Router({name: HELLO})


def test_any_other_letters_make_a_name() -> None:
    names = ["a b", " a", "/a", "a/b", "a:b", "a&b=c+d", "café", "__proto__", "toString"]
    assert [*Router(dict.fromkeys(names, HELLO))] == names


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (Router({"list": HELLO}), r"'post' is a table of its own: .* 'post\.…'"),
        ({"list": HELLO}, "'post' is a table of its own"),
        (hello, "'post' is no procedure: `.query`, .* is"),
        (None, "'post' is no procedure"),
    ],
)
def test_what_is_no_procedure_is_refused(value: Any, complaint: str) -> None:
    with pytest.raises(TypeError, match=complaint):
        Router({"post": value})


@pytest.mark.parametrize(
    "names", [("a", "a.b"), ("a.b", "a"), ("a.b.c", "a"), ("a.b.c.d", "x", "a.b")]
)
def test_a_name_cannot_be_a_procedure_and_a_namespace(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="both a procedure and the namespace"):
        Router(dict.fromkeys(names, HELLO))


def test_names_that_only_begin_alike_are_two() -> None:
    assert [*Router({"a.b": HELLO, "a.bc": HELLO, "ab": HELLO})] == ["a.b", "a.bc", "ab"]


def test_no_name_is_registered_twice_over_several_tables() -> None:
    with pytest.raises(ValueError, match=r"'a\.b' is registered twice"):
        Router({"a.b": HELLO}, {"c": HELLO}, {"a.b": HELLO})
    with pytest.raises(ValueError, match="both a procedure and the namespace"):
        Router({"a": HELLO}, {"a.b": HELLO})


def test_a_router_is_a_mapping_that_nobody_changes() -> None:
    table = {"a.b": HELLO}
    router = Router(table, {"c": HELLO})
    table["d"] = HELLO
    assert (len(router), [*router], router["c"]) == (2, ["a.b", "c"], HELLO)
    assert (router.find("d"), "d" in router) == (None, False)
    with pytest.raises(KeyError):
        router["d"]


def test_meta_is_merged_shallowly_and_later_keys_win() -> None:
    base = p.meta(a=1, b={"deep": 1})
    assert base.meta(b={"other": 2}).query(hello).meta == {"a": 1, "b": {"other": 2}}
    assert base.query(hello).meta == {"a": 1, "b": {"deep": 1}}
    assert HELLO.meta is None


async def test_meta_is_there_for_middleware() -> None:
    for path, meta in [
        ("meta.read", {"role": "admin", "tags": ["x", "y"]}),
        ("meta.merged", {"a": 1, "b": {"other": 2}}),
        ("meta.none", None),
    ]:
        assert (await get(f"/trpc/{path}")).json["result"]["data"] == meta


@errors("full", "closed")
def refusing(ctx: Any) -> str:
    return "x"


@errors("not_member")
def member(ctx: Any) -> Any:
    return ctx


def test_declared_reasons_of_middleware_and_function_come_together() -> None:
    assert p.use(member).query(refusing).errors == ("closed", "full", "not_member")
    assert HELLO.errors == ()


def test_reasons_that_are_declared_one_by_one_come_together() -> None:
    stacked = errors("late")(errors("early")(lambda ctx: ctx))
    assert p.query(stacked).errors == ("early", "late")
    assert p.use(partial(member)).query(partial(refusing)).errors == (
        "closed",
        "full",
        "not_member",
    )


def test_builders_do_not_change() -> None:
    base = p.use(member)
    base.use(member).meta(a=1)
    assert base.query(hello).middlewares == p.use(member).query(hello).middlewares
    assert base.query(hello).meta is None


def test_a_procedure_knows_its_type_and_its_docstring() -> None:
    procedures: list[Procedure] = [p.query(hello), p.mutation(hello), p.subscription(hello)]
    assert [one.type for one in procedures] == ["query", "mutation", "subscription"]
    assert HELLO.doc == "Say hello.\n\nTo the world."


def test_a_function_takes_a_context_and_at_most_an_input() -> None:
    def none() -> None: ...
    def three(ctx: Any, given: Any, more: Any) -> None: ...
    def named(ctx: Any, *, given: Any) -> None: ...
    def any_number(*args: Any) -> None: ...
    def any_name(ctx: Any, **kwargs: Any) -> None: ...
    def default(ctx: Any, given: int = 5) -> None: ...

    for function in (none, three, named, any_number, any_name, default):
        with pytest.raises(TypeError, match="must take a context and at most an input"):
            p.query(function)
        with pytest.raises(TypeError, match="must take a context and at most an input"):
            p.use(function)


class Name(Struct):
    name: str


class Greeter:
    """What greets."""

    greeting: str = "hello"

    def __call__(self, ctx: str, given: Name, *, end: str = "") -> str:
        """Greet somebody."""
        return f"{self.greeting} {given.name}{end}"


@pytest.mark.parametrize("greeter", [Greeter(), partial(Greeter()), partial(Greeter(), end="!")])
async def test_an_object_that_can_be_called_has_types_and_a_text_too(greeter: Any) -> None:
    greeting = p.query(greeter)
    assert greeting.input is not None
    assert (greeting.input.annotation, greeting.output.annotation) == (Name, str)
    assert greeting.doc == "Greet somebody."
    caller = create_caller(Router({"greet": greeting}), "Ada")
    assert (await caller("greet", {"name": "Bob"})).startswith("hello Bob")
    with pytest.raises(RPCError, match="BAD_REQUEST"):
        await caller("greet", {"name": 3})


class Greeting(Struct):
    text: str


def greet(ctx: str, given: Name) -> Greeting:
    return Greeting(f"hello {given.name}, says {ctx}")


def maybe(ctx: str, given: int | UnsetType) -> int | UnsetType:
    return given


def broken(ctx: str) -> int:
    raise KeyError("secret")


async def numbers(ctx: str) -> AsyncIterator[int]:
    yield 1
    yield 2


ROUTER = Router(
    {
        "a.greet": p.mutation(greet),
        "maybe": p.query(maybe),
        "broken": p.query(broken),
        "numbers": p.subscription(numbers),
    }
)


async def test_a_caller_takes_plain_values_or_a_struct_and_gives_what_was_returned() -> None:
    caller = create_caller(ROUTER, "ada")
    assert await caller("a.greet", {"name": "x"}) == Greeting("hello x, says ada")
    assert await caller("a.greet", Name("y")) == Greeting("hello y, says ada")
    assert (await caller("maybe"), await caller("maybe", 1)) == (UNSET, 1)


async def test_a_caller_gives_a_subscriptions_values() -> None:
    stream = await create_caller(ROUTER, "ada")("numbers")
    assert [value async for value in stream] == [1, 2]


@pytest.mark.parametrize("given", [UNSET, None, {}, {"name": 1}, Greeting("x"), "x"])
async def test_a_caller_refuses_what_the_procedure_does_not_take(given: Any) -> None:
    with pytest.raises(InputError) as refused:
        await create_caller(ROUTER, "ada")("a.greet", given)
    assert refused.value.code == "BAD_REQUEST"


async def test_a_caller_does_not_find_what_is_not_there() -> None:
    with pytest.raises(RPCError, match='No procedure found on path "a"') as refused:
        await create_caller(ROUTER, "ada")("a")
    assert refused.value.code == "NOT_FOUND"


async def test_a_callers_fault_has_its_cause_but_not_its_text() -> None:
    with pytest.raises(RPCError, match="internal server error") as failed:
        await create_caller(ROUTER, "ada")("broken")
    assert isinstance(failed.value.__cause__, KeyError)
    assert "secret" not in str(failed.value)
