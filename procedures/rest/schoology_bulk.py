"""Schoology: up to fifty items in one call, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType

from procedures.credentials import new_key
from procedures.records.detail import RealmDetail
from procedures.records.enrollment import BulkResult
from procedures.refusals import no_enrollment
from procedures.rest.schoology_forms import enrollments_url, refused
from procedures.rest.surface import Answer, Incoming, failure_of, fitted
from rpc.errors import InputError, RPCError

MOST = 50  # items of one call
# What nobody and nothing is called: procedures refuse unknown numbers as they do unknown keys.
NOTHING = new_key("nothing")

T = TypeVar("T")
R = TypeVar("R", bound="Result")


class Refused(Struct):
    """An item that is not done. `words`: what it is about, repeated in the answer."""

    words: dict[str, Any]
    error: RPCError


class Todo(Struct):
    """An item as `enrollment.bulk` takes it. `facts`: what is told of it once it is done, besides
    `id` and `location`."""

    words: dict[str, Any]
    op: dict[str, Any]
    place: RealmDetail | None = None
    facts: dict[str, Any] = {}


Plan = Todo | Refused
Said = str | int | UnsetType  # as the item says it, where that cannot be read


class Result(Struct):
    """What became of an item: 200, or why not in a `message`, with what it is about."""

    response_code: int
    message: str | UnsetType = UNSET


class Wrapper(Struct, Generic[T]):
    enrollment: list[T]


class Many(Struct, Generic[T]):
    """Up to fifty items."""

    enrollments: Wrapper[T]


class Results(Struct, Generic[R]):
    """An answer for each item: 200 where all are done, else 207."""

    enrollments: Wrapper[R]


def items_of(body: dict[str, Any], kind: type[T], names: Sequence[str]) -> list[T | Refused]:
    """The items of a body, each as `kind` or refused; a single one need not be in a list. Raises
    BAD_REQUEST."""
    wrapped = body.get("enrollments")
    found = wrapped.get("enrollment") if isinstance(wrapped, dict) else None
    items = found if isinstance(found, list) else [found]
    require_some([] if found is None else items)
    return [item_of(raw, kind, names) for raw in items]


def require_some(items: Sequence[Any]) -> None:
    if not 1 <= len(items) <= MOST:
        raise RPCError("BAD_REQUEST", f"1 to {MOST} enrollments", reason="too_many_items")


def item_of(raw: Any, kind: type[T], names: Sequence[str]) -> T | Refused:
    """An item as `kind`, else its refusal, which repeats the members of these names."""
    try:
        return fitted(raw, kind, strict=False)
    except InputError as error:
        members = raw if isinstance(raw, dict) else {}
        words = {name: members[name] for name in names if name in members}
        return Refused({n: v for n, v in words.items() if type(v) in (str, int)}, error)


def readable(items: Sequence[T | Refused]) -> list[T]:
    return [item for item in items if not isinstance(item, Refused)]


def planned(items: Sequence[T | Refused], plan: Callable[[T], Sequence[Plan]]) -> list[Plan]:
    """What is to do for each item, in order."""
    plans = [[item] if isinstance(item, Refused) else plan(item) for item in items]
    return [each for of_item in plans for each in of_item]


async def keys_of_users(incoming: Incoming, numbers: Sequence[int]) -> dict[int, str]:
    """For each number the key of that person, NOTHING for nobody's."""
    found = await incoming.call("details.users", {"numbers": numbers})
    return dict.fromkeys(numbers, NOTHING) | {user.number: user.key for user in found}


async def done(incoming: Incoming, ops: Sequence[dict[str, Any]]) -> list[BulkResult]:
    results: list[BulkResult] = (await incoming.call("enrollment.bulk", {"items": ops})).results
    return results


async def answered(incoming: Incoming, items: Sequence[Plan], kind: type[R]) -> Answer:
    """Do what is to do, and tell of each item what `kind` has."""
    todo = [item for item in items if isinstance(item, Todo)]
    records = await done(incoming, [item.op for item in todo])
    numbers = await numbers_of(incoming, records)
    pairs = zip(todo, records, strict=True)
    outcomes = iter([outcome(incoming, *pair, numbers) for pair in pairs])
    results = [told(next(outcomes) if isinstance(i, Todo) else i, kind) for i in items]
    is_done = all(result.response_code == 200 for result in results)
    return Answer(200 if is_done else 207, Results(Wrapper(results)))


async def numbers_of(incoming: Incoming, results: Sequence[BulkResult]) -> dict[str, int]:
    """The numbers of the records that came out, by key."""
    keys = [result.record.id for result in results if result.record is not UNSET]
    found = await incoming.call("details.numbers", {"keys": keys})
    return {record.key: record.number for record in found}


def outcome(
    incoming: Incoming, item: Todo, result: BulkResult, numbers: Mapping[str, int]
) -> dict[str, Any] | Refused:
    """Everything an answer may tell about an item, or why it was not done."""
    if result.record is UNSET:
        return Refused(item.words, failure_of(result))
    number = numbers.get(result.record.id)
    if number is None:  # somebody has destroyed it in the meantime
        return Refused(item.words, no_enrollment())
    facts = {**item.facts, "id": str(number)}
    if item.place is None:
        return facts
    return {**facts, "location": f"{enrollments_url(incoming.http, item.place)}/{number}"}


def told(outcome: dict[str, Any] | Refused, kind: type[R]) -> R:
    """The answer for one item: of what is known the members that answers of this kind have."""
    if isinstance(outcome, Refused):
        failure = refused(outcome.error)
        code, about = failure.response_code, {"message": failure.message, **outcome.words}
    else:
        code, about = 200, outcome
    members = {name: about[name] for name in kind.__struct_fields__ if name in about}
    return kind(response_code=code, **members)
