"""What can be said of a shell command without running it."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator

import click
from blocks import ROOT

from procedures.__main__ import main as rollcall

# Commands of the world outside, which a reader has or is told to get.
KNOWN = {
    "cd",
    "cp",
    "curl",
    "hypercorn",
    "mkdir",
    "node",
    "npm",
    "npx",
    "pg_dump",
    "pg_restore",
    "python",
    "rm",
    "source",
}
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


def commands(text: str) -> Iterator[list[str]]:
    """Each command of a script, its redirections and the programs it is piped into apart."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;<>()"):
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def complaint(words: list[str]) -> str | None:
    """What is wrong with a command, if anything is."""
    name, *arguments = words
    match name.removeprefix(".venv/bin/"):
        case "rollcall":
            return parsed(arguments)
        case "make":
            return None if set(arguments) <= TARGETS else f"make has no {arguments}"
        case "pip":
            return installs(arguments)
        case known if known in KNOWN:
            return None
    return None if re.fullmatch(r"[\w./-]+\.(ts|json|db)", name) else f"{name} is not known"


def installs(arguments: list[str]) -> str | None:
    """What is installed is the checkout: the name `rollcall` is another's on PyPI."""
    asked = re.fullmatch(r"install \.(?:\[([\w,]+)\])?", " ".join(arguments))
    if asked is None:
        return f"pip is to install the checkout, not: {arguments}"
    missing = {*(asked[1] or "").split(",")} - {"", *EXTRAS}
    return f"no such extra: {missing}" if missing else None


def parsed(arguments: list[str]) -> str | None:
    """Whether `rollcall` takes these arguments; files that are named need not be there."""
    command: click.Command | None = rollcall
    with click.Context(rollcall, **rollcall.context_settings) as top:
        name, *rest = arguments or [""]
        command = rollcall.get_command(top, name)
        if command is None:
            return f"rollcall has no {name}"
        try:
            command.make_context(name, rest, parent=top)
        except click.BadParameter as error:
            return None if "does not exist" in error.message else error.format_message()
        except click.ClickException as error:
            return error.format_message()
        except click.exceptions.Exit:
            return None
    return None
