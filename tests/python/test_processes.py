"""The Python binding: forks, and other processes."""

import multiprocessing
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import omni
import pytest
from support import BINDING, NOON, buy, environment

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


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


def add_one(path: str, number: int) -> int:
    """What a worker of a pool does."""
    with omni.Store(path) as store:
        store.append("A", "user_id:u-1", id=str(number), time=NOON)
        return store.stats().events


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_of_a_pool_open_their_own(
    method: str, store: omni.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    store.append("A", "user_id:u-1", id="parent", time=NOON)
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        done = pool.map(add_one, [str(store.path)] * 6, range(6))
        assert max(done) == 7
    assert store.stats().events == 7
    assert store.check().differences == 0


@forks
def test_a_store_opened_after_a_fork_is_the_childs_own(
    folder: Path,
) -> None:
    path = folder / "later"

    def body() -> None:
        with omni.Store(path, create=True) as store:
            store.append("A", "user_id:u-1", id="child", time=NOON)

    assert in_child(body) == 0
    with omni.Store(path) as store:
        assert store.stats().events == 1


@forks
def test_a_fork_while_another_thread_writes(store: omni.Store) -> None:
    """The child may close what it has, although a thread was inside it."""
    ended = threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            store.append("A", "user_id:u-1", id=str(number), time=NOON)
            number += 1

    def body() -> None:
        with pytest.raises(omni.ConflictError):
            store.stats()
        store.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert [in_child(body) for _ in range(5)] == [0] * 5
    finally:
        ended.set()
        writer.join()
    assert store.check().differences == 0
