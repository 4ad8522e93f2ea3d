"""Three nodes and hundreds of mails: each mail is sent by one of them, whoever dies."""

from __future__ import annotations

import asyncio
from contextlib import closing

from cluster import cluster
from commands import serve
from receivers import mail_server, until

from procedures.instants import instant, system_clock
from procedures.store.database import Database
from procedures.store.opening import database_at
from procedures.store.transaction import Transaction

MAILS = 300
IN_HAND = 4  # mails one process sends at once
PAST = "2026-01-01T00:00:00.000Z"
QUEUE = """
    insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
    select org_id, id, 'email', :recipient, 'welcome', :dedupe, :due from event
    where kind = 'imported' and org_id = (select id from org where key = 'acme')
    order by id limit 1
"""
# As if the time of the claims had passed.
PASS = "update outbox set next_at = :due where sent_at is null and next_at > :now"


def queue(tx: Transaction) -> None:
    """As many mails as that, all due, each to somebody else."""
    for n in range(MAILS):
        tx.run(QUEUE, recipient=f"u{n}@acme.example", dedupe=f"many:{n}", due=PAST)


def left(store: Database) -> int:
    return store.look(lambda tx: int(tx.value("select count(*) from outbox where sent_at is null")))


async def until_left(store: Database, count: int) -> None:
    async with asyncio.timeout(60):
        while left(store) > count:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)  # another look for what is due


async def test_of_three_nodes_one_sends_a_mail(database: str):
    with closing(database_at(database)) as store:
        store.transact(queue)
        async with mail_server() as post, cluster(database, smtp_url=post.url):
            await until_left(store, 0)
    assert len(post.by_id()) == len(set(post.by_id())) == MAILS
    assert post.connections >= 3


async def test_what_a_killed_node_had_in_hand_is_sent_by_another(database: str):
    with closing(database_at(database)) as store:
        store.transact(queue)
        async with mail_server(*["stall"] * IN_HAND) as post:
            with serve(database, smtp_url=post.url) as first:
                await until(lambda: len(post.seen) == IN_HAND)
                first.process.kill()
            in_hand = post.by_id()
            async with cluster(database, smtp_url=post.url):
                await until_left(store, IN_HAND)
                assert left(store) == IN_HAND  # claimed by one who is dead
                now = instant(system_clock())
                store.transact(lambda tx: tx.run(PASS, due=PAST, now=now))
                await until_left(store, 0)
    assert len(set(post.by_id())) == MAILS
    assert sorted(post.by_id()[MAILS:]) == sorted(in_hand)
