"""What `rollcall` says of itself: complete, true, and with something to paste."""

from __future__ import annotations

import shlex

import click
import pytest
from click.testing import CliRunner, Result
from commands import rollcall

from procedures.__main__ import main
from procedures.commands.console import ADVICE, Failure
from procedures.commands.help import EXAMPLES, SECTIONS

COMMANDS = sorted(main.commands)


def said(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="rollcall")


def test_without_an_argument_there_is_an_overview_and_no_failure():
    done = rollcall()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == said("--help").output.split()
    for words in ("First steps:", "rollcall serve --database school.db", "ROLLCALL_DATABASE"):
        assert words in done.stdout


def test_the_overview_has_every_command_in_one_section_with_its_whole_first_sentence():
    placed = [name for names in SECTIONS.values() for name in names]
    assert sorted(placed) == COMMANDS
    text = " ".join(said().output.split())
    for name in COMMANDS:
        sentence = " ".join((main.commands[name].help or "").split()).partition(". ")[0]
        assert f"{name} {sentence.rstrip('.')}" in text
    assert "..." not in text.replace("[ARGS]...", "")


def test_a_command_without_a_section_is_listed_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(main.commands, "dance", click.Command("dance", help="Dance. Slowly."))
    assert "\nMore:\n  dance    Dance\n" in said().output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_of_each_option_and_argument(name: str):
    done = said(name, "--help")
    assert done.exit_code == 0
    for parameter in main.commands[name].params:
        told = parameter.to_info_dict()["help"]
        assert told, f"{parameter.name} is not told of"
        first = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper()
        assert first in done.output
        assert " ".join(told.split()).split()[0] in done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_each_example_is_a_command_that_is_understood(name: str, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roster.json").touch()
    output = said(name, "-h").output
    assert EXAMPLES[name]
    for example in EXAMPLES[name]:
        assert f"    {example}\n" in output
        program, command, *arguments = shlex.split(example.partition(" >")[0], comments=True)
        assert (program, command) == ("rollcall", name)
        with main.make_context("rollcall", ["-h"], resilient_parsing=True) as top:
            main.commands[name].make_context(name, arguments, parent=top)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sevre"], "Did you mean 'serve'?"),
        (["serve", "--databse", "x"], "Did you mean '--database'?"),
        (["session"], "Missing argument 'ACCOUNT'"),
        (["load", "nowhere.json"], "'nowhere.json' does not exist"),
        (["copy", "--to", "x"], "Missing option '--from'"),
        (["serve", "--workers", "many"], "'many' is not a valid integer range"),
    ],
)
def test_what_is_typed_wrong_is_told_with_where_to_look(arguments: list[str], words: str):
    done = said(*arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert "--help' for help." in done.output


@pytest.mark.parametrize("words", ADVICE)
def test_a_failure_that_is_known_is_told_with_what_to_do_next(words: str):
    failure = Failure(f"usr_x: {words} y")
    assert failure.format_message() == f"usr_x: {words} y; {ADVICE[words]}"
    assert failure.exit_code == 1


def test_a_failure_that_is_not_known_is_told_as_it_is():
    assert Failure("the moon is full").format_message() == "the moon is full"
