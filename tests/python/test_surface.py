"""Everything in C is reached by the public methods of the binding.

SURFACE says, for each function of the headers, where a Python programmer
finds it. Each row is run: the function must have been called by it.
"""

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import headers
import omni
import pytest
from omni._library import lib
from support import NOON

WHO = "loyalty_id:L-1"


class World:
    """A store that knows somebody, and what a row of the table needs."""

    def __init__(self, open_store: Callable[..., omni.Store]) -> None:
        self.open = open_store
        self.store = open_store("store")
        appended = self.store.append(
            "Order Completed",
            {"loyalty_id": "L-1", "email": "anna@example.org"},
            id="1",
            time=NOON,
            traits={"city": "Bern"},
        )
        self.fact = appended.fact or ""
        self.store.append_json(
            {
                "type": "group",
                "groupId": "acme",
                "timestamp": NOON.isoformat(),
                "context": {
                    "externalIds": [{"type": "loyalty_id", "id": "L-1"}]
                },
            }
        )
        self.snapshot = self.store.snapshot()
        self.batch = self.store.batch()
        self.walk = self.snapshot.timeline(WHO)


def read_on(world: World) -> None:
    next(world.walk)
    world.walk.json()


def changes(world: World) -> None:
    world.store.append("Viewed", {"user_id": "u"}, time=NOON)
    world.store.merge(WHO, "user_id:u", "the same card")
    repr(next(world.store.changes()))


def read_fact(world: World) -> None:
    facts = world.store.facts()
    next(facts)
    facts.json()


def fault(world: World) -> None:
    with pytest.raises(omni.ArgumentError):
        world.store.facts().json()


def miss(world: World) -> None:
    with pytest.raises(omni.ArgumentError):
        world.snapshot.find("No namespace:x")


def evaluator_ends(world: World) -> None:
    """A thread has its own, which goes with it."""
    thread = threading.Thread(target=omni.cel.evaluate, args=("1",))
    thread.start()
    thread.join()


def results(world: World) -> None:
    """A batch with something of each kind, and what came of it."""
    with world.store.batch(results=True) as batch:
        batch.add("A", WHO)
        batch.merge(WHO, "user_id:u", "x")
        batch.retract(world.fact, "x")
        batch.commit()
        assert len(batch.results()) == 3


def segments(world: World) -> None:
    """One that is defined, asked and taken away."""
    known = world.store.segments
    known["all"] = "true"
    assert (known["all"] | known["all"]).count() == 1
    known["all"].compiled().close()
    del known["all"]


def rehearse(world: World) -> None:
    """An import that is judged and not kept."""
    with world.store.start_import() as begun:
        begun.rehearse()
        world.batch.add_json("{}", begun)
        assert begun.rehearsed().refused == 1


def table(world: World) -> None:
    """A row of a table, by a mapping."""
    with omni.Mapping().add("=event:A").add("W=namespace:user_id") as mapping:
        mapping.bind(["W"])
        assert mapping.uses(0)
        assert mapping.form.header and not mapping.skipped
        world.batch.add_row(["u"], mapping)


