"""Who rings is heard: before, while and after somebody listens, from any thread."""

import asyncio

from procedures.messages.bell import Bell


async def test_a_ring_wakes_the_listener():
    bell = Bell()
    listening = asyncio.create_task(bell.heard(10))
    await asyncio.sleep(0)
    await asyncio.to_thread(bell.ring)
    assert await listening is True


async def test_a_ring_before_anybody_listens_is_not_lost():
    bell = Bell()
    bell.ring()
    assert await bell.heard(10) is True


async def test_many_rings_are_heard_once():
    bell = Bell()
    await bell.heard(0)
    for _ in range(5):
        bell.ring()
    assert [await bell.heard(0.01) for _ in range(2)] == [True, False]


async def test_silence_is_heard_as_silence():
    assert await Bell().heard(0) is False
