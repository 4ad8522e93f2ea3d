"""The service behind each server that serves through sockets of ours."""

from __future__ import annotations

import pytest
from raw import target


@pytest.fixture(params=["hypercorn", "uvicorn"])
async def service(request, database):
    pytest.importorskip(request.param)
    async with target(database, request.param) as running:
        yield running
