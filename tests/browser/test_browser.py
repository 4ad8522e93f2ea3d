"""The browser of the other tests is a real one, and what they look for is found where it is."""

from __future__ import annotations

import pytest
from demonstrating import Demo
from surfing import Visits, barriers


def test_it_reads_pages_of_the_service(visits: Visits, demo: Demo):
    page = visits.open(f"{demo.url}/healthz")
    assert page.inner_text("body") == "ok\n"
    demo.restart()
    page.reload()
    assert page.inner_text("body") == "ok\n"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<label>Name <input></label>", []),
        ("<input>", ["label"]),
        ("<p style='color:#ddd;background:#fff'>pale</p>", ["color-contrast"]),
    ],
)
def test_what_shuts_people_out_is_found(visits: Visits, body: str, found: list[str]):
    page = visits.open("about:blank")
    page.set_content(f"<html lang=en><title>t</title><main>{body}</main></html>")
    assert [barrier.partition(" ")[0] for barrier in barriers(page)] == found


def test_what_goes_wrong_in_a_page_is_remembered(visits: Visits):
    page = visits.open("about:blank")
    page.set_content("<script>nothing.here()</script>")
    page.route("**/*", lambda route: route.abort())
    page.evaluate("fetch('http://elsewhere.example/').catch(() => 0)")
    assert [fault[:20] for fault in visits.faults] == [
        "nothing is not defined"[:20],
        "went outside: http:/",
    ]
    visits.faults.clear()
