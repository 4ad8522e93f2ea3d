"""The example front end in a real browser: learners and a teacher, while the service restarts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from urllib.parse import unquote, urlsplit

import httpx2
import pytest
from demonstrating import Demo
from example_site import WEB, build, served
from node import installed
from playwright.sync_api import APIResponse, Locator, Page, Request, Route, expect
from surfing import PATIENCE, Visits, barriers, is_wider_than_the_window

expect.set_options(timeout=PATIENCE)

MAYA, TOMAS = "Maya Ferreira", "Tomas Lind"
ELIF, NOAH, PRIYA = "Elif Kaya", "Noah Brandt", "Priya Nair"
FULL = "Every seat is taken, and this course has no waiting list."
REFUSALS = {
    "Glassblowing": FULL,
    "Astronomy": "Enrollment in this course is closed.",
    "Calculus": "Something has to be completed first.",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The front end, built."""
    installed(WEB)
    folder = tmp_path_factory.mktemp("example")
    build(folder)
    return folder


@pytest.fixture
def site(pages: Path, demo: Demo) -> Iterator[str]:
    """The address of the front end."""
    with served(pages, demo.url) as url:
        yield url


SignedIn = Callable[..., Page]


@pytest.fixture
def signed_in(visits: Visits, site: str) -> SignedIn:
    """Opens the front end for somebody of the demo, in a browser of their own."""

    def come_in(name: str, path: str = "/", **look: bool) -> Page:
        page = visits.open(f"{site}{path}", **look)
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    return come_in


def card(page: Page, course: str) -> Locator:
    return page.get_by_role("article", name=course, exact=True)


def status(page: Page, course: str) -> Locator:
    return card(page, course).get_by_role("status")


def press(page: Page, course: str, button: str) -> None:
    card(page, course).get_by_role("button", name=button, exact=True).click()


def follow(page: Page) -> list[Request]:
    """Every request that the page makes from now on."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    return seen


def called(request: Request) -> list[str]:
    """The procedures that a request calls."""
    return unquote(urlsplit(request.url).path).removeprefix("/rpc/").split(",")


def is_resumed(request: Request) -> bool:
    """Whether it names the last event seen: by the browser itself, or by the client's link."""
    return "last-event-id" in request.all_headers() or "lastEventId" in unquote(request.url)


def test_one_enrolls_sees_it_at_once_and_leaves(signed_in: SignedIn):
    page = signed_in(MAYA)
    held: list[Route] = []
    page.route("**/rpc/enrollment.enroll*", lambda route: held.append(route))
    press(page, "Physics", "Enroll")
    expect(status(page, "Physics")).to_have_text("Enrolled")
    assert len(held) == 1  # not even asked the service so far
    held[0].continue_()
    expect(card(page, "Physics").get_by_role("button", name="Leave")).to_be_enabled()
    page.reload()
    expect(status(page, "Physics")).to_have_text("Enrolled")
    press(page, "Physics", "Leave")
    expect(status(page, "Physics")).to_have_text("")
    expect(card(page, "Physics").get_by_role("button", name="Enroll")).to_be_enabled()


def test_what_was_expected_is_taken_back_when_it_is_refused(signed_in: SignedIn):
    page = signed_in(MAYA)
    held: list[Route] = []
    page.route("**/rpc/enrollment.enroll*", lambda route: held.append(route))
    press(page, "Glassblowing", "Enroll")
    expect(status(page, "Glassblowing")).to_have_text("Enrolled")
    held[0].continue_()
    expect(card(page, "Glassblowing").get_by_role("alert")).to_have_text(FULL)
    expect(status(page, "Glassblowing")).to_have_text("")


def test_each_refusal_is_told_in_its_own_words(signed_in: SignedIn):
    page = signed_in(MAYA)
    for course, told in REFUSALS.items():
        press(page, course, "Enroll")
        expect(card(page, course).get_by_role("alert")).to_have_text(told)
    expect(card(page, "Calculus")).to_contain_text("Algebra, which you have begun")


def test_who_enrolls_twice_is_told_of_the_conflict(signed_in: SignedIn, visits: Visits):
    page = signed_in(MAYA)
    # A page that hears nothing of what happens elsewhere.
    stale = page.context.new_page()
    visits.watch(stale)
    stale.route("**/rpc/enrollment.onChange*", lambda route: None)
    stale.goto(page.url)
    expect(card(stale, "Physics")).to_be_visible()
    press(page, "Physics", "Enroll")
    expect(card(page, "Physics").get_by_role("button", name="Leave")).to_be_enabled()
    press(stale, "Physics", "Enroll")
    expect(card(stale, "Physics").get_by_role("alert")).to_have_text(
        "You are enrolled in this course already."
    )
    expect(status(stale, "Physics")).to_have_text("Enrolled")
    visits.picture(stale, "example-conflict")


