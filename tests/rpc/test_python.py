"""The Python client that is made from a table of procedures."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from socket_driver import listening

from rpc import Endpoint, Procedure, ProcedureBuilder, Router, RPCError, Tracked, errors
from rpc.client import Namespace
from rpc.client.modes import Gather
from rpc.python import generate, snake

public: ProcedureBuilder[None] = ProcedureBuilder()


class GreetInput(Struct, rename="camel", kw_only=True):
    name_first: str
    is_loud: bool = False
    friends: list[str] = msgspec.field(default_factory=list)


class Greeting(Struct):
    text: str


@errors("rude")
def greet(ctx: None, given: GreetInput) -> Greeting:
    """Say "hello" to somebody, in a text that is long enough to need more than one line of it."""
    return Greeting(given.name_first)


def words(ctx: None) -> list[str]:
    return ["hello"]


async def follow(ctx: None, given: GreetInput) -> AsyncIterator[Tracked[Greeting]]:
    yield Tracked("1", Greeting("hello"))


TABLE = {
    "polite.greetNow": public.mutation(greet),
    "polite.words": public.query(words),
    "loud.onGreet": public.subscription(follow),
}


def is_keyed(procedure: Procedure) -> bool:
    return procedure.function is greet


@pytest.fixture
def module() -> Any:
    """The generated module, imported."""
    text = generate(Router(TABLE), is_keyed)
    assert all(len(line) <= 100 for line in text.splitlines())
    made = ModuleType("greetings")
    sys.modules[made.__name__] = made
    exec(compile(text, "greetings.py", "exec"), made.__dict__)
    yield made
    del sys.modules[made.__name__]


def test_procedures_stand_in_their_namespace_in_the_words_of_python(module: Any):
    gather = Gather()
    api = module.Api(gather)
    api.polite.greet_now(name_first="Ada")
    api.polite.words()
    assert [call.of.name for call in gather.calls] == ["polite.greetNow", "polite.words"]
    assert isinstance(api.loud, Namespace)


def test_what_is_sent_is_what_differs_from_the_defaults(module: Any):
    gather = Gather()
    greet_now = module.Api(gather).polite.greet_now
    greet_now(name_first="Ada")
    greet_now(name_first="Ada", is_loud=True, friends=["Bob"])
    greet_now(name_first="", is_loud=False, friends=[])
    assert [call.given for call in gather.calls] == [
        {"nameFirst": "Ada"},
        {"nameFirst": "Ada", "isLoud": True, "friends": ["Bob"]},
        {"nameFirst": ""},
    ]


def test_help_tells_parameters_purpose_and_refusals(module: Any):
    method = module.Api(Gather()).polite.greet_now
    assert method.__name__ == "polite.greetNow"
    assert 'Say "hello" to somebody, in a text that is long enough' in method.__doc__
    assert method.__doc__.endswith("more than one line of it. Refused with rude.")
    assert method.__signature__.parameters.keys() == {"name_first", "is_loud", "friends"}


def test_which_calls_may_have_a_key_and_which_events_an_id_is_known(module: Any):
    spaces = (module.PoliteProcedures, module.LoudProcedures)
    found = {m.of.name: m.of for s in spaces for m in vars(s).values() if hasattr(m, "of")}
    assert {name: (of.type, of.is_keyed, of.is_tracked) for name, of in found.items()} == {
        "polite.greetNow": ("mutation", True, False),
        "polite.words": ("query", False, False),
        "loud.onGreet": ("subscription", False, True),
    }


async def test_it_calls_a_server_of_these_procedures(module: Any):
    app = Endpoint(Router(TABLE), lambda request: None, path="/trpc")
    url = "http://127.0.0.1:{}/trpc"
    async with listening(app) as port, module.AsyncClient(url.format(port)) as client:
        assert await client.polite.greet_now(name_first="Ada") == Greeting("Ada")
        assert await client.polite.words() == ["hello"]
        heard = [event async for event in client.loud.on_greet(name_first="Ada")]
        assert heard == [Tracked("1", Greeting("hello"))]
        async with client.batch() as batch:
            words = batch.polite.words()
        assert words.value == ["hello"]
        with pytest.raises(RPCError, match="BAD_REQUEST: Expected `str`, got `int`"):
            await client.polite.greet_now(name_first=3)


def either(ctx: None) -> Greeting | None:
    return None


def echo(ctx: None, given: str) -> str:
    return given


def shouted(ctx: None) -> Greeting:
    return Greeting("HELLO")


shouted.__annotations__["return"] = type("Greeting", (Struct,), {})


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"greet": public.query(words)}, "greet: a client's procedures are `namespace.name`"),
        ({"a.b.c": public.query(words)}, "a.b.c: a client's procedures are `namespace.name`"),
        ({"a.either": public.query(either)}, "a.either: .* is no class"),
        ({"a.echo": public.query(echo)}, "a.echo: its input is no struct"),
        (
            {"a.greet": public.query(greet), "a.shouted": public.query(shouted)},
            "two structs of these procedures have one name",
        ),
    ],
)
def test_a_table_that_cannot_be_written_is_refused(table: dict[str, Procedure], complaint: str):
    with pytest.raises(ValueError, match=complaint):
        generate(Router(table), is_keyed)


@pytest.mark.parametrize(
    ("name", "written"),
    [("enroll", "enroll"), ("setComponents", "set_components"), ("onChange", "on_change")],
)
def test_names_are_written_as_python_does(name: str, written: str):
    assert snake(name) == written
