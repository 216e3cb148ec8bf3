"""`omni funnel`: as a table, by channel, as JSON, and its messages."""

import gzip
import json
import os
import unittest
from datetime import datetime, timedelta

from command import NO, WRONG_USAGE, Case, event

RECORDS = [
    event("Viewed", "2026-03-01T09:00:00Z", channel="web", userId="u1"),
    event("Added", "2026-03-01T09:10:00Z", channel="app", userId="u1"),
    event("Bought", "2026-03-03T10:00:00Z", channel="store", userId="u1",
          properties={"revenue": 120.5}),
    event("Viewed", "2026-03-02T09:00:00Z", channel="app", userId="u2"),
    event("Added", "2026-03-02T09:30:00Z", channel="app", userId="u2"),
    event("Viewed", "2026-03-05T09:00:00Z", userId="u3"),
]

TABLE = """\
step      profiles  of the first  of the one before  after, median  90 %
1 Viewed         3  100.0 %
2 Added          2   66.7 %        66.7 %            10m 0s         30m 0s
3 Bought         1   33.3 %        50.0 %            2d 0h          2d 0h
"""

CHANNELS = """
By channel of the first step
  channel  began  finished  of them
  (none)       1         0    0.0 %
  app          1         0    0.0 %
  web          1         1  100.0 %

Where steps were taken
  step  channel  profiles  of them
  1     (none)          1   33.3 %
  1     app             1   33.3 %
  1     web             1   33.3 %
  2     app             2  100.0 %
  3     store           1  100.0 %
"""

RETAIL = os.path.join(os.environ.get("OMNI_DATA", ""), "online-retail",
                      "orders.jsonl.gz")


class Funnel(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, RECORDS)

    def counts(self, *words):
        found = self.omni_json("funnel", self.db, *words)
        return [step["profiles"] for step in found["steps"]]

    def test_steps_are_a_table(self):
        words = "funnel", self.db, "Viewed", "Added", "Bought"
        self.assertEqual(self.omni(*words), TABLE)
        self.assertEqual(self.omni(*words, "--by-channel"), TABLE + CHANNELS)

    def test_a_step_may_have_a_condition(self):
        for condition, wanted in (("properties.revenue > 120", 1),
                                  ("properties.revenue > 121", 0),
                                  ("channel == 'store'", 1)):
            self.assertEqual(self.counts("Viewed", f"Bought: {condition}"),
                             [3, wanted])
        self.assertEqual(self.counts("*: channel == 'app'", "*"), [2, 2])

    def test_options_choose(self):
        steps = "Viewed", "Added", "Bought"
        self.assertEqual(self.counts(*steps, "--within", "2d"), [3, 2, 0])
        self.assertEqual(self.counts(*steps, "--within", "20m"), [3, 1, 0])
        self.assertEqual(
            self.counts(*steps, "--since", "2026-03-02"), [2, 1, 0])
        self.assertEqual(
            self.counts(*steps, "--until", "2026-03-02"), [1, 1, 0])
        self.assertEqual(self.counts("Viewed", "Bought", "--mode", "order"),
                         [3, 0])
        self.assertEqual(
            self.counts("Viewed", "Bought", "--mode=order,first,dedup"),
            [3, 0])
        self.assertEqual(
            self.counts("Viewed", "--expr", "events.did('Bought')"), [1])
        self.assertIn("nobody", self.complaint(
            "funnel", self.db, "Viewed", "--segment", "nobody", status=NO))

    def test_json_has_shares_and_times(self):
        found = self.omni_json("funnel", self.db, "Viewed", "Added",
                               "--by-channel", "--until", "2026-04-01")
        self.assertEqual(list(found), sorted(found))
        self.assertEqual(found["until"], "2026-04-01T00:00:00Z")
        times = {"mean_us": 1200_000_000, "median_us": 600_000_000,
                 "p90_us": 1800_000_000}
        self.assertEqual(found["steps"], [{"profiles": 3}, {
            "from_before": times, "from_first": times,
            "of_before": 0.666667, "of_first": 0.666667, "profiles": 2}])
        self.assertEqual(found["channels"][2], {
            "at": [1, 0], "channel": "web", "started": [1, 1]})

    def test_what_cannot_be_is_said(self):
        for words, message in (
                (["A", "--within", "soon"],
                 '--within needs a length of time such as 30m, 12h, 7d or 2w, '
                 'not "soon"'),
                (["A", "--within", "0d"],
                 '--within needs a length of time such as 30m, 12h, 7d or 2w, '
                 'not "0d"'),
                (["A", "--mode", "fast"],
                 "--mode is of increase, order, dedup, reentry, first, not "
                 '"fast"'),
                (["A", "--mode", "reentry"], "--mode reentry goes with order"),
                ([": true"], "step 1 has no name; * is any event"),
                (["A"] * 17, "a funnel has at most 16 steps"),
                ([], "funnel needs STEP"),
                (["Viewed: 1 +"], "line 1, column 4"),
                (["Viewed: 1"], "the condition gives int, not bool"),
                (["Viewed", "--expr", "nobody"], "nobody")):
            self.assertIn(message, self.complaint(
                "funnel", self.db, *words, status=WRONG_USAGE))


@unittest.skipUnless(os.path.exists(RETAIL), "OMNI_DATA has no online-retail")
class Retail(Case):
    def test_orders_and_refunds_as_counted_by_hand(self):
        """Real orders: who came back within four weeks, and again."""
        db = self.store()
        self.omni("import", db, RETAIL)
        orders = {}
        with gzip.open(RETAIL, "rt") as lines:
            for line in lines:
                record = json.loads(line)
                who = record.get("userId") or record.get("anonymousId")
                orders.setdefault(who, []).append(
                    (record["timestamp"], record["event"]))
        second = third = refunded = 0
        for events in orders.values():
            bought = sorted(t for t, name in events
                            if name == "Order Completed")
            back = sorted(t for t, name in events if name == "Order Refunded")
            second += any(near(a, b) for a, b in zip(bought, bought[1:]))
            third += any(near(a, b) for a, b in zip(bought, bought[2:]))
            refunded += any(a <= b and near(a, b)
                            for a in bought for b in back)
        buy = "Order Completed"
        found = self.omni_json("funnel", db, buy, buy, buy, "--within", "4w")
        self.assertEqual([step["profiles"] for step in found["steps"][1:]],
                         [second, third])
        found = self.omni_json("funnel", db, buy, "Order Refunded",
                               "--within", "4w")
        self.assertEqual(found["steps"][1]["profiles"], refunded)


def near(a, b):
    """Whether two instants are at most four weeks apart."""
    apart = datetime.fromisoformat(b) - datetime.fromisoformat(a)
    return apart <= timedelta(weeks=4)
