"""The Python binding: hooks and callbacks, and what they raise."""

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import omni
import pytest
from support import NOON, OpenStore, buy


def test_the_clock_hook_gives_the_time(open_store: OpenStore) -> None:
    store = open_store("timed", clock=lambda: NOON)
    store.append("Login", "user_id:u-1")
    assert store.profile("user_id:u-1").first_seen == NOON


def test_the_random_hook_is_asked(open_store: OpenStore) -> None:
    sizes: list[int] = []

    def give(size: int) -> bytes:
        sizes.append(size)
        return os.urandom(size)

    open_store("random", random=give, log=lambda level, line: None)
    assert sizes


def test_an_exception_of_the_clock_comes_out_of_the_call(
    open_store: OpenStore,
) -> None:
    fails = False

    def clock() -> datetime:
        if fails:
            raise RuntimeError("no battery")
        return NOON

    store = open_store("untimed", clock=clock)
    fails = True
    with pytest.raises(RuntimeError, match="no battery") as caught:
        store.append("Login", "user_id:u-1", id="1")
    assert caught.value.__notes__ == ["Raised by the clock of an omni.Store."]
    fails = False
    again = store.append("Login", "user_id:u-1", id="1", time=NOON)
    assert again.outcome in (omni.Outcome.DUPLICATE, omni.Outcome.TAKEN)
    assert store.check().differences == 0


@pytest.mark.parametrize("given", [b"short", None])
def test_an_exception_of_the_random_hook_comes_out_of_the_call(
    folder: Path, given: Any
) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        omni.Store(folder / "x", create=True, random=lambda size: given)
    assert "random hook" in caught.value.__notes__[0]
    omni.Store(folder / "x", create=True).close()


def test_an_exception_of_the_log_comes_out_of_the_call(folder: Path) -> None:
    omni.Store(folder / "first", create=True).close()
    shutil.copytree(folder / "first", folder / "copy")
    shutil.copytree(folder / "first", folder / "other")
    lines: list[str] = []

    def log(level: omni.LogLevel | int, line: str) -> None:
        assert level == omni.LogLevel.WARNING
        lines.append(line)
        if "other" in line:
            raise KeyError("disk of the log is full")

    omni.Store(folder / "copy", log=log).close()
    assert "copied or restored" in lines[0]
    with pytest.raises(KeyError, match="disk of the log"):
        omni.Store(folder / "other", log=log)
    omni.Store(folder / "other").close()


def test_exceptions_of_hooks_stay_in_their_thread(
    open_store: OpenStore,
) -> None:
    def clock() -> datetime:
        name = threading.current_thread().name
        if name.startswith("bad"):
            raise RuntimeError(name)
        return NOON

    store = open_store("timed", clock=clock)
    raised: dict[str, str] = {}

    def work() -> None:
        name = threading.current_thread().name
        for number in range(10):
            try:
                store.append("A", f"user_id:{name}", id=str(number))
            except RuntimeError as error:
                raised[name] = str(error)

    names = ("bad-1", "good-1", "bad-2", "good-2")
    threads = [threading.Thread(target=work, name=name) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == {"bad-1": "bad-1", "bad-2": "bad-2"}


def test_a_callback_may_not_close_the_store(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")

    def progress(done: int, total: int) -> None:
        store.close()

    with pytest.raises(omni.ConflictError):
        store.check(progress=progress)
    assert store.stats().events == 1


def test_an_exception_of_a_writer_comes_through(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(28, "no space")

    with pytest.raises(OSError):
        store.dump(Full())
    store.digest()


def test_a_check_may_be_stopped(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    with pytest.raises(omni.BusyError):
        store.check(progress=lambda done, total: True)
    assert store.check().differences == 0


def test_an_exception_stops_a_check(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")

    def progress(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.check(progress=progress)
    assert store.check().differences == 0


def test_a_signal_stops_a_check_that_tells_its_progress(
    store: omni.Store,
) -> None:
    buy(store, "loyalty_id:L-1", "1")
    told: list[int] = []

    def progress(done: int, total: int) -> None:
        told.append(done)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        store.check(progress=progress)
    assert len(told) == 1
    assert store.check().differences == 0


def test_a_signal_stops_a_check_that_tells_nobody(store: omni.Store) -> None:
    with store.batch(durability="off") as batch:
        for number in range(20000):
            batch.add("A", f"user_id:u-{number}", id=str(number), time=NOON)
    main = threading.main_thread().ident
    assert main is not None
    began, ended = threading.Event(), threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        """The first signal counts; another may be on its way by then."""
        if not ended.is_set():
            ended.set()
            raise KeyboardInterrupt

    def interrupt() -> None:
        began.wait()
        while not ended.wait(0.005):
            signal.pthread_kill(main, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    before = signal.signal(signal.SIGINT, stop)
    interrupter.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            began.set()
            while True:
                store.check()
    finally:
        ended.set()
        interrupter.join()
        signal.signal(signal.SIGINT, before)
    assert store.stats().events == 20000


def test_an_import_stops_where_its_lines_raise(store: omni.Store) -> None:
    def lines() -> Iterator[dict[str, str]]:
        for number in range(10):
            if number == 7:
                raise KeyboardInterrupt
            yield {
                "type": "track",
                "event": "A",
                "userId": "u-1",
                "messageId": str(number),
            }

    with pytest.raises(KeyboardInterrupt):
        store.import_lines(lines(), batch_size=2)
    assert store.stats().events == 6
