"""Which media type an Accept header prefers."""

import pytest

from procedures.rest.negotiation import preferred

JSON, XML, OTHER_XML = OFFERS = ("application/json", "text/xml", "application/xml")


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (XML, XML),
        (OTHER_XML, OTHER_XML),
        ("text/*", XML),
        ("TEXT/XML; charset=utf-8", XML),
        # weights decide
        ("application/json;q=0.5, text/xml;q=0.9", XML),
        ("application/json;q=0.9, text/xml;q=0.5", JSON),
        ("application/json;q=0, */*", XML),
        ("*/*;q=0.1, text/xml;q=0", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", OTHER_XML),
        # of equals the most precise, then ours
        ("text/xml, */*", XML),
        ("application/json, text/plain, */*", JSON),
        ("text/xml, application/json", JSON),
        # what is not written as it should counts for nothing
        ("text/xml;q=much, application/json;q=0.1", JSON),
        ("text/xml;q=7, application/json;q=0.1", JSON),
        ("text/xml;q= 1, application/json;q=0.1", JSON),
        (", ,text/xml,", XML),
    ],
)
def test_the_offer_that_is_wanted_most_is_preferred(accept: str, best: str):
    assert preferred(accept, OFFERS) == best


@pytest.mark.parametrize(
    "accept",
    ["text/html", "image/*", "application/json;q=0", "*/*;q=0", "text/xml;q=0, text/html", "xml"],
)
def test_nothing_is_preferred_where_no_offer_is_wanted(accept: str):
    assert preferred(accept, OFFERS) is None
