"""Pages of other origins: none may call, but for those a setting names exactly. (T-21, T-23)"""

from collections.abc import AsyncIterator

import pytest
from world import World, refused, serving

from procedures.settings import SettingsError, read_settings

FRIEND = "https://app.example.org"
STRANGERS = [
    "https://app.example.org.evil.example",
    "https://evil.example",
    "https://app.example.org:8443",
    "http://app.example.org",
    "https://APP.example.org",
    "https://sub.app.example.org",
    "https://app.example.org/",
    "https://app.example.org, https://evil.example",
    "https://app.example.org.",
    "https://app.example.org:443",
    "https://app.example.org:0",
    "https://app.example.org@evil.example",
    "https://evil.example/https://app.example.org",
    "https://evilapp.example.org",
    "https://app-example.org",
    "https://app.example.org%00.evil.example",
    "//app.example.org",
    "app.example.org",
    "null",
    "*",
    "",
]
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
PAGE = {"sec-fetch-site": "same-site"}


@pytest.fixture
async def friendly(database: str) -> AsyncIterator[World]:
    async with serving(database, allowed_origins=(FRIEND,)) as running:
        yield running


def allows(headers: object) -> bool:
    return "access-control" in str(headers).lower()


async def preflight(world: World, origin: str):
    headers = {"origin": origin, **ASKS}
    return await world.http.request("OPTIONS", "/rpc/enrollment.enroll", headers=headers)


async def test_a_page_of_a_named_origin_may_ask_and_call(friendly: World):
    asked = await preflight(friendly, FRIEND)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == FRIEND
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert "content-type" in asked.headers["access-control-allow-headers"]
    browser = friendly.browser("usr_lou")
    about = {"origin": FRIEND, **PAGE}
    answer = await browser.post("enrollment.enroll", json={"courseId": "crs_open"}, headers=about)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "origin" in answer.headers["vary"]
    seen = set(answer.headers["access-control-expose-headers"].split(", "))
    assert seen == {"idempotency-replayed", "retry-after", "x-request-id"}


@pytest.mark.parametrize("origin", STRANGERS)
async def test_pages_of_all_others_may_not(friendly: World, origin: str):
    assert not allows((await preflight(friendly, origin)).headers)
    browser = friendly.browser("usr_lou")
    about = {"origin": origin, **PAGE}
    answer = await browser.post("enrollment.enroll", json={"courseId": "crs_open"}, headers=about)
    assert (answer.status_code, answer.json()["error"]["data"]["reason"]) == (403, "cross_site")
    assert not allows(answer.headers)
    assert friendly.rows("select id from enrollment where status_by is not null") == (
        friendly.rows("select id from enrollment where status_by is not null and key = 'enr_left'")
    )


async def test_where_no_origin_is_named_none_may(world: World):
    assert not allows((await preflight(world, FRIEND)).headers)
    browser = world.browser("usr_lou")
    browser.headers |= {"origin": FRIEND, **PAGE}
    with refused("FORBIDDEN", reason="cross_site"):
        await browser.call("enrollment.enroll", courseId="crs_open")


async def test_the_rest_routes_are_for_servers(friendly: World):
    answer = await friendly.http.get("/api/v1/enrollments", headers={"origin": FRIEND})
    assert not allows(answer.headers)


@pytest.mark.parametrize("text", ["*", "null", "app.example.org", "https://a.example/x", "ftp://a"])
def test_what_no_browser_sends_as_an_origin_is_no_setting(text: str):
    with pytest.raises(SettingsError, match="ROLLCALL_ALLOWED_ORIGINS must be origins"):
        read_settings({"ROLLCALL_ALLOWED_ORIGINS": text})


def test_several_origins_are_listed_with_commas():
    read = read_settings({"ROLLCALL_ALLOWED_ORIGINS": f"{FRIEND}, http://localhost:5173"})
    assert read.allowed_origins == (FRIEND, "http://localhost:5173")
