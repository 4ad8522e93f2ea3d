"""The operator's page and the viewer of the REST routes, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import output_of
from demonstrating import Demo, demonstrated
from playwright.sync_api import Locator, Page, Route, expect
from surfing import Visits, barriers, is_wider_than_the_window

from procedures.client import Client
from rpc import RPCError

LOOKS = [{"dark": False}, {"dark": True}, {"phone": True}, {"dark": True, "phone": True}]


@pytest.fixture
def counting(prepared: Path, tmp_path: Path) -> Iterator[Demo]:
    """A service that counts its calls."""
    path = tmp_path / "demo.db"
    path.write_bytes(prepared.read_bytes())
    with demonstrated(path, metrics="open") as demo:
        yield demo


def client(demo: Demo, person: str) -> Client:
    token = output_of("token", person, "--database", demo.database).strip()
    return Client(f"{demo.url}/rpc", token=token)


def operate(visits: Visits, demo: Demo, **look: Any) -> Page:
    """The page as Grace sees it."""
    page = visits.open(f"{demo.url}/operator", **look)
    expect(page.get_by_role("heading", level=1)).to_have_text("For admins of an organization")
    sign_in(page, "Grace Oduya")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hillview College")
    return page


def sign_in(page: Page, name: str) -> None:
    page.locator(".menu summary").click()
    page.get_by_role("button", name=name).click()


def look_again(page: Page) -> None:
    page.get_by_label("Span of time").select_option("30")
    page.get_by_label("Span of time").select_option("90")


def card(page: Page, title: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_role("heading", name=title, exact=True))


def row(page: Page, table: str, name: str) -> Locator:
    rows = page.get_by_role("group", name=table).get_by_role("row")
    return rows.filter(has=page.get_by_role("rowheader", name=name, exact=True))


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_shut_out(visits: Visits, counting: Demo, look: dict[str, bool]):
    page = operate(visits, counting, **look)
    for fold in page.locator(".fold summary").all():
        fold.click()
    name = "-".join(look) if any(look.values()) else "light"
    visits.picture(page, f"operator-{name}", whole=True)
    assert barriers(page) == []
    assert not is_wider_than_the_window(page)


def test_only_admins_see_numbers(visits: Visits, demo: Demo):
    page = visits.open(f"{demo.url}/operator")
    sign_in(page, "Tomas Lind")
    expect(page.locator("main")).to_contain_text("Tomas Lind is none of the active organization")
    expect(page.locator(".card, table")).to_have_count(0)
    assert barriers(page) == []


def test_seats_and_lines_follow_what_happens(visits: Visits, demo: Demo):
    page = operate(visits, demo)
    pottery = card(page, "Pottery")
    expect(pottery).to_contain_text("1 of 1 seats taken, 1 waiting")
    expect(row(page, "People waiting by course", "Pottery")).to_contain_text("1 of 1 seats taken")
    with client(demo, "usr_maya") as maya:
        maya.enrollment.enroll(course_id="crs_pottery")
        maya.enrollment.enroll(course_id="crs_physics")
    look_again(page)
    expect(pottery).to_contain_text("1 of 1 seats taken, 2 waiting")
    expect(pottery.get_by_role("img")).to_have_attribute("aria-label", re.compile("2 waiting"))
    pottery.locator("summary").click()
    expect(pottery.get_by_role("row").nth(1)).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d12"))
    expect(row(page, "Messages by channel and state", "email")).to_contain_text("email020")
    visits.picture(page, "operator-followed", whole=True)


def test_what_comes_late_of_another_organization_is_not_shown(visits: Visits, demo: Demo):
    page = operate(visits, demo)
    expect(card(page, "Pottery")).to_be_visible()
    late: list[Route] = []
    page.route("**/operations.seats*", lambda route: late.append(route), times=1)
    page.get_by_label("Span of time").select_option("30")
    while not late:
        page.wait_for_timeout(10)
    answer = late[0].fetch()
    sign_in(page, "Joan Pires")
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbor Evening School")
    expect(card(page, "Welding")).to_be_visible()
    with page.expect_response("**/operations.outbox"), page.expect_response("**/metrics"):
        late[0].fulfill(response=answer)
    page.wait_for_timeout(50)
    expect(card(page, "Welding")).to_be_visible()
    expect(card(page, "Pottery")).to_have_count(0)


def test_while_the_service_is_away_it_says_so(visits: Visits, demo: Demo):
    page = operate(visits, demo)
    news = page.get_by_role("status")
    expect(news).to_have_text(re.compile("^As of"))
    demo.stop()
    look_again(page)
    expect(news).to_have_text("No news: Failed to fetch.")
    expect(card(page, "Pottery")).to_be_visible()
    demo.start()
    look_again(page)
    expect(news).to_have_text(re.compile("^As of"))


def test_calls_are_shown_as_they_are_counted(visits: Visits, counting: Demo):
    with client(counting, "usr_maya") as maya:
        maya.enrollment.enroll(course_id="crs_physics")
        with pytest.raises(RPCError, match="already enrolled"):
            maya.enrollment.enroll(course_id="crs_physics")
    page = operate(visits, counting)
    enroll = row(page, "Calls by procedure", "enrollment.enroll")
    expect(enroll.get_by_role("cell").nth(0)).to_have_text("2")
    expect(enroll.get_by_role("cell").nth(1)).to_have_text("1 (CONFLICT 1)")
    expect(enroll.get_by_role("cell").nth(2)).to_have_text(re.compile(r"^\d[\d,.]* ms$"))
    expect(enroll.get_by_role("img")).to_have_attribute("aria-label", re.compile("^from .* ms to"))
    enroll.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("enrollment.enroll")


def test_times_are_reckoned_as_prometheus_does(visits: Visits, demo: Demo):
    page = visits.open("about:blank")
    page.route("**/metrics", lambda route: route.fulfill(body=METRICS, content_type="text/plain"))
    page.goto(f"{demo.url}/operator")
    sign_in(page, "Grace Oduya")
    cells = row(page, "Calls by procedure", "some.thing").get_by_role("cell")
    shown = [cells.nth(index).inner_text() for index in range(4)]
    assert shown == ["1,100", "100 (CONFLICT 90, TIMEOUT 10)", "5.0 ms", "9.9 ms"]
    expect(page.locator(".tiles")).to_contain_text("1,101 calls")
    untimed = row(page, "Calls by procedure", "some.stream").get_by_role("cell")
    assert [untimed.nth(index).inner_text() for index in range(4)] == ["1", "0", "—", "—"]


METRICS = """# HELP rollcall_calls_total Calls that have ended
# TYPE rollcall_calls_total counter
rollcall_calls_total{code="OK",procedure="some.thing"} 1000.0
rollcall_calls_total{code="CONFLICT",procedure="some.thing"} 90.0
rollcall_calls_total{code="TIMEOUT",procedure="some.thing"} 10.0
rollcall_calls_total{code="OK",procedure="some.stream"} 1.0
rollcall_call_seconds_bucket{le="0.0025",procedure="some.thing"} 0.0
rollcall_call_seconds_bucket{le="0.005",procedure="some.thing"} 550.0
rollcall_call_seconds_bucket{le="0.01",procedure="some.thing"} 1100.0
rollcall_call_seconds_bucket{le="+Inf",procedure="some.thing"} 1100.0
rollcall_call_seconds_count{procedure="some.thing"} 1100.0
"""


def test_where_no_calls_are_counted_it_says_how(visits: Visits, demo: Demo):
    page = operate(visits, demo)
    expect(page.locator(".calls")).to_contain_text("ROLLCALL_METRICS")
    expect(page.get_by_role("group", name="Calls by procedure")).to_have_count(0)


def test_a_token_is_asked_for_where_one_is_needed(visits: Visits, prepared: Path, tmp_path: Path):
    path = tmp_path / "demo.db"
    path.write_bytes(prepared.read_bytes())
    with demonstrated(path, metrics="token-of-ours") as demo:
        page = operate(visits, demo)
        field = page.get_by_label("Token of ROLLCALL_METRICS")
        field.fill("another-token")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("group", name="Calls by procedure")).to_have_count(0)
        field.fill("token-of-ours")
        assert barriers(page) == []
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("group", name="Calls by procedure")).to_be_visible()


def test_the_rest_routes_are_shown_under_the_strict_policy(visits: Visits, demo: Demo):
    page = visits.open(f"{demo.url}/rest")
    expect(page.locator(".opblock-tag")).to_have_count(7)
    page.locator(".opblock-tag").last.click()
    page.get_by_text("/api/v1/enrollments/{id}").first.click()
    expect(page.get_by_text("Refused: ").first).to_be_visible()
    visits.picture(page, "rest")
    assert not is_wider_than_the_window(page)


def test_without_the_viewer_it_says_where_to_get_it(visits: Visits, demo: Demo):
    page = visits.open("about:blank")
    page.route("**/console/description.json", without_viewer)
    page.goto(f"{demo.url}/rest")
    expect(page.get_by_role("heading", level=1)).to_contain_text("not installed")
    expect(page.locator("main")).to_contain_text("rollcall[console]")
    assert barriers(page) == []


def without_viewer(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json=answer.json() | {"hasViewer": False})
