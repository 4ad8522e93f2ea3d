"""Who rings is heard: before, while and after somebody listens, from any thread."""

import threading
import time

from procedures.messages.bell import Bell


async def test_a_ring_wakes_the_listener():
    bell = Bell()
    begun = time.monotonic()
    threading.Timer(0.05, bell.ring).start()  # while the loop sleeps
    assert await bell.heard(10) is True
    assert time.monotonic() - begun < 5


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
