"""One call as a client sees it: what is asked, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from rpc.errors import InputError, RPCError
from rpc.procedure import ProcedureType
from rpc.tracked import Tracked

T = TypeVar("T")
Given = dict[str, Any] | list[Any]


class Asking(Struct, Generic[T], frozen=True):
    """What a client knows of a procedure. `is_keyed`: it looks at `Idempotency-Key`, so that asking
    twice does it once. `is_tracked`: its events have ids."""

    name: str
    type: ProcedureType
    decoder: msgspec.json.Decoder[Any]
    is_keyed: bool = False
    is_tracked: bool = False


def asking(name: str, type: ProcedureType, result: type[T], *, is_keyed: bool) -> Asking[T]:
    is_tracked = get_origin(result) is Tracked
    decoder = msgspec.json.Decoder(get_args(result)[0] if is_tracked else result)
    return Asking(name, type, decoder, is_keyed, is_tracked)


class Call(Struct, Generic[T], frozen=True):
    """A procedure and the input it is asked with; None where it takes none."""

    of: Asking[T]
    given: Given | None

    @property
    def can_be_repeated(self) -> bool:
        """Whether asking once more never does more than asking once."""
        return self.of.type != "mutation" or self.of.is_keyed


def given_by(make: Callable[..., Struct], *args: Any, **named: Any) -> Given:
    """The input as it is sent: what differs from the defaults, so that older and newer servers
    understand it. Raises InputError for what the struct itself refuses."""
    try:
        return sparse(make(*args, **named))
    except ValueError as error:
        raise InputError(str(error)) from None


def sparse(struct: Struct) -> Given:
    config = struct.__struct_config__
    fields = msgspec.structs.fields(struct)
    values = [(field, getattr(struct, field.name)) for field in fields]
    if config.array_like:
        while values and is_default(*values[-1]):
            values.pop()
        return [*([config.tag] if config.tag_field else []), *(plain(v) for _, v in values)]
    tag = {config.tag_field: config.tag} if config.tag_field else {}
    return tag | {f.encode_name: plain(v) for f, v in values if not is_default(f, v)}


def plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return sparse(value)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def is_default(field: msgspec.structs.FieldInfo, value: Any) -> bool:
    """Whether a value is sent as the default is; equal are also 1 and True."""
    has_factory = field.default_factory is not NODEFAULT
    default = field.default_factory() if has_factory else field.default
    if type(value) is not type(default):
        return False
    return value is default or msgspec.json.encode(value) == msgspec.json.encode(default)


class Result(Generic[T]):
    """What one call of a batch came to. It is known when the batch is over."""

    def __init__(self, call: Call[T]) -> None:
        self.call = call
        self._outcome: T | RPCError = RPCError(
            "PRECONDITION_FAILED", "the batch has not been sent: its `with` block is not over"
        )

    def settle(self, outcome: T | RPCError) -> None:
        self._outcome = outcome

    @property
    def error(self) -> RPCError | None:
        """What this call was refused with, if it was."""
        return self._outcome if isinstance(self._outcome, RPCError) else None

    @property
    def value(self) -> T:
        """What the procedure gave. Raises what it was refused with."""
        if isinstance(self._outcome, RPCError):
            raise self._outcome
        return self._outcome
