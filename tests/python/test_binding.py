"""The Python binding: what it writes.

Needs the library: OMNI_LIBRARY=/path/to/libomni.so, or an installed one.
"""

import io
import os
import sys
import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from support import NOON, StoreTest, later, omni


class Appending(StoreTest):
    def test_an_event_makes_a_profile(self) -> None:
        result = self.buy(
            {"loyalty_id": "L-1", "email": "Anna@Example.org"},
            "r-1",
            properties={"revenue": Decimal("59.90"), "currency": "CHF"},
            traits={"first_name": "Anna", "points": 12345678901234567890},
            source="till-7",
        )
        self.assertEqual(result.outcome, omni.Outcome.TAKEN)
        self.assertEqual(result.code, omni.RefusedCode.NONE)
        profile = self.store.profile("email:anna@example.org")
        self.assertEqual(profile.id, result.profile)
        self.assertEqual(profile.values("loyalty_id"), ("L-1",))
        self.assertEqual(profile.values("email"), ("anna@example.org",))
        self.assertEqual(profile.channels, ("store",))
        self.assertEqual(profile.first_seen, NOON)
        self.assertEqual(profile.last_seen, NOON)
        figure = profile.figures["Order Completed"]
        self.assertEqual((figure.count, figure.first), (1, NOON))
        self.assertEqual(figure.amounts["CHF"].sum, Decimal("59.90"))
        trait = profile.traits["first_name"]
        self.assertEqual((trait.value, trait.time), ("Anna", NOON))
        self.assertEqual((trait.source, trait.event_id), ("till-7", "r-1"))
        points = profile.traits["points"].value
        self.assertEqual(points, 12345678901234567890)

    def test_a_retry_is_a_duplicate(self) -> None:
        first = self.buy("loyalty_id:L-1", "r-1")
        again = self.buy("loyalty_id:L-1", "r-1")
        self.assertEqual(first.outcome, omni.Outcome.TAKEN)
        self.assertEqual(again.outcome, omni.Outcome.DUPLICATE)
        self.assertEqual(again.profile, first.profile)
        figures = self.store.profile("loyalty_id:L-1").figures
        self.assertEqual(figures["Order Completed"].count, 1)

    def test_a_blocked_event_is_refused_and_listed(self) -> None:
        result = self.store.append("Login", "email:null", source="web-shop")
        self.assertEqual(result.outcome, omni.Outcome.REFUSED)
        self.assertEqual(result.code, omni.RefusedCode.BLOCKED)
        self.assertIsNone(result.profile)
        self.assertIsNone(result.fact)
        (entry,) = self.store.refused()
        self.assertEqual(entry.code, omni.RefusedCode.BLOCKED)
        self.assertEqual(entry.word, omni.refused_name(5))
        self.assertFalse(entry.taken)
        self.assertTrue(entry.reason)
        age = datetime.now(timezone.utc) - entry.time
        self.assertLess(abs(age), timedelta(minutes=5))

    def test_an_event_from_the_future_is_taken_and_flagged(self) -> None:
        ahead = datetime.now(timezone.utc) + timedelta(days=3)
        result = self.buy("loyalty_id:L-1", "r-1", time=ahead)
        self.assertEqual(result.outcome, omni.Outcome.TAKEN)
        (entry,) = self.store.refused()
        self.assertEqual(entry.code, omni.RefusedCode.FLAGGED_FUTURE)
        self.assertTrue(entry.taken)
        self.assertEqual(self.store.stats().flagged, 1)

    def test_names_are_given_in_many_forms(self) -> None:
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
            with self.subTest(form):
                time = later(hours=index)
                result = self.buy(form, f"r-{index}", time=time)
                self.assertEqual(result.outcome, omni.Outcome.TAKEN)
                known = known or result.profile
                self.assertEqual(result.profile, known)
        identifier = self.store.profile("loyalty_id:L-1").identifiers[0]
        result = self.buy(identifier, "r-last", time=later(days=1))
        self.assertEqual(result.profile, known)

    def test_other_types_of_event(self) -> None:
        self.store.append(
            None,
            {"user_id": "u-1", "anonymous_id": "c-1"},
            type="identify",
            traits={"city": "Bern"},
            time=NOON,
        )
        self.store.append(
            identifiers="user_id:u-1",
            type=omni.EventType.GROUP,
            group_id="staff",
            time=later(hours=1),
        )
        group, identify = self.store.timeline("user_id:u-1")
        self.assertEqual(group.type, omni.EventType.GROUP)
        self.assertEqual(group.group_id, "staff")
        self.assertEqual(identify.type, omni.EventType.IDENTIFY)
        self.assertEqual(identify.traits, {"city": "Bern"})
        self.assertEqual(identify.properties, {})

    def test_json_records_as_text_or_mappings(self) -> None:
        record = {
            "type": "track",
            "event": "Product Viewed",
            "userId": "u-1",
            "messageId": "m-1",
            "timestamp": NOON,
            "properties": {"price": Decimal("0.10"), "name": "Öl \u2028 8\""},
        }
        summary = self.store.append_json(record)
        self.assertEqual((summary.read, summary.taken), (1, 1))
        (event,) = self.store.timeline("user_id:u-1")
        self.assertEqual(event.time, NOON)
        self.assertEqual(event.properties["price"], Decimal("0.1"))
        self.assertEqual(event.properties["name"], "Öl \u2028 8\"")
        text = '{"type":"track","event":"B","userId":"u-1","messageId":"m"}'
        both = self.store.append_json([record, text, b"no json"])
        self.assertEqual(
            (both.read, both.taken, both.duplicates, both.refused),
            (3, 1, 1, 1),
        )
        self.assertEqual(both.refused_by_code, {omni.RefusedCode.JSON: 1})
        three = self.store.append_json("{}\n[]\nx\n")
        self.assertEqual((three.read, three.refused), (3, 3))

    def test_the_clock_hook_gives_the_time(self) -> None:
        store = self.open("timed", clock=lambda: NOON)
        store.append("Login", "user_id:u-1")
        self.assertEqual(store.profile("user_id:u-1").first_seen, NOON)

    def test_a_failing_hook_is_reported_and_does_no_harm(self) -> None:
        told: list[Any] = []
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = told.append

        def clock() -> datetime:
            raise RuntimeError("no battery")

        store = self.open("untimed", clock=clock)
        store.append("Login", "user_id:u-1")
        seen = store.profile("user_id:u-1").first_seen
        self.assertLess(
            abs(datetime.now(timezone.utc) - seen), timedelta(minutes=5)
        )
        self.assertIn("no battery", str(told[0].exc_value))

    def test_the_random_hook_is_asked(self) -> None:
        sizes: list[int] = []

        def give(size: int) -> bytes:
            sizes.append(size)
            return os.urandom(size)

        self.open("random", random=give, log=lambda level, line: None)
        self.assertTrue(sizes)


