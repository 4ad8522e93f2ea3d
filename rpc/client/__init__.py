"""Calling a procedure server from Python, typed: what a module of `generate` is made of.

It knows nothing of servers, and needs one package more than they do: that of HTTP.
"""

from rpc.client.batches import AsyncBatch, AsyncConnected, Connected, SyncBatch
from rpc.client.calls import Result
from rpc.client.http import Options, async_http, sync_http
from rpc.client.modes import (
    Async,
    Gather,
    M,
    Namespace,
    Sync,
    mutation,
    nothing,
    query,
    subscription,
)
from rpc.client.retrying import NEVER, Retry
from rpc.client.wire import NoReply

__all__ = [
    "NEVER",
    "Async",
    "AsyncBatch",
    "AsyncConnected",
    "Connected",
    "Gather",
    "M",
    "Namespace",
    "NoReply",
    "Options",
    "Result",
    "Retry",
    "Sync",
    "SyncBatch",
    "async_http",
    "mutation",
    "nothing",
    "query",
    "subscription",
    "sync_http",
]
