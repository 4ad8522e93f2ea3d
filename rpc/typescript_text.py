"""How TypeScript is spelled: unions, literals, keys, blocks, comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable


def union(members: Iterable[str]) -> str:
    distinct = [*dict.fromkeys(members)]
    return "unknown" if "unknown" in distinct else " | ".join(distinct)


def array(item: str) -> str:
    return f"({item})[]" if " | " in item else f"{item}[]"


def literal(value: object) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def quoted(text: str) -> str:
    inner = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def property_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$]*", name) else quoted(name)


def block(head: str, lines: Iterable[str], tail: str) -> list[str]:
    return [head, *(f"  {line}" for line in lines), tail]


def comment(text: str) -> list[str]:
    lines = text.replace("*/", "*\\/").splitlines()
    if len(lines) < 2:
        return [f"/** {line} */" for line in lines]
    return ["/**", *(f" * {line}".rstrip() for line in lines), " */"]
