"""How much of what a peer answers in a second, and at what cost: `python -m bench`.

Needs wrk, taskset, Node and the `fast` servers. Each server runs on core 0, wrk on core 1; every
workload is driven against every peer in turn, round after round. On a shared machine single figures
are noise: compare the ratios, which are to tRPC on Node.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from bench.bulks import Bulks
from bench.data import prepare
from bench.fanout import FanOut
from bench.peers import NODE, PEERS, SERVICE, Running, start
from bench.workloads import OF_SERVICE, WORKLOADS, Measured


def measure(peers: list[Running], works: list[Measured], rounds: int, seconds: int) -> None:
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    base = 0
    for peer in peers:
        peer.pause()
    for turn in range(rounds + 1):  # the first warms up
        for work in works:
            for peer in peers:
                base += 1_000_000
                if work.is_for(peer):
                    with peer.awake():
                        found = work.run(peer, seconds if turn else 1, base)
                    if turn:
                        runs.setdefault((work.name, peer.name), []).append(found)
    for work in works:
        report(work, {p.name: runs[work.name, p.name] for p in peers if work.is_for(p)})


def report(work: Measured, runs: dict[str, list[dict[str, float]]]) -> None:
    medians = {
        name: {figure: statistics.median(run[figure] for run in found) for figure in found[0]}
        for name, found in runs.items()
    }
    first, *others = next(iter(medians.values()))
    print(f"\n### {work.name} {work.title}\n")
    print("|".join(["", " peer ", f" {first} ", " ratio ", *(f" {o} " for o in others), ""]))
    print("|---" + "|--:" * (len(others) + 2) + "|")
    for name in sorted(medians, key=lambda name: -medians[name][first]):
        found = medians[name]
        ratio = found[first] / medians[NODE][first] if NODE in medians else float("nan")
        figures = [shown(found[first]), f"{ratio:.2f}", *(shown(found[o]) for o in others)]
        print(f"| {name} | {' | '.join(figures)} |")


def shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"


def started(names: list[str], folder: Path) -> list[Running]:
    prepare(folder)
    chosen = [p for p in (*PEERS, *SERVICE) if not names or p.name in names]
    return [start(peer, folder) for peer in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="", help="names, comma separated; else all")
    parser.add_argument("--workloads", default="", help="names like W1,W2; else all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("the benchmark needs wrk (Debian: apt-get install wrk)")
    names = [name for name in asked.workloads.split(",") if name]
    works = [
        w for w in (*WORKLOADS, FanOut(), Bulks(), *OF_SERVICE) if w.name in (names or [w.name])
    ]
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as folder:
        peers = started([p for p in asked.peers.split(",") if p], Path(folder))
        try:
            measure(peers, works, asked.rounds, asked.seconds)
        finally:
            for peer in peers:
                peer.stop()


if __name__ == "__main__":
    main()
