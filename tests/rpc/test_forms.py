"""Inputs that are no JSON: multipart forms with their limits and files, and byte streams."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from asgi_driver import JSON, Answer, ask, get, post, refused_call

from rpc import Endpoint, FormData, FormLimits, OctetStream, Options, ProcedureBuilder, Router
from rpc.forms import File, new_file

BOUNDARY = "----boundary"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
OCTETS = {"content-type": "application/octet-stream"}


def part(disposition: str, content: bytes = b"", *headers: str) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    head = "\r\n".join([f"--{BOUNDARY}", *lines, "", ""])
    return head.encode() + content + b"\r\n"


def form_of(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def send(body: Any, path: str = "/trpc/upload.form", app: Any = None) -> Answer:
    about = {} if app is None else {"app": app}
    return await ask("POST", path, body, FORM, **about)


PARTS: list[tuple[bytes, dict[str, Any]]] = [
    (part('name="name"', b"ada"), {"name": "name", "value": "ada"}),
    (part('name="é"', "漢字 😀".encode()), {"name": "é", "value": "漢字 😀"}),
    (
        part('name="é"', b"\xe9").replace("é".encode(), b"\xe9"),
        {"name": "\ufffd", "value": "\ufffd"},
    ),
    (part('name=""', b""), {"name": "", "value": ""}),
    (part('name="a"', b"x\r\ny"), {"name": "a", "value": "x\r\ny"}),
    (part('name="a"', b"x", "Content-Type: application/json"), {"name": "a", "value": "x"}),
    (part('name="a"', b"--" + b"x"), {"name": "a", "value": "--x"}),
    (part('name="a"', b"\xef\xbb\xbfx\xef\xbb\xbf"), {"name": "a", "value": "x\ufeff"}),
    (part('name="a"', b"\xef\xbb\xbf" * 3 + b"x"), {"name": "a", "value": "\ufeffx"}),
    (
        part('name="f"; filename="a.txt"', b"content", "Content-Type: Text/CSV"),
        {"name": "f", "filename": "a.txt", "type": "text/csv", "size": 7, "text": "content"},
    ),
    (
        part('name="f"; filename="b.bin"', b""),
        {"name": "f", "filename": "b.bin", "type": "text/plain", "size": 0, "text": ""},
    ),
    (
        part('name="f"; filename=""', b"x"),
        {"name": "f", "filename": "", "type": "text/plain", "size": 1, "text": "x"},
    ),
]


@pytest.mark.parametrize(("body", "shown"), PARTS, ids=str)
async def test_a_part_is_a_text_or_a_file(body: bytes, shown: dict[str, Any]) -> None:
    assert (await send(form_of(body))).json["result"]["data"] == [shown]


NAMES = [
    ("my %22cv%22.pdf", 'my "cv".pdf'),
    ("a%0Ab%0dc%0D%0A", "a\nb\rc\r\n"),
    ("%5C%2522%25%0", "%5C%2522%25%0"),
    (r"C:\dir\x.txt", r"C:\dir\x.txt"),
    (r"\\srv\x.txt", r"\\srv\x.txt"),
    ("a\\", "a\\"),
    ("x; name=y", "x; name=y"),
]


@pytest.mark.parametrize(("sent", "name"), NAMES)
async def test_names_are_those_that_the_browser_was_given(sent: str, name: str) -> None:
    shown = {"filename": name, "type": "text/plain", "size": 0, "text": ""}
    body = form_of(part(f'name="{sent}"; filename="{sent}"'), part(f'name="{sent}"'))
    [file, field] = (await send(body)).json["result"]["data"]
    assert file == {"name": name} | shown
    assert field == {"name": name, "value": ""}


OTHERS = [r'name=f; filename="a\"b"', r'filename="a\"b"; name="f"', r'name="f";filename="a\"b"']


@pytest.mark.parametrize("disposition", OTHERS)
async def test_other_clients_may_write_them_otherwise(disposition: str) -> None:
    [file] = (await send(form_of(part(disposition)))).json["result"]["data"]
    assert (file["name"], file["filename"]) == ("f", 'a"b')


EXTENDED = [
    ("name=\"f\"; filename*=utf-8''%C3%A9%20%22.txt", 'é ".txt'),
    ("name=\"f\"; FILENAME*=UTF-8'en'a; x=y", "a"),
    ('name="f"; filename*=UTF-8\'\'a; filename="b"', "b"),
]


@pytest.mark.parametrize(("disposition", "name"), EXTENDED)
async def test_a_file_whose_name_is_only_extended_is_no_text(disposition: str, name: str) -> None:
    [file] = (await send(form_of(part(disposition, b"\xff")))).json["result"]["data"]
    assert (file["name"], file["filename"], file["size"]) == ("f", name, 1)


async def test_parts_keep_their_order_and_names_may_repeat() -> None:
    body = form_of(*(body for body, _ in PARTS), *(body for body, _ in PARTS))
    assert (await send(body)).json["result"]["data"] == [shown for _, shown in PARTS] * 2
    assert (await send(form_of())).json["result"]["data"] == []


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_a_form_may_come_in_pieces_of_any_size(size: int) -> None:
    body = form_of(*(body for body, _ in PARTS))
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    assert (await send(pieces)).json["result"]["data"] == [shown for _, shown in PARTS]


async def test_the_first_part_of_a_name_is_found_by_it() -> None:
    body = form_of(part('name="name"', b"ada"), part('name="name"', b"bob"))
    answer = await send(body, "/trpc/upload.formName")
    assert answer.json == {"result": {"data": "hello ada"}}
    refused = await send(form_of(part('name="other"', b"x")), "/trpc/upload.formName")
    message = "a text named `name` is needed"
    refused_call(refused, 400, "BAD_REQUEST", message, "upload.formName")


MALFORMED = [
    b"",
    b"x",
    f"--{BOUNDARY}--".encode()[:-2],
    part('name="a"', b"x"),
    form_of(part('name="a"', b"x"))[:-4],
    form_of(part("x=1", b"x")),
    form_of(part("", b"x")),
    form_of(f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode()),
    form_of(f"--{BOUNDARY}\r\nno header\r\n\r\nx\r\n".encode()),
    form_of(part('name="a"', b"x")).replace(BOUNDARY.encode(), b"other"),
]


@pytest.mark.parametrize("body", MALFORMED, ids=str)
async def test_a_malformed_form_is_a_bad_request_with_its_path(body: bytes) -> None:
    answer = await send(body)
    refused_call(answer, 400, "BAD_REQUEST", answer.error["message"], "upload.form")


@pytest.mark.parametrize("kind", ["", "; boundary=", "; charset=utf-8", '; boundary=""'])
async def test_a_form_needs_a_boundary(kind: str) -> None:
    headers = {"content-type": "multipart/form-data" + kind}
    answer = await ask("POST", "/trpc/upload.form", form_of(), headers)
    refused_call(answer, 400, "BAD_REQUEST", "the form has no boundary", "upload.form")


async def test_a_malformed_form_does_not_fail_who_never_reads_it() -> None:
    assert (await send(b"x", "/trpc/bump")).json == {"result": {"data": "bumped"}}


async def test_authentication_hides_a_malformed_form() -> None:
    assert (await send(b"x", "/trpc/auth.note")).status == 401


@pytest.mark.parametrize("headers", [FORM, OCTETS], ids=["form", "octets"])
async def test_neither_is_ever_a_batch_nor_a_query(headers: dict[str, str]) -> None:
    answer = await ask("POST", "/trpc/upload.form,upload.form?batch=1", form_of(), headers)
    path = "upload.form,upload.form"
    refused_call(answer, 404, "NOT_FOUND", f'No procedure found on path "{path}"', path)
    query = await ask("POST", "/trpc/hello", form_of(), headers)
    message = 'Unsupported POST-request to query procedure at path "hello"'
    refused_call(query, 405, "METHOD_NOT_SUPPORTED", message, "hello")


CALLED = [
    ("bump", "mutation"),
    ("hello", "query"),
    ("sub.count", "subscription"),
    ("nope", "unknown"),
]


@pytest.mark.parametrize(("path", "type"), CALLED)
@pytest.mark.parametrize("headers", [FORM, OCTETS], ids=["form", "octets"])
async def test_a_refusal_counts_as_a_mutations_and_an_answer_as_what_was_called(
    path: str, type: str, headers: dict[str, str]
) -> None:
    meta = await ask("POST", f"/trpc-meta/{path}", form_of(), headers)
    assert meta.header("x-type") == type
    formatted = await ask("POST", f"/trpc-fmt/{path}", form_of(), headers)
    assert path == "bump" or formatted.error["data"]["extra"]["type"] == "mutation"


@pytest.mark.parametrize("headers", [FORM, OCTETS], ids=["form", "octets"])
async def test_a_json_procedure_takes_neither(headers: dict[str, str]) -> None:
    answer = await ask("POST", "/trpc/sum", form_of(), headers)
    kind = headers["content-type"].partition(";")[0]
    refused_call(answer, 400, "BAD_REQUEST", f"this procedure does not take {kind}", "sum")


@pytest.mark.parametrize("headers", [FORM, OCTETS], ids=["form", "octets"])
async def test_what_takes_anything_takes_both(headers: dict[str, str]) -> None:
    def kind(ctx: None, given: Any) -> str:
        return str(given.media_type)

    app = Endpoint(Router({"kind": ProcedureBuilder[None]().mutation(kind)}), lambda request: None)
    answer = await ask("POST", "/rpc/kind", form_of(), headers, app)
    assert answer.json["result"]["data"] == headers["content-type"].partition(";")[0]


WANTED = [("upload.form", "multipart/form-data"), ("upload.octet", "application/octet-stream")]


@pytest.mark.parametrize(("path", "kind"), WANTED)
async def test_json_is_neither(path: str, kind: str) -> None:
    for body in (b"", b"{}", b"{", b'{"parts":[]}', b"1e400", b"null"):
        answer = await post(f"/trpc/{path}", body)
        message = f"the input must be sent as {kind}" if body else "an input is required"
        refused_call(answer, 400, "BAD_REQUEST", message, path)


@pytest.mark.parametrize(
    ("wanted", "headers"), [(WANTED[0], OCTETS), (WANTED[1], FORM)], ids=["octets", "form"]
)
async def test_a_form_is_no_byte_stream(wanted: Any, headers: dict[str, str]) -> None:
    path, kind = wanted
    answer = await ask("POST", f"/trpc/{path}", form_of(), headers)
    refused_call(answer, 400, "BAD_REQUEST", f"the input must be sent as {kind}", path)


async def test_connection_params_are_not_looked_at() -> None:
    assert (await send(form_of(), "/trpc/upload.form?connectionParams=x")).status == 200


async def test_the_transformer_is_for_the_answer_only() -> None:
    answer = await send(form_of(part('name="a"', b"x")), "/trpc-wrap/upload.form")
    assert answer.json == {"result": {"data": {"$w": [{"name": "a", "value": "x"}]}}}


BYTES = [[b""], [bytes([0, 1, 2, 250, 255])], [b"a" * 65536] * 5, [b"", b"a", b"", b"b"]]


@pytest.mark.parametrize("pieces", BYTES, ids=["none", "few", "many", "with gaps"])
async def test_bytes_arrive_as_they_were_sent(pieces: list[bytes]) -> None:
    answer = await ask("POST", "/trpc/upload.octet", pieces, OCTETS)
    whole = b"".join(pieces)
    digest = hashlib.sha256(whole).hexdigest()
    assert answer.json["result"]["data"] == {"size": len(whole), "sha256": digest}


async def test_bytes_above_the_limit_fail_while_they_are_read() -> None:
    pieces = [b"x" * 100] * 10
    assert (await ask("POST", "/trpc-small/upload.octet", pieces, OCTETS)).status == 200
    answer = await ask("POST", "/trpc-small/upload.octet", [*pieces, b"x"], OCTETS)
    refused_call(answer, 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE", "upload.octet")


class Kept:
    """A procedure that keeps what it was given, to look at it when the call is over."""

    def __init__(self, **limits: Any) -> None:
        self.form = FormData([])
        self.spooled: list[bool] = []
        p = ProcedureBuilder[None]()
        procedures = {"keep": p.mutation(self.keep), "keepLater": p.mutation(self.keep_later)}
        procedures |= {"fail": p.mutation(self.fail), "skip": p.mutation(lambda ctx: "skipped")}
        options = Options(max_body_size=8 * 2**20, forms=FormLimits(**limits))
        self.app = Endpoint(Router(procedures), lambda request: None, options=options)

    def keep(self, ctx: None, given: FormData) -> int:
        self.form = given
        self.spooled = [file.content._rolled for file in self.files]  # type: ignore[attr-defined]
        return sum(len(file.content.read()) for file in self.files)

    async def keep_later(self, ctx: None, given: FormData) -> int:
        return self.keep(ctx, given)

    def fail(self, ctx: None, given: FormData) -> int:
        self.keep(ctx, given)
        raise RuntimeError("on purpose")

    @property
    def files(self) -> list[File]:
        return [part for part in self.form.parts if isinstance(part, File)]


TWO_FILES = form_of(part('name="a"; filename="a"', b"abc"), part('name="b"; filename="b"', b"de"))


@pytest.mark.parametrize("path", ["keep", "keepLater", "fail"])
async def test_files_are_gone_when_the_call_is_over(path: str) -> None:
    kept = Kept()
    answer = await send(TWO_FILES, f"/rpc/{path}", kept.app)
    assert answer.status == (500 if path == "fail" else 200)
    assert [file.content.closed for file in kept.files] == [True, True]


async def test_those_of_a_form_that_breaks_off_are_gone_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []

    def noted() -> Any:
        made.append(new_file())
        return made[-1]

    monkeypatch.setattr("rpc.forms.new_file", noted)
    assert (await send(TWO_FILES[:-20], "/rpc/keep", Kept().app)).status == 400
    assert [file.closed for file in made] == [True, True]


async def test_a_file_past_a_megabyte_goes_to_disk() -> None:
    kept = Kept()
    large = part('name="large"; filename="x"', b"x" * (2**20 + 1))
    small = part('name="small"; filename="x"', b"x" * 2**20)
    answer = await send(form_of(large, small), "/rpc/keep", kept.app)
    assert answer.json == {"result": {"data": 2**21 + 1}}
    assert kept.spooled == [True, False]


LIMITED: list[tuple[bytes, int, str | None]] = [
    (form_of(*[part('name="a"', b"12345")] * 3), 200, None),
    (form_of(*[part('name="a"', b"")] * 4), 413, "too many parts in the form"),
    (form_of(part('name="a"', b"123456")), 413, "a field of the form is too large"),
    (form_of(part('name="a"; filename="a"', b"123456")), 200, None),
]


@pytest.mark.parametrize(("body", "status", "message"), LIMITED, ids=str)
async def test_a_form_has_limits_of_its_own(body: bytes, status: int, message: str | None) -> None:
    kept = Kept(max_parts=3, max_field_size=5)
    for pieces in ([body], [body[i : i + 1] for i in range(len(body))]):
        answer = await send(pieces, "/rpc/keep", kept.app)
        assert answer.status == status
        assert message is None or answer.error["message"] == message


async def test_a_form_above_the_body_limit_is_refused() -> None:
    body = form_of(part('name="a"; filename="a"', b"x" * 1000))
    answer = await send(body, "/trpc-small/upload.form")
    refused_call(answer, 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE", "upload.form")
    assert (await send(body)).status == 200


async def test_the_headers_of_a_part_cannot_grow_without_end() -> None:
    long = part('name="a"', b"x", f"x-long: {'y' * 100_000}")
    many = part('name="a"', b"x", *(f"x-{i}: y" for i in range(1000)))
    for body in (form_of(long), form_of(many)):
        assert (await send(body)).status == 400


async def test_a_byte_stream_of_a_form_procedure_is_refused_without_reading() -> None:
    kept = Kept()
    answer = await ask("POST", "/rpc/keep", [b"x"] * 100, OCTETS, kept.app)
    assert (answer.status, kept.form.parts) == (400, [])


async def test_a_procedure_may_pass_a_byte_stream_by() -> None:
    async def first(ctx: None, given: OctetStream) -> int:
        async for chunk in given:
            return len(chunk)
        return 0

    app = Endpoint(Router({"it": ProcedureBuilder[None]().mutation(first)}), lambda request: None)
    answer = await ask("POST", "/rpc/it", [b"abc"] * 100, OCTETS, app)
    assert answer.json == {"result": {"data": 3}}


async def test_a_get_cannot_carry_either() -> None:
    assert (await get("/trpc/upload.form", FORM)).status == 405
    assert (await get("/trpc/upload.octet", {**OCTETS, **JSON})).status == 405
