"""Writes what is made from the code, or tells what is out of date: `python -m tests.generated`.

The AppRouter file of the service, for each project that has one; its Python client; in README and
docs the tables between `<!-- name -->` marks; the pages of docs/reference.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from procedures import idempotency, router
from procedures.rest.openapi import about
from procedures.rest.routing import surfaces
from procedures.settings import PREFIX, Settings
from rpc import python
from rpc.procedure import Procedure
from rpc.typescript import generate
from tests import options_reference, reference, roster_reference, rules_reference

ROOT = Path(__file__).parents[1]

SETTINGS = {
    "database": "the SQLite file, or `postgresql://user:password@host/name`",
    "pool_size": "connections of one process to PostgreSQL",
    "secret_keys": "keys that sign session cookies, comma separated, newest last; outside "
    "development of 32 characters or more",
    "smtp_url": "where mail goes: `smtp://user:password@host:587`, or `smtps://`",
    "mail_from": "the sender of mail",
    "public_url": "the front end: mails link to its `/courses/<course>` and `/groups/<group>`",
    "environment": "`development`, `staging` or `production`",
    "allowed_origins": "origins whose pages may use their user's session, comma separated",
    "proxies": "how many proxies in front add to `X-Forwarded-For` and tell `X-Forwarded-Proto`",
    "call_rate": "calls a second of one account, in each process; `0`: any number",
    "call_burst": "calls at once of one account that has paused",
    "max_streams": "subscriptions of one account at once, in each process",
    "max_connections": "connections to one process at once; more are answered 503",
    "max_peer_connections": "of them from one address",
    "log": "`text`, or `json` with a line for each call",
    "metrics": "`open` to answer `/metrics` to everybody, or the bearer token it asks for",
    "console": "`on` or `off`: the console at `/`; without it on, but off in production",
    "stall_seconds": "how long a client may take nothing of what it was sent",
}


COMMON = {"invalid_input", *idempotency.REASONS}  # the text beside the table tells of them


def namespace_table() -> str:
    lines = ["| namespace | procedures |", "|---|---|"]
    for namespace, names in groupby(sorted(router), lambda name: name.partition(".")[0]):
        lines.append(f"| `{namespace}` | {' '.join(f'`{name}`' for name in names)} |")
    return "\n".join(lines)


def procedure_table() -> str:
    lines = ["| procedure | | guard | what it does | refuses with |", "|---|---|---|---|---|"]
    lines += [row(name, procedure) for name, procedure in sorted(router.items())]
    return "\n".join(lines)


def row(name: str, procedure: Procedure) -> str:
    guards = [m.function.__name__ for m in procedure.middlewares]
    said = procedure.doc.partition("\n\n")[0].replace("\n", " ")
    own = (reason for reason in procedure.errors if reason not in COMMON)
    reasons = " ".join(f"`{reason}`" for reason in own)
    space = name.partition(".")[0]
    linked = f"[`{name}`](reference/{space}.md#{name.replace('.', '').lower()})"
    return f"| {linked} | {procedure.type} | {guards[-1] if guards else ''} | {said} | {reasons} |"


def guard_table() -> str:
    steps = {step.function for procedure in router.values() for step in procedure.middlewares}
    docs = {step.__name__: " ".join((step.__doc__ or "").split()) for step in steps}
    rows = [f"| `{name}` | {doc} |" for name, doc in sorted(docs.items())]
    return "\n".join(["| guard | lets in |", "|---|---|", *rows])


def surface_table() -> str:
    lines = ["| surface | under | what it is | routes | bodies |", "|---|---|---|---|---|"]
    for name, surface in surfaces().items():
        under = " ".join(f"`{prefix}`" for prefix in surface.prefixes)
        count = sum(len(table) for table in surface.routes.values())
        media = " ".join(f"`{each}`" for each in dict.fromkeys((*surface.reads, *surface.writes)))
        lines.append(f"| `{name}` | {under} | {about(name)} | {count} | {media} |")
    return "\n".join(lines)


def settings_table() -> str:
    lines = ["| variable | what | default |", "|---|---|---|"]
    defaults = Settings()
    for name in Settings.__struct_fields__:
        default = getattr(defaults, name)
        lines.append(f"| `{PREFIX}{name.upper()}` | {SETTINGS[name]} | {shown(default)} |")
    return "\n".join(lines)


def shown(default: object) -> str:
    return f"`{default}`" if default else "none"


TABLES = {
    "namespaces": namespace_table,
    "procedures": procedure_table,
    "guards": guard_table,
    "surfaces": surface_table,
    "settings": settings_table,
    "statuses": rules_reference.statuses,
    "reasons": rules_reference.reasons,
    "options": options_reference.options,
    "roster": roster_reference.arrays,
    "texts": roster_reference.texts,
}
MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", re.DOTALL)


def filled(text: str) -> str:
    """A page with its tables as the code has them."""
    return MARKED.sub(lambda mark: f"{mark[1]}{TABLES[mark[2]]()}\n{mark[3]}", text)


def written(root: Path) -> list[Path]:
    """The pages that somebody wrote."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def made(root: Path) -> Iterator[tuple[Path, str]]:
    """Every generated file, with what it should be."""
    for project in ("tests/client", "examples/web/src"):
        yield root / project / "app-router.ts", generate(router)
    yield root / "procedures/client.py", python.generate(router, idempotency.applies_to)
    for name, text in reference.pages():
        yield root / "docs/reference" / name, text
    for page in written(root):
        yield page, filled(page.read_text("utf-8"))


def untold(root: Path) -> set[str]:
    """The tables that no page has."""
    texts = (page.read_text("utf-8") for page in written(root))
    return TABLES.keys() - {mark[2] for text in texts for mark in MARKED.finditer(text)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    if missing := untold(ROOT):
        sys.exit(f"no page has the marks of: {', '.join(sorted(missing))}")
    stale = []
    for path, text in made(ROOT):
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not is_check:
            path.write_text(text, "utf-8")
    if stale and is_check:
        sys.exit(f"out of date: {', '.join(stale)} (run `make generate`)")
    print("generated files:", ", ".join(stale) + " written" if stale else "up to date")


if __name__ == "__main__":
    main()
