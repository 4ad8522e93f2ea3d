"""A router at a path with everything that answers need: what both endpoints are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from rpc.answers import Answers
from rpc.call import Units
from rpc.options import Options
from rpc.request import Request
from rpc.router import Router
from rpc.sse import Pace
from rpc.wire import Planner


class Mount:
    """`path` is what URLs have before the names, slashes around it or not: nothing for "/". What
    ASGI calls `root_path` may stand in it or be left out.
    `create_context` makes the context of a request's or a connection's calls; it may be async,
    and may refuse by raising. `units` runs the `def` parts of calls, for instance each in a
    transaction."""

    def __init__(
        self,
        router: Router,
        create_context: Callable[[Request], Any],
        *,
        path: str = "/rpc",
        units: Units | None = None,
        options: Options | None = None,
    ) -> None:
        trimmed = path.strip("/")
        self.path = f"/{trimmed}".encode() if trimmed else b""
        self.prefix = self.path + b"/"
        self.router = router
        self.create_context = create_context
        self.units = units
        self.options = options or Options()
        self.answers = Answers(self.options)
        self.pace = Pace(self.options.sse)
        self.planner = Planner(router, self.options, len(self.path))

    def below(self, scope: Mapping[str, Any], raw: bytes) -> bytes:
        """A path without that of the app or the proxy around this one, where `path` does not have
        it too."""
        root = scope.get("root_path", "").rstrip("/")
        inner = raw.removeprefix(quote(root).encode())
        return inner if (inner + b"/").startswith(self.prefix) else raw
