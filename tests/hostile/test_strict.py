"""Requests that two servers could read differently are refused, and never answered twice. (T-35)"""

import pytest
from raw import Target, get, target

from procedures import app as assembly

SMUGGLED = b"GET /rpc/system.info HTTP/1.1\r\nhost: x\r\n\r\n"
HOST = b"host: x\r\ncontent-type: application/json\r\n"
POST = b"POST /rpc/auth.login HTTP/1.1\r\n" + HOST
CHUNKED = b"transfer-encoding: chunked\r\n"
REQUESTS = {
    "length and chunks": POST + b"content-length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": POST + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx" + SMUGGLED,
    "chunks twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk without size": POST + CHUNKED + b"\r\nzz\r\n" + SMUGGLED,
    "an endless chunk": POST + CHUNKED + b"\r\n" + b"f" * 40 + b"\r\n" + SMUGGLED,
    "a length below nothing": POST + b"content-length: -1\r\n\r\n" + SMUGGLED,
    "a folded header": POST + b"content-length: 0\r\nx: a\r\n\tb\x00\r\n\r\n" + SMUGGLED,
    "another coding": POST + b"transfer-encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunks before there were any": POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n",
    "another version": get("system.info").replace(b"HTTP/1.1", b"HTTP/3.7"),
}
UPGRADE = (
    b"upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n"
)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("kind", REQUESTS)
async def test_what_is_ambiguous_is_refused_and_nothing_behind_it_answered(
    service: Target, kind: str
):
    answer = await service.answer(REQUESTS[kind])
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert answer[9:12] in (b"", b"400", b"501", b"505")
    assert (await service.health()).startswith(b"HTTP/1.1 200")


@pytest.mark.engine("sqlite")
async def test_whoever_would_rather_speak_http_2_is_answered_in_http_1(service: Target):
    request = get("system.info").replace(b"connection: close\r\n", UPGRADE)
    async with service.client() as client:
        await client.send(request)
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        await client.send(get("no.such"))
        assert (await client.rest()).count(b"HTTP/1.1 404") == 1


@pytest.mark.engine("sqlite")
async def test_http_2_without_asking_is_refused(service: Target):
    answer = await service.answer(PREFACE)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/") == 1
    assert (await service.health()).startswith(b"HTTP/1.1 200")


@pytest.mark.engine("sqlite")
async def test_one_length_or_chunks_alone_are_read(service: Target):
    body = b'{"email":"x","password":"y"}'
    close = b"connection: close\r\n"
    length = b"content-length: %d\r\n\r\n" % len(body)
    answer = await service.answer(POST + close + length + body)
    assert answer.startswith(b"HTTP/1.1 401")
    chunks = b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answer = await service.answer(POST + close + CHUNKED + chunks)
    assert answer.startswith(b"HTTP/1.1 401")


@pytest.mark.engine("sqlite")
async def test_without_the_strict_reading_two_answers_come_to_one_request(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    """The first test shows something: hypercorn by itself lets this through."""
    monkeypatch.setattr(assembly, "is_ambiguous", lambda scope: False)
    async with target(database, "hypercorn") as service:
        answer = await service.answer(REQUESTS["length and chunks"])
        assert answer.count(b"HTTP/1.1 ") == 2
