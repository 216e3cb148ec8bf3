"""The Python binding: what it reads.

Needs the library: OMNI_LIBRARY=/path/to/libomni.so, or an installed one.
"""

import json
import pickle
import random
import unittest
from decimal import Decimal

from support import NOON, StoreTest, later, omni, seed


class Reading(StoreTest):
    def setUp(self) -> None:
        super().setUp()
        for hour in range(10):
            self.store.append(
                "Order Completed" if hour % 2 else "Product Viewed",
                "loyalty_id:L-1",
                id=f"e-{hour}",
                time=later(hours=hour),
                channel="store" if hour < 5 else "web",
                properties={"n": hour},
            )

    def ids(self, **options: object) -> list[str]:
        with self.store.timeline("loyalty_id:L-1", **options) as walk:
            return [event.id for event in walk]

    def test_timeline_newest_first(self) -> None:
        newest_first = [f"e-{hour}" for hour in range(9, -1, -1)]
        self.assertEqual(self.ids(), newest_first)
        self.assertEqual(self.ids(oldest_first=True), newest_first[::-1])
        self.assertEqual(self.ids(limit=3), newest_first[:3])
        self.assertEqual(self.ids(limit=0), [])

    def test_timeline_of_a_part(self) -> None:
        between = self.ids(since=later(hours=3), until=later(hours=5))
        self.assertEqual(between, ["e-4", "e-3"])
        self.assertEqual(self.ids(channel="web", limit=1), ["e-9"])
        named = self.ids(name="Product Viewed", oldest_first=True)
        self.assertEqual(named, ["e-0", "e-2", "e-4", "e-6", "e-8"])

    def test_timeline_events_carry_everything(self) -> None:
        with self.store.timeline("loyalty_id:L-1") as walk:
            with self.assertRaises(omni.ArgumentError):
                walk.json()
            event = next(walk)
            whole = json.loads(walk.json())
        self.assertEqual(event.name, "Order Completed")
        self.assertEqual(event.channel, "web")
        self.assertEqual(event.time, later(hours=9))
        self.assertEqual(event.properties, {"n": 9})
        self.assertEqual(event.type, omni.EventType.TRACK)
        self.assertEqual(len(event.anchor), 32)
        self.assertEqual(self.store.find(event.anchor), self.store.find(
            "loyalty_id:L-1"
        ))
        self.assertEqual(whole["properties"], {"n": 9})

    def test_a_profile_is_found_by_identifier_and_id(self) -> None:
        known = self.store.find("loyalty_id:L-1")
        assert known is not None
        self.assertRegex(known, "^[0-9a-f]{32}$")
        self.assertEqual(self.store.find(("loyalty_id", "L-1")), known)
        self.assertEqual(self.store.find(known), known)
        self.assertEqual(self.store.find(known.upper()), known)
        self.assertEqual(self.store.profile(known).id, known)
        self.assertIsNone(self.store.find("loyalty_id:L-2"))
        self.assertIsNone(self.store.find("0" * 32))
        for who in ("loyalty_id:L-2", "0" * 32):
            with self.assertRaises(omni.NotFound):
                self.store.profile(who)
            with self.assertRaises(omni.NotFound):
                self.store.timeline(who)

    def test_a_part_of_a_profile(self) -> None:
        self.store.append(
            type="identify",
            identifiers="loyalty_id:L-1",
            traits={"city": "Bern", "size": None},
            time=NOON,
        )
        with self.store.snapshot() as snapshot:
            city = snapshot.trait("loyalty_id:L-1", "city")
            whole = snapshot.profile("loyalty_id:L-1")
            self.assertEqual(city, whole.traits["city"])
            self.assertIsNone(snapshot.trait("loyalty_id:L-1", "town"))
            figure = snapshot.figure("loyalty_id:L-1", "Product Viewed")
            self.assertEqual(figure, whole.figures["Product Viewed"])
            self.assertIsNone(snapshot.figure("loyalty_id:L-1", "x"))
            text = snapshot.profile_json("loyalty_id:L-1")
        self.assertEqual(text, self.store.profile_json("loyalty_id:L-1"))
        tree = json.loads(text)
        self.assertEqual(tree["id"], whole.id)
        self.assertEqual(tree["traits"]["city"]["value"], "Bern")
        self.assertEqual(
            tree["events"]["Product Viewed"]["count"], figure.count
        )

    def test_a_snapshot_does_not_see_later_writes(self) -> None:
        with self.store.snapshot() as snapshot:
            self.buy("loyalty_id:L-1", "late", time=later(days=1))
            self.buy("loyalty_id:L-2", "new")
            events = list(snapshot.timeline("loyalty_id:L-1"))
            self.assertEqual(len(events), 10)
            self.assertIsNone(snapshot.find("loyalty_id:L-2"))
            figures = snapshot.profile("loyalty_id:L-1").figures
            self.assertEqual(figures["Order Completed"].count, 5)
        self.assertEqual(len(self.ids()), 11)
        self.assertIsNotNone(self.store.find("loyalty_id:L-2"))

    def test_nothing_is_read_from_an_ended_snapshot(self) -> None:
        with self.store.snapshot() as snapshot:
            walk = snapshot.timeline("loyalty_id:L-1")
            first = next(walk)
            profile = snapshot.profile("loyalty_id:L-1")
        for use in (
            lambda: next(walk),
            lambda: walk.json(),
            lambda: snapshot.profile("loyalty_id:L-1"),
        ):
            with self.assertRaises(omni.ArgumentError):
                use()
        self.assertEqual(first.id, "e-9")
        self.assertEqual(profile.values("loyalty_id"), ("L-1",))

    def test_values_may_be_pickled_and_compared(self) -> None:
        profile = self.store.profile("loyalty_id:L-1")
        self.assertEqual(pickle.loads(pickle.dumps(profile)), profile)
        (event,) = self.store.timeline("loyalty_id:L-1", limit=1)
        self.assertEqual(event.properties["n"], 9)
        self.assertEqual(pickle.loads(pickle.dumps(event)), event)


