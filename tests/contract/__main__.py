"""Serves the conformance router: `python -m tests.contract --port N [--server …]`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from procedures.servers.running import loop_for, run
from procedures.servers.sockets import listen
from tests.contract.mounts import AS_TRPC, Mounts

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--server", choices=("hypercorn", "granian", "uvicorn"), default="hypercorn")
asked = parser.parse_args()
sys.setrecursionlimit(20_000)  # the depth of JSON that is left without `max_depth`
with asyncio.Runner(loop_factory=loop_for(asked.server)) as runner:
    runner.run(run(Mounts(AS_TRPC), listen("127.0.0.1", asked.port), asked.server))
