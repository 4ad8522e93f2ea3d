"""A dump of a PostgreSQL server under load, and the way back from it.

T-14 of the threats, goal G13."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from commands import ROLLCALL, complaint_of, environment, output_of, serve
from engines import Engine, as_server
from held import rows
from history import History, Outcome, torn
from killable import KillableServer
from school import PEOPLE, build_school

PAGE = (Path(__file__).parents[2] / "docs" / "operation.md").read_text("utf-8")


@pytest.mark.engine("postgres")
def test_a_dump_of_a_server_leads_back_as_printed(engine: Engine, tmp_path: Path):
    [commands] = re.findall(r"<!-- restore-postgres -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    with closing(KillableServer(tmp_path)) as server:
        build_school(server.address, tmp_path)
        server.run("alter role owner bypassrls")
        told = complaint_of("backup", tmp_path / "backup.dump", "--database", server.address)
        history = History()
        with serve(server.address) as serving, history.calling(serving.address):
            history.until(30)
            answered = {key for key, told in history.outcomes.items() if told is Outcome.DONE}
            shell(told.partition(": ")[2], tmp_path, server)
            serving.process.kill()
        output_of("erase", "usr_7", "--database", server.address, "--list", tmp_path / ERASED)
        # As on another server: neither the old database nor its roles are there.
        server.run("drop database killed with (force)")
        server.run("drop role rollcall_runtime")
        restored = server.new("restored")
        shell(commands, tmp_path, server, database=restored)
        # What is there in part is of her who was erased: her events have no records any more.
        assert {who(line.rpartition(" ")[2]) for line in torn(restored)} == {"usr_7"}
        found = dict(rows(restored, RECORDS))
        assert found.keys() >= {key for key in answered if who(key) != "usr_7"}
        assert "usr_7" not in found.values()
        assert output_of("migrate", "--database", as_server(restored)) == "nothing to do\n"


ERASED = "rollcall.erased"
RECORDS = "select e.key, a.key from enrollment e join account a on a.id = e.user_id"


def who(key: str) -> str:
    return f"usr_{int(key.removeprefix('enr_')) % PEOPLE}"


def shell(commands: str, folder: Path, server: KillableServer, **settings: str) -> None:
    """Run what an operator types, where the server's own programs are installed."""
    path = os.pathsep.join([str(ROLLCALL.parent), str(server.programs), os.environ["PATH"]])
    variables = environment(**settings) | {"PATH": path}
    subprocess.run(["bash", "-ec", commands], cwd=folder, env=variables, check=True)