class Batches(StoreTest):
    def test_a_batch_is_committed_at_the_end_of_with(self) -> None:
        with self.store.batch() as batch:
            batch.add("A", "user_id:u-1", id="1", time=NOON)
            batch.add_json({"event": "B", "type": "track", "userId": "u-1"})
            batch.merge("user_id:u-1", "email:a@b.ch", "said so", author="me")
            batch.split("user_id:u-1", "email:c@d.ch", "said so")
            self.assertEqual(len(batch), 4)
            self.assertGreater(batch.size_bytes, 0)
            self.assertIsNone(self.store.find("user_id:u-1"))
        self.assertIsNotNone(self.store.find("user_id:u-1"))
        self.assertEqual(self.store.stats().events, 2)
        self.assertEqual(self.store.stats().statements, 2)

    def test_a_batch_is_forgotten_after_an_exception(self) -> None:
        with self.assertRaises(KeyError), self.store.batch() as batch:
            batch.add("A", "user_id:u-1")
            raise KeyError
        self.assertIsNone(self.store.find("user_id:u-1"))
        with self.assertRaises(omni.ArgumentError):
            batch.add("A", "user_id:u-1")

    def test_a_batch_counts_and_is_used_again(self) -> None:
        batch = self.store.batch(durability="off")
        batch.add("A", "user_id:u-1", id="1")
        batch.add("A", "email:none", id="2")
        first = batch.commit()
        self.assertEqual((first.taken, first.refused), (1, 1))
        self.assertEqual(len(batch), 0)
        batch.add("A", "user_id:u-1", id="1")
        second = batch.commit(omni.Durability.FULL)
        self.assertEqual((second.read, second.duplicates), (1, 1))
        self.assertEqual(batch.summary(), second)
        batch.close()
        total = first + second
        self.assertEqual((total.read, total.taken, total.refused), (3, 1, 1))

    def test_a_full_batch_says_so_and_keeps_its_facts(self) -> None:
        batch = self.store.batch()
        for _ in range(omni.LIMIT_BATCH_FACTS):
            batch.merge("user_id:a", "user_id:b", "filler")
        with self.assertRaises(omni.LimitError):
            batch.merge("user_id:a", "user_id:b", "one too many")
        self.assertEqual(len(batch), omni.LIMIT_BATCH_FACTS)

    def test_an_import_of_another_store_is_not_taken(self) -> None:
        other = self.open("other")
        with other.start_import("x") as begun, self.store.batch() as batch:
            with self.assertRaises(omni.ArgumentError):
                batch.add_json("{}", begun)


