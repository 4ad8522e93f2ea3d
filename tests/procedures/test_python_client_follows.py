"""The Python client follows events while the service ends and begins again."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import commands
import pytest
from python_callers import QUICK
from world import token_text

from procedures.client import Client
from rpc.client import NEVER, NoReply

pytestmark = pytest.mark.engine("sqlite")
ADA = token_text("usr_ada", "acme")


def enroll(url: str, course: str) -> str:
    with Client(url, token=ADA) as client:
        return client.enrollment.enroll(course_id=course, user_id="usr_lou").id


def test_a_subscription_goes_on_at_the_next_server_behind_the_last_event(database: Any):
    with commands.serve(Path(database)) as first:
        url, port = first.url, first.address[1]
        client = Client(url, token=ADA, retry=QUICK)
        events = client.enrollment.on_change(last_event_id="0")
        made = enroll(url, "crs_open")
        while (event := next(events)).data.enrollment_id != made:
            continue
        first.stop(signal.SIGTERM)
    with commands.serve(Path(database), "--bind", f"127.0.0.1:{port}"):
        unseen = enroll(url, "crs_maths")
        following = next(events)
        assert (following.data.enrollment_id, following.data.kind) == (unseen, "enrolled")
        assert int(following.id) > int(event.id)
    client.close()


def test_a_server_that_never_comes_back_ends_the_subscription(database: Any):
    with commands.serve(Path(database)) as serving:
        client = Client(serving.url, token=ADA, retry=NEVER)
        events = client.enrollment.on_change(last_event_id="0")
        enroll(serving.url, "crs_open")
        next(events)
    with pytest.raises(NoReply, match="no answer from the server"):
        list(events)
    client.close()
