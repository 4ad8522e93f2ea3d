"""The console as people use it, in a real Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from commands import output_of
from demonstrating import Demo, demonstrated
from playwright.sync_api import Locator, Page, expect
from surfing import Visits, barriers, is_wider_than_the_window

from procedures.client import Client

MAYA, GRACE = "Maya Ferreira", "Grace Oduya"
LOOKS = [{"dark": False}, {"dark": True}, {"phone": True}, {"dark": True, "phone": True}]


def console(visits: Visits, demo: Demo, procedure: str = "", **look: Any) -> Page:
    page = visits.open(f"{demo.url}/#{procedure}", **look)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def sign_in(page: Page, name: str) -> None:
    page.locator(".menu summary").click()
    page.get_by_role("button", name=name).click()
    expect(page.locator(".menu summary")).to_contain_text(name)


def go(page: Page, procedure: str) -> None:
    page.evaluate("name => { location.hash = name }", procedure)
    expect(page.get_by_role("heading", level=1)).to_contain_text(procedure)


def call(page: Page) -> Locator:
    """Press the button; what came back."""
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".result[aria-busy]")).to_have_count(0)
    return page.locator(".result .answer")


def envelope(answer: Locator) -> Any:
    return json.loads(answer.locator("pre").last.inner_text())


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_shut_out(visits: Visits, demo: Demo, look: dict[str, bool]):
    page = console(visits, demo, **look)
    name = "-".join(look) if any(look.values()) else "light"
    visits.picture(page, f"console-{name}")
    found = barriers(page)
    page.locator(".menu summary").click()
    found += barriers(page)
    page.keyboard.press("Escape")
    for procedure in ("enrollment.enroll", "enrollment.bulk", "course.update"):
        go(page, procedure)
        for fold in page.locator(".fold summary").all():
            fold.click()
        visits.picture(page, f"console-{procedure}-{name}", whole=True)
        found += barriers(page)
        assert not is_wider_than_the_window(page)
    assert found == []


def test_one_finds_a_procedure_without_a_mouse(visits: Visits, demo: Demo):
    page = console(visits, demo)
    page.keyboard.press("/")
    page.keyboard.type("redeem")
    expect(page.locator("#catalog a")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("enrollment.redeemCode")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("auth.createToken")
    page.get_by_role("tab", name="Form").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Input as JSON")).to_be_visible()
    page.get_by_role("tab", name="curl").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".as-code code").first).to_contain_text("import Client")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("/")
    page.keyboard.type("no such thing")
    expect(page.locator("#catalog a")).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text(re.compile("^0 of"))


def test_one_enrolls_and_a_second_time_is_refused(visits: Visits, demo: Demo):
    page = console(visits, demo, "enrollment.enroll")
    assert envelope(call(page))["error"]["data"]["code"] == "UNAUTHORIZED"
    sign_in(page, MAYA)
    page.get_by_label("courseId").fill("crs_physics")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".answer .status")).to_contain_text("200")
    made = envelope(page.locator(".answer"))["result"]["data"]
    assert (made["courseId"], made["userId"]) == ("crs_physics", "usr_maya")
    answer = call(page)
    expect(answer.locator(".refusal")).to_contain_text("already_enrolled")
    expect(answer.locator(".status")).to_contain_text(re.compile(r"409 .* ms · \d+ bytes"))
    visits.picture(page, "console-conflict", whole=True)
    assert envelope(answer)["error"]["data"]["httpStatus"] == 409
    assert barriers(page) == []


def test_one_signs_in_by_password_changes_the_organization_and_leaves(visits: Visits, demo: Demo):
    page = console(visits, demo, "auth.me")
    page.locator(".menu summary").click()
    page.get_by_label("E-mail").fill("priya@hillview.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".menu .failure")).to_have_text("wrong e-mail or password")
    page.get_by_label("Password").fill("learner of hillview")
    page.get_by_role("button", name="Sign in", exact=True).click()
    menu = page.locator(".menu summary")
    expect(menu).to_contain_text("Hillview College")
    menu.click()
    page.get_by_label("Organization").select_option("org_harbor")
    expect(menu).to_contain_text("Harbor Evening School")
    assert envelope(call(page))["result"]["data"]["orgId"] == "org_harbor"
    menu.click()
    page.get_by_role("button", name="Sign out").click()
    expect(menu).to_have_text("Sign in")
    assert envelope(call(page))["error"]["data"]["httpStatus"] == 401
    demo.stop()
    menu.click()
    page.get_by_role("button", name=MAYA).click()
    expect(page.locator(".menu .failure")).to_have_text("Failed to fetch")


@pytest.mark.parametrize("named", ["no.such", "%"])
def test_an_address_that_names_no_procedure_shows_the_welcome(
    visits: Visits, demo: Demo, named: str
):
    page = console(visits, demo, named)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Every procedure"))


def test_calls_that_change_who_is_signed_in_are_seen_at_the_top(visits: Visits, demo: Demo):
    page = console(visits, demo, "auth.login")
    menu = page.locator(".menu summary")
    page.locator(".caller").get_by_label("email").fill("maya@hillview.example")
    page.locator(".caller").get_by_label("password").fill("learner of hillview")
    call(page)
    expect(menu).to_contain_text(MAYA)
    go(page, "auth.logout")
    call(page)
    expect(menu).to_have_text("Sign in")


def test_production_offers_nobody_to_be_played(visits: Visits, prepared: Path, tmp_path: Path):
    path = tmp_path / "demo.db"
    path.write_bytes(prepared.read_bytes())
    settings = {"environment": "production", "secret_keys": "k" * 32}
    with demonstrated(path, console="on", **settings) as demo:
        page = console(visits, demo)
        page.locator(".menu summary").click()
        expect(page.get_by_label("Password")).to_be_visible()
        expect(page.locator(".person")).to_have_count(0)
        expect(page.locator("#top")).to_contain_text("production")


def test_several_calls_go_out_as_one_request(visits: Visits, demo: Demo):
    page = console(visits, demo, "course.get")
    sign_in(page, MAYA)
    for course in ("crs_algebra", "crs_poetry"):
        page.get_by_label("courseId").fill(course)
        page.get_by_role("button", name="Add to batch").click()
    go(page, "auth.logout")
    page.get_by_role("button", name="Add to batch").click()
    batch = page.get_by_role("region", name="Batch")
    expect(batch.get_by_role("alert")).to_have_text("A batch of queries takes no mutation.")
    with page.expect_response("**/rpc/course.get,course.get?batch=1**") as sent:
        batch.get_by_role("button", name="Send the batch").click()
    assert sent.value.status == 207
    algebra, poetry = envelope(batch.locator(".answer"))
    assert algebra["result"]["data"]["title"] == "Algebra"
    assert poetry["error"]["data"]["code"] == "NOT_FOUND"
    visits.picture(page, "console-batch", whole=True)
    assert barriers(page) == []
    batch.get_by_role("button", name="Remove call 2").click()
    expect(batch.get_by_role("heading")).to_have_text("Batch of 1")
    batch.get_by_role("button", name="Clear").click()
    expect(batch).to_be_hidden()


def enroll(demo: Demo, person: str, course: str) -> None:
    """By another client."""
    token = output_of("token", person, "--database", demo.database).strip()
    with Client(f"{demo.url}/rpc", token=token) as client:
        client.enrollment.enroll(course_id=course)


def test_a_subscription_goes_on_when_the_server_was_away(visits: Visits, demo: Demo):
    page = console(visits, demo, "enrollment.onChange")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".result .status")).to_have_text("refused: sign in first")
    sign_in(page, GRACE)
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".result .status")).to_have_text("open · 0 events")
    enroll(demo, "usr_maya", "crs_physics")
    expect(page.locator(".events li")).to_have_count(1)
    demo.stop()
    expect(page.locator(".result .status")).to_have_text(re.compile("lost, trying again"))
    demo.start()
    # Before or behind the browser's return: it is told once, and of nothing twice.
    enroll(demo, "usr_ken", "crs_physics")
    expect(page.locator(".events li")).to_have_count(2)
    enroll(demo, "usr_noah", "crs_physics")
    expect(page.locator(".events li")).to_have_count(3)
    events = [json.loads(text) for text in page.locator(".events pre").all_inner_texts()]
    assert [event["userId"] for event in events] == ["usr_noah", "usr_ken", "usr_maya"]
    visits.picture(page, "console-events", whole=True)
    assert barriers(page) == []
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".result .status")).to_have_text("stopped")
    enroll(demo, "usr_elif", "crs_algebra")
    go(page, "auth.me")
    call(page)
    go(page, "enrollment.onChange")
    expect(page.locator(".events li")).to_have_count(3)


FILLED = {
    "org.update": {
        "name": "Hillview",
        "settings": {"progressOnUnenroll": "erase", "adminEmails": ["a@b.example", "c@d.example"]},
    },
    "course.update": {
        "courseId": "crs_algebra",
        "code": None,
        "multiSection": True,
        "capacity": 3,
        "opensAt": "2026-12-01T08:30:00.000Z",
    },
    "course.list": {"limit": 5, "status": ["draft", "published"]},
    "enrollment.enroll": {"courseId": "crs_algebra", "metadata": {"a": [1, {"b": None}]}},
    "enrollment.bulk": {
        "items": [
            {"op": "create", "courseId": "crs_algebra", "userId": "usr_elif"},
            {"op": "delete", "id": "enr_1", "reason": 'she said "no" & it\'s <b>'},
        ],
        "atomic": True,
    },
}


@pytest.mark.parametrize("procedure", FILLED)
def test_a_form_takes_and_gives_what_json_says(visits: Visits, demo: Demo, procedure: str):
    page = console(visits, demo, procedure)
    page.get_by_role("tab", name="JSON").click()
    page.get_by_label("Input as JSON").fill(json.dumps(FILLED[procedure]))
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_label("Input as JSON")).to_have_count(0)
    visits.picture(page, f"form-{procedure}", whole=True)
    page.get_by_role("tab", name="JSON").click()
    assert json.loads(page.get_by_label("Input as JSON").input_value()) == FILLED[procedure]


def test_a_form_is_filled_in_by_hand(visits: Visits, demo: Demo):
    page = console(visits, demo, "org.update")
    page.get_by_label("progressOnUnenroll").select_option("resume")
    page.get_by_role("button", name="Add to adminEmails").click()
    page.get_by_label("adminEmails 1").first.fill("a@b.example")
    page.get_by_role("button", name="Add to adminEmails").click()
    page.get_by_role("button", name="Remove adminEmails 2").click()
    page.get_by_label("certificateUrl is null").check()
    page.get_by_role("tab", name="JSON").click()
    settings = {
        "progressOnUnenroll": "resume",
        "adminEmails": ["a@b.example"],
        "certificateUrl": None,
    }
    raw = page.get_by_label("Input as JSON")
    assert json.loads(raw.input_value()) == {"settings": settings}
    raw.fill('{"name": ')
    page.get_by_role("tab", name="Form").click()
    expect(page.locator(".input .failure")).to_contain_text("JSON")
    expect(raw).to_be_visible()


def test_what_cannot_be_sent_is_said_and_not_sent(visits: Visits, demo: Demo):
    page = console(visits, demo, "enrollment.enroll")
    page.get_by_label("metadata").fill("{nonsense")
    page.get_by_role("button", name="Call").click()
    expect(page.locator(".caller form > .failure")).to_contain_text("metadata: ")
    expect(page.locator(".answer")).to_have_count(0)


def test_no_answer_is_told(visits: Visits, demo: Demo):
    page = console(visits, demo, "system.health")
    demo.stop()
    expect(call(page)).to_contain_text("No answer: Failed to fetch")
