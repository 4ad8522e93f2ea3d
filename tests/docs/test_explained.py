"""What its name does not say of a field is said in a sentence, wherever the field occurs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.inspect import BoolType, Field, StructType

from rpc.typescript_types import class_doc, description, walk
from tests.reference import ANSWERED, GIVEN

OPTIONS = {
    *("accessDays", "bypassPrerequisites", "capacity", "certificateEnabled", "certificateUrl"),
    *("completionPolicy", "cursor", "direction", "force", "ifVersion", "isDefault", "joinPolicy"),
    *("limit", "multiSection", "notify", "notifyBulk", "position", "previousId", "primary"),
    *("progressOnUnenroll", "reenroll", "schoolYear", "schoolYearStart", "selfReenroll"),
    *("source", "tombstoneDays", "unlessRole", "unlessStatus", "waitlist"),
}


def fields() -> Iterator[tuple[type, Field]]:
    for side in (GIVEN, ANSWERED):
        for cls, info in side.types.items():
            if isinstance(info, StructType):
                yield from ((cls, field) for field in info.fields)


def is_switch(cls: type, field: Field) -> bool:
    parts = {type(part) for part in walk(field.type)}
    return cls in GIVEN.types and BoolType in parts and StructType not in parts


def is_explained(cls: type, field: Field) -> bool:
    return bool(description(field.type)) or f"`{field.encode_name}`" in class_doc(cls)


def test_each_switch_that_a_procedure_takes_is_explained():
    switches = [(cls, field) for cls, field in fields() if is_switch(cls, field)]
    assert len(switches) > 20
    silent = [f"{cls.__name__}.{f.name}" for cls, f in switches if not is_explained(cls, f)]
    assert silent == []


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_an_option_is_explained_wherever_it_occurs(name: str):
    found = [(cls, field) for cls, field in fields() if field.encode_name == name]
    assert found != []
    assert [cls.__name__ for cls, field in found if not is_explained(cls, field)] == []


def test_a_field_whose_name_says_all_needs_no_sentence():
    title = next((cls, f) for cls, f in fields() if (cls.__name__, f.name) == ("Course", "title"))
    assert not is_explained(*title)
