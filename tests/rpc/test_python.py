"""The Python client that is made from a table of procedures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Annotated, Any

import httpx2
import msgspec
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType
from socket_driver import listening

from rpc import Endpoint, Procedure, ProcedureBuilder, Router, RPCError, Tracked, errors
from rpc.client import AsyncBatch, Namespace, Retry, SyncBatch, http
from rpc.client.calls import given_by
from rpc.client.following import Event, Following
from rpc.client.modes import Gather
from rpc.python import generate
from rpc.python_names import snake

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


@contextmanager
def imported(table: dict[str, Procedure]) -> Iterator[Any]:
    """The module that is generated for a table."""
    text = generate(Router(table), is_keyed)
    made = ModuleType("greetings")
    sys.modules[made.__name__] = made
    exec(compile(text, "greetings.py", "exec"), made.__dict__)
    try:
        yield made
    finally:
        del sys.modules[made.__name__]


@pytest.fixture
def module() -> Iterator[Any]:
    with imported(TABLE) as made:
        yield made


def test_lines_are_no_longer_than_a_hundred_letters():
    lines = generate(Router(TABLE), is_keyed).splitlines()
    assert all(len(line) <= 100 for line in lines)


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


CLIENTS = ("Client", "AsyncClient")
UNSENDABLE = ["", " ", "import ", " 17", "Z\u00e4hler", "a\nb", "\x7f"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("key", UNSENDABLE)
def test_a_key_that_would_not_arrive_is_refused_and_no_other_taken_for_it(
    module: Any, client: str, key: str
):
    made = getattr(module, client)("http://host/rpc")
    for under in (made.keyed, made.batch):
        with pytest.raises(RPCError, match="BAD_REQUEST: an idempotency key is printable ASCII"):
            under(key)
        under("import 17, line 3")


@pytest.mark.parametrize("client", CLIENTS)
def test_an_option_that_there_is_not_is_refused(module: Any, client: str):
    with pytest.raises(TypeError, match="a client has no option 'retries'"):
        getattr(module, client)("http://host/rpc", retries=9)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("url", ["host/rpc", "127.0.0.1:8000/rpc", "/rpc", ""])
def test_what_is_no_address_is_refused_and_not_asked(module: Any, client: str, url: str):
    with pytest.raises(ValueError, match="a client needs an address like https://"):
        getattr(module, client)(url)
    getattr(module, client)("HTTPS://host/rpc")


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "school.example", "SCHULE.example:443"]
)
def test_a_cookie_that_the_server_sets_comes_in_the_place_of_the_one_that_was_given(host: str):
    sent: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["x-school"] == "north"
        sent.append(request.headers["cookie"])
        return httpx2.Response(200, headers={"set-cookie": "session=new; Path=/; HttpOnly"})

    url = f"http://{host}/rpc"
    given = http.arguments(url, {"cookie": "session=old", "headers": {"x-school": "north"}})
    with httpx2.Client(**given, transport=httpx2.MockTransport(answer)) as client:
        for _ in range(2):
            client.get(f"{url}/auth.me")
    assert sent == ["session=old", "session=new"]


class Recorder:
    """Notes what it is asked, and gives nothing."""

    def __init__(self) -> None:
        self.asked: list[list[Any]] = []

    def run_all(self, calls: list[Any]) -> list[None]:
        self.asked.append([call.given for call in calls])
        return [None for _ in calls]


class AsyncRecorder(Recorder):
    async def run_all(self, calls: list[Any]) -> list[None]:
        return super().run_all(calls)


async def test_each_block_of_a_batch_makes_its_own_calls_and_no_others(module: Any):
    mode, later = Recorder(), AsyncRecorder()
    batch, batch_later = SyncBatch(mode, module.Api), AsyncBatch(later, module.Api)
    for name in ("Ada", "Bob"):
        with batch as calls:
            calls.polite.greet_now(name_first=name)
        async with batch_later as calls:
            calls.polite.greet_now(name_first=name)
    assert mode.asked == later.asked == [[{"nameFirst": "Ada"}], [{"nameFirst": "Bob"}]]


class Span(Struct, array_like=True, frozen=True):
    start: int
    end: int = 0
    step: int = 1


class Step(Struct, array_like=True):
    size: int = 1


class Tagged(Struct, array_like=True, tag="tagged"):
    spans: list[Span]
    last: Span = Span(1)


class Switch(Struct):
    on: int | bool = 1
    ratio: float | int = 0.0
    levels: tuple[int | bool, ...] = (1,)
    note: str | UnsetType | None = UNSET


@pytest.mark.parametrize(
    ("made", "sent"),
    [
        (Step(), []),
        (Span(3), [3]),
        (Span(3, step=2), [3, 0, 2]),
        (Tagged([Span(1, 2), Span(3)]), ["tagged", [[1, 2], [3]]]),
        (Tagged([], Span(1, 0, 2)), ["tagged", [], [1, 0, 2]]),
        (Switch(), {}),
        (Switch(1, 0.0, (1,)), {}),
        (Switch(True, 0, (True,), None), {"on": True, "ratio": 0, "levels": [True], "note": None}),
        (Switch(2, -0.0), {"on": 2, "ratio": -0.0}),
    ],
)
def test_what_is_sent_is_read_as_what_was_given(made: Struct, sent: Any):
    given = given_by(lambda: made)
    assert msgspec.json.encode(given) == msgspec.json.encode(sent)
    read = msgspec.json.decode(msgspec.json.encode(given), type=type(made))
    assert repr(read) == repr(made)


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


@pytest.fixture
async def silences(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """As long as there is one left, a stream is silent for too long as soon as it is connected."""
    left = [1] * 5
    loop = asyncio.get_running_loop()
    time, items = loop.time, Following.items
    monkeypatch.setattr(loop, "time", lambda: time() + (5 - len(left)) * 2 * http.SILENCE)

    def heard(self: Following, event: Event) -> Iterator[Any]:
        yield from items(self, event)
        if event.event == "connected" and left:
            loop.call_soon(left.pop)  # once the next event is waited for

    monkeypatch.setattr(Following, "items", heard)
    return left


async def test_a_quiet_subscription_outlives_more_connections_than_there_are_attempts(
    module: Any, silences: list[int]
):
    async def quiet(ctx: None, given: GreetInput) -> AsyncIterator[Tracked[Greeting]]:
        if silences:
            await asyncio.Event().wait()
        yield Tracked("1", Greeting("at last"))

    app = Endpoint(Router({"loud.onGreet": public.subscription(quiet)}), lambda request: None)
    retry = Retry(attempts=2, base=0.01)
    async with (
        listening(app) as port,
        module.AsyncClient(f"http://127.0.0.1:{port}/rpc/", retry=retry) as client,
    ):
        heard = [event async for event in client.loud.on_greet(name_first="Ada")]
    assert heard == [Tracked("1", Greeting("at last"))]
    assert silences == []


class Client(Struct):
    """What the module calls something of its own."""

    name: str


class words_said(Struct):
    """What a procedure is called."""

    words: list[str]


class NotedInput(Struct):
    note: str = ""


def nothing(ctx: None, given: NotedInput) -> None: ...


def absent(ctx: None) -> UnsetType:
    return UNSET


def shout(ctx: None) -> str:
    return "HELLO"


def numbers(ctx: None) -> tuple[int, ...]:
    return (1, 2)


def no_numbers(ctx: None) -> tuple[()]:
    return ()


def nones(ctx: None) -> list[None]:
    return [None]


def anything(ctx: None) -> Any:
    return {"any": ["thing"]}


def named(ctx: None) -> dict[str, Client]:
    return {"first": Client("Ada")}


def said(ctx: None) -> words_said:
    return words_said(["hello"])


async def counted(ctx: None) -> AsyncIterator[int]:
    yield 1


AWKWARD = {
    "log.mutation": public.mutation(nothing),
    "log.query": public.query(absent),
    "log.nothing": public.query(shout),
    "log.subscription": public.subscription(counted),
    "log.list": public.query(words),
    "log.str": public.query(numbers),
    "log.tuple": public.query(no_numbers),
    "log.wordsSaid": public.query(said),
    "log.batch": public.query(nones),
    "log.any": public.query(anything),
    "client.client": public.query(named),
    "other.words": public.query(words),
}


async def test_what_is_called_like_something_else_can_be_called_and_gives_what_it_says():
    app = Endpoint(Router(AWKWARD), lambda request: None, path="/trpc")
    with imported(AWKWARD) as made:
        async with listening(app) as port, made.AsyncClient(f"http://127.0.0.1:{port}/trpc") as c:
            log = c.log
            assert await log.mutation(note="a") is None
            assert await log.query() is None
            assert await log.nothing() == "HELLO"
            assert [number async for number in log.subscription()] == [1]
            assert await log.list() == ["hello"] == await c.other.words()
            assert (await log.str(), await log.tuple()) == ((1, 2), ())
            assert await log.words_said() == words_said(["hello"])
            assert await log.batch() == [None]
            assert await log.any() == {"any": ["thing"]}
            assert await c.client.client() == {"first": Client("Ada")}


@pytest.mark.parametrize(
    "doc", ["tab\\n", "nul \0 and \ud800", "back \\", "é's \"", "re-use " * 30]
)
def test_any_text_may_be_a_docstring(doc: str):
    def function(ctx: None) -> int: ...

    function.__doc__ = doc
    with imported({"a.b": public.query(function)}) as made:
        assert made.AProcedures.b.__doc__ == " ".join(doc.split())


def either(ctx: None) -> Greeting | None:
    return None


def echo(ctx: None, given: str) -> str:
    return given


def shouted(ctx: None) -> Greeting:
    return Greeting("HELLO")


class Outer:
    class Inner(Struct):
        text: str


def inner(ctx: None) -> Outer.Inner:
    return Outer.Inner("")


def limited(ctx: None) -> Annotated[int, Meta(ge=1, extra_json_schema={})]:
    return 1


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
            "a.shouted: two structs of these procedures have one name",
        ),
        ({"a.shouted": public.query(shouted)}, "a.shouted: Greeting cannot be imported"),
        ({"a.inner": public.query(inner)}, "a.inner: Outer.Inner cannot be imported"),
        ({"a.limited": public.query(limited)}, "a.limited: .*Annotated.* is no class"),
        *(
            ({name: public.query(words)}, f"{name}: `{word}` cannot be the name of an attribute")
            for name, word in {
                "file.import": "import",
                "class.list": "class",
                "a.some-words": "some-words",
                "a b.words": "a b",
                "a.2fa": "2fa",
                "a._mode": "_mode",
                "__init__.words": "__init__",
            }.items()
        ),
        *(
            ({f"{space}.words": public.query(words)}, f"{space}.words: .* a client does itself")
            for space in ("batch", "close", "keyed")
        ),
        (
            {"a.getURL": public.query(words), "a.getUrl": public.query(words)},
            "a.getUrl: `a.get_url` is a.getURL already",
        ),
        (
            {"course.x": public.query(words), "Course.y": public.query(words)},
            "course.x: `course` is Course already",
        ),
        (
            {"aB.x": public.query(words), "AB.y": public.query(words)},
            "aB.x: `ABProcedures` is AB already",
        ),
        (
            {"a.\ufb01": public.query(words), "a.fi": public.query(words)},
            "`a.fi` is a.fi already",
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
