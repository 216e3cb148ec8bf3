"""The Python binding: what it reads."""

import json
import pickle
import random
import re
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import omni
import pytest
from support import NOON, OpenStore, buy, later, seed


@pytest.fixture
def shop(store: omni.Store) -> omni.Store:
    """A store with ten events of one person, an hour apart."""
    for hour in range(10):
        store.append(
            "Order Completed" if hour % 2 else "Product Viewed",
            "loyalty_id:L-1",
            id=f"e-{hour}",
            time=later(hours=hour),
            channel="store" if hour < 5 else "web",
            properties={"n": hour},
        )
    return store


def ids(shop: omni.Store, **options: Any) -> list[str]:
    with shop.timeline("loyalty_id:L-1", **options) as walk:
        return [event.id for event in walk]


def test_timeline_newest_first(shop: omni.Store) -> None:
    newest_first = [f"e-{hour}" for hour in range(9, -1, -1)]
    assert ids(shop) == newest_first
    assert ids(shop, oldest_first=True) == newest_first[::-1]
    assert ids(shop, limit=3) == newest_first[:3]
    assert ids(shop, limit=0) == []


def test_timeline_of_a_part(shop: omni.Store) -> None:
    between = ids(shop, since=later(hours=3), until=later(hours=5))
    assert between == ["e-4", "e-3"]
    assert ids(shop, channel="web", limit=1) == ["e-9"]
    named = ids(shop, name="Product Viewed", oldest_first=True)
    assert named == ["e-0", "e-2", "e-4", "e-6", "e-8"]


def test_timeline_events_carry_everything(shop: omni.Store) -> None:
    with shop.timeline("loyalty_id:L-1") as walk:
        with pytest.raises(omni.ArgumentError):
            walk.json()
        event = next(walk)
        whole = json.loads(walk.json())
    assert event.name == "Order Completed"
    assert event.channel == "web"
    assert event.time == later(hours=9)
    assert event.properties == {"n": 9}
    assert event.type == omni.EventType.TRACK
    assert len(event.anchor) == 32
    assert shop.find(event.anchor) == shop.find("loyalty_id:L-1")
    assert whole["properties"] == {"n": 9}


def test_a_profile_is_found_by_identifier_and_id(shop: omni.Store) -> None:
    known = shop.find("loyalty_id:L-1")
    assert known is not None
    assert re.search("^[0-9a-f]{32}$", known)
    assert shop.find(("loyalty_id", "L-1")) == known
    assert shop.find(known) == known
    assert shop.find(known.upper()) == known
    assert shop.profile(known).id == known
    assert shop.find("loyalty_id:L-2") is None
    assert shop.find("0" * 32) is None
    for who in ("loyalty_id:L-2", "0" * 32):
        with pytest.raises(omni.NotFound):
            shop.profile(who)
        with pytest.raises(omni.NotFound):
            shop.timeline(who)


def test_an_event_names_all_that_its_copies_name(store: omni.Store) -> None:
    for names in ("loyalty_id:L-9", ["loyalty_id:L-9", "email:A@x.org"]):
        store.append(
            "Sold", names, id="r-1", time=NOON, original_time=later(hours=1)
        )
    with store.timeline("email:a@x.org") as walk:
        with pytest.raises(omni.ArgumentError):
            walk.copies()
        event = next(walk)
        copies = walk.copies()
    both = ("email:a@x.org", "loyalty_id:L-9")
    assert event.identifiers == both
    assert [copy.identifiers for copy in copies] == [both, ("loyalty_id:L-9",)]
    assert event.original_time_us - event.time_us == 3600 * 10**6


def test_all_profiles_in_pages(store: omni.Store) -> None:
    for number in range(20):
        buy(store, f"loyalty_id:P-{number}", f"p-{number}")
    with store.profiles() as walk:
        whole = [(profile.id, walk.json()) for profile in walk]
        with pytest.raises(omni.ArgumentError):
            walk.json()
    assert len(whole) == store.stats().profiles
    assert whole == sorted(whole)
    for known, text in whole:
        assert store.profile_json(known) == text
    pages: list[str] = []
    more = True
    with store.snapshot() as snapshot:
        buy(store, "loyalty_id:later", "later")
        while more:
            after = pages[-1] if pages else None
            page = list(islice(snapshot.profiles(after=after), 6))
            pages += [profile.id for profile in page]
            more = len(page) == 6
    assert pages == [known for known, _ in whole]


