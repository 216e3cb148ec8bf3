"""Segments that a store keeps: by name, with sets of them, changes, ticks."""

import operator
from datetime import datetime, timedelta, timezone
from typing import Any

import omni
import pytest
from support import NOON, OpenStore


@pytest.fixture
def store(open_store: Any) -> omni.Store:
    made: omni.Store = open_store("store")
    for number in range(6):
        made.append("Seen", f"user_id:u{number}", id=f"s{number}", time=NOON,
                    traits={"n": number})
    return made


def test_segments_are_kept_as_a_dictionary_has_them(store: omni.Store) -> None:
    segments = store.segments
    assert len(segments) == 0
    segments["even"] = "traits.n % 2 == 0"
    segments.set("third", "traits.n % 3 == 0", author="desk", reason="asked")
    assert list(segments) == ["even", "third"] and "even" in segments
    third = segments["third"]
    assert (third.author, third.reason) == ("desk", "asked")
    assert segments["even"].count() == 3
    del segments["third"]
    assert list(segments) == ["even"]
    with pytest.raises(KeyError):
        del segments["third"]
    with pytest.raises(omni.OmniError):
        segments["bad"] = "1 +"


def test_who_has_no_answer_is_counted(store: omni.Store) -> None:
    store.append("Seen", "user_id:u9", id="x", time=NOON)
    store.segments["even"] = "traits.n % 2 == 0"
    assert store.segments["even"].errors() == 1
    store.tick()
    even = store.segments["even"]
    assert (even.stored, even.stored_errors, even.errors()) == (3, 1, 1)
    assert even.errors(datetime(1999, 1, 1, tzinfo=timezone.utc)) == 7


def test_what_others_ask_for_is_not_deleted_by_mistake(
    store: omni.Store,
) -> None:
    segments = store.segments
    segments["base"] = "true"
    segments["upper"] = "segment('base')"
    with pytest.raises(omni.ConflictError, match="asked for by upper"):
        del segments["base"]
    assert segments["upper"].error is None
    segments.delete("base", force=True)
    assert segments["upper"].error is not None


def test_sets_of_segments(store: omni.Store) -> None:
    segments = store.segments
    segments["even"] = "traits.n % 2 == 0"
    segments["third"] = "traits.n % 3 == 0"
    segments["big"] = "traits.n > 2"
    even, third, big = (segments[name] for name in ("even", "third", "big"))
    assert (even & third).count() == 1
    assert (even | third).count() == 4
    assert (even - third).count() == 2
    assert ((even | third) & big).count() == 2
    assert (even | third | big).count() == 5
    assert (even & third).members() == [store.find("user_id:u0")]
    for operate in (operator.and_, operator.or_, operator.sub):
        with pytest.raises(TypeError):
            operate(even, "third")
    # An instant like another: it is not "now".
    assert even.count(at=datetime(1970, 1, 1, tzinfo=timezone.utc)) == 0


def test_a_set_is_of_one_instant(open_store: Any) -> None:
    hours = iter(range(10**6))
    store = open_store(
        "moves", clock=lambda: NOON + timedelta(hours=next(hours)))
    store.append("Seen", "user_id:u", id="s", time=NOON)
    segments = store.segments
    segments["odd"] = "now.getHours() % 2 == 1"
    segments["even"] = "now.getHours() % 2 == 0"
    segments["nobody"] = "false"
    odd, even, nobody = (segments[x] for x in ("odd", "even", "nobody"))
    for _ in range(4):
        assert ((odd | nobody) & (even | nobody)).count() == 0
        assert ((odd - nobody) | (even - nobody)).count() == 1


def test_sets_are_of_one_store(
    store: omni.Store, open_store: OpenStore
) -> None:
    store.segments["all"] = "true"
    other = open_store("other")
    other.segments["all"] = "true"
    with pytest.raises(omni.ArgumentError, match="two stores"):
        store.segments["all"] & other.segments["all"]


def test_a_condition_asks_no_deeper_than_segments_do(
    store: omni.Store,
) -> None:
    store.segments["s0"] = "true"
    for number in range(1, 9):
        store.segments[f"s{number}"] = f"segment('s{number - 1}')"
    assert store.segment("segment('s7')").eval("user_id:u0").member
    answer = store.segment("segment('s8')").eval("user_id:u0")
    assert answer.error is not None and "8 deep" in answer.error
    assert store.segment("segment('s8')").count() == 0


def test_time_moves_people(store: omni.Store) -> None:
    store.segments["new"] = "now - profile.first_seen < hours(1)"
    later = NOON + timedelta(hours=2)
    assert store.segments["new"].count(at=NOON + timedelta(minutes=1)) == 6
    assert store.segments["new"].count(at=later) == 0
    assert store.profile_segments("user_id:u1", at=NOON) == ("new",)
    result = store.tick()
    assert result.done and not result.filling
    assert store.segments.changes() == []
    assert not store.segments["new"].filling
