"""The options of a mount as docs/options.md shows them: what each does, and its default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from typing import Any

from rpc.options import JSONL, SSE, FormLimits, KeepAlive, Options, SocketLimits

TOLD: dict[type, dict[str, str]] = {
    Options: {
        "allow_batching": "whether several calls may come in one HTTP request; else BAD_REQUEST",
        "max_batch_size": "calls of one batch; None: any number",
        "max_body_size": "bytes of a body; None: any number",
        "max_depth": "how deep a request's JSON may be nested; None: a third of "
        "`sys.setrecursionlimit`",
        "allow_ill_formed_text": "whether lone surrogates, and as U+FFFD bytes that are not UTF-8, "
        "are let in",
        "allow_method_override": "whether queries may be posted too",
        "head_status": "what HEAD is answered with, whatever the path",
        "path_separator": "what stands in URLs for the dots of names: with `_` `/post_list` is "
        "`post.list`",
        "is_dev": "whether errors carry `data.stack`, a traceback with the texts of exceptions: "
        "not for strangers",
        "transformer": "an object with `serialize` and `deserialize`, as `rpc.superjson` has them",
        "format_error": "makes the error that is sent of the default shape and a `Failure`",
        "response_meta": "headers to add to an answer, and another status, of a `Response`",
        "on_call": "a hook around each call: metrics, spans, log lines",
        "sse": "see below",
        "jsonl": "see below",
        "keep_alive": "see below; None: quiet connections are let be",
        "sockets": "see below",
        "forms": "see below",
    },
    SSE: {
        "enabled": "whether subscriptions go over server-sent events at all",
        "ping_ms": "after how much quiet a ping is sent; None: none is",
        "reconnect_after_inactivity_ms": "told to the client: after how much quiet it comes back; "
        "no less than `ping_ms`",
        "max_duration_ms": "after how long a stream ends, and its client comes back; None: never",
        "emit_and_end_immediately": "whether a stream ends right behind its first event, and its "
        "client comes back",
    },
    JSONL: {
        "content_type": "of a streamed batch's answer",
        "ping_ms": "after how much quiet a blank is sent; None: none is",
    },
    KeepAlive: {
        "ping_ms": "after how much quiet a WebSocket client is sent a PING",
        "pong_wait_ms": "after how much more quiet it is cut",
    },
    SocketLimits: {
        "max_subscriptions": "of one connection; one more is TOO_MANY_REQUESTS; None: any number",
        "max_calls": "of one connection, under way; more wait unread; None: any number",
        "params_wait_ms": "for connection params that were announced, then TIMEOUT and the end; "
        "None: for ever",
    },
    FormLimits: {
        "max_parts": "of one form; None: any number",
        "max_field_size": "bytes of a part that is no file; None: any number",
    },
}


def options() -> str:
    """A table for the options, and one for each kind of them."""
    return "\n\n".join(part for kind in TOLD for part in section(kind))


def section(kind: type[Any]) -> Iterator[str]:
    if kind is not Options:
        yield f"### {kind.__name__}"
    rows = [row(kind, field) for field in fields(kind)]
    yield "\n".join(["| field | what | default |", "|---|---|---|", *rows])


def row(kind: type[Any], field: Field[Any]) -> str:
    default = getattr(kind(), field.name)
    shown = f"`{default!r}`"
    if is_dataclass(default):
        name = type(default).__name__
        shown = f"[`{name}()`](#{name.lower()})"
    elif callable(default):
        shown = "sends it as it is"
    return f"| `{field.name}` | {TOLD[kind][field.name]} | {shown} |"
