"""SECURITY.md speaks of every threat, and of tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "SECURITY.md").read_text("utf-8")
ROWS = re.findall(r"^\| (T-\d\d) \|(.*)\|(.*)\|(.*)\|$", PAPER, re.M)


def test_each_threat_has_a_row():
    assert [row[0] for row in ROWS] == [f"T-{number:02}" for number in range(1, 45)]


def test_each_row_names_a_test_or_says_why_not():
    for threat, what, defence, proof in ROWS:
        is_open = "not " in proof or "not defended" in defence
        assert what.strip() and (is_open or "`tests/" in proof), threat


def test_each_test_that_is_named_is_there():
    named = set(re.findall(r"`(tests/[\w/.]+|test_\w+\.py)`", PAPER))
    assert len(named) > 20
    for name in named:
        assert (ROOT / name).exists() or [*ROOT.glob(f"tests/*/{name}")], name
