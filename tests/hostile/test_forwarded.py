"""TLS that ends at a proxy of ours makes the cookie Secure; nobody else is asked of TLS."""

from __future__ import annotations

import commands
import httpx2
import pytest
from world import KEYS, World, serving

LIA = {"email": "lia@acme.example", "password": "correct horse"}
BY_TLS = {"x-forwarded-for": "9.9.9.9", "x-forwarded-proto": "https"}
pytestmark = pytest.mark.engine("sqlite")


async def cookie(world: World, headers: dict[str, str]) -> str:
    answer = await world.stranger(**headers).post("auth.login", json=LIA)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["set-cookie"])


@pytest.mark.parametrize(
    ("proxies", "headers", "is_secure"),
    [
        (1, BY_TLS, True),
        (1, BY_TLS | {"x-forwarded-proto": "http, https"}, True),
        (1, BY_TLS | {"x-forwarded-proto": "https, http"}, False),
        (1, {}, False),
        (0, BY_TLS, False),
    ],
)
async def test_a_cookie_is_secure_where_our_proxy_says_so(
    database: str, proxies: int, headers: dict[str, str], is_secure: bool
):
    async with serving(database, proxies=proxies) as world:
        given = await cookie(world, headers)
        assert given.startswith("__Host-rollcall=") == is_secure
        assert given.endswith("; Secure") == is_secure


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_no_server_believes_a_proxy_that_nobody_named(database: str, server: str):
    """uvicorn by itself does, where the peer is on the same machine."""
    pytest.importorskip(server)
    with commands.serve(database, "--server", server) as serving:
        answer = httpx2.post(f"{serving.url}/auth.login", json=LIA, headers=BY_TLS, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["set-cookie"].startswith("rollcall=")


async def test_a_printed_session_has_host_in_front_of_its_name_behind_tls(database: str):
    signing = {"secret_keys": ",".join(KEYS)}
    line = commands.output_of("session", "usr_lia", "--database", database, **signing).strip()
    assert "`__Host-` in front" in " ".join(commands.output_of("session", "--help").split())
    async with serving(database, proxies=1) as world:
        for cookie, headers in ((line, {}), (f"__Host-{line}", BY_TLS)):
            known = await world.stranger(cookie=cookie, **headers).call("auth.me")
            assert known["userId"] == "usr_lia"
        unknown = await world.stranger(cookie=line, **BY_TLS).post("auth.me", json={})
        assert unknown.status_code == 401


async def test_who_signed_in_by_tls_is_known_by_tls_only(database: str):
    async with serving(database, proxies=1) as world:
        value = (await cookie(world, BY_TLS)).partition(";")[0]
        known = await world.stranger(cookie=value, **BY_TLS).call("auth.me")
        assert known["userId"] == "usr_lia"
        unknown = await world.stranger(cookie=value).post("auth.me", json={})
        assert unknown.status_code == 401
