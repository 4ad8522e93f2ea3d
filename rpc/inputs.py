"""Where the inputs of calls come from: the JSON of a request, read when somebody asks for it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, ValidationError

from rpc.call import Source
from rpc.codec import Input
from rpc.errors import InputError, RPCError
from rpc.javascript import (
    ANYTHING,
    Text,
    decode,
    decode_ill_formed,
    may_be_ill_formed,
    require_depth,
)
from rpc.options import Options, Transformer

BOM = b"\xef\xbb\xbf"


def decoded(text: bytes, options: Options) -> Any:
    """The value of a JSON text that the options allow. Raises InputError."""
    require_depth(text, options.max_depth)
    if options.allow_ill_formed_text and may_be_ill_formed(text):
        return decode_ill_formed(text)
    return decode(ANYTHING, text)


class Body(Struct, eq=False):
    """The JSON text that a request carries, without a BOM: the input of its one call, or those of
    a batch, into which it is split when first asked."""

    text: bytes
    options: Options
    refusal: RPCError | None = None
    members: dict[str, Raw] | None = None
    taken: bool = False

    def read(self, input: Input) -> Any:
        self.taken = True
        return input.decode(self.whole())

    def raw(self) -> Any:
        self.taken = True
        text = self.whole()
        return UNSET if text is None else decode(ANYTHING, text)

    @property
    def may_be_ill_formed(self) -> bool:
        """Whether decoders may refuse it for its text alone."""
        return may_be_ill_formed(self.text)

    def whole(self) -> Text | None:
        """The input of a single call; None is undefined. Raises what reading it fails with."""
        if self.refusal is not None:
            raise self.refusal
        text, most = self.text, self.options.max_depth
        if most is None or len(text) > 2 * most:
            require_depth(text, most)
        return text or None

    def value(self) -> Any:
        """The value of the whole text; UNSET is undefined."""
        if self.refusal is not None:
            raise self.refusal
        return decoded(self.text, self.options) if self.text else UNSET

    def split(self) -> dict[str, Raw]:
        """The inputs of a batch by its indexes; what is not there is undefined."""
        self.members = self._members()
        return self.members

    def _members(self) -> dict[str, Raw]:
        text = self.whole()
        if text is None:
            return {}
        try:
            return MEMBERS.decode(text)
        except ValidationError:
            raise InputError(NO_OBJECT) from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            decode(ANYTHING, text)
            raise


NO_OBJECT = '"input" needs to be an object when doing a batch call'
MEMBERS = msgspec.json.Decoder(dict[str, Raw])


class Member(Struct, eq=False):
    """Where the input of one call of a batch comes from."""

    body: Body
    key: str
    taken: bool = False

    def read(self, input: Input) -> Any:
        self.taken = True
        members = self.body.members
        if members is None:
            members = self.body.split()
        return input.decode(members.get(self.key))

    def raw(self) -> Any:
        self.taken = True
        members = self.body.members
        if members is None:
            members = self.body.split()
        text = members.get(self.key)
        return UNSET if text is None else decode(ANYTHING, text)


class ParsedBody:
    """The inputs of a request whose calls do not decode their own: there is a transformer, or the
    text is ill-formed. An absent input does not pass through the transformer; one it refuses
    fails every call that reads its own."""

    def __init__(self, body: Body, transformer: Transformer | None, count: int) -> None:
        self._body = body
        self._transformer = transformer
        self._count = count
        self._values: list[Any] | None = None

    def value(self, index: int | None) -> Any:
        """The value of one call's input, UNSET if it is absent."""
        if index is None:
            return self._deserialized(self._body.value())
        if self._values is None:
            members = self._members()
            self._values = [
                self._deserialized(members.get(str(i), UNSET)) for i in range(self._count)
            ]
        return self._values[index]

    def _members(self) -> dict[str, Any]:
        value = self._body.value()
        if value is UNSET:
            return {}
        if not isinstance(value, dict):
            raise InputError(NO_OBJECT)
        return value

    def _deserialized(self, value: Any) -> Any:
        if value is UNSET or self._transformer is None:
            return value
        return deserialized(self._transformer, value)


class ParsedInput:
    """Where the input of one call comes from that is parsed already."""

    def __init__(self, body: ParsedBody, index: int | None) -> None:
        self._body = body
        self._index = index
        self.taken = False

    def read(self, input: Input) -> Any:
        return input.convert(self.raw())

    def raw(self) -> Any:
        self.taken = True
        return self._body.value(self._index)


class ResumedInput:
    """The input of a subscription that goes on behind an event the client has seen."""

    def __init__(self, sent: Source, last_event_id: str) -> None:
        self.sent = sent
        self.last_event_id = last_event_id

    @property
    def taken(self) -> bool:
        return self.sent.taken

    def read(self, input: Input) -> Any:
        return input.convert(self.raw())

    def raw(self) -> Any:
        return resumed(self.sent.raw(), self.last_event_id)


def resumed(raw: Any, last_event_id: str) -> Any:
    """A raw input with `lastEventId` put in, where it is an object or nothing."""
    if isinstance(raw, dict):
        return raw | {"lastEventId": last_event_id}
    return {"lastEventId": last_event_id} if raw is UNSET or raw is None else raw


def deserialized(transformer: Transformer, value: Any) -> Any:
    try:
        return transformer.deserialize(value)
    except ValueError as error:
        raise InputError(str(error)) from error
