"""A forgotten or misordered middleware is a type error, not a bug report."""

import re
from pathlib import Path

from mypy import api

TABLE = Path(__file__).with_name("table.py")
CONFIG = str(Path(__file__).parents[2] / "pyproject.toml")


def lines_of(text: str, pattern: str) -> dict[int, str]:
    """The line numbers of a text where a pattern is found, and what it holds."""
    found = ((number, re.search(pattern, line)) for number, line in enumerate(text.splitlines(), 1))
    return {number: match[1] for number, match in found if match}


def test_mypy_accepts_the_good_table_and_refuses_every_wrong_line():
    """In the project's own mode and cache: after a check of the project it takes a moment."""
    output, complaints, _ = api.run([str(TABLE), "--config-file", CONFIG, "--no-error-summary"])
    assert complaints == ""
    told = re.findall(r"table\.py:(\d+): (error|note): (.*)", output)
    refused: dict[int, str] = {}
    for number, _, text in told:
        refused[int(number)] = refused.get(int(number), "") + text
    expected = lines_of(TABLE.read_text("utf-8"), r"# no: (\w+)")
    assert set(refused) == set(expected), output
    for number, word in expected.items():
        assert word in refused[number]
