"""A clock that is set while people call: nobody is signed out, refused or kept waiting for that.

T-15 of the threats, goal G11."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from commands import output_of, serve
from preloaded import library
from receivers import mail_server
from retrying import UNBOUNDED, load
from watching import watching
from world import Person, token_text

STEPS = {"crs_open": -120, "crs_maths": 3600, "crs_logic": -86_400}  # seconds off, in this order
SOON = 5  # seconds


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tells every process that is started from now on how many seconds its clock is off."""
    monkeypatch.setenv("LD_PRELOAD", str(library("wrong_clock", tmp_path)))
    monkeypatch.setenv("CLOCK_SAYS", str(tmp_path / "off"))
    return tmp_path / "off"


async def test_no_step_of_the_clock_is_noticed_by_who_calls(database: str, clock: Path):
    cookie = output_of("session", "usr_lia", "--database", database, secret_keys="k").strip()
    async with mail_server() as post:
        with serve(database, smtp_url=post.url, **UNBOUNDED) as serving:
            url = serving.url.removesuffix("/rpc")
            async with httpx2.AsyncClient(base_url=url, verify=False, trust_env=False) as http:
                lou, ada = (Person(http, bearer(user)) for user in ("usr_lou", "usr_ada"))
                browser, times = Person(http, {"cookie": cookie}), []
                with load([serving.address], clients=2, keep_alive=True) as calls:
                    async with watching(ada) as watched:
                        for course, off in STEPS.items():
                            clock.write_text(str(off))
                            await lou.call("enrollment.enroll", courseId=course)
                            async with asyncio.timeout(SOON):
                                times.append((await watched.told())["at"])
                                while len(post.taken) < len(times):
                                    await asyncio.sleep(0.01)
                            assert (await browser.call("auth.me"))["userId"] == "usr_lia"
    assert calls.failures == []
    assert len(set(calls.made)) == len(calls.made) > 0
    assert [round(apart(times[0], at) / 60) for at in times] == [0, 62, -1438]


def bearer(user: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token_text(user, 'acme')}"}


def apart(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()