def test_two_queries_of_one_moment_go_in_one_request(signed_in: SignedIn):
    page = signed_in(MAYA)
    seen = follow(page)
    page.reload()
    expect(status(page, "Algebra")).to_have_text("Enrolled")
    together = [called(request) for request in seen if "course.list" in called(request)]
    assert ["course.list", "enrollment.list"] in together
    assert ["course.list"] not in together


def test_who_waits_sees_the_place_in_line_and_then_the_seat(signed_in: SignedIn):
    page = signed_in(MAYA)
    press(page, "Pottery", "Join the waiting list")
    expect(status(page, "Pottery")).to_have_text("Number 2 in line")
    press(signed_in(NOAH), "Pottery", "Leave the line")
    page.reload()
    expect(status(page, "Pottery")).to_have_text("Number 1 in line")
    press(signed_in(ELIF), "Pottery", "Leave")
    expect(status(page, "Pottery")).to_have_text("Enrolled")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_a_roster_follows_live_and_goes_on_when_the_service_has_restarted(
    signed_in: SignedIn, demo: Demo, visits: Visits
):
    teacher = signed_in(TOMAS, "/courses/crs_algebra")
    expect(teacher.locator(".pulse")).to_have_text("Live")
    expect(row(teacher, MAYA)).to_contain_text("Enrolled")
    learner = signed_in(PRIYA)
    press(learner, "Algebra", "Enroll")
    expect(row(teacher, PRIYA)).to_contain_text("Enrolled")
    changes = teacher.get_by_role("list", name="Since you opened this")
    expect(changes.get_by_role("listitem")).to_have_count(1)

    seen = follow(teacher)
    demo.stop()
    expect(teacher.locator(".pulse")).to_have_text("Connecting…")
    demo.start()
    # Before the teacher's browser is back: what it has missed is told.
    press(learner, "Algebra", "Leave")
    expect(changes.get_by_role("listitem").first).to_have_text(re.compile("Priya Nair left$"))
    expect(changes.get_by_role("listitem")).to_have_count(2)
    expect(row(teacher, PRIYA)).to_have_count(0)
    expect(teacher.locator(".pulse")).to_have_text("Live")
    assert is_resumed([r for r in seen if called(r) == ["enrollment.onChange"]][-1])
    visits.picture(teacher, "example-roster")


def test_a_teacher_lets_in_who_asks(signed_in: SignedIn):
    learner, teacher = signed_in(MAYA), signed_in(TOMAS, "/courses/crs_latin")
    press(learner, "Latin", "Ask to join")
    expect(status(learner, "Latin")).to_have_text("Asked to join")
    row(teacher, MAYA).get_by_role("button", name="Let in").click()
    expect(row(teacher, MAYA)).to_contain_text("Enrolled")
    expect(status(learner, "Latin")).to_have_text("Enrolled")


def test_what_happens_while_a_page_looks_for_the_first_time_is_shown(
    signed_in: SignedIn, site: str
):
    learner, teacher = signed_in(MAYA), signed_in(TOMAS)
    looks: list[tuple[Route, APIResponse]] = []
    has_happened = Event()

    def hold(route: Route) -> None:
        if has_happened.is_set():
            route.continue_()
        else:
            looks.append((route, route.fetch()))

    teacher.route(re.compile(r"/rpc/.*enrollment\.list.*role"), hold)
    teacher.goto(f"{site}/courses/crs_latin")
    expect(teacher.locator(".pulse")).to_have_text("Live")
    press(learner, "Latin", "Ask to join")
    changes = teacher.get_by_role("list", name="Since you opened this")
    expect(changes.get_by_role("listitem")).to_have_count(1)
    has_happened.set()
    for route, found_before in looks:
        route.fulfill(response=found_before)
    expect(row(teacher, MAYA)).to_contain_text("Asked to join")


