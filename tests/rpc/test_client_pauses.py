"""When a client asks again, and after how long."""

from __future__ import annotations

import pytest

from rpc.client.retrying import NEVER, Retry
from rpc.client.wire import Asked, NoReply, Reply

SAFE = Asked("POST", "x", b"", {}, can_be_repeated=True)
UNSAFE = SAFE._replace(can_be_repeated=False)
LOST = NoReply("SERVICE_UNAVAILABLE", "lost")


def told(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def test_pauses_grow_vary_and_stay_below_the_longest():
    retry = Retry(attempts=9, base=1, longest=5)
    for attempt in range(1, 9):
        pauses = [retry.pause(attempt, SAFE, LOST) or 0 for _ in range(50)]
        assert max(pauses) <= min(5, 2**attempt)
        assert len({*pauses}) > 1
    assert retry.pause(9, SAFE, LOST) is None


def test_a_server_that_says_when_is_asked_then_and_no_sooner():
    pause = Retry(base=0.5).pause(1, SAFE, told(503, retry_after="3"))
    assert pause is not None
    assert 3 <= pause <= 3.5


def test_a_server_that_asks_for_too_long_a_pause_is_not_asked_again():
    assert Retry(longest=10).pause(1, SAFE, told(429, retry_after="600")) is None


@pytest.mark.parametrize("status", [200, 207, 400, 401, 403, 404, 409, 500])
def test_what_is_final_is_not_asked_again(status: int):
    assert Retry().pause(1, SAFE, told(status, b"[]")) is None


@pytest.mark.parametrize("came", [LOST, told(502), told(504)])
def test_what_may_have_been_done_is_asked_again_only_where_that_is_safe(came: Reply | NoReply):
    assert Retry().pause(1, SAFE, came) is not None
    assert Retry().pause(1, UNSAFE, came) is None


def test_what_was_never_sent_is_sent_again_in_any_case():
    unsent = NoReply("SERVICE_UNAVAILABLE", "nobody there", unsent=True)
    assert Retry().pause(1, UNSAFE, unsent) is not None


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_turned_away_is_asked_again_in_any_case(status: int):
    assert Retry().pause(1, UNSAFE, told(status)) is not None
    assert NEVER.pause(1, SAFE, told(status)) is None


def test_a_batch_of_which_a_part_was_turned_away_is_asked_again():
    busy = b'[{"result":{}},{"error":{"message":"","code":0,"data":{"httpStatus":503}}}]'
    full = busy.replace(b"503", b"409")
    assert Retry().pause(1, SAFE, told(207, busy)) is not None
    assert Retry().pause(1, SAFE, told(207, full)) is None
    assert Retry().pause(1, UNSAFE, told(207, busy)) is None
