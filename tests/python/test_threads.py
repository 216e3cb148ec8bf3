"""The Python binding: threads."""

import ctypes
import sys
import threading
import time
from collections.abc import Callable

import omni
from omni import _native as n
from omni._library import lib
from omni._prototypes import PROTOTYPES
from support import NOON, OpenStore, buy


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


def work_during(call: Callable[[], object]) -> int:
    """Turns of a loop in another thread while a call runs in this one.

    Nobody is made to give up the interpreter's lock meanwhile: turns are
    counted only if the call itself gives it up.
    """
    turns, ended = 0, False

    def work() -> None:
        nonlocal turns
        while not ended:
            turns += 1
            time.sleep(0)

    worker = threading.Thread(target=work)
    interval = sys.getswitchinterval()
    try:
        worker.start()
        sys.setswitchinterval(60)
        before = turns
        call()
        return turns - before
    finally:
        ended = True
        sys.setswitchinterval(interval)
        worker.join()


def test_a_long_call_does_not_hold_up_other_threads(store: omni.Store) -> None:
    with store.batch(durability="off") as batch:
        for number in range(3000):
            batch.add("A", f"user_id:u-{number}", id=str(number), time=NOON)
    assert any(work_during(store.digest) for _ in range(50))

    # The control: the same function, loaded so that it keeps the lock.
    held = ctypes.PyDLL(omni.library_path()).omni_store_digest
    held.restype, held.argtypes = n.omni_status, lib.omni_store_digest.argtypes
    digest = n.omni_digest()
    with store._handle as pointer:
        assert not any(
            work_during(lambda: held(pointer, ctypes.byref(digest), None))
            for _ in range(5)
        )


def test_every_function_gives_up_the_interpreters_lock() -> None:
    keeps_lock = 4  # FUNCFLAG_PYTHONAPI
    for name in PROTOTYPES:
        assert not getattr(lib, name)._flags_ & keeps_lock, name


def test_two_threads_read_at_the_same_time(store: omni.Store) -> None:
    """Each waits, inside a call, for the other to be inside one."""
    buy(store, "loyalty_id:L-1", "1")
    both = threading.Barrier(2, timeout=30)

    def body() -> None:
        met = False

        def progress(done: int, total: int) -> None:
            nonlocal met
            if not met:
                met = True
                both.wait()

        assert store.check(progress=progress).differences == 0

    run_all([body, body])
