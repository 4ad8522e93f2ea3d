"""How much a test of crashes or attacks does: enough for every day, or what the goals ask for."""

from __future__ import annotations

import random
from collections.abc import Iterator


class Extent:
    """How often something goes wrong, and after how many answers."""

    def __init__(self, *, thorough: bool) -> None:
        self.kills = 20 if thorough else 4
        self.cuts = 10 if thorough else 3
        self.drains = 10 if thorough else 3
        self.backups = 20 if thorough else 3
        self.migrations = 50 if thorough else 10
        self.mails = 300 if thorough else 48
        self.stalls = 6 if thorough else 0  # 15 seconds each
        self.answers = 250 if thorough else 40
        self.rush = 20 if thorough else 2  # seconds
        self.slow = 200 if thorough else 30  # connections
        self.vanishing = 1000 if thorough else 200  # clients
        self.odd = 5000 if thorough else 300  # requests
        self.pairs = 2000 if thorough else 60  # of questions
        self.races = 50 if thorough else 1  # of each kind
        self.restarts = 10 if thorough else 2
        self.records = (10_000, 1_000_000) if thorough else (1_000, 30_000)  # before and after
        self.tenants = 1000 if thorough else 300
        self.is_thorough = thorough

    def goals(self, times: int) -> Iterator[int]:
        """How many answers there have to be until each of so many times."""
        chance, goal = random.Random(times), 0
        for _ in range(times):
            goal += self.answers + chance.randrange(self.answers // 4)
            yield goal

    def tell(self, figures: str) -> None:
        """What was counted, for whoever runs `make crashes` or `make hostile`."""
        if self.is_thorough:
            print(f"\n  {figures}")
