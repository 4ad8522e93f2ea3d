"""XML bodies to plain values and back. No document type, so no entities and nothing external."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NoReturn
from xml.parsers import expat

import xmltodict

from rpc.errors import RPCError

MOST_TAGS = 10_000  # several times what the largest bulk has; a full body of them stalls the server
# What no XML document can carry, even escaped.
IMPOSSIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read(body: bytes) -> Any:
    """What the root element holds, whatever its name: elements as a dict, each with its text, its
    own elements, None where it is empty, or a list of these where it is repeated. Attributes and
    namespaces are left out. Raises BAD_REQUEST `malformed`."""
    if body.count(b"<") > MOST_TAGS:
        raise unreadable(f"more than {MOST_TAGS} tags")
    try:
        document = xmltodict.parse(
            body,
            expat=SimpleNamespace(ParserCreate=strict_parser),
            xml_attribs=False,
            postprocessor=without_prefix,
        )
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise unreadable(str(error)) from None
    [content] = document.values()
    return content


def unreadable(why: str) -> RPCError:
    message = f"this is no XML that is read here: {why}"
    return RPCError("BAD_REQUEST", message, reason="malformed")


def strict_parser(encoding: str | None, separator: str | None) -> expat.XMLParserType:
    parser = expat.ParserCreate(encoding, separator)
    parser.StartDoctypeDeclHandler = refuse_document_type
    return parser


def refuse_document_type(*declaration: object) -> NoReturn:
    raise ValueError("document types are refused")


def without_prefix(path: object, name: str, value: Any) -> tuple[str, Any]:
    return name.rpartition(":")[2], value


def write(content: Any) -> bytes:
    """A document with the root `result`. Empty values become empty elements."""
    document = {"result": content}
    text: str = xmltodict.unparse(document, short_empty_elements=True, preprocessor=carried)
    return text.encode()


def carried(name: str, value: Any) -> tuple[str, Any]:
    """An element whose text XML can carry."""
    if isinstance(value, str):
        value = IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return name, value
