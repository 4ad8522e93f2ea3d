"""The proxies' configuration in docs/deployment.md: in words that they know, and in use."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import commands
import crossplane
import httpx2
import pytest
from blocks import Block, in_language

from procedures import demo

MAYA = {"email": "maya@hillview.example", "password": "learner of hillview"}
ROOM = """
pid nginx.pid; error_log error.log; daemon off; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    {server}
}}
"""


def named(name: str) -> str:
    [block] = [b for b in in_language("nginx", "caddyfile") if b.value == name]
    return block.text


def nginx_page(with_sockets: str) -> str:
    """The server of the page, with the place for WebSockets in it."""
    return named("nginx.conf").replace("    location / {", f"{with_sockets}\n    location / {{")


@pytest.mark.parametrize("block", in_language("nginx"), ids=str)
def test_nginx_has_every_directive_in_such_a_place(block: Block, tmp_path: Path):
    inside = block.text if "server {" in block.text else f"server {{ {block.text} }}"
    path = tmp_path / "nginx.conf"
    path.write_text(ROOM.format(server=inside), "utf-8")
    found = crossplane.parse(str(path), strict=True, check_ctx=True, check_args=True)
    assert (found["status"], found["errors"]) == ("ok", [])


def test_a_directive_that_nginx_does_not_have_is_seen(tmp_path: Path):
    path = tmp_path / "nginx.conf"
    path.write_text(ROOM.format(server="server { proxy_buffers_off on; }"), "utf-8")
    found = crossplane.parse(str(path), strict=True)
    assert "unknown directive" in found["errors"][0]["error"]


def test_the_braces_of_a_caddyfile_close():
    [block] = in_language("caddyfile")
    depth = 0
    for line in block.text.splitlines():
        assert line.startswith("\t" * (depth - line.strip().startswith("}"))), line
        depth += line.count("{") - line.count("{scheme}") - line.count("}") + line.count("{scheme}")
    assert depth == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 and its key, in one folder."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: there is no certificate to serve with")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    more = "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run([*command.split(), *more.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo school answers, behind one proxy."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    demo.prepare(path)
    with commands.serve(path, proxies="1") as serving:
        host, port = serving.address
        yield f"{host}:{port}"


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """A proxy, from when it can be reached to the end of the block."""
    home = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with subprocess.Popen(command, cwd=folder, env=home, stderr=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + commands.PATIENCE
            while not answers(port):
                assert process.poll() is None, process.communicate()[1].decode()
                assert time.monotonic() < until
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=commands.PATIENCE)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not here: its configuration was looked at, not used")
    return found


@pytest.fixture(params=["nginx", "caddy"])
def secured(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Path, upstream: str
) -> Iterator[httpx2.Client]:
    """A client of the service, through a proxy that is set up as the page says."""
    port = commands.free_port()
    binary = program(request.param)
    command = {"nginx": nginx, "caddy": caddy}[request.param](
        binary, tmp_path, (port, certificate, upstream)
    )
    with running(command, tmp_path, port):
        trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
        url = f"https://127.0.0.1:{port}"
        with httpx2.Client(base_url=url, verify=trust, trust_env=False) as http:
            yield http


Place = tuple[int, Path, str]  # the port, where the certificate is, where the service is


def nginx(binary: str, folder: Path, place: Place) -> list[str]:
    port, certificate, upstream = place
    text = nginx_page(named("websocket.conf"))
    for written, here in {
        "443 ssl": f"127.0.0.1:{port} ssl",
        "127.0.0.1:8000": upstream,
        "/etc/ssl/school.example.pem": str(certificate / "cert.pem"),
        "/etc/ssl/school.example.key": str(certificate / "key.pem"),
        "school.example;": "127.0.0.1;",
    }.items():
        assert written in text
        text = text.replace(written, here)
    (folder / "nginx.conf").write_text(ROOM.format(server=text), "utf-8")
    command = [binary, "-p", str(folder), "-e", "error.log", "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    return command


def caddy(binary: str, folder: Path, place: Place) -> list[str]:
    port, certificate, upstream = place
    key = f"tls {certificate / 'cert.pem'} {certificate / 'key.pem'}"
    text = named("Caddyfile").replace("127.0.0.1:8000", upstream)
    text = text.replace("school.example {", f"https://127.0.0.1:{port} {{\n\t{key}")
    alone = "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n\tgrace_period 1s\n}\n"
    (folder / "Caddyfile").write_text(alone + text, "utf-8")
    return [binary, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def test_behind_a_proxy_sessions_are_secure_and_writes_of_this_site_go_through(secured):
    given = secured.post("/rpc/auth.login", json=MAYA)
    assert given.status_code == 200, given.text
    cookie = given.headers["set-cookie"]
    assert (cookie.startswith("__Host-rollcall="), "; Secure" in cookie) == (True, True)
    session = {"cookie": cookie.partition(";")[0], "sec-fetch-site": "same-origin"}
    me = secured.get("/rpc/auth.me", headers=session)
    assert me.json()["result"]["data"]["userId"] == "usr_maya"
    origin = {**session, "origin": str(secured.base_url).rstrip("/")}
    del origin["sec-fetch-site"]
    assert secured.post("/rpc/auth.logout", headers=origin, json={}).status_code == 200


def test_behind_a_proxy_a_page_of_another_site_is_refused(secured):
    cookie = secured.post("/rpc/auth.login", json=MAYA).headers["set-cookie"].partition(";")[0]
    foreign = {"cookie": cookie, "origin": "https://evil.example"}
    answer = secured.post("/rpc/auth.logout", headers=foreign, json={})
    assert answer.json()["error"]["data"]["reason"] == "cross_site"


def test_behind_a_proxy_events_come_at_once(secured):
    cookie = secured.post("/rpc/auth.login", json=MAYA).headers["set-cookie"].partition(";")[0]
    headers = {"cookie": cookie, "accept": "text/event-stream"}
    with secured.stream("GET", "/rpc/enrollment.onChange", headers=headers, timeout=10) as events:
        assert "connected" in next(events.iter_text())


def test_behind_a_proxy_websockets_are_let_through(secured):
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with secured.stream("GET", "/rpc", headers=headers) as answer:
        assert (answer.status_code, answer.headers["upgrade"].lower()) == (101, "websocket")
