"""The Python binding: how long things live, threads and processes.

Needs the library: OMNI_LIBRARY=/path/to/libomni.so, or an installed one.
"""

import gc
import os
import subprocess
import sys
import threading
import traceback
import unittest

from support import NOON, StoreTest, environment, omni


class Lifetimes(StoreTest):
    def test_closing_a_store_ends_what_came_from_it(self) -> None:
        self.buy("loyalty_id:L-1", "1")
        snapshot = self.store.snapshot()
        walk = self.store.timeline("loyalty_id:L-1")
        batch = self.store.batch()
        batch.add("A", "user_id:u-1")
        begun = self.store.start_import("x")
        self.store.close()
        for use in (
            lambda: snapshot.find("loyalty_id:L-1"),
            lambda: next(walk),
            lambda: batch.commit(),
            lambda: self.store.stats(),
            lambda: self.store.snapshot(),
            lambda: self.store.batch(),
        ):
            with self.assertRaises(omni.ArgumentError):
                use()
        begun.close()
        snapshot.close()

    def test_what_is_dropped_is_closed(self) -> None:
        path = self.folder / "dropped"
        store = omni.Store(path, create=True)
        store.append("A", "user_id:u-1", id="1")
        snapshot = store.snapshot()
        walk = snapshot.timeline("user_id:u-1")
        ring = [store, snapshot, walk]
        ring.append(ring)
        del store, snapshot, walk, ring
        gc.collect()
        with omni.Store(path) as again:
            self.assertEqual(again.stats().events, 1)

    def test_a_snapshot_keeps_its_store(self) -> None:
        store = omni.Store(self.folder / "kept", create=True)
        store.append("A", "user_id:u-1", id="1")
        walk = store.timeline("user_id:u-1")
        del store
        gc.collect()
        self.assertEqual([event.id for event in walk], ["1"])

    def test_a_store_not_closed_is_closed_at_exit(self) -> None:
        path = str(self.folder / "left")
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
            self.assertEqual(store.stats().events, 1)

    def test_a_callback_may_not_close_the_store(self) -> None:
        self.buy("loyalty_id:L-1", "1")

        def progress(done: int, total: int) -> None:
            self.store.close()

        with self.assertRaises(omni.ConflictError):
            self.store.check(progress=progress)
        self.assertEqual(self.store.stats().events, 1)


class Threads(StoreTest):
    def run_all(self, bodies: list) -> None:
        failed: list[BaseException] = []

        def guarded(body) -> None:
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

    def test_threads_append_to_one_store(self) -> None:
        store = self.open("shared", durability="group")

        def body(thread: int):
            def run() -> None:
                for number in range(25):
                    store.append(
                        "A",
                        [f"user_id:u-{number}", f"email:m{number}@b.ch"],
                        id=f"{thread}-{number}",
                        time=NOON,
                    )
                    found = store.profile(f"user_id:u-{number}")
                    self.assertGreaterEqual(found.figures["A"].count, 1)

            return run

        self.run_all([body(thread) for thread in range(6)])
        stats = store.stats()
        self.assertEqual((stats.events, stats.profiles), (150, 25))
        self.assertEqual(store.check().differences, 0)

    def test_threads_may_check_at_once(self) -> None:
        for number in range(20):
            self.buy(f"loyalty_id:L-{number % 4}", str(number))

        def body() -> None:
            for _ in range(3):
                self.assertEqual(self.store.check().differences, 0)

        self.run_all([body] * 3)

    def test_threads_take_turns_in_a_snapshot(self) -> None:
        for number in range(20):
            self.buy(f"loyalty_id:L-{number}", str(number))
        with self.store.snapshot() as snapshot:

            def body() -> None:
                for number in range(20):
                    who = f"loyalty_id:L-{number}"
                    profile = snapshot.profile(who)
                    self.assertEqual(str(profile.identifiers[0]), who)
                    (event,) = snapshot.timeline(who)
                    self.assertEqual(event.id, str(number))

            self.run_all([body] * 4)

    def test_a_store_is_closed_under_nobodys_feet(self) -> None:
        for turn in range(5):
            store = self.open(f"turn-{turn}", durability="off")
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

            self.run_all([work, work, work, close])


@unittest.skipUnless(hasattr(os, "fork"), "no fork here")
class Processes(StoreTest):
    def in_child(self, body) -> int:
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

    def test_a_forked_child_gets_a_conflict(self) -> None:
        self.buy("loyalty_id:L-1", "1")
        snapshot = self.store.snapshot()
        batch = self.store.batch()

        def body() -> None:
            store = self.store
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
                with self.assertRaises(omni.ConflictError, msg=use.__name__):
                    use(*arguments)
            snapshot.close()
            batch.close()
            self.store.close()

        self.assertEqual(self.in_child(body), 0)
        self.buy("loyalty_id:L-1", "2")
        self.assertIsNotNone(snapshot.find("loyalty_id:L-1"))
        self.assertEqual(self.store.stats().events, 2)

    def test_a_child_opens_its_own(self) -> None:
        self.buy("loyalty_id:L-1", "1")

        def body() -> None:
            self.store.close()
            with omni.Store(self.store.path) as own:
                own.append("A", "loyalty_id:L-1", id="child", time=NOON)

        self.assertEqual(self.in_child(body), 0)
        ids = {event.id for event in self.store.timeline("loyalty_id:L-1")}
        self.assertEqual(ids, {"1", "child"})

    def test_another_process_is_seen_at_once(self) -> None:
        script = (
            "import omni, sys\n"
            "with omni.Store(sys.argv[1]) as store:\n"
            "    store.append('A', 'user_id:u-1', id='1')\n"
        )
        subprocess.run(
            [sys.executable, "-c", script, self.store.path],
            check=True,
            env=environment(),
        )
        self.assertIsNotNone(self.store.find("user_id:u-1"))


if __name__ == "__main__":
    unittest.main()
