"""POST /oauth2/token: client credentials become a bearer token."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from campus_world import ONEROSTER, Caller, browser
from world import World

from procedures.rates import Buckets
from procedures.upkeep import forget_credentials

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def client(adm: Caller) -> dict[str, str]:
    """Id and secret of a client made by an admin."""
    made = await adm.call("auth.createToken", label="sync", kind="client")
    return {"client_id": made["id"], "client_secret": made["token"]}


async def asked(
    world: World, form: dict[str, str], kind: str = FORM, **headers: str
) -> httpx2.Response:
    headers = {"content-type": kind, **headers}
    return await world.http.post("/oauth2/token", content=urlencode(form), headers=headers)


async def bearer(world: World, form: dict[str, str]) -> Caller:
    """Somebody with a token given for that form."""
    token = (await asked(world, form)).json()["access_token"]
    return Caller(world.http, {"authorization": f"Bearer {token}"})


def basic(client: dict[str, str]) -> str:
    pair = f"{client['client_id']}:{client['client_secret']}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def refusal(answer: httpx2.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    challenge = 'Basic realm="rollcall"' if status == 401 else None
    assert answer.headers.get("www-authenticate") == challenge


@pytest.mark.parametrize("is_basic", [True, False])
async def test_id_and_secret_give_a_token_that_lets_in(
    campus: World, client: dict[str, str], is_basic: bool
):
    """S1-06, S1-27."""
    if is_basic:
        answer = await asked(campus, GRANT, authorization=basic(client))
    else:
        answer = await asked(campus, GRANT | client)
    body = answer.json()
    assert answer.status_code == 200
    assert body == {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    me = Caller(campus.http, {"authorization": f"Bearer {body['access_token']}"})
    assert (await me.told(f"{ONEROSTER}/enrollments"))["totalCount"] == 9


async def test_a_client_whose_time_is_over_is_given_nothing(campus: World, adm: Caller):
    made = await adm.call("auth.createToken", label="brief", kind="client", ttl=60)
    form = GRANT | {"client_id": made["id"], "client_secret": made["token"]}
    campus.clock.advance(seconds=59.999)
    assert (await asked(campus, form)).status_code == 200
    campus.clock.advance(seconds=0.001)
    refusal(await asked(campus, form), 401, "invalid_client")


async def test_the_token_ends_after_an_hour(campus: World, client: dict[str, str]):
    me = await bearer(campus, GRANT | client)
    campus.clock.advance(seconds=3599)
    assert (await me.get("/api/enrollments")).status_code == 200
    campus.clock.advance(seconds=1)
    assert (await me.get("/api/enrollments")).status_code == 401


@pytest.mark.parametrize("part", ["client_id", "client_secret"])
@pytest.mark.parametrize("wrong", ["", "wrong", "\0", "é"])
async def test_a_wrong_id_or_secret_is_401(
    campus: World, client: dict[str, str], part: str, wrong: str
):
    refusal(await asked(campus, GRANT | client | {part: wrong}), 401, "invalid_client")


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic x", "Basic eA==", "Basic /w==", "Bearer x", "basic é"]
)
async def test_a_header_that_cannot_be_read_is_401(
    campus: World, client: dict[str, str], header: str
):
    """Also beside good credentials in the form: the header counts."""
    headers = {"authorization": header.encode("latin-1"), "content-type": FORM}
    answer = await campus.http.post(
        "/oauth2/token", content=urlencode(GRANT | client), headers=headers
    )
    refusal(answer, 401, "invalid_client")


async def test_a_header_is_basic_and_may_be_percent_encoded(campus: World, client: dict[str, str]):
    """RFC 6749, section 2.3.1."""
    encoded = {name: f"%{ord(value[0]):x}{value[1:]}" for name, value in client.items()}
    assert (await asked(campus, GRANT, authorization=basic(encoded))).status_code == 200
    for header in (basic(client).replace("Basic", "Bearer"), f"{basic(client)}!"):
        refusal(await asked(campus, GRANT, authorization=header), 401, "invalid_client")


async def test_a_fault_is_the_servers(
    monkeypatch: pytest.MonkeyPatch, campus: World, client: dict[str, str]
):
    monkeypatch.setattr("procedures.rest.oauth.basic", None)
    answer = await asked(campus, GRANT, authorization=basic(client))
    refusal(answer, 500, "server_error")


async def test_a_revoked_client_gets_no_token(campus: World, adm: Caller, client: dict[str, str]):
    await adm.call("auth.revokeToken", id=client["client_id"])
    refusal(await asked(campus, GRANT | client), 401, "invalid_client")


async def test_with_a_client_end_the_tokens_it_was_given_and_no_others(
    campus: World, adm: Caller, client: dict[str, str]
):
    other = await adm.call("auth.createToken", label="other", kind="client")
    kept = {"client_id": other["id"], "client_secret": other["token"]}
    given = [await bearer(campus, GRANT | form) for form in (client, client, kept)]
    await adm.call("auth.revokeToken", id=client["client_id"])
    answers = [await one.get("/api/enrollments") for one in given]
    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert (await adm.get("/api/enrollments")).status_code == 200
    refused = await adm.post("/rpc/auth.revokeToken", {"id": client["client_id"]})
    assert refused.status_code == 404


async def made_by(world: World, who: Caller) -> Caller:
    """Somebody with a token that another one has made."""
    made = await who.call("auth.createToken", label="more")
    return Caller(world.http, {"authorization": f"Bearer {made['token']}"})


async def test_with_a_client_ends_what_was_made_with_its_tokens(
    campus: World, adm: Caller, client: dict[str, str]
):
    own = await made_by(campus, adm)
    first = await made_by(campus, await bearer(campus, GRANT | client))
    second = await made_by(campus, first)
    await adm.call("auth.revokeToken", id=client["client_id"])
    answers = [await one.get("/api/enrollments") for one in (own, first, second)]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


async def test_with_a_client_end_the_clients_that_were_made_with_its_tokens(
    campus: World, adm: Caller, client: dict[str, str]
):
    """Also where the one between is forgotten by then."""
    outer = await bearer(campus, GRANT | client)
    inner = await outer.call("auth.createToken", label="inner", kind="client", ttl=60)
    form = {"client_id": inner["id"], "client_secret": inner["token"]}
    made = await made_by(campus, await bearer(campus, GRANT | form))
    campus.clock.advance(days=2)
    assert await forget_credentials(campus.app.service) == 3
    assert (await made.get("/api/enrollments")).status_code == 200
    await adm.call("auth.revokeToken", id=client["client_id"])
    assert (await made.get("/api/enrollments")).status_code == 401


async def test_the_end_of_such_a_client_is_its_own(
    campus: World, adm: Caller, client: dict[str, str]
):
    outer = await bearer(campus, GRANT | client)
    inner = await outer.call("auth.createToken", label="inner", kind="client")
    form = {"client_id": inner["id"], "client_secret": inner["token"]}
    given = await bearer(campus, GRANT | form)
    made = await made_by(campus, given)
    for part in ("cli", "%", " "):
        assert (await adm.post("/rpc/auth.revokeToken", {"id": part})).status_code == 404
    await adm.call("auth.revokeToken", id=inner["id"])
    answers = [await one.get("/api/enrollments") for one in (outer, given, made)]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


async def test_a_bearer_token_is_no_client(campus: World, adm: Caller):
    made = await adm.call("auth.createToken", label="mine")
    form = {"client_id": made["id"], "client_secret": made["token"]}
    refusal(await asked(campus, GRANT | form), 401, "invalid_client")


async def test_only_client_credentials_are_granted(campus: World, client: dict[str, str]):
    for grant in ("password", "", "client_credentials "):
        form = {"grant_type": grant} | client
        refusal(await asked(campus, form), 400, "unsupported_grant_type")
    refusal(await asked(campus, client), 400, "invalid_request")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json", 415),
        (b"grant_type=client_credentials", "", 415),
        (b"\xff", FORM, 400),
        (urlencode(GRANT | {str(n): "1" for n in range(20)}).encode(), FORM, 400),
        (b"grant_type=client_credentials&grant_type=client_credentials", FORM, 400),
        (b"x" * (2**20 + 1), FORM, 413),
        (b"x" * 2**20, FORM, 400),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    nobody: Caller, content: bytes, kind: str, status: int
):
    answer = await nobody.raw("POST", "/oauth2/token", content, content_type=kind)
    refusal(answer, status, "invalid_request")


async def test_a_form_of_another_site_gains_nothing_by_a_cookie(campus: World):
    answer = await browser(campus, "usr_adm001").raw(
        "POST", "/oauth2/token", urlencode(GRANT), content_type=FORM, sec_fetch_site="cross-site"
    )
    refusal(answer, 401, "invalid_client")


@pytest.mark.parametrize(("method", "path"), [("GET", "/oauth2/token"), ("POST", "/oauth2/x")])
async def test_other_paths_and_methods_are_refused_in_the_same_words(
    nobody: Caller, method: str, path: str
):
    answer: Any = await nobody.send(method, path)
    refusal(answer, 405 if method == "GET" else 404, "invalid_request")


WRONG = {"client_secret": "wrong"}


async def statuses(world: World, form: dict[str, str], times: int) -> list[int]:
    return [(await asked(world, GRANT | form)).status_code for _ in range(times)]


async def test_each_exchange_is_a_call_of_the_clients_account(
    campus: World, adm: Caller, client: dict[str, str]
):
    campus.app.service.limits.calls = Buckets(1, 4)
    assert await statuses(campus, client, 6) == [200] * 4 + [429] * 2
    refusal(answer := await asked(campus, GRANT | client), 429, "invalid_request")
    assert int(answer.headers["retry-after"]) == 1
    assert (await adm.get("/api/enrollments")).status_code == 429
    assert campus.value("select count(*) from token where label = 'sync'") == 5


async def test_after_ten_wrong_secrets_the_right_one_has_to_wait(
    campus: World, adm: Caller, client: dict[str, str]
):
    assert await statuses(campus, client | WRONG, 9) == [401] * 9
    assert await statuses(campus, client, 1) == [200]
    assert await statuses(campus, client | WRONG, 2) == [401, 429]
    refusal(answer := await asked(campus, GRANT | client), 429, "invalid_request")
    assert answer.headers["retry-after"] == "600"
    other = await adm.call("auth.createToken", label="other", kind="client")
    form = {"client_id": other["id"], "client_secret": other["token"]}
    assert await statuses(campus, form, 1) == [200]
    campus.clock.advance(minutes=10)
    assert await statuses(campus, client, 1) == [200]


@pytest.mark.parametrize("id", ["cli_{}", "\0{}"])
async def test_an_address_that_tries_many_clients_has_to_wait(
    campus: World, client: dict[str, str], id: str
):
    for number in range(100):
        assert await statuses(campus, WRONG | {"client_id": id.format(number)}, 1) == [401]
    assert await statuses(campus, client, 1) == [429]
    assert campus.value("select count(*) from attempt") == 200
