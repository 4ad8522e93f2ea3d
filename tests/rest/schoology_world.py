"""A world with the numbers and codes of Schoology's examples, and its people as REST clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
from world import Person, World

ROSTER = Path(__file__).with_name("schoology.json")
CIVICS = "/v1/sections/3719526/enrollments"
HISTORY = "/v1/sections/12345/enrollments"
GEOGRAPHY = "/v1/sections/98762/enrollments"
CHESS = "/v1/groups/65371/enrollments"


class Client:
    """Somebody who asks for JSON, unless told otherwise."""

    def __init__(self, person: Person, http: httpx2.AsyncClient) -> None:
        self.person = person
        self._http = http

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request with a JSON body, if any."""
        content = {} if body is None else {"json": body}
        return await self._http.request(
            method, path, headers=self.person.headers | headers, **content
        )

    async def xml(self, method: str, path: str, body: str = "", **headers: str) -> Any:
        """The answer to a request with an XML body, if any, that asks for XML."""
        kind = {"content-type": "text/xml"} if body else {}
        all_headers = {"accept": "text/xml", **self.person.headers, **kind, **headers}
        return await self._http.request(method, path, headers=all_headers, content=body.encode())

    async def get(self, path: str, **headers: str) -> Any:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: Any, **headers: str) -> Any:
        return await self.send("POST", path, body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Any:
        return await self.send("PUT", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Any:
        return await self.send("DELETE", path, **headers)

    async def roster(self, path: str) -> dict[str, str]:
        """`admin` and `status` of everybody in a place, by uid."""
        answer = await self.get(f"{path}?limit=200")
        assert answer.status_code == 200, answer.text
        return {
            item["uid"]: f"{item['admin']}/{item['status']}" for item in answer.json()["enrollment"]
        }


def client(world: World, user: str, org: str = "acme") -> Client:
    return Client(world.person(f"usr_{user}", org), world.http)


def many(*items: Any) -> dict[str, Any]:
    return {"enrollments": {"enrollment": [*items]}}


def results(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The answers of a bulk call for its items, whose HTTP status sums them up."""
    found: list[dict[str, Any]] = answer.json()["enrollments"]["enrollment"]
    is_done = all(item["response_code"] == 200 for item in found)
    assert answer.status_code == (200 if is_done else 207)
    assert all(("message" in item) != (item["response_code"] == 200) for item in found)
    return found


def codes(answer: httpx2.Response) -> list[int]:
    return [item["response_code"] for item in results(answer)]


def refusal(answer: httpx2.Response) -> int:
    """The status of a refusal, which is worded as all are."""
    body = answer.json()
    assert list(body) == ["response_code", "message"]
    assert body["response_code"] == answer.status_code >= 400
    assert isinstance(body["message"], str) and body["message"]
    return answer.status_code


def tree(element: ElementTree.Element) -> Any:
    """An element as its name and its text or elements, in order."""
    children = [tree(child) for child in element]
    return (element.tag, children or (element.text or "").strip())
