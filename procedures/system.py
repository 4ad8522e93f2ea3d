"""`system.*`: is it there, and what is it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from procedures.context import Anyone
from procedures.records.system import Health, Info
from procedures.store.transaction import Unavailable


def health(ctx: Anyone) -> Health:
    """Ready: the process answers, and its database can be read and, as far as is known, written."""
    ctx.tx.value("select 1 from org limit 1")
    if ctx.service.store.fault is not None:
        raise Unavailable(ctx.service.store.fault)
    return Health("ok")


def info(ctx: Anyone) -> Info:
    """Which program this is, and in which environment it runs."""
    return Info(installed_version(), ctx.service.settings.environment)


@cache  # the look-up reads a file
def installed_version() -> str:
    return version("rollcall")