class Identity(StoreTest):
    def setUp(self) -> None:
        super().setUp()
        money = {"revenue": Decimal("10.50"), "currency": "CHF"}
        self.buy("loyalty_id:L-1", "1", properties=money)
        self.buy("email:anna@example.org", "2", properties=money)

    def test_merge_and_split(self) -> None:
        card, mail = "loyalty_id:L-1", "email:anna@example.org"
        before = self.store.dumps()
        self.assertNotEqual(self.store.find(card), self.store.find(mail))
        fact = self.store.merge(card, mail, "same address", author="desk 3")
        self.assertRegex(fact, r"^[0-9a-f]{32}:\d+:[0-9a-f]{16}$")
        profile = self.store.profile(card)
        self.assertEqual(self.store.find(mail), profile.id)
        figure = profile.figures["Order Completed"]
        self.assertEqual(figure.amounts["CHF"].sum, Decimal("21.00"))
        self.assertEqual(len(list(self.store.timeline(mail))), 2)
        self.store.split(card, mail, "two sisters")
        self.assertNotEqual(self.store.find(card), self.store.find(mail))
        self.assertEqual(len(list(self.store.timeline(mail))), 1)
        self.assertNotEqual(before, b"")

    def test_an_id_leads_on_after_a_merge(self) -> None:
        card, mail = "loyalty_id:L-1", "email:anna@example.org"
        ids = {self.store.find(card), self.store.find(mail)}
        self.store.merge(card, mail, "same address")
        self.assertEqual(len({self.store.find(each) for each in ids}), 1)

    def test_links_held_apart_are_told(self) -> None:
        for number in range(1, 3):
            self.buy(
                {"user_id": f"u-{number}", "email": "both@example.org"},
                f"both-{number}",
                time=later(hours=number),
            )
        held = (
            self.store.held_apart("user_id:u-1")
            + self.store.held_apart("user_id:u-2")
        )
        self.assertIn("max_per_profile", {each.rule for each in held})
        self.assertIn("both@example.org", {each.value for each in held})
        self.assertEqual(self.store.held_apart("loyalty_id:L-1"), ())


