"""`auth.*`: signing in, the active organization, tokens."""

import pytest
from world import Person, World, refused

LOGIN, ME = "auth.login", "auth.me"
LIA = {"email": "lia@acme.example", "password": "correct horse"}
BOB = {"email": "bob@both.example", "password": "battery staple"}


async def signed_in(world: World, given: dict) -> Person:
    """Somebody with the cookie that the login has set."""
    answer = await world.stranger().post(LOGIN, json=given)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return world.stranger(cookie=cookie)


async def test_a_login_answers_who_one_is_and_sets_the_cookie(world: World):
    answer = await world.stranger().post(LOGIN, json=LIA)
    me = answer.json()["result"]["data"]
    assert me == {
        "userId": "usr_lia",
        "email": "lia@acme.example",
        "nameDisplay": "Lia",
        "orgId": "acme",
        "orgs": [{"orgId": "acme", "name": "Acme Academy", "role": "learner", "verified": True}],
    }
    [cookie] = answer.headers.get_list("set-cookie")
    browser = world.stranger(cookie=cookie.partition(";")[0])
    assert await browser.call(ME) == me


async def test_the_address_is_taken_in_any_case(world: World):
    browser = await signed_in(world, LIA | {"email": " LIA@Acme.Example "})
    assert (await browser.call(ME))["userId"] == "usr_lia"


@pytest.mark.parametrize(
    "given",
    [
        LIA | {"password": "wrong"},
        LIA | {"password": ""},
        {"email": "leo@acme.example", "password": ""},
        {"email": "nobody@acme.example", "password": "correct horse"},
        {"email": "no address", "password": "correct horse"},
        {"email": "", "password": ""},
    ],
)
async def test_every_failed_login_gets_the_same_answer(world: World, given: dict):
    before = world.contents()
    answer = await world.stranger().post(LOGIN, json=given)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    wrong = await world.stranger().post(LOGIN, json=LIA | {"password": "other"})
    assert answer.content == wrong.content
    world.change("delete from attempt")
    assert world.contents() == before


