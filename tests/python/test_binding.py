"""The Python binding: what it writes."""

import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import omni
import pytest
from support import NOON, OpenStore, buy, later


def test_an_event_makes_a_profile(store: omni.Store) -> None:
    result = buy(
        store,
        {"loyalty_id": "L-1", "email": "Anna@Example.org"},
        "r-1",
        properties={"revenue": Decimal("59.90"), "currency": "CHF"},
        traits={"first_name": "Anna", "points": 12345678901234567890},
        source="till-7",
    )
    assert result.outcome == omni.Outcome.TAKEN
    assert result.code == omni.RefusedCode.NONE
    profile = store.profile("email:anna@example.org")
    assert profile.id == result.profile
    assert profile.values("loyalty_id") == ("L-1",)
    assert profile.values("email") == ("anna@example.org",)
    assert profile.channels == ("store",)
    assert profile.first_seen == NOON
    assert profile.last_seen == NOON
    figure = profile.figures["Order Completed"]
    assert (figure.count, figure.first) == (1, NOON)
    assert figure.amounts["CHF"].sum == Decimal("59.90")
    trait = profile.traits["first_name"]
    assert (trait.value, trait.time) == ("Anna", NOON)
    assert (trait.source, trait.event_id) == ("till-7", "r-1")
    points = profile.traits["points"].value
    assert points == 12345678901234567890


def test_a_retry_is_a_duplicate(store: omni.Store) -> None:
    first = buy(store, "loyalty_id:L-1", "r-1")
    again = buy(store, "loyalty_id:L-1", "r-1")
    assert first.outcome == omni.Outcome.TAKEN
    assert again.outcome == omni.Outcome.DUPLICATE
    assert again.profile == first.profile
    figures = store.profile("loyalty_id:L-1").figures
    assert figures["Order Completed"].count == 1


def test_a_blocked_event_is_refused_and_listed(store: omni.Store) -> None:
    result = store.append("Login", "email:null", source="web-shop")
    assert result.outcome == omni.Outcome.REFUSED
    assert result.code == omni.RefusedCode.BLOCKED
    assert result.profile is None
    assert result.fact is None
    (entry,) = store.refused()
    assert entry.code == omni.RefusedCode.BLOCKED
    assert entry.word == omni.refused_name(5)
    assert not entry.taken
    assert entry.reason
    age = datetime.now(timezone.utc) - entry.time
    assert abs(age) < timedelta(minutes=5)


def test_an_event_from_the_future_is_taken_and_flagged(
    store: omni.Store,
) -> None:
    ahead = datetime.now(timezone.utc) + timedelta(days=3)
    result = buy(store, "loyalty_id:L-1", "r-1", time=ahead)
    assert result.outcome == omni.Outcome.TAKEN
    (entry,) = store.refused()
    assert entry.code == omni.RefusedCode.FLAGGED_FUTURE
    assert entry.taken
    assert store.stats().flagged == 1


def test_names_are_given_in_many_forms(store: omni.Store) -> None:
    known: str | None = None
    forms = (
        "loyalty_id:L-1",
        ("loyalty_id", "L-1"),
        ["loyalty_id:L-1"],
        [("loyalty_id", "L-1"), "email:anna@example.org"],
        ("loyalty_id:L-1", "email:anna@example.org"),
        {"loyalty_id": "L-1", "email": ["anna@example.org"]},
    )
    for index, form in enumerate(forms):
        result = buy(store, form, f"r-{index}", time=later(hours=index))
        assert result.outcome == omni.Outcome.TAKEN, form
        known = known or result.profile
        assert result.profile == known, form
    identifier = store.profile("loyalty_id:L-1").identifiers[0]
    result = buy(store, identifier, "r-last", time=later(days=1))
    assert result.profile == known


def test_other_types_of_event(store: omni.Store) -> None:
    store.append(
        None,
        {"user_id": "u-1", "anonymous_id": "c-1"},
        type="identify",
        traits={"city": "Bern"},
        time=NOON,
    )
    store.append(
        identifiers="user_id:u-1",
        type=omni.EventType.GROUP,
        group_id="staff",
        time=later(hours=1),
    )
    group, identify = store.timeline("user_id:u-1")
    assert group.type == omni.EventType.GROUP
    assert group.group_id == "staff"
    assert identify.type == omni.EventType.IDENTIFY
    assert identify.traits == {"city": "Bern"}
    assert identify.properties == {}