def test_links_held_apart_of_a_walk(store: omni.Store) -> None:
    for number in range(1, 3):
        buy(
            store,
            {"user_id": f"u-{number}", "email": "both@example.org"},
            f"both-{number}",
            time=later(hours=number),
        )
    with store.profiles() as walk:
        found = {profile.id: walk.held_apart() for profile in walk}
    for known, held in found.items():
        assert held == store.held_apart(known)
    assert any(found.values())


def test_a_part_of_a_profile(shop: omni.Store) -> None:
    shop.append(
        type="identify",
        identifiers="loyalty_id:L-1",
        traits={"city": "Bern", "size": None},
        time=NOON,
    )
    with shop.snapshot() as snapshot:
        city = snapshot.trait("loyalty_id:L-1", "city")
        whole = snapshot.profile("loyalty_id:L-1")
        assert city == whole.traits["city"]
        assert snapshot.trait("loyalty_id:L-1", "town") is None
        figure = snapshot.figure("loyalty_id:L-1", "Product Viewed")
        assert figure == whole.figures["Product Viewed"]
        assert snapshot.figure("loyalty_id:L-1", "x") is None
        text = snapshot.profile_json("loyalty_id:L-1")
    assert text == shop.profile_json("loyalty_id:L-1")
    tree = json.loads(text)
    assert tree["id"] == whole.id
    assert tree["traits"]["city"]["value"] == "Bern"
    assert tree["events"]["Product Viewed"]["count"] == figure.count


def test_a_snapshot_does_not_see_later_writes(shop: omni.Store) -> None:
    with shop.snapshot() as snapshot:
        buy(shop, "loyalty_id:L-1", "late", time=later(days=1))
        buy(shop, "loyalty_id:L-2", "new")
        events = list(snapshot.timeline("loyalty_id:L-1"))
        assert len(events) == 10
        assert snapshot.find("loyalty_id:L-2") is None
        figures = snapshot.profile("loyalty_id:L-1").figures
        assert figures["Order Completed"].count == 5
    assert len(ids(shop)) == 11
    assert shop.find("loyalty_id:L-2") is not None


def test_nothing_is_read_from_an_ended_snapshot(shop: omni.Store) -> None:
    with shop.snapshot() as snapshot:
        walk = snapshot.timeline("loyalty_id:L-1")
        first = next(walk)
        profile = snapshot.profile("loyalty_id:L-1")
    for use in (
        lambda: next(walk),
        lambda: walk.json(),
        lambda: snapshot.profile("loyalty_id:L-1"),
    ):
        with pytest.raises(omni.ArgumentError):
            use()
    assert first.id == "e-9"
    assert profile.values("loyalty_id") == ("L-1",)


def test_values_may_be_pickled_and_compared(shop: omni.Store) -> None:
    profile = shop.profile("loyalty_id:L-1")
    assert pickle.loads(pickle.dumps(profile)) == profile
    (event,) = shop.timeline("loyalty_id:L-1", limit=1)
    assert event.properties["n"] == 9
    assert pickle.loads(pickle.dumps(event)) == event


@pytest.fixture
def pair(store: omni.Store) -> omni.Store:
    """A store with two people who each bought once."""
    money = {"revenue": Decimal("10.50"), "currency": "CHF"}
    buy(store, "loyalty_id:L-1", "1", properties=money)
    buy(store, "email:anna@example.org", "2", properties=money)
    return store


def test_merge_and_split(pair: omni.Store) -> None:
    card, mail = "loyalty_id:L-1", "email:anna@example.org"
    before = pair.dumps()
    assert pair.find(card) != pair.find(mail)
    ids = pair.find(card), pair.find(mail)
    done = pair.merge(card, mail, "same address", author="desk 3")
    assert re.search(r"^[0-9a-f]{32}:\d+:[0-9a-f]{16}$", done.fact)
    assert (done.in_effect, done.changed) == (True, True)
    assert done.profile_a == done.profile_b == pair.find(card)
    assert {*done.joined, done.profile_a} == set(ids)
    profile = pair.profile(card)
    assert pair.find(mail) == profile.id
    figure = profile.figures["Order Completed"]
    assert figure.amounts["CHF"].sum == Decimal("21.00")
    assert len(list(pair.timeline(mail))) == 2
    undone = pair.split(card, mail, "two sisters")
    assert (undone.profile_a, undone.profile_b, undone.joined) == (*ids, ())
    assert pair.find(card) != pair.find(mail)
    assert len(list(pair.timeline(mail))) == 1
    assert before != b""


