"""The command line: what each command does, prints and refuses."""

import json
import socket
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import complaint_of, output_of, rollcall
from engines import Engine
from world import KEYS, ROSTER, World

from procedures import router
from procedures.__main__ import main
from procedures.commands import serving
from procedures.rest.routing import operations
from procedures.store.opening import database_at

SIGNING = {"secret_keys": ",".join(KEYS)}
NEWER = {
    "sqlite": "insert into _sqlite_migrations values (99, 'rollcall', '9999', '2030-01-01')",
    "postgres": "insert into schema_step values ('9999')",
}


def rows(database: str, table: str) -> int:
    store = database_at(database)
    count = store.look(lambda tx: tx.value(f"select count(*) from {table}"))
    store.close()
    return count


def test_help_names_every_command():
    text = output_of("--help")
    for command in ("serve", "load", "session", "token", "types", "routes", "migrate"):
        assert f"\n  {command} " in text


def test_load_adds_a_document_and_counts_it(empty_database: str):
    database = empty_database
    line = output_of("load", ROSTER, "--database", database)
    assert line.startswith("loaded orgs 2, schools 3, accounts 12, memberships 12, ")
    assert (rows(database, "org"), rows(database, "enrollment")) == (2, 10)


def test_load_refuses_a_wrong_document_by_its_place_and_writes_nothing(
    tmp_path: Path, empty_database: str
):
    wrong = json.loads(ROSTER.read_text("utf-8"))
    wrong["enrollments"][3]["realm"] = "sec_nowhere"
    document, database = tmp_path / "wrong.json", empty_database
    document.write_text(json.dumps(wrong))
    complaint = complaint_of("load", document, "--database", database)
    assert complaint == 'enrollments[3].realm: no realm "sec_nowhere" in org "acme"'
    assert [rows(database, table) for table in ("org", "account", "enrollment")] == [0, 0, 0]


def test_load_takes_a_document_once(empty_database: str):
    database = empty_database
    output_of("load", ROSTER, "--database", database)
    complaint = complaint_of("load", ROSTER, "--database", database)
    assert complaint.startswith("orgs[0].key: ")
    assert rows(database, "org") == 2


async def test_a_session_line_is_a_cookie_that_works(world: World, database: str):
    line = output_of("session", "usr_lia", "--database", database, **SIGNING)
    me = await world.stranger(cookie=line.strip()).call("auth.me")
    assert (me["userId"], me["orgId"]) == ("usr_lia", "acme")


async def test_a_token_line_is_a_bearer_token_that_works(world: World, database: str):
    line = output_of("token", "usr_lia", "--database", database)
    assert line.count("\n") == 1
    me = await world.stranger(authorization=f"Bearer {line.strip()}").call("auth.me")
    assert (me["userId"], me["orgId"]) == ("usr_lia", "acme")


async def test_the_organization_can_be_chosen(world: World, database: str):
    choice = ("usr_bob", "--org", "beta", "--database", database)
    cookie, token = output_of("session", *choice, **SIGNING), output_of("token", *choice)
    for headers in ({"cookie": cookie.strip()}, {"authorization": f"Bearer {token.strip()}"}):
        assert (await world.stranger(**headers).call("auth.me"))["orgId"] == "beta"


def test_an_unknown_person_or_organization_is_named(database: str):
    complaint = complaint_of("session", "usr_who", "--database", database, **SIGNING)
    assert complaint.startswith("no account usr_who; is it the key from the roster, and --database")
    complaint = complaint_of("token", "usr_lia", "--org", "none", "--database", database)
    assert complaint == "no organization none; without --org it is the account's first one"


def test_who_belongs_nowhere_gets_no_token(database: str):
    complaint = complaint_of("token", "usr_nil", "--database", database)
    assert complaint.startswith("usr_nil is no verified member anywhere")
    assert complaint.endswith("`membership.verify` makes a member verified")


def test_types_are_written_and_checked(tmp_path: Path):
    file = tmp_path / "app-router.ts"
    assert output_of("types", "-o", file) == ""
    assert output_of("types", "-o", file, "--check") == ""
    assert output_of("types") == file.read_text("utf-8")
    file.write_text(file.read_text("utf-8") + "\n")
    complaint = complaint_of("types", "-o", file, "--check")
    assert complaint == f"{file} is out of date: run `rollcall types -o {file}`"
    lacking = "--check goes with -o: which file is to be looked at?"
    assert complaint_of("types", "--check") == lacking


def test_routes_lists_every_procedure_and_operation_with_its_doc():
    text = output_of("routes").splitlines()
    lines = {line.split()[0]: line for line in text[: len(router)]}
    assert list(lines) == sorted(router)
    found = [line.split(maxsplit=3)[:3] for line in text[len(router) :]]
    assert found == [[method, path, name] for name, method, path, _ in operations()]
    assert next(line for line in text if line.startswith("DELETE /api/v1/")).endswith("for admins.")
    enroll = "Put the caller, or a person they are responsible for, on a course, a section or"
    assert lines["enrollment.enroll"].split(maxsplit=2)[1:] == [
        "mutation",
        f"{enroll} a group.",
    ]


def test_migrate_does_its_work_once(empty_database: str):
    database = empty_database
    assert output_of("migrate", "--database", database) == "applied 0001\n"
    assert output_of("migrate", "--database", database) == "nothing to do\n"


@pytest.mark.parametrize("command", ["migrate", "serve", "token usr_lia", "erase usr_lia"])
def test_a_database_of_a_newer_program_is_refused(engine: Engine, database: str, command: str):
    store = database_at(database)
    store.transact(lambda tx: tx.run(NEWER[engine.name]))
    store.close()
    complaint = complaint_of(*command.split(), "--database", database, **SIGNING)
    assert complaint.startswith("a newer rollcall made this database")
    assert complaint.endswith("install that version, or restore a backup from before")


