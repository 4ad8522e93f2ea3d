"""Integers that JavaScript holds: those that come in are bounded, and no others are kept."""

from collections.abc import Iterator

import pytest
from msgspec import inspect

from procedures import router
from procedures.records.fields import SAFE
from rpc.procedure import Procedure
from rpc.typescript_types import walk

TAKING = {name: one for name, one in router.items() if one.input and one.input.is_json}


def unbounded(procedure: Procedure) -> Iterator[inspect.IntType]:
    assert procedure.input is not None
    for one in walk(inspect.type_info(procedure.input.type)):
        if isinstance(one, inspect.IntType):
            least = one.ge if one.ge is not None else one.gt
            most = one.le if one.le is not None else one.lt
            if least is None or least < -SAFE or most is None or most > SAFE:
                yield one


@pytest.mark.parametrize("name", TAKING)
def test_every_integer_that_a_procedure_takes_is_bounded(name: str):
    assert [*unbounded(TAKING[name])] == []