def test_a_merge_waits_for_events(pair: omni.Store) -> None:
    done = pair.merge("loyalty_id:L-1", "user_id:new", "said so")
    assert (done.in_effect, done.changed, done.profile_b) == (
        False,
        False,
        None,
    )
    late = pair.append("Seen", "user_id:new", time=1)
    assert not late.created
    assert late.joined == (done.profile_a,)


def test_an_id_leads_on_after_a_merge(pair: omni.Store) -> None:
    card, mail = "loyalty_id:L-1", "email:anna@example.org"
    ids = {pair.find(card), pair.find(mail)}
    pair.merge(card, mail, "same address")
    assert len({pair.find(each) for each in ids}) == 1


def test_links_held_apart_are_told(pair: omni.Store) -> None:
    for number in range(1, 3):
        buy(
            pair,
            {"user_id": f"u-{number}", "email": "both@example.org"},
            f"both-{number}",
            time=later(hours=number),
        )
    held = pair.held_apart("user_id:u-1") + pair.held_apart("user_id:u-2")
    assert "max_per_profile" in {each.rule for each in held}
    assert "both@example.org" in {each.value for each in held}
    assert pair.held_apart("loyalty_id:L-1") == ()


def test_order_does_not_change_the_digest(
    store: omni.Store, open_store: OpenStore
) -> None:
    number = seed()
    chance = random.Random(number)
    people = [
        [f"user_id:u-{i}", f"email:p{i}@example.org", f"phone:+4179{i:07}"]
        for i in range(1, 6)
    ]
    events: list[dict[str, Any]] = [
        {
            "name": chance.choice(["A", "B", "C"]),
            "identifiers": chance.sample(chance.choice(people), 2),
            "id": f"e-{i}",
            "time": later(minutes=chance.randrange(1000)),
            "channel": chance.choice(["web", "store", "app"]),
            "properties": {"value": chance.randrange(1000)},
            "traits": {"t": i},
        }
        for i in range(60)
    ]
    digests, dumps = set(), set()
    for turn in range(3):
        other = open_store(f"turn-{turn}", deployment=store.path)
        chance.shuffle(events)
        for event in events[:20]:
            other.append(**event)
        with other.batch() as batch:
            for event in events[15:]:
                batch.add(**event)
        digests.add(other.digest().state)
        dumps.add(other.dumps())
    assert len(digests) == 1, f"OMNI_SEED={number}"
    assert len(dumps) == 1, f"OMNI_SEED={number}"


def test_digests_tell_stores_apart(
    store: omni.Store, open_store: OpenStore
) -> None:
    other = open_store("other", deployment=store.path)
    assert store.digest().state == other.digest().state
    buy(store, "loyalty_id:L-1", "1")
    assert store.digest().state != other.digest().state
    assert store.digest().facts != other.digest().facts
    assert re.search("^[0-9a-f]{32}$", store.digest().facts)


def test_stats_count(store: omni.Store) -> None:
    buy(store, {"loyalty_id": "L-1", "email": "a@b.ch"}, "1")
    buy(store, "loyalty_id:L-2", "2")
    store.append("x", "email:null")
    stats = store.stats()
    assert (stats.events, stats.nodes, stats.profiles) == (2, 3, 2)
    assert (stats.refused, stats.links) == (1, 1)
    assert stats.file_bytes > 0


def test_dump_writes_json_lines(store: omni.Store, folder: Path) -> None:
    for number in range(5):
        buy(store, f"loyalty_id:L-{number}", str(number))
    path = folder / "dump"
    with open(path, "wb", buffering=0) as file:
        store.dump(file)
    assert path.read_bytes() == store.dumps()
    lines = store.dumps().splitlines()
    ids = [json.loads(line).get("id") for line in lines]
    assert store.find("loyalty_id:L-3") in ids


def test_many_events_of_one_person_in_one_batch(store: omni.Store) -> None:
    with store.batch() as batch:
        for number in range(300):
            name = "AB"[number % 2]
            time = later(minutes=number)
            batch.add(name, "user_id:u-1", id=str(number), time=time)
    with store.snapshot() as snapshot:
        for name, first in (("A", 0), ("B", 1)):
            walk = snapshot.timeline(
                "user_id:u-1", name=name, oldest_first=True
            )
            ids = [event.id for event in walk]
            assert ids == [str(number) for number in range(first, 300, 2)]
    assert store.check().differences == 0


def test_check_finds_all_equal(store: omni.Store) -> None:
    for number in range(20):
        buy(store, f"loyalty_id:L-{number % 4}", str(number))
    told: list[tuple[int, int]] = []
    report = store.check(
        progress=lambda done, total: told.append((done, total))
    )
    assert report.differences == 0
    assert report.facts >= 20
    assert report.rows > 0
    assert told
    assert all(done <= total for done, total in told)


