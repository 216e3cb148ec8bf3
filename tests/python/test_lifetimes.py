"""The Python binding: how long things live."""

import copy
import gc
import pickle
import random
import subprocess
import sys
from pathlib import Path

import omni
import pytest
from support import buy, environment, seed


def test_closing_a_store_ends_what_came_from_it(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    snapshot = store.snapshot()
    walk = store.timeline("loyalty_id:L-1")
    batch = store.batch()
    batch.add("A", "user_id:u-1")
    begun = store.start_import("x")
    store.close()
    for use in (
        lambda: snapshot.find("loyalty_id:L-1"),
        lambda: next(walk),
        lambda: batch.commit(),
        lambda: store.stats(),
        lambda: store.snapshot(),
        lambda: store.batch(),
    ):
        with pytest.raises(omni.ClosedError, match="closed|ended"):
            use()
    begun.close()
    snapshot.close()


def test_what_is_dropped_is_closed(folder: Path) -> None:
    path = folder / "dropped"
    store = omni.Store(path, create=True)
    store.append("A", "user_id:u-1", id="1")
    snapshot = store.snapshot()
    walk = snapshot.timeline("user_id:u-1")
    ring = [store, snapshot, walk]
    ring.append(ring)
    del store, snapshot, walk, ring
    gc.collect()
    with omni.Store(path) as again:
        assert again.stats().events == 1


def test_no_order_of_dropping_does_harm(folder: Path) -> None:
    number = seed()
    chance = random.Random(number)
    for turn in range(8):
        store = omni.Store(folder / str(turn), create=True, durability="off")
        store.append("A", "user_id:u-1", id="1")
        snapshot, batch = store.snapshot(), store.batch()
        kept = {
            "store": store,
            "snapshot": snapshot,
            "batch": batch,
            "import": store.start_import("x"),
            "walk": snapshot.timeline("user_id:u-1"),
            "own": store.timeline("user_id:u-1"),
        }
        del store, snapshot, batch
        for name in chance.sample(sorted(kept), len(kept)):
            del kept[name]
            gc.collect()
        with omni.Store(folder / str(turn)) as again:
            assert again.stats().events == 1, f"OMNI_SEED={number}"


def test_handles_are_not_pickled_or_copied(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    for each in (
        store,
        store.snapshot(),
        store.batch(),
        store.start_import("x"),
        store.timeline("loyalty_id:L-1"),
    ):
        for use in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="pass the path"):
                use(each)


def test_a_snapshot_keeps_its_store(folder: Path) -> None:
    store = omni.Store(folder / "kept", create=True)
    store.append("A", "user_id:u-1", id="1")
    walk = store.timeline("user_id:u-1")
    del store
    gc.collect()
    assert [event.id for event in walk] == ["1"]


def test_a_store_not_closed_is_closed_at_exit(folder: Path) -> None:
    path = str(folder / "left")
    script = (
        "import omni, sys\n"
        "store = omni.Store(sys.argv[1], create=True, durability='off')\n"
        "store.append('A', 'user_id:u-1', id='1')\n"
        "held = store.snapshot()\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, path], check=True, env=environment()
    )
    with omni.Store(path) as store:
        assert store.stats().events == 1
