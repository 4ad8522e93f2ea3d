"""The house of DESIGN §2: imports only point down, and each library enters in one place."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the ground up. A module may import what stands on lower floors, nothing beside it or above.
FLOORS = [
    "rpc.annotations rpc.cancelling rpc.errors rpc.functions rpc.stream rpc.superjson_values"
    " rpc.tracked rpc.typescript_text",
    "rpc.watching rpc.typescript_types",
    "rpc.typescript_superjson",
    "rpc.javascript",
    "rpc.codec rpc.superjson_restore rpc.superjson_write",
    "rpc.procedure rpc.superjson_read",
    "rpc.router rpc.superjson rpc.python_names",
    "rpc.call rpc.openapi rpc.python rpc.typescript",
    "rpc.options rpc.describe",
    "rpc.request rpc.forms rpc.inputs",
    "rpc.wire rpc.answers",
    "rpc.jsonl rpc.sse rpc.messages",
    "rpc.mount",
    "rpc.transport",
    "rpc.calls rpc.channel",
    "rpc.exchange rpc.plain",
    "rpc.asgi rpc.websocket",
    "rpc",
    "rpc.client.calls",
    "rpc.client.modes rpc.client.wire",
    "rpc.client.batches rpc.client.retrying",
    "rpc.client.following",
    "rpc.client.http",
    "rpc.client",
    "procedures.rates procedures.strict",
    "procedures.circles procedures.credentials procedures.instants procedures.refusals"
    " procedures.telling",
    "procedures.messages procedures.messages.bell procedures.messages.failures",
    "procedures.messages.addresses procedures.messages.relay",
    "procedures.messages.hooks procedures.messages.smtp procedures.settings",
    "procedures.records procedures.records.fields",
    "procedures.records.course procedures.records.enrollment procedures.records.membership",
    "procedures.records.access procedures.records.content"
    " procedures.records.progress procedures.records.submission",
    "procedures.records.auth procedures.records.detail"
    " procedures.records.operations procedures.records.resource"
    " procedures.records.event procedures.records.outbox",
    "procedures.records.webhook",
    "procedures.columns procedures.records.org procedures.records.realm procedures.records.term",
    "procedures.cursors procedures.records.system"
    " procedures.store procedures.store.transaction procedures.store.schema",
    "procedures.store.commits procedures.store.dialect procedures.store.tables",
    "procedures.store.callers procedures.store.database procedures.store.people"
    " procedures.store.rows procedures.store.seats",
    "procedures.store.sqlite_connection procedures.store.sqlite_faults procedures.store.line"
    " procedures.store.sqlite_transaction",
    "procedures.store.sqlite procedures.store.postgres_transaction",
    "procedures.store.backup procedures.store.copying",
    "procedures.store.postgres_schema procedures.store.postgres_threads",
    "procedures.store.postgres",
    "procedures.store.opening",
    "procedures.store.answers procedures.store.attempts procedures.store.terms",
    "procedures.store.orgs",
    "procedures.store.courses",
    "procedures.store.enrollments procedures.store.staff",
    "procedures.store.components procedures.store.submissions",
    "procedures.store.realms procedures.store.listing procedures.store.log procedures.store.outbox",
    "procedures.messages.texts procedures.store.erasing procedures.store.webhooks",
    "procedures.messages.mail",
    "procedures.store.details procedures.store.places",
    "procedures.store.resources procedures.store.operations",
    "procedures.roster procedures.roster.refusal procedures.roster.directory",
    "procedures.roster.strict_json procedures.roster.conflicts",
    "procedures.roster.values",
    "procedures.roster.document",
    "procedures.roster.checks procedures.roster.reading",
    "procedures.roster.writing",
    "procedures.roster.catalog procedures.roster.records",
    "procedures.roster.load",
    "procedures.lookups procedures.sessions",
    "procedures.live",
    "procedures.context",
    "procedures.throttle",
    "procedures.completion procedures.rules procedures.middleware",
    "procedures.events procedures.idempotency procedures.outbox",
    "procedures.messages.carriers procedures.statuses",
    "procedures.messages.worker",
    "procedures.transitions",
    "procedures.reckoning procedures.upkeep",
    "procedures.placing",
    "procedures.background procedures.drain procedures.erasing",
    "procedures.addressing",
    "procedures.sections",
    "procedures.access procedures.enrollment procedures.eligibility procedures.feed",
    "procedures.listing procedures.progress procedures.submission procedures.updating",
    "procedures.bulk",
    "procedures.auth procedures.course procedures.membership procedures.system procedures.webhook",
    "procedures.content procedures.operations procedures.prerequisites",
    "procedures.codes procedures.org procedures.school procedures.term",
    "procedures.realm",
    "procedures.details procedures.resources",
    "procedures",
    "procedures.client",
    "procedures.rest procedures.rest.errors procedures.rest.oneroster_days",
    "procedures.rest.negotiation procedures.rest.xml",
    "procedures.rest.surface",
    "procedures.rest.repeating",
    "procedures.rest.imsx procedures.rest.oneroster_filter procedures.rest.oneroster_given",
    "procedures.rest.oneroster_page",
    "procedures.rest.api procedures.rest.oauth procedures.rest.oneroster procedures.rest.v1",
    "procedures.rest.edubridge procedures.rest.oneroster_resources",
    "procedures.rest.schoology_forms",
    "procedures.rest.schoology_bulk procedures.rest.schoology_list",
    "procedures.rest.schoology_imports procedures.rest.schoology_many",
    "procedures.rest.schoology",
    "procedures.rest.routing",
    "procedures.rest.openapi procedures.demo",
    "procedures.console procedures.console.description",
    "procedures.console.pages",
    "procedures.observe procedures.observe.logs",
    "procedures.observe.metrics procedures.observe.traces",
    "procedures.observe.together",
    "procedures.observe.pages",
    "procedures.app",
    "procedures.servers procedures.servers.bounds procedures.servers.frames",
    "procedures.servers.listening procedures.servers.processes",
    "procedures.servers.sockets",
    "procedures.servers.loop",
    "procedures.servers.hypercorn procedures.servers.uvicorn procedures.servers.granian",
    "procedures.servers.running",
    "procedures.commands procedures.commands.console procedures.commands.help",
    "procedures.commands.progress",
    "procedures.commands.erasing procedures.commands.types",
    "procedures.commands.serving procedures.commands.maintenance procedures.commands.copying",
    "procedures.__main__",
]
HEIGHTS = {name: height for height, floor in enumerate(FLOORS) for name in floor.split()}

# msgspec is the language of records and may be spoken everywhere.
EVERYWHERE = {"msgspec"}


def modules() -> dict[str, ast.Module]:
    """Every module of the two packages, parsed."""
    found = {}
    for package in ("rpc", "procedures"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text("utf-8"))
    return found


MODULES = modules()


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (named(node.module or "", alias.name) for alias in node.names)


def named(module: str, name: str) -> str:
    """`from package import part` imports the part, where that is a module."""
    part = f"{module}.{name}"
    return part if part in MODULES else module


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in ("rpc", "procedures")


def libraries(tree: ast.Module) -> set[str]:
    names = {name.partition(".")[0] for name in imported(tree) if not is_ours(name)}
    return names - set(sys.stdlib_module_names) - EVERYWHERE


def test_every_module_has_its_floor_and_every_floor_its_modules():
    assert set(MODULES) == set(HEIGHTS)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_down(name: str):
    up = [n for n in imported(MODULES[name]) if is_ours(n) and HEIGHTS[n] >= HEIGHTS[name]]
    assert up == []


def test_the_dispatcher_does_not_know_the_product():
    knowing = {
        name
        for name, tree in MODULES.items()
        if name.partition(".")[0] == "rpc"
        and any(n.partition(".")[0] == "procedures" for n in imported(tree))
    }
    assert knowing == set()


def test_each_library_enters_in_one_place():
    doors: dict[str, set[str]] = {}
    for name, tree in MODULES.items():
        for library in libraries(tree):
            # Starlette is the framework of the REST surfaces, click that of the commands: places
            # with many rooms.
            place = {"starlette": "procedures.rest", "click": "procedures.commands"}.get(library)
            is_room = place is not None and name.startswith(f"{place}.")
            doors.setdefault(library, set()).add(place if is_room else name)
    assert doors.pop("starlette") == {"procedures.rest"}
    assert doors.pop("click") == {"procedures.commands", "procedures.__main__"}
    assert {library: sorted(names) for library, names in doors.items() if len(names) > 1} == {}
    assert {
        "aiosmtplib": {"procedures.messages.smtp"},
        "h11": {"procedures.messages.hooks"},
        "httpx2": {"rpc.client.http"},
        "hypercorn": {"procedures.servers.hypercorn"},
        "itsdangerous": {"procedures.sessions"},
        "psycopg": {"procedures.store.postgres_transaction"},
        "sqlite_utils": {"procedures.store.schema"},
        "xmltodict": {"procedures.rest.xml"},
    }.items() <= doors.items()


def places(pattern: str) -> set[str]:
    """The modules in which a dotted name that fits is written."""
    return {
        name
        for name, tree in MODULES.items()
        if any(fnmatchcase(ast.unparse(n), pattern) for n in ast.walk(tree) if is_name(n))
    }


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute | ast.Name)


def test_only_the_settings_read_the_environment():
    assert places("os.environ") | places("os.getenv") == {"procedures.settings"}


def test_only_the_instants_ask_what_time_it_is():
    asked = places("datetime.now") | places("datetime.utcnow") | places("date.today")
    assert asked | places("time.time") == {"procedures.instants"}


def test_the_engine_is_known_to_the_store_alone():
    outside = {name for name in MODULES if not name.startswith("procedures.store")}
    assert (places("sqlite3*") | places("psycopg*")) & outside == set()
    direct = {name for name, tree in MODULES.items() if "sqlite3" in set(imported(tree))}
    assert direct == {"procedures.store.schema"}  # it prefers the wheel with the fix
