"""The memory of a server that has answered a million calls: `python -m bench.soak`."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.data import roster
from bench.peers import SERVICE, Peer, Running
from bench.workloads import AS_LEARNER

PARTS = 10
MIXED = replace(AS_LEARNER, name="mixed", title="health and lists", kind="mixed")


def soak(peer: Peer, calls: int, folder: Path) -> list[float]:
    """Resident MB at the start, and after each tenth of the calls."""
    (folder / "roster.json").write_bytes(roster(2000, 10))
    running = Running(peer, folder / f"{peer.name}.db".replace(" ", "-"), folder)
    running.wait()
    sizes, done = [running.rss()], 0
    try:
        while done < calls:
            found = MIXED.run(running, 10, done)
            done += round(found["answers/s"] * 10)
            if done >= len(sizes) * calls / PARTS:
                sizes.append(running.rss())
                print(f"{running.name}: {done:,} calls, {sizes[-1]:.1f} MB", flush=True)
    finally:
        running.stop()
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--server", default="uvicorn", choices=["hypercorn", "uvicorn", "granian"])
    asked = parser.parse_args()
    peer = next(peer for peer in SERVICE if peer.name.endswith(asked.server))
    with tempfile.TemporaryDirectory() as folder:
        sizes = soak(peer, asked.calls, Path(folder))
    half = sizes[len(sizes) // 2]
    print(f"{sizes[-1]:.1f} MB; over the last half {100 * (sizes[-1] / half - 1):+.1f} %")


if __name__ == "__main__":
    main()
