"""What docs/roster.md says that a field refers to is what a load looks for."""

import re

import pytest
from msgspec import inspect
from roster_documents import refusal

from procedures.roster.document import ARRAYS
from procedures.roster.values import Key
from rpc.typescript_types import walk
from tests.roster_reference import told

FIELDS = [(name, f) for name, kind in ARRAYS.items() for f in inspect.type_info(kind).fields]
KEYS = [
    (array, field.name, told(field.type))
    for array, field in FIELDS
    if any(getattr(part, "cls", None) is Key for part in walk(field.type)) and field.name != "key"
]
REFERENCES = [(array, name, re.findall(r"[Oo]ne of `(\w+)`", text)) for array, name, text in KEYS]


def test_every_field_that_holds_keys_of_others_says_whose():
    assert [place for *place, referred in REFERENCES if len(referred) != 1] == []
    assert len(REFERENCES) > len(ARRAYS)


@pytest.mark.parametrize(("array", "field", "referred"), REFERENCES)
def test_a_reference_is_looked_for_where_it_is_said_to_lead(store, roster, array, field, referred):
    noun = {"memberships": "member"}.get(referred[0], referred[0].removesuffix("s"))
    entry = next((each for each in roster[array] if field in each), roster[array][0])
    entry[field] = ["nowhere"] if field == "terms" else "nowhere"
    assert f'].{field}: no {noun} "nowhere"' in refusal(store, roster)
