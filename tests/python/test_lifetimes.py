"""The Python binding: how long things live, threads and processes."""

import gc
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import omni
import pytest
from support import NOON, OpenStore, buy, environment

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


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
        with pytest.raises(omni.ArgumentError):
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


def test_a_callback_may_not_close_the_store(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")

    def progress(done: int, total: int) -> None:
        store.close()

    with pytest.raises(omni.ConflictError):
        store.check(progress=progress)
    assert store.stats().events == 1


def run_all(bodies: list[Callable[[], None]]) -> None:
    failed: list[BaseException] = []

    def guarded(body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=guarded, args=(body,)) for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_threads_append_to_one_store(open_store: OpenStore) -> None:
    store = open_store("shared", durability="group")

    def body(thread: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(25):
                store.append(
                    "A",
                    [f"user_id:u-{number}", f"email:m{number}@b.ch"],
                    id=f"{thread}-{number}",
                    time=NOON,
                )
                found = store.profile(f"user_id:u-{number}")
                assert found.figures["A"].count >= 1

        return run

    run_all([body(thread) for thread in range(6)])
    stats = store.stats()
    assert (stats.events, stats.profiles) == (150, 25)
    assert store.check().differences == 0


def test_threads_may_check_at_once(store: omni.Store) -> None:
    for number in range(20):
        buy(store, f"loyalty_id:L-{number % 4}", str(number))

    def body() -> None:
        for _ in range(3):
            assert store.check().differences == 0

    run_all([body] * 3)


def test_threads_take_turns_in_a_snapshot(store: omni.Store) -> None:
    for number in range(20):
        buy(store, f"loyalty_id:L-{number}", str(number))
    with store.snapshot() as snapshot:

        def body() -> None:
            for number in range(20):
                who = f"loyalty_id:L-{number}"
                profile = snapshot.profile(who)
                assert str(profile.identifiers[0]) == who
                (event,) = snapshot.timeline(who)
                assert event.id == str(number)

        run_all([body] * 4)


def test_a_store_is_closed_under_nobodys_feet(open_store: OpenStore) -> None:
    for turn in range(5):
        store = open_store(f"turn-{turn}", durability="off")
        ready = threading.Barrier(4)

        def work(store=store, ready=ready) -> None:
            ready.wait()
            for number in range(1000):
                try:
                    store.append("A", f"user_id:u-{number}")
                    store.find(f"user_id:u-{number}")
                except omni.ArgumentError:
                    return

        def close(store=store, ready=ready) -> None:
            ready.wait()
            store.close()

        run_all([work, work, work, close])


def in_child(body: Callable[[], None]) -> int:
    """Exit status of a child: 0 if the body said so, else 1."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            body()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@forks
def test_a_forked_child_gets_a_conflict(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    snapshot = store.snapshot()
    batch = store.batch()

    def body() -> None:
        for use, *arguments in (
            (store.append, "A", "user_id:u-1"),
            (store.append_json, "{}"),
            (store.merge, "user_id:a", "user_id:b", "x"),
            (store.find, "loyalty_id:L-1"),
            (store.stats,),
            (store.digest,),
            (store.flush,),
            (store.refused,),
            (store.dumps,),
            (store.check,),
            (store.import_lines, [{}]),
            (snapshot.find, "loyalty_id:L-1"),
            (batch.add, "A", "user_id:u-1"),
        ):
            with pytest.raises(omni.ConflictError):
                use(*arguments)
        snapshot.close()
        batch.close()
        store.close()

    assert in_child(body) == 0
    buy(store, "loyalty_id:L-1", "2")
    assert snapshot.find("loyalty_id:L-1") is not None
    assert store.stats().events == 2


@forks
def test_a_child_opens_its_own(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")

    def body() -> None:
        store.close()
        with omni.Store(store.path) as own:
            own.append("A", "loyalty_id:L-1", id="child", time=NOON)

    assert in_child(body) == 0
    ids = {event.id for event in store.timeline("loyalty_id:L-1")}
    assert ids == {"1", "child"}


def test_another_process_is_seen_at_once(store: omni.Store) -> None:
    script = (
        "import omni, sys\n"
        "with omni.Store(sys.argv[1]) as store:\n"
        "    store.append('A', 'user_id:u-1', id='1')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, store.path],
        check=True,
        env=environment(),
    )
    assert store.find("user_id:u-1") is not None
