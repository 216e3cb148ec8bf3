"""Policies from Python: shown, rehearsed, set, taken back."""

from collections.abc import Callable

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
