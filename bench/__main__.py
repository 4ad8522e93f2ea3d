"""How much of what a peer answers in a second, and at what cost: `python -m bench`.

Needs wrk, taskset, Node and the `fast` servers. Each server runs on core 0, wrk on core 1; every
workload is driven against every peer in turn, round after round. On a shared machine single figures
are noise: compare the ratios, which are to tRPC on Node.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.data import roster, seed
from bench.peers import NODE, PEERS, SERVICE, Peer, Running
from bench.workloads import OF_SERVICE, WORKLOADS, Workload

HERE = Path(__file__).parent
CONNECTIONS = 32


def drive(peer: Running, work: Workload, seconds: int, base: int) -> dict[str, float]:
    """Load a peer with one workload; requests a second, latencies in ms, CPU µs a request."""
    before = peer.cpu_seconds()
    ran = subprocess.run(
        [
            *("taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"),
            *("--timeout", "10s", "-s", str(HERE / "load.lua"), f"http://127.0.0.1:{peer.port}/"),
        ],
        env=work.environment(peer, base),
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    found = json.loads(ran.stdout.partition("RESULT ")[2])
    answered = max(1, found["requests"])
    return {
        "rate": answered / (found["us"] / 1e6),
        "p50": found["p50"] / 1000,
        "p99": found["p99"] / 1000,
        "cpu": (peer.cpu_seconds() - before) / answered * 1e6,
        "rss": peer.rss(),
        "bad": found["bad"],
    }


def measure(peers: list[Running], works: list[Workload], rounds: int, seconds: int) -> None:
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    base = 0
    for turn in range(rounds + 1):  # the first warms up
        for work in works:
            for peer in peers:
                base += 1_000_000
                if work.is_for(peer):
                    found = drive(peer, work, seconds if turn else 1, base)
                    if turn:
                        runs.setdefault((work.name, peer.name), []).append(found)
    for work in works:
        report(work, {p.name: runs[work.name, p.name] for p in peers if work.is_for(p)})


def report(work: Workload, runs: dict[str, list[dict[str, float]]]) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(run[figure] for run in runs[name])

    print(f"\n### {work.name} {work.title}\n")
    print("| peer | answers/s | ratio | p50 ms | p99 ms | CPU µs | RSS MB | bad |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in sorted(runs, key=lambda name: -median(name, "rate")):
        ratio = median(name, "rate") / median(NODE, "rate") if NODE in runs else float("nan")
        print(
            f"| {name} | {median(name, 'rate'):,.0f} | {ratio:.2f} | {median(name, 'p50'):.2f}"
            f" | {median(name, 'p99'):.2f} | {median(name, 'cpu'):.0f} | {median(name, 'rss'):.0f}"
            f" | {sum(run['bad'] for run in runs[name]):.0f} |"
        )


def started(names: list[str], folder: Path) -> list[Running]:
    seed(folder / "seed.db")
    (folder / "roster.json").write_bytes(roster(5000, 40))
    chosen = [p for p in (*PEERS, *SERVICE) if not names or p.name in names]
    return [start(peer, folder) for peer in chosen]


def start(peer: Peer, folder: Path) -> Running:
    shutil.copy(folder / "seed.db", database := folder / f"{peer.name.replace(' ', '-')}.db")
    if peer.is_service:
        database = folder / f"{peer.name.replace(' ', '-')}-service.db"
    running = Running(peer, database, folder)
    running.wait()
    return running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="", help="names, comma separated; else all")
    parser.add_argument("--workloads", default="", help="names like W1,W2; else all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("the benchmark needs wrk (Debian: apt-get install wrk)")
    works = [w for w in (*WORKLOADS, *OF_SERVICE) if w.name in (asked.workloads or w.name)]
    with tempfile.TemporaryDirectory() as folder:
        peers = started([p for p in asked.peers.split(",") if p], Path(folder))
        try:
            measure(peers, works, asked.rounds, asked.seconds)
        finally:
            for peer in peers:
                peer.stop()


if __name__ == "__main__":
    main()