#: Function of the C library, and how one gets to it.
SURFACE: dict[str, Callable[[World], object]] = {
    # batch.h
    "omni_batch_add": lambda w: w.batch.add("A", WHO),
    "omni_batch_add_json": lambda w: w.batch.add_json("{}"),
    "omni_batch_add_merge": lambda w: w.batch.merge(WHO, "user_id:u", "x"),
    "omni_batch_add_retract": lambda w: w.batch.retract(w.fact, "x"),
    "omni_batch_add_split": lambda w: w.batch.split(WHO, "user_id:u", "x"),
    "omni_batch_bytes": lambda w: w.batch.size_bytes,
    "omni_batch_commit": lambda w: w.batch.commit(),
    "omni_batch_count": lambda w: len(w.batch),
    "omni_batch_error": lambda w: w.batch.add("A", WHO),
    "omni_batch_free": lambda w: w.batch.close(),
    "omni_batch_new": lambda w: w.store.batch(),
    "omni_batch_result": results,
    "omni_batch_result_count": results,
    "omni_batch_retract_result": results,
    "omni_batch_statement_result": results,
    "omni_batch_summary": lambda w: w.batch.summary(),
    "omni_import_rehearse": rehearse,
    "omni_import_rehearsed": rehearse,
    "omni_import_free": lambda w: w.store.start_import().close(),
    "omni_import_new": lambda w: w.store.start_import(),
    # event.h
    "omni_event_append": lambda w: w.store.append("A", WHO),
    "omni_event_append_json": lambda w: w.store.append_json("{}"),
    "omni_refused_name": lambda w: omni.refused_name(1),
    "omni_event_parse_json": lambda w: w.store.parse_json("{}"),
    # explain.h
    "omni_explain": lambda w: w.store.explain(WHO, "email:anna@example.org"),
    "omni_explain_identifier": lambda w: w.store.explain_identifier(WHO),
    "omni_explanation_json": lambda w: w.store.explain_json(WHO, WHO),
    "omni_identifier_explanation_json": lambda w: (
        w.store.explain_identifier_json(WHO)
    ),
    "omni_identifier_find": lambda w: w.store.explain_identifier(WHO),
    "omni_profile_links": lambda w: w.store.links(WHO),
    # scan.h
    "omni_scan_close": lambda w: w.store.segment("true").members().close(),
    "omni_scan_next": lambda w: next(w.store.segment("true").members()),
    "omni_scan_open": lambda w: w.store.segment("true").members(),
    "omni_scan_progress": lambda w: w.store.segment("true").members().counts(),
    "omni_segment_count": lambda w: w.store.segment("true").count(),
    # segment.h
    "omni_segment_compile": lambda w: w.store.segment("true"),
    "omni_segment_eval": lambda w: w.store.segment("true").eval(WHO),
    "omni_segment_explain": lambda w: w.store.segment("true").explain(WHO),
    "omni_segment_free": lambda w: w.store.segment("true").close(),
    # cel.h
    "omni_cel_eval_json": lambda w: omni.cel.evaluate("1"),
    "omni_cel_free": evaluator_ends,
    "omni_cel_new": evaluator_ends,
    # facts.h
    "omni_fact_kind_name": lambda w: omni.fact_kind_name(1),
    "omni_facts_close": lambda w: w.store.facts().close(),
    "omni_facts_error": fault,
    "omni_facts_json": read_fact,
    "omni_facts_next": lambda w: next(w.store.facts()),
    "omni_facts_open": lambda w: w.store.facts(),
    "omni_facts_position": lambda w: w.store.facts().position,
    # funnel.h
    "omni_funnel_json": lambda w: w.store.funnel_json("A"),
    "omni_funnel_run": lambda w: w.store.funnel("A"),
    # identifier.h
    "omni_fact_id_format": lambda w: w.store.append("A", WHO).fact,
    "omni_fact_id_parse": lambda w: w.store.retract(w.fact, "x"),
    "omni_fact_retract": lambda w: w.store.retract(w.fact, "x"),
    "omni_id_format": lambda w: w.store.find(WHO),
    "omni_id_parse": lambda w: w.store.find("0" * 32),
    # mapping.h
    "omni_batch_add_row": table,
    "omni_mapping_add": table,
    "omni_mapping_bind": table,
    "omni_mapping_form": table,
    "omni_mapping_free": table,
    "omni_mapping_parse": table,
    "omni_mapping_skipped": table,
    "omni_mapping_uses": table,
    # policy.h
    "omni_policy_invalid_facts": lambda w: w.store.policy_invalid(),
    "omni_policy_json": lambda w: w.store.policy(),
    "omni_policy_plan_json": lambda w: w.snapshot.plan_policy_json({}),
    "omni_policy_rehearse": lambda w: w.store.plan_policy({}),
    "omni_policy_set_json": lambda w: w.store.set_policy({}),
    "omni_policy_settings": lambda w: w.store.policy_settings(),
    # profile.h
    "omni_profile_channels": lambda w: w.store.profile(WHO).channels,
    "omni_profile_figure": lambda w: w.snapshot.figure(WHO, "A"),
    "omni_profile_figures": lambda w: w.store.profile(WHO).figures,
    "omni_profile_find": lambda w: w.snapshot.find(WHO),
    "omni_profile_first_seen": lambda w: w.store.profile(WHO).first_seen,
    "omni_profile_get": lambda w: w.snapshot.profile(WHO),
    "omni_profile_held_apart": lambda w: w.store.held_apart(WHO),
    "omni_profile_id": lambda w: w.store.profile(WHO).id,
    "omni_profile_identifiers": lambda w: w.store.profile(WHO).identifiers,
    "omni_profile_json": lambda w: w.store.profile_json(WHO),
    "omni_profile_last_seen": lambda w: w.store.profile(WHO).last_seen,
    "omni_profile_segments": lambda w: w.store.profile_segments(WHO),
    "omni_profile_resolve": lambda w: w.snapshot.find("0" * 32),
    "omni_profile_trait": lambda w: w.snapshot.trait(WHO, "city"),
    "omni_profile_trait_history": lambda w: w.snapshot.trait_history(WHO),
    "omni_profile_traits": lambda w: w.store.profile(WHO).traits,
    "omni_profiles_close": lambda w: w.store.profiles().close(),
    "omni_profiles_next": lambda w: next(w.store.profiles()),
    "omni_profiles_open": lambda w: w.store.profiles(),
    # changes.h
    "omni_feed_end": lambda w: w.store.changes_end(),
    "omni_profile_change_name": changes,
    "omni_profile_change_next": changes,
    # segments.h
    "omni_segment_change_next": lambda w: w.store.segments.changes(),
    "omni_segment_delete": segments,
    "omni_segment_load": segments,
    "omni_segment_set": segments,
    "omni_segments_members": segments,
    "omni_segments_read": lambda w: len(w.store.segments),
    "omni_store_dump_at": lambda w: w.store.dumps(at=NOON),
    "omni_store_tick": lambda w: w.store.tick(budget=1),
    "omni_store_tick_all": lambda w: w.store.tick(),
    # statement.h
    "omni_profile_merge": lambda w: w.store.merge(WHO, "user_id:u", "x"),
    "omni_profile_split": lambda w: w.store.split(WHO, "user_id:u", "x"),
    # status.h
    "omni_status_name": lambda w: omni.status_name(1),
    "omni_version": lambda w: omni.version(),
    # store.h
    "omni_store_check": lambda w: w.store.check(),
    "omni_store_close": lambda w: w.store.close(),
    "omni_store_digest": lambda w: w.store.digest(),
    "omni_store_dump": lambda w: w.store.dump(io.BytesIO()),
    "omni_store_flush": lambda w: w.store.flush(),
    "omni_store_open": lambda w: w.open("other"),
    "omni_store_refused": lambda w: w.store.refused(),
    "omni_store_voided": lambda w: w.store.voided(),
    "omni_store_stats": lambda w: w.store.stats(),
    # timeline.h
    "omni_timeline_close": lambda w: w.walk.close(),
    "omni_timeline_copies": lambda w: (next(w.walk), w.walk.copies()),
    "omni_timeline_facts": lambda w: (next(w.walk), w.walk.facts()),
    "omni_timeline_identifiers": lambda w: next(w.walk).identifiers,
    "omni_timeline_json": read_on,
    "omni_timeline_next": lambda w: next(w.walk),
    "omni_timeline_open": lambda w: w.store.timeline(WHO),
    # group.h
    "omni_group_figures": lambda w: w.snapshot.group("acme"),
    "omni_group_get": lambda w: w.snapshot.group("acme"),
    "omni_group_json": lambda w: w.snapshot.group_json("acme"),
    "omni_group_next": lambda w: list(w.snapshot.groups()),
    "omni_profile_groups": lambda w: list(w.snapshot.groups(WHO)),
    # txn.h
    "omni_txn_as_of": lambda w: w.snapshot.as_of(0, WHO),
    "omni_txn_at": lambda w: w.snapshot.at(NOON),
    "omni_txn_begin": lambda w: w.store.snapshot(),
    "omni_txn_end": lambda w: w.snapshot.close(),
    "omni_txn_error": miss,
}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Names of the C functions that were called."""
    names: set[str] = set()

    def watch(name: str) -> Callable[..., Any]:
        function = getattr(lib, name)

        def call(*arguments: Any) -> Any:
            names.add(name)
            return function(*arguments)

        call.__name__ = name
        return call

    for name in SURFACE:
        monkeypatch.setattr(lib, name, watch(name))
    yield names


def test_the_table_has_every_public_function() -> None:
    public = headers.from_headers(headers.header_texts()).functions
    assert sorted(SURFACE) == sorted(public)


@pytest.mark.parametrize("name", SURFACE)
def test_a_public_method_calls(
    name: str, open_store: Callable[..., omni.Store], called: set[str]
) -> None:
    world = World(open_store)
    called.clear()
    SURFACE[name](world)
    assert name in called