@pytest.mark.parametrize("given", [{}, {"email": "x"}, LIA | {"remember": True}])
async def test_a_login_takes_address_and_password(world: World, given: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await world.stranger().call(LOGIN, **given)


async def test_a_login_starts_in_the_first_organization(world: World):
    me = await (await signed_in(world, BOB)).call(ME)
    assert (me["orgId"], [o["orgId"] for o in me["orgs"]]) == ("acme", ["acme", "beta"])


async def test_a_login_without_a_verified_membership_has_no_organization(world: World):
    world.change("update membership set verified_at = null")
    browser = await signed_in(world, LIA)
    assert (await browser.call(ME))["orgId"] is None
    with refused("FORBIDDEN", reason="not_member"):
        await browser.call("enrollment.list")


async def test_another_organization_is_used_from_then_on(world: World):
    browser = await signed_in(world, BOB)
    assert (await browser.call("auth.useOrg", orgId="beta"))["orgId"] == "beta"
    assert (await browser.call(ME))["orgId"] == "beta"
    course = await browser.call("course.get", courseId="crs_same")
    assert course["title"] == "Same key, of Beta"


async def test_the_choice_of_one_session_leaves_another_alone(world: World):
    one, other = await signed_in(world, BOB), await signed_in(world, BOB)
    await one.call("auth.useOrg", orgId="beta")
    assert (await other.call(ME))["orgId"] == "acme"


async def test_an_organization_one_is_not_verified_in_is_not_used(world: World):
    browser = await signed_in(world, BOB)
    world.change("update membership set verified_at = null where org_id = 2")
    with refused("FORBIDDEN", reason="not_member"):
        await browser.call("auth.useOrg", orgId="beta")


@pytest.mark.parametrize(
    ("path", "given"), [("auth.useOrg", {"orgId": "acme"}), ("auth.logout", {})]
)
async def test_a_token_has_no_session_to_change(lia: Person, path: str, given: dict):
    with refused("BAD_REQUEST") as caught:
        await lia.call(path, **given)
    assert "token" in caught.value.message


async def test_a_logout_kills_the_cookie_at_once(world: World):
    browser, other = await signed_in(world, LIA), await signed_in(world, LIA)
    answer = await browser.post("auth.logout", json={})
    assert answer.json() == {"result": {"data": {"success": True}}}
    assert answer.headers["set-cookie"].startswith("rollcall=; Path=/; Max-Age=0;")
    with refused("UNAUTHORIZED"):
        await browser.call(ME)
    assert (await other.call(ME))["userId"] == "usr_lia"


@pytest.mark.parametrize(
    "path", [ME, "auth.logout", "auth.useOrg", "auth.createToken", "auth.revokeToken"]
)
async def test_without_credentials_there_is_nothing(world: World, path: str):
    with refused("UNAUTHORIZED"):
        await world.stranger().call(path)


async def bearer(world: World, person: Person, **given) -> tuple[dict, Person]:
    """A new token, and somebody who carries it."""
    token = await person.call("auth.createToken", label="test", **given)
    return token, world.stranger(authorization=f"Bearer {token['token']}")


async def test_a_token_acts_for_its_maker(world: World):
    # S1-06, S1-27, S3-44
    token, carrier = await bearer(world, world.browser("usr_lia"))
    assert token["expiresAt"] is None
    assert (await carrier.call(ME))["userId"] == "usr_lia"


async def test_a_token_belongs_to_the_organization_it_was_made_in(world: World):
    browser = await signed_in(world, BOB)
    await browser.call("auth.useOrg", orgId="beta")
    _, carrier = await bearer(world, browser)
    await browser.call("auth.useOrg", orgId="acme")
    assert (await carrier.call(ME))["orgId"] == "beta"


async def test_the_text_of_a_token_is_kept_nowhere(world: World, lia: Person):
    token, _ = await bearer(world, lia)
    assert token["token"] not in str(world.contents())
    assert token["id"] in str(world.contents())


async def test_a_revoked_token_is_worthless_and_revoked_once(world: World, lia: Person):
    token, carrier = await bearer(world, lia)
    assert await lia.call("auth.revokeToken", id=token["id"]) == {"success": True}
    with refused("UNAUTHORIZED"):
        await carrier.call(ME)
    with refused("NOT_FOUND"):
        await lia.call("auth.revokeToken", id=token["id"])
    assert (await lia.call(ME))["userId"] == "usr_lia"


async def test_a_token_is_revoked_in_its_own_organization_only(world: World):
    token, carrier = await bearer(world, world.browser("usr_bob"))
    with refused("NOT_FOUND"):
        await world.browser("usr_bob", "beta").call("auth.revokeToken", id=token["id"])
    assert (await carrier.call(ME))["orgId"] == "acme"


async def test_a_token_ends_with_its_time(world: World, lia: Person):
    token, carrier = await bearer(world, lia, ttl=60)
    assert token["expiresAt"] == "2026-03-02T09:01:00.000Z"
    world.clock.advance(seconds=59.999)
    assert (await carrier.call(ME))["userId"] == "usr_lia"
    world.clock.advance(seconds=0.001)
    with refused("UNAUTHORIZED"):
        await carrier.call(ME)


@pytest.mark.parametrize("ttl", [None, 3600, 10])
async def test_what_a_token_makes_ends_with_it_at_the_latest(
    world: World, lia: Person, ttl: int | None
):
    _, carrier = await bearer(world, lia, ttl=60)
    world.clock.advance(seconds=20)
    made, other = await bearer(world, carrier, ttl=ttl)
    assert made["expiresAt"] == f"2026-03-02T09:0{'0:30' if ttl == 10 else '1:00'}.000Z"
    again, _ = await bearer(world, other)
    assert again["expiresAt"] == made["expiresAt"]


async def test_the_secret_of_a_client_is_no_bearer_token(world: World, lia: Person):
    token, carrier = await bearer(world, lia, kind="client")
    assert token["id"].startswith("cli_")
    with refused("UNAUTHORIZED"):
        await carrier.call(ME)


@pytest.mark.parametrize("wrong", [{"ttl": 0}, {"ttl": 2**53}, {"ttl": "x"}, {"kind": "other"}])
async def test_a_token_of_a_wrong_kind_is_not_made(lia: Person, wrong: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await lia.call("auth.createToken", label="test", **wrong)


@pytest.mark.parametrize("user", ["usr_pia", "usr_una"])
async def test_who_is_no_member_makes_no_token(world: World, user: str):
    with refused("FORBIDDEN", reason="not_member"):
        await world.browser(user).call("auth.createToken", label="test")
