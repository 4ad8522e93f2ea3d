"""Requests that make no sense, by the thousand: number N of a seed is always the same."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from urllib.parse import quote

from raw import ADA
from sockets import HEAD, PIECE, PING, TEXT, frame

TEXTS = [
    *("", " ", "\x00", "a\x00b", "\u202e", "e\u0301", "\u212a", "\ufeff", "a" * 300, "a" * 70_000),
    *("a@b\r\nbcc: c@d", "'; drop table x;--", "{{7*7}}", "%s%n", "../../etc/passwd", "\x1b[31m"),
    *("\U0001f600" * 50, "__proto__", "NaN", "null", "-1", "\ud800", "=cmd|x", "<!--"),
]
NUMBERS = [
    *("0", "-0", "-1", "1.0", "1e5", "1e400", "NaN", "Infinity", "9007199254740993", "01", "0x10"),
    *("9223372036854775808", "9" * 400, "9" * 5000, "true", "1.", ".5", "+1"),
]
NAMES = [
    *("__proto__", "constructor", "", ".", "..", "a" * 5000, "%00", "%2e%2e%2f", "%ff%fe", "%"),
    *("%zz", "a%2Cb", "%0d%0aset-cookie:x=1", "//evil.example/", "enrollment", "enrollment."),
]
KINDS = [
    *("", "text/plain", "application/jsonx", "application/json; charset=utf-16", "multipart/"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream"),
    *("application/xml", "a/b" * 500, "*/*", "application/x-www-form-urlencoded"),
]
FIELDS = [
    *("cookie: =;;;=" * 9, "idempotency-key: " + "k" * 5000, "origin: null", "range: bytes=0-,0-"),
    *("last-event-id: " + "9" * 4000, "content-encoding: gzip", "expect: x", "trpc-accept: x"),
    *("x-forwarded-for: " + "1.1.1.1," * 500, "accept: " + "x" * 5000, "if-none-match: *"),
]
HEADS = [
    b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"content-length: -1\r\n\r\n",
    b"content-length: 9e9\r\n\r\n",
    b"transfer-encoding: gzip\r\n\r\n",
    b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    b"x: a\x00b\r\n\r\n",
    b"no colon here\r\n\r\n",
    b"x: " + b"a" * 100_000 + b"\r\n\r\n",
    b"a: b\r\n" * 5000 + b"\r\n",
    b"upgrade: h2c\r\nconnection: upgrade\r\n\r\n",
]
MESSAGES = [
    *('{"method":"connectionParams","data":1}', "[]", "[[[", "", "[" * 100_000, "\x00", "9" * 5000),
    *('{"id":null,"method":"query","params":{"path":"x"}}', '{"id":{},"method":"query"}'),
    *('{"id":1,"method":"subscription","params":{"path":"no.such"}}', '{"id":1}', '"\\ud800"'),
]
CALLS: dict[str, Any] = {
    "enrollment.enroll": {"courseId": "crs_open", "userId": "usr_lou", "startAt": None},
    "enrollment.list": {"courseId": "crs_open", "limit": 10},
    "enrollment.changes": {"after": "1", "limit": 3},
    "course.create": {"title": "Odd", "capacity": 3},
    "enrollment.bulk": {"items": [{"op": "create", "courseId": "crs_open", "userId": "usr_lou"}]},
}
ROUTES = ["/api/v1/enrollments", "/api/enrollments", "/v1/sections/1/enrollments", "/edubridge/x"]
ROUTES += ["/ims/oneroster/rostering/v1p2/enrollments?filter="]


class Maker:
    """Makes one odd request after the other, and says of what sort it is."""

    def __init__(self, seed: int, number: int) -> None:
        self._chance = Random(f"{seed} {number}")

    def request(self) -> tuple[str, bytes]:
        sorts = [self.values, self.values, self.bytes, self.bytes, self.batch, self.names]
        sorts += [self.kinds, self.fields, self.framing, self.rest, self.messages, self.hasty]
        sort = self._chance.choice(sorts)
        return sort.__name__, sort()

    def _http(self, method: str, path: str, body: bytes, *more: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "host: x", "connection: close", *more]
        lines += [f"authorization: Bearer {ADA}", f"content-length: {len(body)}"]
        head = "\r\n".join([*lines, "", ""])
        return head.encode("utf-8", "surrogatepass") + body

    def _json(self, path: str, text: str | bytes) -> bytes:
        body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return self._http("POST", path, body, "content-type: application/json")

    def _call(self) -> tuple[str, Any]:
        name = self._chance.choice([*CALLS])
        return f"/rpc/{name}", json.loads(json.dumps(CALLS[name]))

    def _odd(self) -> str:
        """JSON, or nearly so."""
        pick = self._chance.choice
        depth = pick([3, 120, 130, 2000, 50_000])
        made = [pick(NUMBERS), json.dumps(pick(TEXTS)), "[" * depth + "]" * depth, "{}", "[null]"]
        return pick([*made, '{"a":' * depth + "1" + "}" * depth, '{"a":1,"a":2}'])

    def values(self) -> bytes:
        path, given = self._call()
        member = self._chance.choice([*given, "orgId", "__proto__", "status", "id"])
        given[member] = "@"
        return self._json(path, json.dumps(given).replace('"@"', self._odd()))

    def bytes(self) -> bytes:
        path, given = self._call()
        text = bytearray(json.dumps(given).encode())
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randrange(len(text) + 1)
            text[at : at + self._chance.randrange(3)] = self._chance.randbytes(2)
        return self._json(path, bytes(text))

    def batch(self) -> bytes:
        path, given = self._call()
        count = self._chance.choice([0, 2, 51, 3000])
        names = ",".join(self._chance.choice([path[5:], "no.such", ""]) for _ in range(count))
        texts = [json.dumps(dict.fromkeys(map(str, range(min(count, 50))), given)), self._odd()]
        return self._json(f"/rpc/{names}?batch=1", self._chance.choice(texts))

    def names(self) -> bytes:
        method = self._chance.choice(["GET", "POST"])
        return self._http(method, f"/rpc/{self._chance.choice(NAMES)}?input=%7B%7D", b"")

    def kinds(self) -> bytes:
        path, given = self._call()
        method = self._chance.choice(["POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"])
        body = self._chance.choice([json.dumps(given).encode(), b"a=1", b"<a/>", b"--x\r\n", b""])
        return self._http(method, path, body, f"content-type: {self._chance.choice(KINDS)}")

    def fields(self) -> bytes:
        path, given = self._call()
        more = ("content-type: application/json", self._chance.choice(FIELDS))
        return self._http("POST", path, json.dumps(given).encode(), *more)

    def framing(self) -> bytes:
        line = self._chance.choice([b"POST /rpc/auth.me HTTP/1.1", b"GET /rpc/auth.me HTTP/9.9"])
        odd = line + b"\r\nhost: x\r\nconnection: close\r\n" + self._chance.choice(HEADS)
        return self._chance.choice([odd, self._chance.randbytes(300), b"\r\n\r\n", b"GET\r\n\r\n"])

    def rest(self) -> bytes:
        path, method = self._chance.choice(ROUTES), self._chance.choice(["GET", "POST", "PUT"])
        path += quote(self._chance.choice([*TEXTS, *NUMBERS])[:500], errors="replace")
        kind = self._chance.choice(["application/json", "application/xml", "text/csv"])
        odd = [self._odd(), "<a>" * 50_000, "<!DOCTYPE a><a/>", "<a>\x0b</a>"]
        body = self._chance.choice(odd).encode("utf-8", "surrogatepass")
        return self._http(method, path, body, f"content-type: {kind}")

    def messages(self) -> bytes:
        """A WebSocket's head, and frames."""
        texts = [self._chance.choice(MESSAGES)[:60_000].encode() for _ in range(3)]
        frames = [frame(TEXT, text) for text in texts] + [frame(PING), frame(PIECE, b"\xff")]
        self._chance.shuffle(frames)
        return HEAD.format("").encode() + b"".join(frames)

    def hasty(self) -> bytes:
        """The same, to be sent at once."""
        return self.messages()