class Imports(StoreTest):
    def records(self, count: int) -> list[dict[str, object]]:
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

    def test_batches_of_any_size_give_the_same(self) -> None:
        records = self.records(50)
        dumps = set()
        for size in (1, 7, 50, 1000):
            store = self.open(f"of-{size}", deployment=self.store.path)
            summary = store.import_lines(records, batch_size=size)
            self.assertEqual((summary.read, summary.taken), (50, 50))
            dumps.add(store.dumps())
        self.assertEqual(len(dumps), 1)

    def test_a_file_with_bad_lines(self) -> None:
        path = self.folder / "events.jsonl"
        good = '{"type":"track","event":"A","userId":"u-1","messageId":"1"}'
        path.write_text(f"{good}\n\nnonsense\n{good}\n{{}}", encoding="utf-8")
        summary = self.store.import_file(path, source="erp", batch_size=2)
        self.assertEqual((summary.taken, summary.duplicates), (1, 1))
        self.assertEqual(
            summary.read, summary.taken + summary.duplicates + summary.refused
        )
        self.assertEqual(
            [(entry.line, entry.source) for entry in self.store.refused()],
            [(3, "erp"), (5, "erp")],
        )
        self.assertEqual(self.store.refused()[0].record, b"nonsense")
        self.assertEqual(len(self.store.refused(limit=1)), 1)
        (event,) = self.store.timeline("user_id:u-1")
        self.assertEqual(event.source, "erp")

    def test_open_files_are_read_as_well(self) -> None:
        line = '{"type":"track","event":"A","userId":"ü","messageId":"%d"}\n'
        text = "".join(line % i for i in range(3))
        self.assertEqual(self.store.import_file(io.StringIO(text)).taken, 3)
        again = self.store.import_file(io.BytesIO(text.encode()))
        self.assertEqual(again.duplicates, 3)
        self.assertEqual(self.store.import_lines(text).duplicates, 3)

    def test_equal_records_without_id_count_over_batches(self) -> None:
        record = {
            "type": "track",
            "event": "Coffee",
            "userId": "u-1",
            "timestamp": "2026-03-01T12:00:00Z",
        }
        first = self.store.import_lines([record] * 5, batch_size=2)
        self.assertEqual(first.taken, 5)
        again = self.store.import_lines([record] * 5, batch_size=3)
        self.assertEqual((again.taken, again.duplicates), (0, 5))

    def test_more_than_one_batch_holds(self) -> None:
        count = omni.LIMIT_BATCH_FACTS + 1000
        summary = self.store.import_lines(
            ["{}"] * count, batch_size=10 * count, durability="off"
        )
        self.assertEqual((summary.read, summary.refused), (count, count))
        self.assertEqual(self.store.stats().refused, count)

    def test_what_was_committed_stays_after_an_exception(self) -> None:
        def lines():
            yield from self.records(10)
            raise OSError("line cut")

        with self.assertRaises(OSError):
            self.store.import_lines(lines(), batch_size=4)
        self.assertEqual(self.store.stats().events, 8)
        self.store.import_lines(self.records(12), batch_size=4)
        self.assertEqual(self.store.stats().events, 12)


if __name__ == "__main__":
    unittest.main()
