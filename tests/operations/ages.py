"""Programs of several ages: which schema and which steps they know."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from procedures.store import schema
from procedures.store.opening import database_at

OLDER = Path(__file__).with_name("older")
FIRST = schema.FIRST
PAST = {FIRST: "then"}
BETWEEN = {FIRST: "then", "0002": "0002"}
PRESENT = {FIRST: "now", "0002": "0002", "0003": "0003"}


def steps(age: dict[str, str]) -> dict[str, Callable[[], str]]:
    """The steps of a program of that age."""
    paths = {name: OLDER / f"{file}.sql" for name, file in age.items()}
    return {name: path.read_text for name, path in paths.items()}


def main() -> None:
    """Migrate each database whose address comes in, as a program of the given age and in a process
    of its own: its id goes out when it begins, its status when it has ended."""
    schema.STEPS = steps({"between": BETWEEN, "present": PRESENT}[sys.argv[1]])
    for line in sys.stdin:
        if not (child := os.fork()):
            with closing(database_at(line.rstrip("\n"))) as store:
                store.migrate()
            os._exit(0)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
