"""The Python binding: why two identifiers are one profile, or why not."""

import json

import omni
import pytest
from omni import LinkKind, LinkState
from support import NOON, buy, later


def fill(store: omni.Store) -> None:
    """Anna by cookie, mail and card; Ben on the same cookie."""
    see = {"type": "identify", "channel": "web"}
    store.append(
        identifiers=["anonymous_id:c", "user_id:anna", "email:A@x.org"],
        id="m-1",
        time=NOON,
        **see,
    )
    buy(store, ["email:a@x.org", "loyalty_id:7"], "r-1", time=later(hours=1))
    store.append(
        identifiers=["anonymous_id:c", "user_id:ben"],
        id="m-2",
        time=later(hours=2),
        **see,
    )


def test_a_chain_has_its_events(store: omni.Store) -> None:
    fill(store)
    why = store.explain("loyalty_id:7", ("anonymous_id", "c"))
    assert why
    assert why.same
    assert why.a_profile == why.b_profile == store.find("loyalty_id:7")
    assert [(link.a, link.b) for link in why.chain] == [
        ("loyalty_id:7", "email:a@x.org"),
        ("email:a@x.org", "anonymous_id:c"),
    ]
    first = why.chain[0]
    assert (first.kind, first.state) == (
        LinkKind.OBSERVED,
        LinkState.ACCEPTED,
    )
    assert (first.event_id, first.channel) == ("r-1", "store")
    assert first.event_name == "Order Completed"
    assert first.time == later(hours=1)
    assert first.fact is None and first.event_fact
    assert (first.a_class, why.chain[1].b_class) == ("person", "device")
    assert str(why) == (
        "one profile: a chain of 2 links joins them\n"
        "loyalty_id:7 ── 2026-03-01 13:00 store, Order Completed 'r-1' ── "
        "email:a@x.org\n"
        "email:a@x.org ── 2026-03-01 12:00 web, identify 'm-1' ── "
        "anonymous_id:c"
    )


def test_links_held_apart_have_their_reasons(store: omni.Store) -> None:
    fill(store)
    why = store.explain("user_id:anna", "user_id:ben")
    assert not why
    assert [link.rule for link in why.held] == ["max_per_profile"]
    assert why.held[0].because == (
        "joining would give user_id 2 values, at most 1"
    )
    made = store.split("user_id:anna", "user_id:ben", "sisters", author="Mia")
    why = store.explain("user_id:anna", "user_id:ben")
    assert why.parts[0].fact == made.fact
    assert why.parts[0].kind is LinkKind.PART
    assert (why.parts[0].author, why.parts[0].reason) == ("Mia", "sisters")
    assert "stated apart by Mia: sisters" in str(why)
    store.merge("user_id:ben", "crm:9", "the same")
    waiting = store.explain("user_id:anna", "user_id:ben").waiting
    assert [link.because for link in waiting] == ["no event names crm:9 yet"]
    assert waiting[0].state is LinkState.WAITING


def test_one_identifier_is_explained(store: omni.Store) -> None:
    fill(store)
    cookie = store.explain_identifier(" anonymous_id:c".strip())
    assert (cookie.class_name, cookie.rank) == ("device", 70)
    assert cookie.contested
    assert not cookie.generic
    assert cookie.named_by == "email:a@x.org"
    assert cookie.named_event_id == "m-1"
    assert cookie.profile_size == 4
    assert cookie.neighbour_total == len(cookie.neighbours) == 3
    assert cookie.first_seen == NOON
    assert cookie.last_seen == later(hours=2)
    assert cookie.channels == ("web",)
    assert "contested" in str(cookie)
    assert store.explain_identifier(cookie.id) == cookie
    for number in range(11):
        store.append("A", ["email:info@x.org", f"user_id:u{number}"])
    mail = store.explain_identifier("email:INFO@x.org")
    assert (mail.generic, mail.generic_count) == (True, 11)
    assert (mail.generic_namespace, mail.generic_limit) == ("user_id", 10)
    assert mail.generic_because in str(mail)


def test_links_of_a_profile(store: omni.Store) -> None:
    fill(store)
    links = store.links("user_id:anna")
    joined = [x for x in links if x.state is LinkState.ACCEPTED]
    held = [x for x in links if x.state is LinkState.HELD]
    assert len(joined) == 4
    assert [(x.a, x.b) for x in held] == [("anonymous_id:c", "user_id:ben")]


def test_json_is_the_same_answer(store: omni.Store) -> None:
    fill(store)
    with store.snapshot() as snapshot:
        tree = json.loads(snapshot.explain_json("loyalty_id:7", "user_id:ben"))
        why = snapshot.explain("loyalty_id:7", "user_id:ben")
        one = json.loads(snapshot.explain_identifier_json("user_id:ben"))
    assert tree["same"] is why.same is False
    assert tree["summary"] == why.summary
    assert tree["held_apart"][0]["because"] == why.held[0].because
    assert one["id"] == why.b_id
    assert tree["b"]["profile"] == why.b_profile


def test_strangers_are_not_found(store: omni.Store) -> None:
    fill(store)
    for who in ("email:no@x.org", "0" * 32):
        with pytest.raises(omni.NotFound):
            store.explain("user_id:anna", who)
        with pytest.raises(omni.NotFound):
            store.explain_identifier(who)
        with pytest.raises(omni.NotFound):
            store.links(who)
    with pytest.raises(omni.ArgumentError):
        store.explain("user_id:anna", "Bad Space:x")