def test_json_records_as_text_or_mappings(store: omni.Store) -> None:
    record = {
        "type": "track",
        "event": "Product Viewed",
        "userId": "u-1",
        "messageId": "m-1",
        "timestamp": NOON,
        "properties": {"price": Decimal("0.10"), "name": 'Öl \u2028 8"'},
    }
    summary = store.append_json(record)
    assert (summary.read, summary.taken) == (1, 1)
    (event,) = store.timeline("user_id:u-1")
    assert event.time == NOON
    assert event.properties["price"] == Decimal("0.1")
    assert event.properties["name"] == 'Öl \u2028 8"'
    text = '{"type":"track","event":"B","userId":"u-1","messageId":"m"}'
    both = store.append_json([record, text, b"no json"])
    assert (both.read, both.taken) == (3, 1)
    assert (both.duplicates, both.refused) == (1, 1)
    assert both.refused_by_code == {omni.RefusedCode.JSON: 1}
    three = store.append_json("{}\n[]\nx\n")
    assert (three.read, three.refused) == (3, 3)


def test_a_batch_is_committed_at_the_end_of_with(store: omni.Store) -> None:
    with store.batch() as batch:
        batch.add("A", "user_id:u-1", id="1", time=NOON)
        batch.add_json({"event": "B", "type": "track", "userId": "u-1"})
        batch.merge("user_id:u-1", "email:a@b.ch", "said so", author="me")
        batch.split("user_id:u-1", "email:c@d.ch", "said so")
        assert len(batch) == 4
        assert batch.size_bytes > 0
        assert store.find("user_id:u-1") is None
    assert store.find("user_id:u-1") is not None
    assert store.stats().events == 2
    assert store.stats().statements == 2


def test_a_batch_is_forgotten_after_an_exception(store: omni.Store) -> None:
    with pytest.raises(KeyError), store.batch() as batch:
        batch.add("A", "user_id:u-1")
        raise KeyError
    assert store.find("user_id:u-1") is None
    with pytest.raises(omni.ArgumentError):
        batch.add("A", "user_id:u-1")


def test_a_batch_counts_and_is_used_again(store: omni.Store) -> None:
    batch = store.batch(durability="off")
    batch.add("A", "user_id:u-1", id="1")
    batch.add("A", "email:none", id="2")
    first = batch.commit()
    assert (first.taken, first.refused) == (1, 1)
    assert len(batch) == 0
    batch.add("A", "user_id:u-1", id="1")
    second = batch.commit(omni.Durability.FULL)
    assert (second.read, second.duplicates) == (1, 1)
    assert batch.summary() == second
    batch.close()
    total = first + second
    assert (total.read, total.taken, total.refused) == (3, 1, 1)


def test_a_batch_keeps_results_where_asked(store: omni.Store) -> None:
    batch = store.batch(results=True)
    batch.add("A", "user_id:u-1", time=NOON)
    batch.add("A", "email:none", id="2")
    batch.merge("user_id:u-1", "email:a@b.ch", "said so")
    batch.add_json('\n{"type": "track", "event": "B", "userId": "u-2"}')
    assert batch.results() == ()
    batch.commit()
    first, refused, merged, line = batch.results()
    assert isinstance(first, omni.EventResult)
    assert first.outcome is omni.Outcome.TAKEN
    assert first.created
    assert len(first.made_id) == 16
    assert isinstance(refused, omni.EventResult)
    assert refused.outcome is omni.Outcome.REFUSED
    assert "blocked" in refused.reason
    assert isinstance(merged, omni.StatementResult)
    assert (merged.in_effect, merged.profile_a) == (False, first.profile)
    assert isinstance(line, omni.EventResult)
    assert (line.line, line.created) == (2, True)
    batch.add("A", "user_id:u-1", id="3")
    assert batch.results() == ()
    batch.close()


def test_a_batch_says_what_was_wrong(store: omni.Store) -> None:
    with store.batch() as batch:
        with pytest.raises(omni.ArgumentError, match="user_id:a"):
            batch.merge("user_id:a", "user_id:a", "x")


def test_an_event_tells_what_it_joined(store: omni.Store) -> None:
    first = store.append("A", "user_id:u", id="1", time=NOON)
    other = store.append("A", "email:a@b.ch", id="2")
    both = store.append("A", ["user_id:u", "email:a@b.ch"], id="3")
    assert (first.created, other.created, both.created) == (True, True, False)
    assert both.joined == (other.profile,)
    assert both.profile == first.profile
    assert first.made_id == ""


def test_a_full_batch_says_so_and_keeps_its_facts(store: omni.Store) -> None:
    batch = store.batch()
    for _ in range(omni.LIMIT_BATCH_FACTS):
        batch.merge("user_id:a", "user_id:b", "filler")
    with pytest.raises(omni.LimitError):
        batch.merge("user_id:a", "user_id:b", "one too many")
    assert len(batch) == omni.LIMIT_BATCH_FACTS


def test_an_import_of_another_store_is_not_taken(
    store: omni.Store, open_store: OpenStore
) -> None:
    other = open_store("other")
    with other.start_import("x") as begun, store.batch() as batch:
        with pytest.raises(omni.ArgumentError):
            batch.add_json("{}", begun)


