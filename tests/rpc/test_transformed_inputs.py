"""Typed inputs behind superjson: members that are undefined are members that are not there."""

from __future__ import annotations

from asgi_driver import get, given


async def test_an_undefined_member_of_a_typed_input_is_left_out():
    payload = {"json": {"name": None}, "meta": {"values": {"name": ["undefined"]}, "v": 1}}
    answer = await get(f"/trpc-superjson/opt.greet?{given(payload)}")
    assert answer.json["result"]["data"]["json"] == "hello anonymous"


async def test_an_undefined_member_of_an_untyped_input_stays_undefined():
    payload = {"json": {"a": None}, "meta": {"values": {"a": ["undefined"]}, "v": 1}}
    answer = await get(f"/trpc-superjson/echo?{given(payload)}")
    assert answer.json["result"]["data"] == payload
