"""Every statement on a table of tenants names the tenant, so that tenants can be spread over nodes:
PostgreSQL itself is asked, by what it plans to look for in each table.

The statements are those of real calls, and every function that has one must have run.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from engines import Engine
from statement_calls import Statements, everything, recording
from tenants import furnish, roster
from world import build, serving

from procedures.store import dialect
from procedures.store.opening import database_at
from procedures.store.postgres_transaction import PostgresTransaction
from procedures.store.tables import tables

pytestmark = pytest.mark.engine("postgres")

ROOT = Path(__file__).parents[2]
# A session only tells where its person works.
TENANTS = {table.name for table in tables() if "org_id" in table.columns} - {"session"}
STATEMENTS = ("one", "require", "all", "value", "exists", "run", "insert")
# The whole database is what these are about: they run beside the service, or instead of it.
APART = ("copying", "rows", "backup", "postgres", "postgres_schema", "sqlite")

# Who looks into every tenant, and why.
ACROSS = {
    # Who calls is not known yet, or in which organizations.
    "procedures.store.callers.token_caller": "a bearer token says nothing but itself",
    "procedures.store.callers.maker": "nor does it when it makes another",
    "procedures.store.callers.client": "nor do the id and secret of a client",
    "procedures.store.people.orgs_of": "signing in, and choosing among one's organizations",
    "procedures.store.people.nearest": "a key of another organization than the active one",
    "procedures.store.realms.realm_by_code": "a code lets into any of the caller's organizations",
    # What goes on beside the calls, for all tenants together.
    "procedures.store.outbox.is_due": "whoever sends sends for all",
    "procedures.store.outbox.claim": "the longest due first, whosever it is",
    "procedures.store.outbox.hasten": "what a clock that was set back has put off",
    "procedures.store.outbox.forget_sent": "what is old",
    "procedures.store.outbox.backlog": "the operator's metrics",
    "procedures.store.enrollments.overdue": "records whose time has run out",
    "procedures.store.answers.forget": "what is old",
    "procedures.store.callers.forget_tokens": "what is over",
    # Commands of an operator.
    "procedures.roster.writing.Loading._refuse_taken": "ids are unique in all organizations",
    "procedures.store.erasing.orgs": "wherever the person is a member",
    "procedures.store.erasing.wipe_answers": "and whoever has been told of them",
}

Planner = psycopg.Connection[Any]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return recording(monkeypatch, PostgresTransaction)


@pytest.fixture
def address(engine: Engine, tmp_path: Path, recorded: Statements) -> Iterator[str]:
    address = engine.new()
    document = json.loads(roster())
    document["schools"][1]["parent"] = document["schools"][0]["key"]
    path = tmp_path / "roster.json"
    path.write_text(json.dumps(document))
    build(address, path)
    store = database_at(address)
    store.transact(furnish)
    store.close()
    yield address
    engine.drop(address)


def written() -> set[str]:
    """Every function that has a statement in it."""
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"
        for path in (ROOT / "procedures").rglob("*.py")
        if path.stem not in APART
        for name, function in functions(ast.parse(path.read_text("utf-8")))
        if any(is_statement(node) for node in ast.walk(function))
    }


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a module and the methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.{each.name}", each) for each in node.body if is_function(each)
            )
        elif is_function(node):
            yield node.name, node


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def is_statement(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in STATEMENTS and ast.unparse(node.func.value).endswith("tx")


@contextmanager
def planning(address: str) -> Iterator[Planner]:
    """Somebody above row security, so that plans have no conditions but those of the statement."""
    superuser = urlsplit(address)._replace(netloc="postgres@").geturl()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("set plan_cache_mode = force_generic_plan")
        yield connection


async def test_every_statement_on_a_tenants_table_names_the_tenant(
    address: str, recorded: Statements, tmp_path: Path
):
    async with serving(address) as world:
        await everything(world, tmp_path)
    with planning(address) as planner:
        across = {
            name
            for name, found in recorded.items()
            for sql, values in found.items()
            if not names_tenant(planner, sql, values)
        }
    assert written() - set(recorded) == set()
    assert across == set(ACROSS)


TELLING = {
    "select id from course where key = :key": False,
    "select id from course where org_id = :n and key = :key": True,
    "select r.id from enrollment e join realm r on r.id = e.realm_id where e.org_id = :n": False,
    """select r.id from enrollment e join realm r on r.org_id = e.org_id and r.id = e.realm_id
       where e.org_id = :n""": True,
    """select c.id, (select count(*) from enrollment e where e.course_id = c.id) from course c
       where c.org_id = :n""": False,
    """select c.id, (select count(*) from enrollment e where e.org_id = c.org_id
       and e.course_id = c.id) from course c where c.org_id = :n""": True,
    "update course set title = '' where id = :n": False,
    "update course set title = '' where org_id = :n and id = :n": True,
    "delete from outbox where event_id in (select id from event where org_id = :n)": False,
    "insert into prerequisite (course_id, requires_id) values (:n, :n)": False,
    "insert into prerequisite (org_id, course_id, requires_id) values (:n, :n, :n)": True,
    "select id from account where id = :n": True,
}


@pytest.mark.parametrize(("sql", "names"), TELLING.items())
def test_a_statement_that_names_the_tenant_is_told_from_one_that_does_not(
    built_world: str, sql: str, names: bool
):
    with planning(built_world) as planner:
        assert names_tenant(planner, sql, {"n": 1, "key": "k"}) is names


def names_tenant(planner: Planner, sql: str, values: dict[str, Any]) -> bool:
    added = re.match(r"\s*insert into (\w+) \((.*?)\)", sql, re.DOTALL)
    if added and added[1] in TENANTS and "org_id" not in re.findall(r"\w+", added[2]):
        return False
    scans = [node for node in nodes(plan(planner, sql, values)) if node["Relation Name"] in TENANTS]
    bound = {node["Alias"] for node in scans if re.search(r"\borg_id = [$']?\d", conditions(node))}
    return all(node["Alias"] in bound or leans(node, bound) for node in scans)


def leans(node: dict[str, Any], bound: set[str]) -> bool:
    """Whether a scan takes its tenant from another one, which names it."""
    others = re.findall(r"\borg_id = (\w+)\.org_id", conditions(node))
    return any(other in bound for other in others)


def conditions(node: dict[str, Any]) -> str:
    return " ".join(str(node.get(name, "")) for name in ("Index Cond", "Recheck Cond", "Filter"))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that look into a table."""
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        yield node
    for part in node.get("Plans", []):
        yield from nodes(part)


def plan(planner: Planner, sql: str, values: dict[str, Any]) -> dict[str, Any]:
    """As it is for any values."""
    text, names = dialect.statement(sql).text.decode(), []

    def numbered(found: re.Match[str]) -> str:
        names.append(found[1])
        return f"${len(names)}"

    text = re.sub(r"%\((.*?)\)s", numbered, text).replace("%%", "%")
    types = ", ".join(kind(values[name]) for name in names)
    planner.execute(f"prepare it {f'({types})' if names else ''} as {text}".encode())
    given = f"({', '.join(['null'] * len(names))})" if names else ""
    [(found,)] = planner.execute(f"explain (format json) execute it{given}".encode()).fetchall()
    planner.execute("deallocate it")
    return found[0]["Plan"]


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "smallint"
    return {int: "bigint", float: "double precision"}.get(type(value), "unknown")
