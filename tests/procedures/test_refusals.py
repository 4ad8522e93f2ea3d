"""What a command cannot do is told in one line, with what to do next, and leaves nothing behind."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import product
from pathlib import Path
from socket import AF_UNIX, socket

import pytest
from click.testing import CliRunner
from commands import complaint_of, output_of, rollcall, serve
from world import ROSTER, build

from procedures.__main__ import main
from procedures.settings import SettingsError, read_settings

BYTES = os.fsdecode(b"\xff")  # as an argument or a variable that is no UTF-8 comes to us
USES = {
    "token": ["usr_lia"],
    "session": ["usr_lia"],
    "load": [str(ROSTER)],
    "erase": ["usr_lia"],
    "backup": ["copy.db"],
    "migrate": [],
    "serve": [],
    "tick": [],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the test is."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(*arguments: object) -> str:
    """What a command complains of, in this process: there it takes a tenth of the time."""
    done = CliRunner().invoke(main, [*map(str, arguments)])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.exc_info
    return done.output.removeprefix("Error: ").strip()


NO_FILES = ["", ".", "/", ":memory:", "./:memory:", "file:x.db", "file::memory:?cache=shared"]
ON_NO_FILE = [
    *product(["session", "erase"], NO_FILES),
    *product(USES, [":memory:"]),
    ("backup", "nowhere.db"),
]


@pytest.mark.parametrize(("command", "name"), dict.fromkeys(ON_NO_FILE))
def test_what_is_no_name_of_a_file_is_no_database(folder: Path, command: str, name: str):
    told = complaint(command, *USES[command], "--database", name)
    if command == "backup":
        assert told.startswith("there is no database ")
    else:
        said = f"cannot use the database {name!r}: that is no name of a file"
        assert told == f"{said}; name one like rollcall.db"
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("command", ["token", "session", "tick", "erase"])
def test_nobody_is_looked_for_in_a_database_that_is_made_for_it(folder: Path, command: str):
    said = "there is no database nowhere.db; is its path right? `rollcall migrate` makes a new one"
    assert complaint(command, *USES[command], "--database", "nowhere.db") == said
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("name", ["", ".", ":memory:"])
def test_what_is_no_name_of_a_file_is_no_place_to_erase_again_or_copy(folder: Path, name: str):
    build("old.db")
    for use in ("erase --again --database", "copy --from old.db --to", "copy --to new.db --from"):
        assert "no name of a file" in complaint(*use.split(), name)
    assert [path.name for path in folder.iterdir()] == ["old.db"]


def test_a_list_that_cannot_be_read_is_told_of(folder: Path):
    build("a.db")
    (folder / "a.db.erased").mkdir()
    told = complaint("erase", "--again", "--database", "a.db")
    assert told == "cannot read a.db.erased: Is a directory"
    assert complaint("erase", "--again", "--list", "n" * 256).startswith("there is no list nnn")


@pytest.mark.parametrize("name", ["memory", "..db", "file.db", os.fsdecode(b"\xff.db")])
def test_any_other_name_is(folder: Path, name: str):
    assert output_of("load", ROSTER, "--database", name).startswith("loaded ")
    assert output_of("token", "usr_lia", "--database", name).startswith("rct_")
    assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.parametrize(("command", "org"), [("token", True), ("session", True), ("erase", False)])
def test_a_key_that_is_no_text_is_told_of(database: str, command: str, org: bool):
    given = [(BYTES,), *[("usr_lia", "--org", BYTES)] * org]
    for arguments in given:
        told = complaint(command, *arguments, "--database", database)
        assert told.endswith("is no UTF-8, as every key is")


@pytest.mark.parametrize("name", ["secret_keys", "call_rate", "mail_from", "metrics"])
def test_a_setting_that_is_no_text_is_told_of(name: str):
    with pytest.raises(SettingsError, match=f"ROLLCALL_{name.upper()} is no UTF-8"):
        read_settings({f"ROLLCALL_{name.upper()}": BYTES})


def test_an_address_that_is_no_text_is_told_of():
    told = complaint("migrate", "--database", f"postgresql://{BYTES}@host/x")
    assert told.startswith("cannot use the database: its address cannot be read; ")


SECRETS = {
    "a folder": (lambda path: path.mkdir(), "cannot keep a key in {}: Is a directory; "),
    "a link to nowhere": (
        lambda path: path.symlink_to("nowhere"),
        "cannot keep a key in {}: No such file or directory; ",
    ),
    "no text": (lambda path: path.write_bytes(b"\xff" * 40), "{} holds no key: remove it, and "),
    "empty": (lambda path: path.touch(), "{} holds no key: remove it, and "),
    "blank": (lambda path: path.write_text("\n"), "{} holds no key: remove it, and "),
}


@pytest.mark.parametrize(("make", "told"), SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("command", ["session", "serve"])
def test_a_file_that_holds_no_key_is_told_of(folder: Path, command: str, make, told: str):
    database, path = folder / "new.db", folder / "new.db.secret"
    database.touch()
    make(path)
    said = complaint_of(command, *USES[command], "--database", database)
    assert said.startswith(told.format(path))
    assert (sorted(folder.iterdir()), database.read_bytes()) == ([database, path], b"")


BAD_PLACES = [
    "127.0.0.1:65536",
    "127.0.0.1:99999",
    f"127.0.0.1:{'9' * 5000}",
    "fd://2147483648",
    "fd://9999999999999999999999",
]


@pytest.mark.parametrize("bind", BAD_PLACES)
def test_a_number_that_is_too_large_is_no_place(folder: Path, bind: str):
    told = complaint_of("serve", "--bind", bind, "--database", "new.db")
    assert told == f"--bind takes HOST:PORT or fd://NUMBER, not {bind!r}"
    assert [*folder.iterdir()] == []


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("bind", "why"),
    [
        (f"{BYTES}:80", "that is no host"),
        ("..:80", "that is no host"),
        (f"{'a' * 64}.example:80", "that is no host"),
        ("fd://999999", "Bad file descriptor"),
    ],
)
def test_nobody_listens_where_there_is_no_place(database: str, bind: str, why: str):
    told = complaint_of("serve", "--bind", bind, "--database", database, secret_keys="k")
    assert told.endswith(f": {why}")


@pytest.mark.engine("sqlite")
def test_a_socket_that_is_no_tcp_socket_is_no_place(database: str, folder: Path):
    with closing(socket(AF_UNIX)) as bound:
        bound.bind("socket")
        bound.listen()
        with serve(database, "--bind", f"fd://{bound.fileno()}") as serving:
            told = f"Error: cannot listen on fd://{bound.fileno()}: this is no TCP socket\n"
            assert serving.end() == (1, told)


TOO_FAR = [
    "9999-12-31T23:59:59Z",
    "9000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "0999-12-31T23:59:59Z",
]


@pytest.mark.parametrize("now", TOO_FAR)
def test_an_instant_too_far_away_is_refused(folder: Path, now: str):
    told = complaint("tick", "--now", now, "--database", "new.db")
    assert told == f"--now takes an instant of the years 1000 to 8999, not {now!r}"
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("now", ["8999-12-31T23:59:59Z", "1000-01-01T00:00:00Z"])
def test_an_instant_in_those_years_is_worked_on(database: str, now: str):
    done = rollcall("tick", "--now", now, "--database", database)
    assert done.returncode == 0, done.stderr


def test_types_are_not_written_where_they_cannot_be(folder: Path):
    assert complaint("types", "-o", "no/x.ts").startswith("cannot write no/x.ts: No such file")
    long = "a" * 256
    assert complaint("types", "-o", long).startswith(f"cannot write {long}: File name too long; ")
    told = complaint("types", "-o", long, "--check")
    assert told == f"cannot read {long}: File name too long"
    assert [*folder.iterdir()] == []


def test_types_keep_their_place_and_their_mode(folder: Path):
    real, link = folder / "real.ts", folder / "link.ts"
    real.write_text("old")
    real.chmod(0o604)
    link.symlink_to(real)
    assert output_of("types", "-o", link) == ""
    assert (link.is_symlink(), stat.S_IMODE(real.stat().st_mode)) == (True, 0o604)
    assert output_of("types", "-o", link, "--check") == ""
    real.write_bytes(b"\xff")
    assert "is out of date" in complaint("types", "-o", link, "--check")
    assert {*folder.iterdir()} == {real, link}


def test_types_go_through_a_pipe_and_take_the_place_of_nothing_that_is_no_file(folder: Path):
    os.mkfifo("pipe")
    with closing(socket(AF_UNIX)) as bound, ThreadPoolExecutor(1) as thread:
        bound.bind("socket")
        assert complaint("types", "-o", "socket").startswith("cannot write socket: ")
        read = thread.submit(Path("pipe").read_text, "utf-8")
        assert output_of("types", "-o", "pipe") == ""
        assert read.result() == output_of("types")
    assert {path.name: path.is_file() for path in folder.iterdir()} == {"pipe": 0, "socket": 0}
