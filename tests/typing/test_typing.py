"""What the types forbid is an error of mypy, not a bug report: a forgotten or misordered
middleware, a call that the generated client cannot make."""

import re
from pathlib import Path

import pytest
from commands import mypy

HERE = Path(__file__).parent


def lines_of(text: str, pattern: str) -> dict[int, str]:
    """The line numbers of a text where a pattern is found, and what it holds."""
    found = ((number, re.search(pattern, line)) for number, line in enumerate(text.splitlines(), 1))
    return {number: match[1] for number, match in found if match}


@pytest.mark.parametrize("name", ["table.py", "client_calls.py"])
def test_mypy_accepts_every_good_line_and_refuses_every_wrong_one(name: str):
    """In the project's own mode and cache: after a check of the project it takes a moment."""
    path = HERE / name
    output, complaints, _ = mypy(path)
    assert complaints == ""
    told = re.findall(rf"{re.escape(name)}:(\d+): (error|note): (.*)", output)
    refused: dict[int, str] = {}
    for number, _, text in told:
        refused[int(number)] = refused.get(int(number), "") + text
    expected = lines_of(path.read_text("utf-8"), r"# no: (\w+)")
    assert set(refused) == set(expected), output
    for number, word in expected.items():
        assert word in refused[number]