def test_a_code_opens_its_course_and_a_wrong_one_none(signed_in: SignedIn, visits: Visits):
    page = signed_in(MAYA)
    card(page, "Robotics").get_by_role("link", name="Use a code").click()
    expect(page.get_by_role("heading", name="Use a code")).to_be_focused()
    page.get_by_label("The code").fill("RBTCS-2026Y")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_have_text("No such code.")
    page.get_by_label("The code").fill("rbtcs2026x")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("main")).to_contain_text("You are in.")
    visits.picture(page, "example-code")
    page.get_by_role("link", name="See the course").click()
    expect(page.get_by_role("heading", name="Robotics")).to_be_visible()
    expect(page.get_by_role("button", name="Leave")).to_be_enabled()


def test_who_belongs_to_two_organizations_goes_from_one_to_the_other(signed_in: SignedIn):
    page = signed_in(PRIYA)
    expect(card(page, "Algebra")).to_be_visible()
    page.get_by_label("Organization").select_option(label="Harbor Evening School")
    expect(status(page, "Spanish for Beginners")).to_have_text("Enrolled")
    expect(card(page, "Algebra")).to_have_count(0)


def test_who_is_no_confirmed_member_is_told_so(signed_in: SignedIn):
    page = signed_in("Sam Okafor")
    expect(page.get_by_role("main").get_by_role("alert")).to_have_text(
        "You are no confirmed member of this organization. Ask its office."
    )


def test_after_signing_out_one_has_to_sign_in(signed_in: SignedIn, site: str):
    page = signed_in(MAYA, "/courses/crs_algebra")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Rollcall")).to_be_visible()
    page.goto(f"{site}/courses/crs_algebra")
    expect(page.get_by_role("heading", name="Sign in to Rollcall")).to_be_visible()


def test_a_long_catalogue_is_shown_part_by_part(signed_in: SignedIn, demo: Demo):
    add_courses(demo, 20)
    page = signed_in(MAYA)
    expect(page.get_by_role("article")).to_have_count(24)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("article")).to_have_count(28)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def add_courses(demo: Demo, count: int) -> None:
    """More published courses, made by an admin."""
    with httpx2.Client(base_url=f"{demo.url}/rpc/", verify=False, trust_env=False) as admin:
        person = {"email": "grace@hillview.example", "password": "admin of hillview"}
        admin.post("auth.login", json=person).raise_for_status()
        for number in range(count):
            key = f"crs_{number}"
            made = {"key": key, "title": f"Course {number}"}
            admin.post("course.create", json=made).raise_for_status()
            admin.post("course.publish", json={"courseId": key}).raise_for_status()


LOOKS = [{}, {"dark": True}, {"phone": True}]


def screens(come_in: SignedIn, visits: Visits, site: str, look: dict[str, bool]) -> Iterator[Page]:
    """Every screen, with something refused on some of them."""
    page = visits.open(site, **look)
    page.get_by_label("E-mail").fill("maya@hillview.example")
    page.get_by_label("Password").fill("no")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Wrong e-mail or password.")
    yield page
    learner = come_in(MAYA, **look)
    press(learner, "Calculus", "Enroll")
    press(learner, "Glassblowing", "Enroll")
    press(learner, "Pottery", "Join the waiting list")
    expect(status(learner, "Pottery")).to_have_text("Number 2 in line")
    press(learner, "Latin", "Ask to join")
    expect(status(learner, "Latin")).to_have_text("Asked to join")
    yield learner
    teacher = come_in(TOMAS, "/courses/crs_latin", **look)
    expect(row(teacher, MAYA)).to_contain_text("Let in")
    expect(teacher.locator(".pulse")).to_have_text("Live")
    press(learner, "Latin", "Take back")
    expect(teacher.get_by_role("listitem")).to_have_count(1)
    press(learner, "Latin", "Ask to join")
    expect(teacher.get_by_role("listitem")).to_have_count(2)
    yield teacher
    learner.get_by_role("navigation").get_by_role("link", name="Use a code").click()
    learner.get_by_label("The code").fill("nothing")
    learner.get_by_role("button", name="Join").click()
    expect(learner.get_by_role("alert")).to_have_text("No such code.")
    yield learner


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "plain")
def test_nobody_is_shut_out_of_a_screen(
    signed_in: SignedIn, visits: Visits, site: str, look: dict[str, bool]
):
    for number, page in enumerate(screens(signed_in, visits, site, look)):
        page.mouse.move(0, 0)
        name = "-".join(["example", str(number), *look])
        visits.picture(page, name, whole=True)
        assert (barriers(page), is_wider_than_the_window(page)) == ([], False), name
