"""Inputs other than JSON: multipart forms, whose files go to disk past a megabyte, and byte
streams, which the procedure reads while they arrive."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from rpc.codec import Input, NotJSON
from rpc.errors import InputError, RPCError
from rpc.options import FormLimits

# What browsers write, and escape: in other headers a backslash may be an escape too, and a whole
# path is cut to its last name, as parsers do for the sake of old browsers.
AS_BROWSERS_DO = re.compile(rb'form-data; name="([^"]*)"(?:; filename="([^"]*)")?')
# What else is written of a name that is not ASCII, as by requests of Python: RFC 5987.
EXTENDED = re.compile(rb";\s*filename\*=[^']*'[^']*'([^;\s]*)", re.IGNORECASE)
ESCAPE = re.compile(rb"%(22|0[AaDd])")
IN_MEMORY = 2**20  # bytes of a file kept in memory before it goes to disk


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form, to be read from its start. It is gone when the call is over."""

    name: str
    filename: str
    content_type: str
    size: int
    content: IO[bytes]


@dataclass(frozen=True, slots=True)
class Field:
    """A text of a form."""

    name: str
    value: str


class FormData(NotJSON):
    """The parts of a form in their order. Declare it as a mutation's input."""

    media_type = "multipart/form-data"

    def __init__(self, parts: list[Field | File]) -> None:
        self.parts = parts

    def get(self, name: str) -> str | File | None:
        """The first part of that name: a text, or a file."""
        found = next((part for part in self.parts if part.name == name), None)
        return found.value if isinstance(found, Field) else found

    def close(self) -> None:
        for part in self.parts:
            if isinstance(part, File):
                part.content.close()


class OctetStream(NotJSON):
    """The bytes of a request while they arrive: `async for chunk in stream`.

    Raises RPCError PAYLOAD_TOO_LARGE while it is read.
    """

    media_type = "application/octet-stream"

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


class OtherInput:
    """A form or a byte stream as the input of a call, or what reading it failed with."""

    def __init__(self, value: NotJSON | RPCError) -> None:
        self._value = value
        self.taken = False

    def read(self, input: Input) -> Any:
        value = self.raw()
        if input.is_json and input.annotation is not Any:
            raise InputError(f"this procedure does not take {value.media_type}")
        return input.convert(value)

    def raw(self) -> Any:
        self.taken = True
        if isinstance(self._value, RPCError):
            raise self._value
        return self._value

    def close(self) -> None:
        """The call is over: its files are gone."""
        if isinstance(self._value, FormData):
            self._value.close()


async def read_form(
    chunks: AsyncIterator[bytes], content_type: str, limits: FormLimits
) -> FormData:
    """Parse a form while it arrives. Raises InputError, or RPCError for what is too large."""
    _, parameters = parse_options_header(content_type)
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise InputError("the form has no boundary")
    parser = FormParser(boundary, limits)
    try:
        async for chunk in chunks:
            parser.feed(chunk)
        return parser.finished()
    except BaseException as error:
        parser.discard()
        if isinstance(error, MultipartParseError):
            raise InputError(f"malformed form: {error}") from None
        raise


class FormParser:
    """Collects the parts that the multipart parser finds."""

    def __init__(self, boundary: bytes, limits: FormLimits) -> None:
        self._limits = limits
        self._parts: list[Field | File] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._content: IO[bytes] | None = None  # of the part that arrives
        self._size = 0
        self._complete = False
        self._parser = MultipartParser(boundary, callbacks=self._callbacks())

    def _callbacks(self) -> Any:
        steps: dict[str, Callable[..., Any]] = {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }
        return steps

    def feed(self, chunk: bytes) -> None:
        self._parser.write(chunk)

    def finished(self) -> FormData:
        self._parser.finalize()
        if not self._complete:
            raise MultipartParseError("the form ends before its last boundary")
        return FormData(self._parts)

    def discard(self) -> None:
        if self._content is not None:
            self._content.close()
        FormData(self._parts).close()

    def _part_begin(self) -> None:
        if exceeds(len(self._parts) + 1, self._limits.max_parts):
            raise RPCError("PAYLOAD_TOO_LARGE", "too many parts in the form")
        self._headers, self._size = {}, 0
        self._content = new_file()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if exceeds(self._size, self._limits.max_field_size) and not self._is_file():
            raise RPCError("PAYLOAD_TOO_LARGE", "a field of the form is too large")
        self._current.write(data[start:end])

    @property
    def _current(self) -> IO[bytes]:
        assert self._content is not None, "the parser begins a part before it gives its data"
        return self._content

    def _names(self) -> tuple[str | None, str | None]:
        return names_of(self._headers.get(b"content-disposition", b""))

    def _is_file(self) -> bool:
        return self._names()[1] is not None

    def _part_end(self) -> None:
        name, filename = self._names()
        if name is None:
            raise MultipartParseError("a part without a name")
        content = self._current
        content.seek(0)
        if filename is None:
            with content:
                # Twice, as on Node.
                value = content.read().removeprefix(BOM_UTF8).decode("utf-8-sig", "replace")
                self._parts.append(Field(name, value))
            return
        kind = text(self._headers.get(b"content-type", b"text/plain")).lower()
        self._parts.append(File(name, filename, kind, self._size, content))

    def _end(self) -> None:
        self._complete = True


def names_of(disposition: bytes) -> tuple[str | None, str | None]:
    """The name of a part, and that of its file."""
    if written := AS_BROWSERS_DO.fullmatch(disposition):
        name, filename = written.groups()
        return unescaped(name), None if filename is None else unescaped(filename)
    given = parse_options_header(disposition)[1]
    name, filename = given.get(b"name"), given.get(b"filename")
    if filename is None and (extended := EXTENDED.search(disposition)):
        filename = unquote_to_bytes(extended[1])
    return None if name is None else text(name), None if filename is None else text(filename)


def unescaped(name: bytes) -> str:
    return text(ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), name))


def exceeds(size: int, limit: int | None) -> bool:
    return limit is not None and size > limit


def new_file() -> IO[bytes]:
    return SpooledTemporaryFile(IN_MEMORY)


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


async def limited(receive: Callable[[], Awaitable[Any]], limit: int | None) -> AsyncIterator[bytes]:
    """The chunks of a request body. Raises PAYLOAD_TOO_LARGE where they are too many."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RPCError("CLIENT_CLOSED_REQUEST")
        chunk = message.get("body", b"")
        size += len(chunk)
        if exceeds(size, limit):
            raise RPCError("PAYLOAD_TOO_LARGE")
        more = message.get("more_body", False)
        yield chunk
