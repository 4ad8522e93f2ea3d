"""Every demand is proven by a test that names it.

`rows.txt` lists the demands: number, what answers it, the demand. A test cites a row by its number,
several by a range (two dots between the first number and the last two digits). What only REST
surfaces show is marked `rest`; `info` asks for nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
ROWS = [line.split(maxsplit=2) for line in (TESTS / "rows.txt").read_text("utf-8").splitlines()]
SIZES = {"S0": 31, "S1": 27, "S2": 93, "S3": 45, "S4": 45}
CITATION = re.compile(r"\b(S[0-4])-(\d\d)(?:\.\.(\d\d))?\b")


def cited(text: str) -> Iterator[str]:
    """The rows that a text names."""
    for source, first, last in CITATION.findall(text):
        for number in range(int(first), int(last or first) + 1):
            yield f"{source}-{number:02}"


def citations() -> set[str]:
    sources = (
        path.read_text("utf-8") for path in TESTS.rglob("*.py") if "node_modules" not in str(path)
    )
    return {row for source in sources for row in cited(source)}


def test_a_range_names_every_row_in_it():
    assert [*cited("# S0-08..10, S4-41 and no S5-01")] == ["S0-08", "S0-09", "S0-10", "S4-41"]


def test_the_list_has_every_row_once_and_in_order():
    named = [row for row, _, _ in ROWS]
    assert named == sorted(set(named))
    assert Counter(row[:2] for row in named) == SIZES


def test_each_row_is_answered_by_procedures_or_surfaces_or_asks_for_nothing():
    assert {answered for _, answered, _ in ROWS} == {"procedure", "rest", "info"}


def test_every_row_that_asks_for_something_is_cited_by_a_test():
    asking = {row for row, by, _ in ROWS if by != "info"}
    assert sorted(asking - citations()) == []


def test_no_test_cites_a_row_that_is_not():
    assert sorted(citations() - {row for row, _, _ in ROWS}) == []
