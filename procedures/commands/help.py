"""What `rollcall` says of itself: an overview of its commands, and examples of each."""

from __future__ import annotations

import click

SECTIONS = {
    "Serve": ("serve", "tick"),
    "Data": ("load", "migrate", "backup", "copy", "erase"),
    "Who calls": ("session", "token"),
    "What can be called": ("types", "routes", "openapi"),
}
# Each command with lines to paste, and what they do where that is not plain.
EXAMPLES = {
    "backup": (
        "rollcall backup backup.db --database school.db",
        "rollcall backup backup.db --force    # in the place of the last one",
    ),
    "copy": ("rollcall copy --from school.db --to postgresql://owner@host/rollcall",),
    "erase": (
        "rollcall erase usr_maya --database school.db",
        "rollcall erase --again               # after an older backup was restored",
    ),
    "load": ("rollcall load roster.json --database school.db",),
    "migrate": ("rollcall migrate --database postgresql://owner@host/rollcall",),
    "openapi": ("rollcall openapi > openapi.json",),
    "routes": ("rollcall routes",),
    "serve": (
        "rollcall serve --database school.db",
        "rollcall serve --bind 0.0.0.0:8000 --workers 4",
        "rollcall serve --bind fd://3         # a socket of systemd's",
    ),
    "session": ("rollcall session usr_maya --database school.db",),
    "tick": (
        "rollcall tick --database school.db   # every minute, where nobody serves",
        "rollcall tick --now 2026-09-01T04:00:00Z",
    ),
    "token": ("rollcall token usr_maya --org org_hillview --database school.db",),
    "types": (
        "rollcall types -o app-router.ts",
        "rollcall types -o app-router.ts --check   # in a build: is it up to date?",
    ),
}
OVERVIEW = """\b
First steps:
  rollcall load roster.json --database school.db   people, courses, records
  rollcall serve --database school.db              then open http://127.0.0.1:8000
  rollcall types -o app-router.ts                  types for a TypeScript front end

Settings are read from variables, ROLLCALL_DATABASE and others: see docs/settings.md. `rollcall
COMMAND --help` tells of a command, with examples."""


class Overview(click.Group):
    """The commands in sections, each with its examples."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        lines = EXAMPLES.get(name or cmd.name or "", ())
        cmd.epilog = "\n  ".join(["\b\nExamples:", *lines]) if lines else cmd.epilog
        super().add_command(cmd, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        told = {name for names in SECTIONS.values() for name in names}
        rest = tuple(name for name in self.list_commands(ctx) if name not in told)
        width = max(map(len, self.commands))
        for title, names in {**SECTIONS, "More": rest}.items():
            rows = [(f"{name:{width}}", first_sentence(self.commands[name])) for name in names]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def first_sentence(command: click.Command) -> str:
    text = " ".join((command.help or "").split())
    return text.partition(". ")[0].rstrip(".")
