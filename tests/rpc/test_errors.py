"""The error of a call: its code, number, status and text, and what stays inside the process."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from asgi_driver import Answer, get, given, post

from rpc import Endpoint, Failure, Options, ProcedureBuilder, Request, Response, Router, RPCError
from rpc.errors import CODES

LINES = {"trpc-accept": "application/jsonl"}

TABLE = [
    ("PARSE_ERROR", -32700, 400),
    ("BAD_REQUEST", -32600, 400),
    ("INTERNAL_SERVER_ERROR", -32603, 500),
    ("NOT_IMPLEMENTED", -32603, 501),
    ("BAD_GATEWAY", -32603, 502),
    ("SERVICE_UNAVAILABLE", -32603, 503),
    ("GATEWAY_TIMEOUT", -32603, 504),
    ("UNAUTHORIZED", -32001, 401),
    ("PAYMENT_REQUIRED", -32002, 402),
    ("FORBIDDEN", -32003, 403),
    ("NOT_FOUND", -32004, 404),
    ("METHOD_NOT_SUPPORTED", -32005, 405),
    ("TIMEOUT", -32008, 408),
    ("CONFLICT", -32009, 409),
    ("PRECONDITION_FAILED", -32012, 412),
    ("PAYLOAD_TOO_LARGE", -32013, 413),
    ("UNSUPPORTED_MEDIA_TYPE", -32015, 415),
    ("UNPROCESSABLE_CONTENT", -32022, 422),
    ("PRECONDITION_REQUIRED", -32028, 428),
    ("TOO_MANY_REQUESTS", -32029, 429),
    ("CLIENT_CLOSED_REQUEST", -32099, 499),
]


@pytest.mark.parametrize(("code", "number", "status"), TABLE)
async def test_every_code_has_its_number_and_status(code: Any, number: int, status: int) -> None:
    answer = await get(f"/trpc/errors.throw?{given({'code': code})}")
    data = {"code": code, "httpStatus": status, "path": "errors.throw"}
    assert answer.status == status
    assert answer.json == {"error": {"message": code, "code": number, "data": data}}
    assert answer.header("content-type") == "application/json"


def test_there_are_no_other_codes() -> None:
    assert sorted(CODES) == sorted(code for code, _, _ in TABLE)
    with pytest.raises(ValueError, match="'TEAPOT' is no code of tRPC"):
        RPCError("TEAPOT")  # type: ignore[arg-type]


async def test_a_code_that_there_is_not_is_a_fault_of_the_call_alone() -> None:
    def misspell(ctx: Any) -> None:
        raise RPCError("CONFLIKT")  # type: ignore[arg-type]

    public = ProcedureBuilder[Any]()
    router = Router({"spoilt": public.query(misspell), "good": public.query(lambda ctx: 1)})
    app = Endpoint(router, lambda request: None)
    answer = await get("/rpc/spoilt,good?batch=1", app=app)
    assert (answer.status, answer.json[1]) == (207, {"result": {"data": 1}})
    assert answer.json[0]["error"]["data"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_an_error_is_sent_as_these_bytes() -> None:
    answer = await get(f"/trpc/errors.throw?{given({'code': 'CONFLICT', 'message': 'about it'})}")
    assert answer.body == (
        b'{"error":{"message":"about it","code":-32009,'
        b'"data":{"code":"CONFLICT","httpStatus":409,"path":"errors.throw"}}}'
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [("cause", "the cause"), ("causeAndMessage", "the message"), ("emptyMessage", "")],
)
async def test_the_message_is_the_given_one_else_the_causes(path: str, message: str) -> None:
    answer = await get(f"/trpc/errors.{path}")
    assert (answer.status, answer.error["message"]) == (409, message)


async def test_a_wrong_output_is_a_fault_of_ours() -> None:
    answer = await get("/trpc/errors.output")
    assert (answer.status, answer.error["message"]) == (500, "Output validation failed")


p = ProcedureBuilder[Any]()
SECRET = "password=hunter2"


def leak(ctx: Any) -> None:
    raise KeyError(SECRET)


async def leak_later(ctx: Any) -> None:
    raise KeyError(SECRET)


def leak_before(ctx: Any) -> Any:
    raise KeyError(SECRET)


def leak_as_cause(ctx: Any) -> None:
    raise RPCError("CONFLICT", "taken") from KeyError(SECRET)


def refuse(ctx: Any) -> None:
    raise RPCError("TOO_MANY_REQUESTS", "slow down", reason="quota", retry_after=7, left=0)


def pour_out(ctx: Any) -> None:
    raise RPCError("CONFLICT", "x", thing=object())


LEAKS = {
    "leak": p.query(leak),
    "leakLater": p.query(leak_later),
    "leakBefore": p.use(leak_before).query(leak),
    "leakAsCause": p.query(leak_as_cause),
    "refuse": p.query(refuse),
    "pourOut": p.query(pour_out),
    "hello": p.query(lambda ctx: "world"),
}


def serving(**options: Any) -> Endpoint:
    return Endpoint(Router(LEAKS), lambda request: None, options=Options(**options))


@pytest.mark.parametrize("path", ["leak", "leakLater", "leakBefore"])
async def test_the_text_of_an_unexpected_exception_is_logged_and_never_sent(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await get(f"/rpc/{path}", {"x-request-id": "req-17"}, serving())
    assert answer.status == 500
    assert answer.error["message"] == "internal server error"
    assert b"hunter2" not in answer.body
    assert b"Traceback" not in answer.body
    assert answer.header("x-request-id") == "req-17"
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("rpc", logging.ERROR)
    assert path in record.message
    assert "req-17" in record.message
    assert record.exc_text is not None
    assert "hunter2" in record.exc_text
    assert "test_errors.py" in record.exc_text


async def test_a_fault_without_a_request_id_gets_one_that_the_log_has_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await get("/rpc/leak", {"x-request-id": "no good\n"}, serving())
    id = answer.header("x-request-id")
    assert id
    assert id in caplog.text
    assert "no good" not in caplog.text
    assert (await get("/rpc/leak,leak?batch=1", app=serving())).header("x-request-id")


async def test_a_refusal_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = await get("/rpc/leakAsCause", app=serving())
    assert (answer.error["message"], answer.header("retry-after")) == ("taken", None)
    assert caplog.records == []


async def test_a_refusal_may_carry_a_reason_more_data_and_when_to_come_again() -> None:
    answer = await get("/rpc/refuse", app=serving())
    assert (answer.header("retry-after"), answer.header("x-request-id")) == ("7", None)
    assert answer.error["data"] == {
        "code": "TOO_MANY_REQUESTS",
        "httpStatus": 429,
        "path": "refuse",
        "reason": "quota",
        "left": 0,
    }
    batch = await get("/rpc/refuse,refuse,hello?batch=1", app=serving())
    assert (batch.status, batch.header("retry-after")) == (207, "7")


async def test_the_stack_is_sent_in_development_only() -> None:
    developed = await get("/rpc/leak", app=serving(is_dev=True))
    assert "hunter2" in developed.error["data"]["stack"]
    assert "stack" not in (await get("/rpc/leak", app=serving())).error["data"]
    refused = await get("/rpc/refuse", app=serving(is_dev=True))
    assert "in refuse" in refused.error["data"]["stack"]
    whole = await get("/rpc/%zz", app=serving(is_dev=True))
    assert "RPCError" in whole.error["data"]["stack"]


async def test_an_error_that_json_cannot_hold_is_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    answer = await get("/rpc/pourOut", app=serving())
    assert (answer.status, answer.error["message"]) == (500, "internal server error")
    assert "pourOut" in caplog.text


async def test_a_formatter_sees_the_failure_and_makes_the_error() -> None:
    answer = await get(f"/trpc-fmt/greet?{given({'name': 1})}", {"cookie": "session=ada"})
    extra = {"type": "query", "path": "greet", "input": {"name": 1}, "user": "ada"}
    assert answer.error["data"]["extra"] == extra
    assert answer.error["data"]["httpStatus"] == 400


async def test_a_formatter_is_told_no_input_that_nobody_has_read() -> None:
    answer = await post("/trpc-fmt/auth.note", b'{"note":"x"}')
    assert answer.error["data"]["extra"]["input"] is None
    validated = await post("/trpc-fmt/auth.validateFirst", b'{"note":"x"}')
    assert validated.error["data"]["extra"]["input"] == {"note": "x"}
    target = "/trpc-fmt/auth.note,auth.validateFirst?batch=1"
    streamed = await post(target, b'{"0":{"note":"x"},"1":{"note":"y"}}', LINES)
    assert (streamed.body.count(b'"input":null'), streamed.body.count(b'"input":{')) == (1, 1)


async def test_a_formatter_is_told_what_is_not_known() -> None:
    nothing = {"type": "unknown", "path": "nope", "input": None, "user": None}
    assert (await get("/trpc-fmt/nope")).error["data"]["extra"] == nothing
    whole = await get("/trpc-fmt/%zz")
    assert whole.error["data"]["extra"] == nothing | {"path": None}
    unsendable = await get("/trpc-fmt/out.unserializable", {"cookie": "session=ada"})
    assert unsendable.error["data"]["extra"] == nothing | {
        "type": "query",
        "path": None,
        "user": "ada",
    }
    failed = await get("/trpc-fmt/auth.whoami", {"x-fail-context": "CONFLICT", "cookie": "s=1"})
    assert failed.error["data"]["extra"]["user"] is None


# The input that the formatter sees of the second call of a batch when the first may have read its.
SEEN = [
    ("opt.greet,errors.plain", {}, 7),
    ("errors.plain,opt.greet", {}, 7),
    ("hello,errors.plain", {}, None),
    ("opt.greet,nope", {}, 7),
    ("opt.greet,errors.plain", {"trpc-accept": "application/jsonl"}, 7),
    ("errors.plain,opt.greet", {"trpc-accept": "application/jsonl"}, 7),
    ("hello,errors.plain", {"trpc-accept": "application/jsonl"}, None),
    ("opt.greet,nope", {"trpc-accept": "application/jsonl"}, None),
]


@pytest.mark.parametrize(("paths", "headers", "seen"), SEEN)
async def test_who_reads_one_input_of_a_batch_reads_all_but_an_unknown_path_waits_for_nobody(
    paths: str, headers: dict[str, str], seen: int | None
) -> None:
    failed = next(i for i, path in enumerate(paths.split(",")) if path in ("errors.plain", "nope"))
    inputs = {str(failed): 7, str(1 - failed): {}}
    answer = await get(f"/trpc-fmt/{paths}?batch=1&{given(inputs)}", headers)
    assert f'"input":{json.dumps(seen)},'.encode() in answer.body


async def test_the_status_follows_the_shape_that_a_formatter_returns() -> None:
    teapot = {"code": "CONFLICT", "message": "teapot"}
    answer = await get(f"/trpc-fmt/errors.throw?{given(teapot)}")
    assert (answer.status, answer.error["data"]["httpStatus"]) == (418, 418)
    batch = await get(f"/trpc-fmt/errors.throw?batch=1&{given({'0': teapot})}")
    assert batch.status == 418


@pytest.mark.parametrize("shape", [{}, {"data": None}, {"data": {"httpStatus": "418"}}])
async def test_without_a_number_in_the_shape_the_codes_status_stays(shape: Any) -> None:
    def formatter(default: dict[str, Any], failure: Failure) -> Any:
        return shape

    answer = await get("/rpc/refuse", app=serving(format_error=formatter))
    assert (answer.status, answer.json) == (429, {"error": shape})


@pytest.mark.parametrize("shape", [None, "refused", []])
async def test_a_formatter_that_gives_no_shape_is_a_fault(shape: Any) -> None:
    def formatter(default: dict[str, Any], failure: Failure) -> Any:
        default["data"]["more"] = "and nothing is returned"
        return shape

    answer = await get("/rpc/refuse", app=serving(format_error=formatter))
    assert (answer.status, answer.error["message"]) == (500, "internal server error")


async def test_a_formatter_that_fails_is_a_fault_with_the_default_shape(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def formatter(shape: dict[str, Any], failure: Failure) -> dict[str, Any]:
        raise KeyError(SECRET)

    answer = await get("/rpc/refuse", app=serving(format_error=formatter))
    assert (answer.status, answer.error["message"]) == (500, "internal server error")
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text


FAILS = [("plain", 500, "context failed"), ("FORBIDDEN", 403, "context failed")]


@pytest.mark.parametrize(("fail", "status", "message"), FAILS)
async def test_a_context_that_fails_is_the_error_of_each_call(
    fail: str, status: int, message: str
) -> None:
    answer = await get("/trpc/hello", {"x-fail-context": fail})
    assert (answer.status, answer.error["message"]) == (status, message)
    assert answer.error["data"]["path"] == "hello"
    assert (await get("/trpc/hello", {"x-fail-context": "nothing"})).status == 200


async def test_an_unexpected_failure_of_the_context_is_logged_and_not_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def context(request: Request) -> None:
        raise KeyError(SECRET)

    answer = await get("/rpc/hello", app=Endpoint(Router(LEAKS), context))
    assert (answer.status, answer.error["message"]) == (500, "internal server error")
    assert "hunter2" in caplog.text


async def test_a_failing_response_meta_is_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    def meta(response: Response) -> Any:
        raise KeyError(SECRET)

    answer = await get("/rpc/hello", app=serving(response_meta=meta))
    assert (answer.status, answer.error["message"]) == (500, "internal server error")
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text


async def test_no_answer_of_the_contract_holds_python() -> None:
    answers: list[Answer] = []
    for path in ("errors.plain", "errors.plainEmpty", "errors.output", "mw.blocked", "nope"):
        answers.append(await get(f"/trpc/{path}"))
    assert all(b"Traceback" not in one.body and b".py" not in one.body for one in answers)
    assert [json.loads(one.body)["error"]["data"]["httpStatus"] for one in answers] == [
        one.status for one in answers
    ]
