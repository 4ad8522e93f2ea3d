"""What docs/performance.md reckons from its own table is what the table gives."""

from __future__ import annotations

import re

from blocks import ROOT

PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")
SENTENCE = (
    r"of the (\d+) us that one of W7 takes, (\d+) go for one of W1 already, "
    r"which takes (\d+) on uvicorn"
)
SERVERS = ("hypercorn", "uvicorn", "granian")


def microseconds(workload: str, server: str) -> int:
    """What one request takes by the first table: Node's rate, and the multiple of it."""
    [line] = re.findall(rf"^\| {workload} [^|]*\|([^|]*)/s \|(.*)$", PAGE, re.M)
    multiples = [cell.strip(" *") for cell in line[1].split("|")]
    rate = int(line[0].replace(",", "")) * float(multiples[SERVERS.index(server)])
    return round(1_000_000 / rate)


def test_the_parts_of_a_request_are_those_of_the_table():
    [told] = re.findall(SENTENCE.replace(" ", r"\s+"), PAGE)
    asked = [("W7", "hypercorn"), ("W1", "hypercorn"), ("W1", "uvicorn")]
    assert [int(text) for text in told] == [microseconds(*each) for each in asked]
