"""What a request proves its caller with: cookies, bearer tokens, and what browsers say."""

import asyncio

import httpx2
import pytest
from world import KEYS, World, refused, session_id, token_text

from procedures.sessions import COOKIE, SessionSigner

ME = "auth.me"
LIA = {"email": "lia@acme.example", "password": "correct horse"}
LIAS_COOKIE = f"{COOKIE}={SessionSigner(KEYS).cookie_value(session_id('usr_lia', 'acme'))}"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World):
    answer = await world.stranger().post("auth.login", json=LIA)
    name, _, rest = answer.headers["set-cookie"].partition("=")
    _, *attributes = rest.split("; ")
    assert name == "rollcall"
    assert attributes == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"]


async def test_over_tls_the_cookie_is_bound_to_the_host(world: World):
    transport = httpx2.ASGITransport(world.app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://school.example") as http:
        answer = await http.post("/rpc/auth.login", json=LIA)
        assert answer.headers["set-cookie"].startswith("__Host-rollcall=")
        assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax; Secure")
        assert (await http.get("/rpc/auth.me")).status_code == 200
        http.cookies.clear()
        plain = await http.get("/rpc/auth.me", headers={"cookie": LIAS_COOKIE})
        assert plain.status_code == 401


async def test_the_cookie_carries_the_session_and_nothing_else(world: World):
    signed = LIAS_COOKIE.partition("=")[2]
    assert signed.rpartition(".")[0] == session_id("usr_lia", "acme")
    assert (await world.browser("usr_lia").call(ME))["userId"] == "usr_lia"


async def test_a_cookie_signed_by_the_previous_key_is_accepted(world: World):
    assert (await world.browser("usr_lia", key=KEYS[0]).call(ME))["userId"] == "usr_lia"


async def test_a_cookie_signed_by_a_dropped_key_is_refused(world: World):
    with refused("UNAUTHORIZED"):
        await world.browser("usr_lia", key="a key of long ago").call(ME)


async def test_new_cookies_are_signed_by_the_last_key(world: World):
    answer = await world.stranger().post("auth.login", json=LIA)
    value = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert SessionSigner(KEYS[1:]).session_id(value) is not None
    assert SessionSigner(KEYS[:1]).session_id(value) is None


@pytest.mark.parametrize(
    "cookie",
    [
        "rollcall=",
        "rollcall=x",
        f"rollcall={session_id('usr_lia', 'acme')}",
        LIAS_COOKIE + "x",
        LIAS_COOKIE.replace("usr_lia", "usr_ada"),
        LIAS_COOKIE.replace("rollcall", "Rollcall"),
        f"rollcall={SessionSigner(KEYS).cookie_value('no such session')}",
        "rollcall=\u00e9.\u00e9".encode("latin-1").decode("latin-1"),
        ";;=;",
    ],
)
async def test_a_cookie_that_is_not_ours_is_refused(world: World, cookie: str):
    person = world.stranger()
    answer = await person.post(ME, json={}, headers={"cookie": cookie.encode("latin-1")})
    assert answer.status_code == 401


async def test_a_session_ends_a_week_after_it_was_last_seen(world: World):
    world.clock.advance(days=7, seconds=-0.001)
    assert (await world.browser("usr_lia").call(ME))["userId"] == "usr_lia"
    world.clock.advance(seconds=0.001)
    with refused("UNAUTHORIZED"):
        await world.browser("usr_ada").call(ME)


async def test_a_session_that_is_used_goes_on_for_another_week(world: World):
    browser = world.browser("usr_lia")
    last_use = "select max(seen_at) from session"
    before = world.value(last_use)
    world.clock.advance(days=6)
    await browser.call(ME)
    async with asyncio.timeout(10):
        while world.value(last_use) == before:  # nobody waits for that to be written down
            await asyncio.sleep(0.01)
    world.clock.advance(days=6)
    assert (await browser.call(ME))["userId"] == "usr_lia"
    with refused("UNAUTHORIZED"):
        await world.browser("usr_leo").call(ME)


async def test_a_session_ends_thirty_days_after_it_began_however_much_it_was_used(world: World):
    browser = world.browser("usr_lia")
    world.change("update session set seen_at = '2026-04-01T00:00:00.000Z'")
    world.clock.advance(days=30, seconds=-0.001)
    assert (await browser.call(ME))["userId"] == "usr_lia"
    world.clock.advance(seconds=0.001)
    with refused("UNAUTHORIZED"):
        await browser.call(ME)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer  " + token_text("usr_lia", "acme"),
        "Bearer " + token_text("usr_lia", "acme") + " x",
        "Basic dXNyX2xpYTp4",
        "Token " + token_text("usr_lia", "acme"),
        token_text("usr_lia", "acme"),
        "Bearer " + "x" * 5000,
    ],
)
async def test_an_odd_authorization_is_refused_whatever_the_cookie(world: World, header: str):
    with refused("UNAUTHORIZED"):
        await world.stranger(authorization=header, cookie=LIAS_COOKIE).call(ME)


