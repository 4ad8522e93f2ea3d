"""Model §3 as the tests know it: which status may follow which, and by whom."""

from __future__ import annotations

from procedures.records.enrollment import Status

STATUSES: tuple[str, ...] = Status.__args__
# Who may: the learner, staff, time. By rows from, by columns to, both in the order of STATUSES.
MODEL = """
    invited     -    -    -    LS   -    -    -    -    -
    requested   -    -    -    S    -    -    -    -    -
    waitlisted  -    -    -    ST   -    -    -    -    -
    active      -    -    -    -    S    LST  ST   S    LS
    suspended   -    -    -    S    -    S    S    S    S
    completed   -    -    -    -    -    -    S    S    -
    expired     -    -    -    S    -    -    -    S    -
    archived    -    -    -    S    -    -    S    -    S
    dropped     -    -    -    LS   -    -    -    -    -
"""
ROWS = [line.split() for line in MODEL.strip().splitlines()]
WHO = {
    (before, to): who for before, *cells in ROWS for to, who in zip(STATUSES, cells, strict=True)
}