def records(count: int) -> list[dict[str, object]]:
    return [
        {
            "type": "track",
            "event": "Order Completed",
            "userId": f"u-{i % 7}",
            "messageId": f"m-{i}",
            "timestamp": later(minutes=i),
            "channel": "web",
            "properties": {"revenue": i, "currency": "EUR"},
        }
        for i in range(count)
    ]


def test_batches_of_any_size_give_the_same(
    store: omni.Store, open_store: OpenStore
) -> None:
    given = records(50)
    dumps = set()
    for size in (1, 7, 50, 1000):
        other = open_store(f"of-{size}", deployment=store.path)
        summary = other.import_lines(given, batch_size=size)
        assert (summary.read, summary.taken) == (50, 50)
        dumps.add(other.dumps())
    assert len(dumps) == 1


def test_a_file_with_bad_lines(store: omni.Store, folder: Path) -> None:
    path = folder / "events.jsonl"
    good = '{"type":"track","event":"A","userId":"u-1","messageId":"1"}'
    path.write_text(f"{good}\n\nnonsense\n{good}\n{{}}", encoding="utf-8")
    summary = store.import_file(path, source="erp", batch_size=2)
    assert (summary.taken, summary.duplicates) == (1, 1)
    assert summary.read == summary.taken + summary.duplicates + summary.refused
    assert [(entry.line, entry.source) for entry in store.refused()] == [
        (3, "erp"),
        (5, "erp"),
    ]
    assert store.refused()[0].record == b"nonsense"
    assert len(store.refused(limit=1)) == 1
    (event,) = store.timeline("user_id:u-1")
    assert event.source == "erp"


def test_open_files_are_read_as_well(store: omni.Store) -> None:
    line = '{"type":"track","event":"A","userId":"ü","messageId":"%d"}\n'
    text = "".join(line % i for i in range(3))
    assert store.import_file(io.StringIO(text)).taken == 3
    again = store.import_file(io.BytesIO(text.encode()))
    assert again.duplicates == 3
    assert store.import_lines(text).duplicates == 3


def test_equal_records_without_id_count_over_batches(
    store: omni.Store,
) -> None:
    record = {
        "type": "track",
        "event": "Coffee",
        "userId": "u-1",
        "timestamp": "2026-03-01T12:00:00Z",
    }
    first = store.import_lines([record] * 5, batch_size=2)
    assert first.taken == 5
    again = store.import_lines([record] * 5, batch_size=3)
    assert (again.taken, again.duplicates) == (0, 5)


def test_more_than_one_batch_holds(store: omni.Store) -> None:
    count = omni.LIMIT_BATCH_FACTS + 1000
    summary = store.import_lines(
        ["{}"] * count, batch_size=10 * count, durability="off"
    )
    assert (summary.read, summary.refused) == (count, count)
    assert store.stats().refused == count


def test_what_was_committed_stays_after_an_exception(
    store: omni.Store,
) -> None:
    def lines():
        yield from records(10)
        raise OSError("line cut")

    with pytest.raises(OSError):
        store.import_lines(lines(), batch_size=4)
    assert store.stats().events == 8
    store.import_lines(records(12), batch_size=4)
    assert store.stats().events == 12


def test_facts_are_taken_back(store: omni.Store) -> None:
    store.append("A", "user_id:u", id="1", time=NOON)
    before = store.dumps()
    fact = store.append("A", "user_id:u", id="2", time=NOON).fact
    assert fact is not None
    undone = store.retract(fact, "never was", author="me")
    assert undone.count == 1 and undone.fact is not None
    assert store.dumps() == before
    (void,) = store.voided()
    assert (void.fact, void.kind) == (fact, omni.FactKind.EVENT)
    assert (void.retract, void.reason) == (undone.fact, "never was")
    assert void.author == "me" and void.made <= void.retracted
    assert store.retract(fact, "again") == omni.RetractResult(None, 0)
    again = store.append("A", "user_id:u", id="2", time=NOON)
    assert again.outcome == omni.Outcome.RETRACTED
    assert store.stats().voided == 1
    told = list(store.facts())[-1]
    assert told.targets == (fact,) and told.reason == "never was"
    with store.batch(results=True) as batch:
        batch.retract(undone.fact, "it was")
        batch.commit()
        (made,) = batch.results()
    assert isinstance(made, omni.RetractResult) and made.count == 1
    assert store.dumps() != before and not [
        each for each in store.voided() if each.fact == fact
    ]
    with pytest.raises(omni.NotFound):
        store.retract(fact.rsplit(":", 2)[0] + ":99", "x")
    with pytest.raises(omni.ArgumentError):
        store.retract("nothing", "x")
