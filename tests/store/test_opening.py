"""What is told of a database's address: where it is, and no password. Who may read its file."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from procedures.store.database import Unusable
from procedures.store.opening import database_at, shown

HOST = "postgresql://host/db"
PLAIN = [
    "rollcall.db",
    "a:b@c.db",
    HOST,
    "postgresql://host:5432/db?user=me@there",
    "postgresql://me@[::1]:5432/db",
    "postgresql:///db?host=/run/pg&user=me&sslmode=require&passfile=/etc/pgpass",
]
SECRET = [
    ("postgresql://me:s3cret@host/db", "postgresql://me@host/db"),
    ("postgresql://me:s3c@s3cret@host/db", "postgresql://me@host/db"),
    ("postgresql://me:@host/db", "postgresql://me@host/db"),
    ("postgresql://me:s3cret@one:1,two:2/db", "postgresql://me@one:1,two:2/db"),
    (f"{HOST}?password=s3cret", HOST),
    (f"{HOST}?user=me&password=s3cret", f"{HOST}?user=me"),
    (f"{HOST}?password=s3cret&user=me", f"{HOST}?user=me"),
    (f"{HOST}?p%61ss%77ord=s3cret&user=me", f"{HOST}?user=me"),
    (f"{HOST}?password=a&s3cret&user=me", f"{HOST}?user=me"),
    *(
        (f"{HOST}?{name}=s3cret&user=me", f"{HOST}?user=me")
        for name in ("sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
    ),
]


@pytest.mark.parametrize("address", PLAIN)
def test_an_address_without_a_password_is_shown_as_it_is(address: str):
    assert shown(address) == address


@pytest.mark.parametrize(("address", "told"), SECRET)
def test_an_address_is_shown_without_what_is_secret_in_it(address: str, told: str):
    assert shown(address) == told


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:s3cret%zz@host/db",
        "postgresql://me:s3cret@[::1/db",
        f"{HOST}?password=1&s3cret",
        f"{HOST}?s3cret=1",
    ],
)
def test_what_is_no_address_is_refused_without_telling_it(address: str):
    pytest.importorskip("psycopg")
    with pytest.raises(Unusable) as caught:
        database_at(address)
    assert str(caught.value) == "cannot use the database: its address cannot be read"


@pytest.mark.parametrize(("given", "kept"), [(None, 0o600), (0o640, 0o640)])
def test_a_new_file_is_for_its_owner_alone_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path, given: int | None, kept: int
):
    path, umask = tmp_path / "rollcall.db", os.umask(0)
    try:
        if given is not None:
            path.touch(given)
        with closing(database_at(str(path))) as store:
            store.migrate()
            modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    finally:
        os.umask(umask)
    assert modes == dict.fromkeys(("rollcall.db", "rollcall.db-wal", "rollcall.db-shm"), kept)