def test_a_database_that_is_none_is_refused(tmp_path: Path):
    complaint = complaint_of("migrate", "--database", "oracle://db/x")
    assert complaint.startswith("cannot use the database oracle://db/x")
    text, nowhere = tmp_path / "text.db", tmp_path / "no" / "where.db"
    text.write_text("no database at all, " * 100)
    complaint = complaint_of("migrate", "--database", text)
    said = f"cannot use the database {text}: file is not a database"
    assert complaint == f"{said}; name another file, or a new one"
    said = f"cannot use the database {nowhere}: unable to open database file"
    for settings in (SIGNING, {}):  # no key is looked for before there is a database
        complaint = complaint_of("serve", "--database", nowhere, **settings)
        assert complaint == f"{said}; is its folder there, and may you write in it?"
    assert [*tmp_path.iterdir()] == [text]


def test_production_needs_keys(database: str):
    settings = {"environment": "production", "secret_keys": " , "}
    complaint = complaint_of("serve", "--database", database, **settings)
    said = "ROLLCALL_SECRET_KEYS is required in production: set at least one key"
    assert complaint == f"{said}; `openssl rand -hex 32` prints one"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_keys_are_long_but_in_development(database: str, environment: str):
    short, long = "k" * 31, "k" * 32
    for_lia = ("session", "usr_lia", "--database", database)
    output_of(*for_lia, secret_keys=short, environment="development")
    output_of(*for_lia, secret_keys=long, environment=environment)
    complaint = complaint_of(*for_lia, secret_keys=f"{short},{long}", environment=environment)
    said = "ROLLCALL_SECRET_KEYS has a key of less than 32 characters"
    assert complaint == f"{said}; `openssl rand -hex 32` prints a longer one"


def test_a_variable_that_nothing_reads_is_told_and_those_of_clients_are_not(database: str):
    names = {"databse": "x", "secret_key": "k", "token": "rct_x"}
    done = rollcall("session", "usr_lia", "--database", database, **SIGNING, **names)
    told = "nothing reads ROLLCALL_DATABSE, ROLLCALL_SECRET_KEY: see docs/settings.md\n"
    assert (done.returncode, done.stderr) == (0, told)


def test_an_unknown_environment_is_refused(database: str):
    complaint = complaint_of("token", "usr_lia", "--database", database, environment="prod")
    assert complaint == "bad setting: ROLLCALL_ENVIRONMENT: Invalid enum value 'prod'"


def test_a_taken_port_is_told_in_one_line(database: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        complaint = complaint_of("serve", "--bind", bind, "--database", database, **SIGNING)
    assert complaint.startswith(f"cannot listen on {bind}: Address already in use")
    assert complaint.endswith("; stop who listens there, or name another place with --bind")


BAD_PLACES = ["8000", "127.0.0.1:http", "127.0.0.1://80", "fd://", "fd:x", "[]:80"]


@pytest.mark.parametrize("bind", BAD_PLACES)
def test_a_wrong_address_is_told_in_one_line(database: str, bind: str):
    complaint = complaint_of("serve", "--bind", bind, "--database", database, **SIGNING)
    assert complaint == f"--bind takes HOST:PORT or fd://NUMBER, not {bind!r}"


@pytest.mark.engine("sqlite")
def test_a_secret_is_made_once_and_kept_to_its_owner(database: str):
    first = rollcall("session", "usr_lia", "--database", database)
    secret = Path(f"{database}.secret")
    text = f"no ROLLCALL_SECRET_KEYS: signing with the key kept in {secret}\n"
    assert (first.returncode, first.stderr) == (0, text)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    kept = secret.read_text()
    second = rollcall("session", "usr_lia", "--database", database)
    assert (second.stderr, secret.read_text()) == (text, kept)
    assert len(kept) >= 32
    assert [*secret.parent.glob("*.secret*")] == [secret]


@pytest.mark.parametrize("server", ["uvicorn", "granian"])
def test_a_server_that_is_not_installed_is_asked_for_before_anything_is_made(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, server, None)
    asked = f"Error: {server} needs one more package: pip install 'rollcall[fast]'\n"
    assert refusal_of_serve(tmp_path, "--server", server) == asked


def refusal_of_serve(folder: Path, *arguments: str, **settings: str) -> str:
    """What `rollcall serve` says that serves nothing and makes nothing, in this process."""
    given = {f"ROLLCALL_{name.upper()}": value for name, value in settings.items()}
    command = ["serve", "--database", f"{folder}/new", *arguments]
    done = CliRunner().invoke(main, command, env=given)
    assert (done.exit_code, [*folder.iterdir()]) == (1, [])
    return done.output


def test_metrics_ask_for_their_package_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    said = refusal_of_serve(tmp_path, metrics="open", **SIGNING)
    assert said == "Error: metrics need one more package: pip install 'rollcall[observe]'\n"


def test_several_processes_do_not_share_a_file_where_sqlite_is_too_old_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "safe_for_processes", lambda: False)
    said = refusal_of_serve(tmp_path, "--workers", "2", **SIGNING)
    assert said.startswith("Error: several processes on one file need SQLite 3.51.3 or newer: use")


@pytest.mark.parametrize(
    ("bind", "host", "number"),
    [
        ("127.0.0.1:65535", "127.0.0.1", 65535),
        ("[::1]:80", "::1", 80),
        ("fd://2147483647", None, 2**31 - 1),
        ("fd:80", "fd", 80),  # a host of that name
    ],
)
def test_an_address_is_a_host_and_a_port_or_a_socket(bind: str, host: str | None, number: int):
    assert serving.place_of(bind) == (bind, host, number)
