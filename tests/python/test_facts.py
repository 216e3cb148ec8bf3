"""The Python binding: the feed of facts."""

import json
import subprocess
import sys
from itertools import islice

import omni
import pytest
from support import NOON, OpenStore, buy, environment


def test_facts_tell_events_and_statements(store: omni.Store) -> None:
    taken = buy(store, ["loyalty_id:L-1", "email:A@x.org"], "r-1")
    stated = store.merge(
        "loyalty_id:L-1", "user_id:u", "same", author="desk"
    ).fact
    with store.facts() as facts:
        event, link = next(facts), next(facts)
        assert json.loads(facts.json())["link"]["author"] == "desk"
    assert facts.closed
    assert (event.id, link.id) == (taken.fact, stated)
    assert event.kind is omni.FactKind.EVENT
    assert event.event is not None
    assert event.event.id == "r-1"
    assert event.event.identifiers == ("email:a@x.org", "loyalty_id:L-1")
    assert event.time == NOON
    assert store.find(event.event.anchor) == store.find("loyalty_id:L-1")
    assert link.kind is omni.FactKind.LINK
    assert link.event is None
    assert link.identifiers == ("loyalty_id:L-1", "user_id:u")
    assert (link.reason, link.author) == ("same", "desk")
    assert link.made > NOON or link.made_us > 0
    assert omni.fact_kind_name(link.kind) == "link"


def test_a_walk_goes_on_where_it_ended(store: omni.Store) -> None:
    facts = store.facts(from_end=True)
    assert list(facts) == []
    with store.batch() as batch:
        for number in range(4):
            batch.add("A", "user_id:u", id=str(number), time=NOON)
    assert [fact.group_end for fact in islice(facts, 2)] == [False, False]
    kept = facts.position
    rest = [fact.event.id for fact in facts if fact.event]
    assert rest == ["2", "3"]
    assert list(facts) == []
    script = (
        "import omni, sys\n"
        "with omni.Store(sys.argv[1]) as store:\n"
        "    store.append('A', 'user_id:u', id='other')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, store.path],
        check=True,
        env=environment(),
    )
    assert [fact.event.id for fact in facts if fact.event] == ["other"]
    again = store.facts(position=kept)
    assert [fact.event.id for fact in again if fact.event] == [
        "2",
        "3",
        "other",
    ]


def test_a_wrong_position_is_refused(
    store: omni.Store, open_store: OpenStore
) -> None:
    buy(store, "loyalty_id:L-1", "r-1")
    for wrong in (-1, 1, 2**64 - 1, store.facts(from_end=True).position + 1):
        with pytest.raises(omni.ArgumentError):
            store.facts(position=wrong)
    with pytest.raises(omni.ArgumentError):
        store.facts(position=store.facts().position, from_end=True)
    with pytest.raises(omni.ArgumentError):
        store.facts().json()


def test_a_closed_store_ends_its_walks(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "r-1")
    facts = store.facts()
    store.close()
    with pytest.raises(omni.ArgumentError):
        next(facts)
    facts.close()