class WholeStore(StoreTest):
    def test_order_does_not_change_the_digest(self) -> None:
        number = seed()
        chance = random.Random(number)
        people = [
            [f"user_id:u-{i}", f"email:p{i}@example.org", f"phone:+4179{i:07}"]
            for i in range(1, 6)
        ]
        events = [
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
            store = self.open(f"turn-{turn}", deployment=self.store.path)
            chance.shuffle(events)
            for event in events[:20]:
                store.append(**event)
            with store.batch() as batch:
                for event in events[15:]:
                    batch.add(**event)
            digests.add(store.digest().state)
            dumps.add(store.dumps())
        self.assertEqual(len(digests), 1, f"OMNI_SEED={number}")
        self.assertEqual(len(dumps), 1, f"OMNI_SEED={number}")

    def test_digests_tell_stores_apart(self) -> None:
        other = self.open("other", deployment=self.store.path)
        self.assertEqual(self.store.digest().state, other.digest().state)
        self.buy("loyalty_id:L-1", "1")
        self.assertNotEqual(self.store.digest().state, other.digest().state)
        self.assertNotEqual(self.store.digest().facts, other.digest().facts)
        self.assertRegex(self.store.digest().facts, "^[0-9a-f]{32}$")

    def test_stats_count(self) -> None:
        self.buy({"loyalty_id": "L-1", "email": "a@b.ch"}, "1")
        self.buy("loyalty_id:L-2", "2")
        self.store.append("x", "email:null")
        stats = self.store.stats()
        self.assertEqual((stats.events, stats.nodes, stats.profiles), (2, 3, 2))
        self.assertEqual((stats.refused, stats.links), (1, 1))
        self.assertGreater(stats.file_bytes, 0)

    def test_dump_writes_json_lines(self) -> None:
        for number in range(5):
            self.buy(f"loyalty_id:L-{number}", str(number))
        path = self.folder / "dump"
        with open(path, "wb", buffering=0) as file:
            self.store.dump(file)
        self.assertEqual(path.read_bytes(), self.store.dumps())
        lines = self.store.dumps().splitlines()
        ids = [json.loads(line).get("id") for line in lines]
        self.assertIn(self.store.find("loyalty_id:L-3"), ids)

    def test_an_exception_of_a_writer_comes_through(self) -> None:
        self.buy("loyalty_id:L-1", "1")

        class Full:
            def write(self, data: bytes) -> None:
                raise OSError(28, "no space")

        with self.assertRaises(OSError):
            self.store.dump(Full())
        self.store.digest()

    def test_many_events_of_one_person_in_one_batch(self) -> None:
        with self.store.batch() as batch:
            for number in range(300):
                name = "AB"[number % 2]
                time = later(minutes=number)
                batch.add(name, "user_id:u-1", id=str(number), time=time)
        with self.store.snapshot() as snapshot:
            for name, first in (("A", 0), ("B", 1)):
                walk = snapshot.timeline(
                    "user_id:u-1", name=name, oldest_first=True
                )
                ids = [event.id for event in walk]
                self.assertEqual(
                    ids, [str(number) for number in range(first, 300, 2)]
                )
        self.assertEqual(self.store.check().differences, 0)

    def test_a_check_may_be_stopped(self) -> None:
        self.buy("loyalty_id:L-1", "1")
        with self.assertRaises(omni.BusyError):
            self.store.check(progress=lambda done, total: True)
        self.assertEqual(self.store.check().differences, 0)

    def test_check_finds_all_equal(self) -> None:
        for number in range(20):
            self.buy(f"loyalty_id:L-{number % 4}", str(number))
        told: list[tuple[int, int]] = []
        report = self.store.check(
            progress=lambda done, total: told.append((done, total))
        )
        self.assertEqual(report.differences, 0)
        self.assertGreaterEqual(report.facts, 20)
        self.assertGreater(report.rows, 0)
        self.assertTrue(told)
        self.assertTrue(all(done <= total for done, total in told))

    def test_an_exception_stops_a_check(self) -> None:
        self.buy("loyalty_id:L-1", "1")

        def progress(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.store.check(progress=progress)
        self.assertEqual(self.store.check().differences, 0)

    def test_rebuilt_tables_are_the_same(self) -> None:
        for number in range(20):
            self.buy(f"loyalty_id:L-{number % 4}", str(number))
        before = self.store.digest()
        self.store.check(rebuild=True)
        self.assertEqual(self.store.digest(), before)

    def test_a_closed_store_keeps_what_it_had(self) -> None:
        self.buy("loyalty_id:L-1", "1")
        before = self.store.digest()
        self.store.flush()
        self.assertFalse(self.store.flush())
        self.store.close()
        self.store.close()
        self.assertTrue(self.store.closed)
        self.assertIn("closed", repr(self.store))
        with omni.Store(self.store.path) as again:
            self.assertEqual(again.digest(), before)


if __name__ == "__main__":
    unittest.main()
