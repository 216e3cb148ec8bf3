"""Policies from Python: shown, rehearsed, set, taken back."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import omni
import pytest
from support import NOON

TIGHT = {"namespaces": {"email": {"max_per_profile": 2}}}


def fill(store: omni.Store) -> None:
    for number in range(4):
        store.append(
            "Viewed",
            {"loyalty_id": "card", "email": f"p{number}@x.example"},
            id=str(number),
            time=NOON,
        )


def test_a_policy_is_rehearsed_set_and_taken_back(
    open_store: Callable[..., omni.Store],
) -> None:
    store = open_store("policy")
    fill(store)
    before = store.policy()
    assert before["namespaces"]["email"]["max_per_profile"] == 5
    assert all(setting.is_default for setting in store.policy_settings())
    plan = store.plan_policy(TIGHT)
    assert (plan.profiles_before, plan.split) == (1, 1)
    assert plan.samples[0].effect == omni.PolicyEffect.SPLIT
    assert plan.samples[0].because in str(plan)
    assert store.stats().profiles == 1
    heard = []
    result = store.set_policy(
        TIGHT, reason="shared cards", progress=lambda *at: heard.append(at)
    )
    assert result and result.refolded and result.fact
    (change,) = result.changes
    assert change.name == "namespaces.email"
    assert change.value["max_per_profile"] == 2
    assert change.other["max_per_profile"] == 5
    assert store.stats().profiles == plan.profiles_after
    assert not store.set_policy(TIGHT)
    store.set_policy({"namespaces": {"email": None}})
    assert store.policy() == before
    assert store.stats().profiles == 1


def test_what_is_wrong_is_said_with_its_path(
    open_store: Callable[..., omni.Store],
) -> None:
    store = open_store("wrong")
    with pytest.raises(omni.ParseError, match=r"namespaces\.email\.rank: "):
        store.set_policy({"namespaces": {"email": {"rank": "first"}}})
    with pytest.raises(omni.ParseError, match="max_identifiers"):
        store.plan_policy('{"max_identifers": 3}')


SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/policy.schema.json").read_text("utf-8")
)
TYPES = {"object": dict, "array": list, "string": str, "integer": int}


def holds(schema: dict[str, Any], value: Any) -> bool:
    """As much of JSON Schema as policy.schema.json uses."""
    for name in schema:
        assert name in KEYWORDS, name
    if "$ref" in schema:
        return holds(SCHEMA["$defs"][schema["$ref"].split("/")[-1]], value)
    wanted = schema.get("type", [])
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if kinds and not any(
        value is None
        if kind == "null"
        else isinstance(value, TYPES[kind]) and not isinstance(value, bool)
        for kind in kinds
    ):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        return holds_object(schema, value)
    if isinstance(value, list):
        return len(value) <= schema.get("maxItems", len(value)) and all(
            holds(schema.get("items", {}), item) for item in value
        )
    if isinstance(value, str):
        return (
            schema.get("minLength", 0) <= len(value)
            and len(value) <= schema.get("maxLength", len(value))
            and re.search(schema.get("pattern", ""), value) is not None
        )
    if isinstance(value, int):
        least, most = schema.get("minimum"), schema.get("maximum")
        return (least is None or value >= least) and (
            most is None or value <= most
        )
    return True


def holds_object(schema: dict[str, Any], value: dict[str, Any]) -> bool:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, member in value.items():
        if not holds(schema.get("propertyNames", {}), name):
            return False
        rule = known.get(name, others)
        if rule is False or (rule is not True and not holds(rule, member)):
            return False
    return True


KEYWORDS = {
    "$schema", "$defs", "$ref", "title", "description", "type", "enum",
    "properties", "additionalProperties", "propertyNames", "items",
    "maxItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
}  # fmt: skip

DOCUMENTS: list[Any] = [
    {},
    {"max_identifiers": 1},
    {"max_identifiers": 0},
    {"max_identifiers": 1000000},
    {"max_identifiers": 1000001},
    {"max_identifiers": "5"},
    {"max_identifiers": True},
    {"max_identifiers": None},
    {"max_component": 0},
    {"max_alias_links": 0},
    {"calling_code": 999},
    {"calling_code": 1000},
    {"calling_code": None},
    {"unknown": 1},
    {"namespaces": {}},
    {"namespaces": None},
    {"namespaces": {"email": {}}},
    {"namespaces": {"email": None}},
    {"namespaces": {"*": {"rank": 7}}},
    {"namespaces": {"Email": {}}},
    {"namespaces": {"a" * 32: {}}},
    {"namespaces": {"a" * 33: {}}},
    {"namespaces": {"email": {"rank": 268435455}}},
    {"namespaces": {"email": {"rank": 268435456}}},
    {"namespaces": {"email": {"rank": None}}},
    {"namespaces": {"email": {"class": "shared"}}},
    {"namespaces": {"email": {"class": "person "}}},
    {"namespaces": {"email": {"normalizer": "lower"}}},
    {"namespaces": {"email": {"normalizer": 1}}},
    {"namespaces": {"email": {"max_per_profile": -1}}},
    {"namespaces": {"email": {"generic_above": 5, "other": 1}}},
    {"blocked": {"email": ["shop@x.example"]}},
    {"blocked": {"*": []}},
    {"blocked": {"E": []}},
    {"blocked": {"email": [""]}},
    {"blocked": {"email": "x"}},
    {"blocked": []},
    {"device_free_channels": []},
    {"device_free_channels": ["store", 5]},
    {"device_free_channels": None},
    {"source_trust": {"city": ["crm", "web"]}},
    {"source_trust": {"city": {}}},
    {"source_trust": {"": []}},
    {"source_trust": {"t" * 128: []}},
    {"source_trust": {"t" * 129: []}},
    {"amounts": {"Order Completed": ["total"], "*": None}},
    {"amounts": {"Order Completed": ["a"] * 1000}},
    {"amounts": {"Order Completed": ["a"] * 1001}},
    {"amounts": {"Order Completed": ["a" * 1025]}},
]


def test_schema_and_library_agree(
    open_store: Callable[..., omni.Store],
) -> None:
    store = open_store("schema")
    verdicts = set()
    for document in DOCUMENTS:
        try:
            store.plan_policy(document)
            taken = True
        except omni.ParseError:
            taken = False
        assert holds(SCHEMA, document) == taken, document
        verdicts.add(taken)
    assert verdicts == {True, False}
    assert holds(SCHEMA, store.policy())
