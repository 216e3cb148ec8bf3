"""Segments: who is in, until when, and why."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import omni
import pytest
from support import NOON

WHO = "loyalty_id:L-1"
DAY = timedelta(days=1)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(open_store: Callable[..., omni.Store]) -> omni.Store:
    made = open_store("store")
    for number in range(3):
        made.append(
            "Order Completed",
            WHO,
            id=str(number),
            time=NOON + number * DAY,
            properties={"revenue": 59.90, "currency": "CHF"},
            traits={"tier": "gold"},
        )
    return made


def test_an_answer_holds_until_something_it_read_changes(
    store: omni.Store,
) -> None:
    regulars = store.segment("events.count('Order Completed', days(2)) >= 2")
    answer = regulars.eval(WHO, at=NOON + 2 * DAY)
    assert answer
    assert answer.membership is omni.Membership.MEMBER
    assert answer.valid_since == NOON + 2 * DAY
    assert answer.valid_until == NOON + 3 * DAY
    later = regulars.eval(WHO, at=NOON + 3 * DAY)
    assert not later
    assert (later.error, later.error_part) == (None, None)


def test_without_an_instant_it_is_now(store: omni.Store) -> None:
    assert store.segment("now > profile.last_seen").eval(WHO).member
    ever = store.segment("true").eval(WHO)
    assert (ever.valid_since, ever.valid_until) == (None, None)


def test_an_error_is_an_answer(store: omni.Store) -> None:
    segment = store.segment("true && traits['größe'] > 3 || traits.age > 3")
    answer = segment.eval(WHO, at=NOON)
    assert answer.membership is omni.Membership.ERROR
    assert answer.error == "no such key: größe"
    assert answer.error_part == "traits['größe']"
    assert not answer.member


def test_an_explanation_names_what_decided(store: omni.Store) -> None:
    segment = store.segment(
        "traits.tier == 'gold' && events.sum('Order Completed', 'revenue') > 99"
    )
    assert segment.explain(WHO, at=NOON + DAY)["why"] == [
        {
            "clause": "traits.tier == 'gold'",
            "reads": [
                {
                    "clause": "traits.tier",
                    "valid_since": "2026-03-02T12:00:00Z",
                    "valid_until": "2026-03-03T12:00:00Z",
                    "value": "gold",
                }
            ],
            "valid_since": "2026-03-02T12:00:00Z",
            "valid_until": "2026-03-03T12:00:00Z",
            "value": True,
        },
        {
            "clause": "events.sum('Order Completed', 'revenue') > 99",
            "reads": [
                {
                    "clause": "events.sum('Order Completed', 'revenue')",
                    "valid_since": "2026-03-02T12:00:00Z",
                    "valid_until": "2026-03-03T12:00:00Z",
                    "value": 119.8,
                }
            ],
            "valid_since": "2026-03-02T12:00:00Z",
            "valid_until": "2026-03-03T12:00:00Z",
            "value": True,
        },
    ]
    assert segment.explain_text(WHO, at=NOON + DAY).startswith("member until ")


def test_what_is_no_condition_says_where(store: omni.Store) -> None:
    with pytest.raises(omni.ParseError, match="line 1, column 6") as caught:
        store.segment("1 == visits")
    assert caught.value.offset == 5


def test_a_snapshot_can_be_given(store: omni.Store) -> None:
    segment = store.segment("events.count('Order Completed') == 3")
    with store.snapshot() as snapshot:
        store.append("Order Completed", WHO, id="9", time=NOON)
        assert segment.eval(WHO, at=NOON + 9 * DAY, snapshot=snapshot)
        assert not segment.eval(WHO, at=NOON + 9 * DAY)
        assert segment.explain(WHO, snapshot=snapshot)["membership"] == "member"


def test_who_is_nobody_is_not_found(store: omni.Store) -> None:
    with pytest.raises(omni.NotFound):
        store.segment("true").eval("email:nobody@example.org")


def test_a_segment_ends_with_its_store(store: omni.Store) -> None:
    segment = store.segment("true")
    assert repr(segment) == "Segment('true')"
    store.close()
    with pytest.raises(omni.ClosedError):
        segment.eval(WHO)
    with pytest.raises(omni.ClosedError):
        store.segment("true")


def test_all_profiles_are_counted_and_walked(store: omni.Store) -> None:
    for number in range(20):
        store.append("Viewed", f"user_id:u-{number}", time=NOON)
    segment = store.segment("events.count('Viewed') == 1 && traits.tier == ''")
    counts = segment.counts(at=NOON)
    assert (counts.profiles, counts.members, counts.errors) == (21, 0, 20)
    assert counts.evaluated == 0
    viewed = store.segment("events.did('Viewed')")
    assert viewed.count(at=NOON) == 20
    assert viewed.count(at=NOON - DAY) == 0
    with viewed.members(at=NOON) as members:
        ids = list(members)
    assert ids == sorted(ids)
    assert set(ids) == {
        store.profile(f"user_id:u-{number}").id for number in range(20)
    }
    assert list(viewed.members(at=NOON, after=ids[7])) == ids[8:]


def test_a_walk_over_members_ends_with_its_snapshot(store: omni.Store) -> None:
    segment = store.segment("true")
    with store.snapshot() as snapshot:
        walk = segment.members(snapshot=snapshot)
        assert next(walk) == store.profile(WHO).id
        assert walk.counts().members == 1
        assert next(walk, None) is None
        assert walk.counts().members == 1
        left = segment.members(snapshot=snapshot)
        left.close()
        with pytest.raises(omni.ArgumentError, match="was closed"):
            left.counts()
        assert segment.count(snapshot=snapshot) == 1


def test_scans_know_the_segments_of_the_store(store: omni.Store) -> None:
    store.segments["regulars"] = "events.count('Order Completed') >= 2"
    assert store.segment("segment('regulars')").count(at=NOON + DAY) == 1
    assert store.segment("!segment('regulars')").count(at=NOON) == 1
    assert store.segments["regulars"].count(NOON + DAY) == 1
    assert store.segments["regulars"].count(NOON) == 0


def test_a_tick_says_that_it_was_one(store: omni.Store) -> None:
    store.segments["regulars"] = "events.count('Order Completed') >= 2"
    told = store.tick(NOON + DAY, budget=100)
    assert (told.ticks, told.entered, told.done) == (1, 1, True)
    again = store.tick(NOON + DAY, budget=100)
    assert (again.ticks, again.processed, again.done) == (0, 0, True)


def test_the_table_of_functions_says_what_they_do(
    open_store: Callable[..., omni.Store],
) -> None:
    page = (ROOT / "docs" / "segment-language.md").read_text("utf-8")
    store = open_store("shop")
    lines = page[page.index("<<'END'") :].split("\n")[1:5]
    store.append_json("\n".join(lines))
    table = page[page.index("| on Anna, at") :].split("\n\n")[0]
    rows = re.findall(r"^\| `(.*)` \| (.*) \|$", table, re.MULTILINE)
    assert len(rows) > 15
    noted = datetime(2026, 1, 6, tzinfo=timezone.utc)
    for expression, value in rows:
        if re.fullmatch(r"[\d-]+T[\d:]+Z", value):
            value = f"timestamp('{value}')"
        elif re.fullmatch(r"\d+s", value):
            value = f"duration('{value}')"
        segment = store.segment(f"{expression} == {value}")
        answer = segment.eval("user_id:anna", at=noted)
        assert answer.member, (expression, value, answer.error)
