"""The tables of docs/reference.md that are made of rules: what becomes of a record, and which
reason is given with which code, status and words."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

from procedures import router
from procedures.records.enrollment import Status
from procedures.rest.errors import ROWS
from procedures.rules import LIVE, SEATED
from procedures.statuses import TRANSITIONS, Actor, kind_of
from rpc.errors import CODES

SERVICE = Path(__file__).parents[1] / "procedures"
YES = {True: "yes", False: ""}
OWN_WORDS = {"invalid_input": ["the field, and what is wrong with it"]}


def statuses() -> str:
    rows = [status_row(status) for status in get_args(Status)]
    return "\n".join(["| status | live | has a seat | becomes |", "|---|---|---|---|", *rows])


def status_row(status: str) -> str:
    ways = "; ".join(way(status, to) for before, to in TRANSITIONS if before == status)
    return f"| `{status}` | {YES[status in LIVE]} | {YES[status in SEATED]} | {ways} |"


def way(before: str, to: str) -> str:
    """A status that may follow, by whom, and what the event is called where that differs."""
    actors = [actor for actor in get_args(Actor) if actor in TRANSITIONS[before, to]]
    kind = kind_of(before, to)
    named = "" if kind == to else f", event `{kind}`"
    return f"`{to}` ({', '.join(actors)}{named})"


def reasons() -> str:
    told = words()
    rows = [reason_row(reason, told[reason]) for reason in sorted(declared() | told.keys())]
    return "\n".join(["| reason | code | status | in words |", "|---|---|---|---|", *rows])


def declared() -> set[str]:
    return {reason for procedure in router.values() for reason in procedure.errors}


def reason_row(reason: str, texts: list[str]) -> str:
    code = ROWS[reason].code
    return f"| `{reason}` | {code} | {CODES[code].http} | {'; '.join(texts)} |"


def words() -> defaultdict[str, list[str]]:
    """By its reason, in which words a call is refused, wherever that stands in the code."""
    found = defaultdict[str, list[str]](list)
    for _, reason, text in refusals():
        if text not in found[reason]:
            found[reason].append(text)
    return found | OWN_WORDS


def refusals() -> Iterator[tuple[str, str, str]]:
    """Code, reason and words of each error that is raised with a reason, surfaces' own apart."""
    for path in sorted({*SERVICE.rglob("*.py")} - {*SERVICE.glob("rest/*.py")}):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from refusals_of(function)


def refusals_of(function: ast.AST) -> Iterator[tuple[str, str, str]]:
    for call in ast.walk(function):
        match call:
            case ast.Call(
                func=ast.Name("RPCError"),
                args=[ast.Constant(value=str(code)), said],
                keywords=[ast.keyword("reason", reason), *_],
            ):
                pairs = paired(texts(reason, function), texts(said, function))
                yield from ((code, *pair) for pair in pairs)


def paired(reasons: list[str], said: list[str]) -> Iterator[tuple[str, str]]:
    """Where there is a choice of reasons, the same chooses the words."""
    return zip(reasons, said, strict=True) if len(reasons) > 1 else product(reasons, said)


def texts(value: ast.expr, function: ast.AST) -> list[str]:
    """What an expression may be, as far as it stands there; `…` for what is put in."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return [
                "".join(part.value if isinstance(part, ast.Constant) else "…" for part in parts)
            ]
        case ast.IfExp(body=one, orelse=other):
            return texts(one, function) + texts(other, function)
        case ast.Name():
            return texts(last_value(value, function), function)
    return []


def last_value(name: ast.Name, function: ast.AST) -> ast.expr:
    """What a name has been given before it stands there."""
    given = [
        (each.lineno, each.value)
        for each in ast.walk(function)
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == name.id
    ]
    return max(each for each in given if each[0] < name.lineno)[1]