def test_rebuilt_tables_are_the_same(store: omni.Store) -> None:
    for number in range(20):
        buy(store, f"loyalty_id:L-{number % 4}", str(number))
    before = store.digest()
    store.check(rebuild=True)
    assert store.digest() == before


def test_a_closed_store_keeps_what_it_had(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    before = store.digest()
    store.flush()
    assert not (store.flush())
    store.close()
    store.close()
    assert store.closed
    assert "closed" in repr(store)
    with omni.Store(store.path) as again:
        assert again.digest() == before


def test_events_of_all_people(pair: omni.Store) -> None:
    pair.append("Seen", "loyalty_id:L-1", id="3", time=later(hours=1))
    with pair.events() as walk:
        told = [(walk.profile, event.id) for event in walk]
    whose = {id: profile for profile, id in told}
    assert sorted(whose) == ["1", "2", "3"]
    assert whose["1"] == whose["3"] == pair.find("loyalty_id:L-1")
    assert whose["2"] == pair.find("email:anna@example.org")
    profiles = [profile for profile, _ in told]
    assert profiles == sorted(profiles)
    bought = pair.events(name="Order Completed", until=later(minutes=1))
    assert sorted(event.id for event in bought) == ["1", "2"]
    assert list(pair.events(channel="none")) == []


def test_walks_end_with_their_snapshot(pair: omni.Store) -> None:
    with pair.events() as walk:
        next(walk)
    assert list(walk) == []
    with pair.snapshot() as snapshot:
        walks = [snapshot.events(), snapshot.profiles()]
        for each in walks:
            next(each)
    for each in walks:
        each.close()
        assert list(each) == []
    pair.close()
    with pytest.raises(omni.ClosedError):
        pair.events()


def test_as_of_tells_what_was_known_then(store: omni.Store) -> None:
    anna, ben = "user_id:anna", "user_id:ben"
    buy(store, anna, "1", time=later(hours=1))
    buy(store, ben, "2", time=later(hours=2))
    store.merge(anna, ben, reason="one person")
    with store.snapshot() as now:
        assert now.find(anna) == now.find(ben)
        with now.as_of(later(hours=2), anna, ben) as then:
            assert then.find(anna) != then.find(ben)
            assert not then.explain(anna, ben).same
        with now.as_of(later(hours=1), anna, ben) as then:
            assert then.find(ben) is None
            assert then.profile(anna).last_seen == later(hours=1)
            with pytest.raises(omni.ArgumentError):
                next(then.profiles())
        with pytest.raises(omni.NotFound):
            now.as_of(NOON, "user_id:nobody")


def test_history_of_traits(store: omni.Store) -> None:
    for hour, city in enumerate(("Bern", "Basel")):
        store.append(
            "Moved", "user_id:anna", time=later(hours=hour),
            traits={"city": city, "plan": "a"},
        )
    with store.snapshot() as now:
        cities = now.trait_history("user_id:anna", "city")
        assert [(e.value, e.in_force) for e in cities] == [
            ("Basel", True),
            ("Bern", False),
        ]
        assert len(now.trait_history("user_id:anna")) == 4
        assert now.trait_history("user_id:anna", "none") == ()


def test_groups_have_members_and_traits(store: omni.Store) -> None:
    for hour, name in enumerate(("anna", "ben")):
        buy(store, f"user_id:{name}", name, time=later(hours=hour))
        store.append_json(
            {
                "type": "group",
                "userId": name,
                "groupId": "home-7",
                "messageId": name,
                "timestamp": later(hours=hour).isoformat(),
                "traits": {"city": ("Bern", "Basel")[hour]},
            }
        )
    with store.snapshot() as now:
        assert list(now.groups()) == ["home-7"]
        assert list(now.groups("user_id:anna")) == ["home-7"]
        home = now.group("home-7")
        assert len(home.members) == 2
        assert [(t.name, t.value) for t in home.traits] == [("city", "Basel")]
        counts = {figure.name: figure.count for figure in home.figures}
        assert counts == {"Order Completed": 2, "group": 2}
        assert json.loads(now.group_json("home-7"))["id"] == "home-7"
        with pytest.raises(omni.NotFound):
            now.group("home-8")
    store.merge("user_id:anna", "user_id:ben", reason="one person")
    with store.snapshot() as now:
        assert len(now.group("home-7").members) == 1