async def test_two_authorizations_are_refused(world: World):
    line = ("authorization", f"Bearer {token_text('usr_lia', 'acme')}")
    answers = [await world.http.get("/rpc/auth.me", headers=[line] * n) for n in (1, 2)]
    assert [a.status_code for a in answers] == [200, 401]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_the_scheme_is_taken_in_any_case(world: World, scheme: str):
    text = token_text("usr_lia", "acme")
    assert (await world.stranger(authorization=f"{scheme} {text}").call(ME))["orgId"] == "acme"


async def test_the_token_goes_before_the_cookie(world: World):
    token = f"Bearer {token_text('usr_lou', 'acme')}"
    person = world.stranger(authorization=token, cookie=LIAS_COOKIE)
    assert (await person.call(ME))["userId"] == "usr_lou"


FROM_ELSEWHERE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://["},
    {"origin": "http://]"},
    {"origin": "//[::1"},
]


@pytest.mark.parametrize("said", FROM_ELSEWHERE)
async def test_another_site_writes_nothing_with_the_cookie(world: World, said: dict):
    before = world.contents()
    with refused("FORBIDDEN", reason="cross_site"):
        await world.stranger(cookie=LIAS_COOKIE, **said).call(
            "enrollment.enroll", courseId="crs_open"
        )
    assert world.contents() == before


@pytest.mark.parametrize("said", FROM_ELSEWHERE)
async def test_a_bearer_token_may_come_from_anywhere(world: World, said: dict):
    headers = {"authorization": f"Bearer {token_text('usr_lou', 'acme')}", **said}
    record = await world.stranger(**headers).call("enrollment.enroll", courseId="crs_open")
    assert record["status"] == "active"


@pytest.mark.parametrize(
    "said", [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}]
)
async def test_the_own_site_and_servers_write_with_the_cookie(world: World, said: dict):
    person = world.stranger(cookie=LIAS_COOKIE, **said)
    assert (await person.call("enrollment.enroll", courseId="crs_open"))["userId"] == "usr_lia"


@pytest.mark.parametrize("host", ["school.example", "school.example:8443", "[::1]:8000"])
async def test_an_origin_of_the_own_host_is_the_own_site(world: World, host: str):
    headers = {"host": host, "origin": f"https://{host}", "cookie": LIAS_COOKIE}
    person = world.stranger(**headers)
    assert (await person.call("enrollment.enroll", courseId="crs_open"))["userId"] == "usr_lia"


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "text/plain;application/json", None]
)
async def test_a_simple_form_of_another_site_writes_nothing(world: World, kind: str | None):
    before = world.contents()
    headers = {"cookie": LIAS_COOKIE} | ({"content-type": kind} if kind else {})
    answer = await world.stranger().post(
        "enrollment.enroll", content=b'{"courseId":"crs_open"}', headers=headers
    )
    assert (answer.status_code, world.contents()) == (415, before)
