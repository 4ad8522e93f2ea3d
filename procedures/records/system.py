"""How the service is."""

from __future__ import annotations

from typing import Literal

from procedures.records.fields import Output


class Health(Output, frozen=True):
    status: Literal["ok"]


class Info(Output, frozen=True):
    version: str
    environment: Literal["development", "staging", "production"]
