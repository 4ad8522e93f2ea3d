"""The code blocks of README and docs, and what stands around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A block may be told apart by a comment on the line before it: `<!-- what: value -->`.
FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[\w ]+?)(?:: (?P<value>[^>\n]+))? -->\n)?"
    r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ ]*$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A piece of code on a page; `line` is that of its first fence."""

    page: str
    line: int
    language: str
    mark: str
    value: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str:
        """The name it is to be put into, or one that no other block has."""
        if self.mark == "file":
            return self.value
        return f"block_{self.line}.py"

    @property
    def module(self) -> str:
        """A name for it among the blocks of all pages."""
        return re.sub(r"\W", "_", f"{self.page}_{self.line}")


def pages() -> list[Path]:
    """What people wrote, and the front pages beside."""
    tops = ["README.md", "SECURITY.md", "CHANGELOG.md", "examples/web/README.md"]
    return [
        *(ROOT / top for top in tops if (ROOT / top).exists()),
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def blocks_of(name: str, text: str) -> list[Block]:
    found = []
    for fence in FENCE.finditer(text):
        line = text.count("\n", 0, fence.start("fence")) + 1
        part = {key: fence[key] or "" for key in ("language", "mark", "value", "text")}
        found.append(Block(name, line, **part))
    return found


@cache
def blocks() -> tuple[Block, ...]:
    """Every block, page by page."""
    texts = {str(page.relative_to(ROOT)): page.read_text("utf-8") for page in pages()}
    return tuple(block for name, text in texts.items() for block in blocks_of(name, text))


def in_language(*languages: str) -> list[Block]:
    return [block for block in blocks() if block.language in languages]


def before(block: Block) -> list[Block]:
    """The blocks above it on its page, the nearest first."""
    above = [b for b in blocks() if b.page == block.page and b.line < block.line]
    return above[::-1]


def router_for(block: Block) -> Block | None:
    """The Python whose procedures a piece of TypeScript calls; None: those of the service."""
    if block.mark == "types":
        return None
    return next((b for b in before(block) if "router = Router(" in b.text), None)


def said_after(block: Block) -> str | None:
    """What the page says that a block prints."""
    following = [b for b in blocks() if b.page == block.page and b.line > block.line]
    return following[0].text if following and following[0].language == "text" else None
