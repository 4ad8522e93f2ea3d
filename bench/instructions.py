"""What one request costs in instructions, on uvicorn: `python -m bench.instructions`.

Needs valgrind, which counts those of the process, not those of the kernel on its behalf. The
figures repeat to one in a hundred on any machine, whatever else it does.
"""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.data import prepare
from bench.peers import PEERS, REPLAY, SERVICE, Peer, Running, start
from bench.workloads import CONNECTIONS, ENROLL, WORKLOADS, Workload

WARM_UP, COUNTED = 64, 320  # requests, of so many connections at once
# In thousands; the last is what a dispatcher may add to the bare app.
BUDGETS = {"W1": 170, "W2": 200, "W3": 400, "W4": 400, "W5": 300, "W6": 265, "W7": 290}
SHARE = 30


# valgrind counts `rep movsb` once for each byte it copies, a processor counts it once. What looking
# into a dict costs hangs on what its keys hash to.
REPEATABLE = ("GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=0x40000000", "PYTHONHASHSEED=0")


def under_valgrind(peer: Peer, folder: Path) -> Peer:
    into = f"--callgrind-out-file={folder / 'out'}"
    counts = ("env", *REPEATABLE, "valgrind", "--tool=callgrind", into)
    return replace(peer, command=(*counts, *peer.command))


def started(name: str, folder: Path) -> Running:
    peers = (*PEERS, *SERVICE, *REPLAY)
    [peer] = [peer for peer in peers if peer.name == f"{name} on uvicorn"]
    return start(under_valgrind(peer, folder), folder)


def requests(work: Workload, count: int) -> Iterator[tuple[str, str | None]]:
    """What load.lua sends, one after the other: the target and the body."""
    for number in range(count):
        if work.kind == "insert":
            course = 1 + number % 20
            about = f'"user_id":{10**6 + number},"course_id":{course},"org_id":7,"role":"student"'
            yield work.path, f"{{{about}}}"
        elif work.kind == "enroll":
            yield work.path, f'{{"userId":"usr_{number}","courseId":"crs_0"}}'
        elif work.kind == "key":
            yield f"{work.path}?input=%7B%22id%22%3A{1 + number * 331 % 100_000}%7D", None
        else:
            yield work.path, work.body


def cost(peer: Running, work: Workload) -> float:
    """Thousand instructions of one request, where others are always under way."""
    address = ("127.0.0.1", peer.port)
    lines = [http.client.HTTPConnection(*address, timeout=60) for _ in range(CONNECTIONS)]
    wanted = requests(work, WARM_UP + COUNTED)
    headers = work.headers(peer)
    for _ in range(WARM_UP // CONNECTIONS):
        together(lines, work.method, headers, wanted)
    before = counted(peer)
    for _ in range(COUNTED // CONNECTIONS):
        together(lines, work.method, headers, wanted)
    return (counted(peer) - before) / COUNTED / 1000


def together(
    lines: list[http.client.HTTPConnection],
    method: str,
    headers: Mapping[str, str],
    wanted: Iterator[tuple[str, str | None]],
) -> None:
    """One request on each connection, then the answers."""
    for line, (path, body) in zip(lines, wanted, strict=False):
        line.putrequest(method, f"/rpc/{path}", skip_accept_encoding=True)
        sent = headers if body is None else {**headers, "content-length": str(len(body))}
        for name, value in sent.items():
            line.putheader(name, value)
        line.endheaders(None if body is None else body.encode())
    for line in lines:
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"port {line.port} answers with {answer.status}")


def counted(peer: Running) -> int:
    """The instructions of all threads so far."""
    ran = subprocess.run(
        ["callgrind_control", "-e", str(peer.pid)], capture_output=True, text=True, check=True
    )
    threads = re.findall(r"Th \d+ +([\d,]+)", ran.stdout)
    return sum(int(count.replace(",", "")) for count in threads)


def compared(
    by_hand: str, by_us: str, works: Sequence[Workload], folder: Path
) -> Iterator[tuple[Workload, float, float]]:
    """What each costs of the two."""
    peers = [started(name, folder) for name in (by_hand, by_us)]
    try:
        for work in works:
            bare, ours = (cost(peer, work) for peer in peers)
            yield work, bare, ours
    finally:
        for peer in peers:
            peer.stop()


def main() -> None:
    if shutil.which("valgrind") is None:
        sys.exit("counting needs valgrind (Debian: apt-get install valgrind)")
    with tempfile.TemporaryDirectory() as name:
        prepare(folder := Path(name))
        print("| thousand instructions | bare | Rollcall | budget | ours | budget |")
        print("|---|--:|--:|--:|--:|--:|")
        of_ours = {}
        for work, bare, ours in compared("bare ASGI", "Rollcall", WORKLOADS, folder):
            row(work, bare, ours, BUDGETS[work.name], ours - bare, SHARE)
            of_ours[work.name] = ours
        print("\n| thousand instructions | its statements | the service | budget |")
        print("|---|--:|--:|--:|")
        for work, bare, ours in compared("statements", "service", [ENROLL], folder):
            row(work, bare, ours, 2 * of_ours["W5"])


def row(work: Workload, *figures: float) -> None:
    shown = " | ".join(f"{figure:.0f}" for figure in figures)
    print(f"| {work.name} {work.title} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
