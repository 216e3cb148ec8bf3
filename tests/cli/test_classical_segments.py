"""The conditions of docs/guide/segments.md on people whose few events one can
follow by hand: the instants at which they are in, and out again.

In 2026 January has 31 days, February 28, March 31, April 30. Zurich is one
hour ahead of UTC until the 29th of March, then two.
"""

import json
import re
import subprocess
import unittest
from datetime import datetime, timedelta
from pathlib import Path

from command import DONE, NO, OMNI, Case, event

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "segments.md"
CONDITION = re.compile(r"^```cel (\w+)\.cel\n(.*?)^```$",
                       re.MULTILINE | re.DOTALL)
CONDITIONS = dict(CONDITION.findall(PAGE.read_text(encoding="utf-8")))
TURN = timedelta(microseconds=1)
ANNA = {"userId": "anna"}


def order(time, revenue=10, currency="CHF", channel="store", **who):
    return event("Order Completed", time, channel=channel, **(who or ANNA),
                 properties={"revenue": revenue, "currency": currency})


def just_before(time):
    moment = datetime.fromisoformat(time.replace("Z", "+00:00")) - TURN
    return moment.isoformat().replace("+00:00", "Z")


class Classical(Case):
    def ask(self, name, at, who="user_id:anna"):
        """The answer; who is not in it makes an exit status of 1."""
        done = subprocess.run(
            [OMNI, "segment", "eval", self.store_path, who, "--at", at,
             "--json", "--expr", CONDITIONS[name]], capture_output=True,
            check=False)
        answer = json.loads(done.stdout)
        self.assertEqual(done.returncode, DONE if answer["membership"] ==
                         "member" else NO, done.stderr)
        return answer

    def load(self, *records):
        self.store_path = self.store()
        self.take(self.store_path, records)

    def turns(self, name, *instants, first="not member", then=None,
              who="user_id:anna"):
        """The answer is `first`, then `then`, and changes to the other at
        each of the instants, to the microsecond; and it says so before."""
        states = [first, then or "member"] * len(instants)
        for number, instant in enumerate(instants):
            for at, want in ((just_before(instant), states[number]),
                             (instant, states[number + 1])):
                answer = self.ask(name, at, who)
                self.assertEqual(answer["membership"], want, (name, at))
                if at != instant:
                    self.assertEqual(answer["valid_until"], instant)

    def test_vip_is_one_from_the_thousandth_franc_for_a_year(self):
        self.load(order("2025-03-01T10:00:00Z", 600),
                  order("2025-04-01T10:00:00Z", 900, "EUR"),
                  order("2025-06-01T12:00:00.250Z", 399.99),
                  order("2025-06-02T12:00:00Z", 0.01))
        # The first order of 600 is a year old on the 1st of March 2026.
        self.turns("vip", "2025-06-02T12:00:00Z", "2026-03-01T10:00:00Z")

    def test_lapsed_after_60_days_until_the_next_order(self):
        # January has 26 days left after the 5th, February 28: March, the 6th.
        self.load(order("2026-01-05T09:00:00Z"),
                  order("2026-05-01T08:00:00Z"))
        self.turns("lapsed", "2026-03-06T09:00:00Z", "2026-05-01T08:00:00Z")
        # 30 days of May are left, and 29 of June make 60: June, the 30th.
        self.turns("lapsed", "2026-06-30T08:00:00Z")
        self.assertEqual(self.ask("lapsed", "2026-01-04T00:00:00Z")
                         ["membership"], "not member")

    def test_cart_is_left_after_an_hour_until_bought_or_given_up(self):
        wish = "Product Wished"
        self.load(event(wish, "2026-03-10T18:30:00Z", **ANNA),
                  order("2026-03-11T09:15:00Z", channel="web"),
                  event(wish, "2026-03-10T18:30:00Z", userId="bob"),
                  order("2026-03-01T09:15:00Z", userId="bob"),
                  event(wish, "2026-03-10T18:30:00Z", userId="eve"),
                  event(wish, "2026-03-10T19:00:00Z", userId="eve"))
        self.turns("cart", "2026-03-10T19:30:00Z", "2026-03-11T09:15:00Z")
        self.turns("cart", "2026-03-10T19:30:00Z", "2026-03-13T18:30:00Z",
                   who="user_id:bob")
        # Who goes on filling the cart has not left it.
        self.turns("cart", "2026-03-10T20:00:00Z", "2026-03-13T19:00:00Z",
                   who="user_id:eve")

    def test_looked_online_bought_in_a_store_under_two_names(self):
        self.load(
            event("Product Viewed", "2026-02-01T20:00:00Z", channel="web",
                  anonymousId="cookie"),
            order("2026-01-31T11:00:00Z", context={"externalIds": [
                {"type": "loyalty_id", "id": "7"}]}),
            order("2026-02-02T11:00:00Z", channel="web",
                  anonymousId="cookie"),
            order("2026-02-03T11:00:00Z", context={"externalIds": [
                {"type": "loyalty_id", "id": "7"}]}),
            {"type": "identify", "timestamp": "2026-02-10T08:00:00Z",
             "channel": "web", "anonymousId": "cookie", "context": {
                 "externalIds": [{"type": "loyalty_id", "id": "7"}]}})
        # 25 days of February are left after the 3rd: March, the 5th.
        for who in ("loyalty_id:7", "anonymous_id:cookie"):
            self.turns("ropo", "2026-02-03T11:00:00Z",
                       "2026-03-05T11:00:00Z", who=who)

    def test_new_is_one_for_30_days_from_the_first_sight(self):
        self.load(event("Page", "2026-01-10T12:00:00Z", anonymousId="c"),
                  {"type": "identify", "userId": "anna", "anonymousId": "c",
                   "timestamp": "2026-01-20T12:00:00Z"})
        # 21 days of January are left: February, the 9th.
        self.turns("new", "2026-02-09T12:00:00Z", first="member",
                   then="not member")
        # Before there was anybody there is nothing to compare.
        self.turns("new", "2026-01-10T12:00:00Z", first="error")

    def test_birthday_is_a_day_of_zurich(self):
        self.load(*({"type": "identify", "userId": who, "traits": {
            "birthday": birthday}, "timestamp": "2026-01-01T00:00:00Z"}
            for who, birthday in (("anna", "1990-03-14"),
                                  ("bob", "1990-03-29"),
                                  ("eve", "2000-02-29"))))
        self.turns("birthday", "2026-03-13T23:00:00Z",
                   "2026-03-14T23:00:00Z")
        # The night to the 29th is in winter time, the one to the 30th not.
        self.turns("birthday", "2026-03-28T23:00:00Z",
                   "2026-03-29T22:00:00Z", who="user_id:bob")
        self.assertEqual(self.ask("birthday", "2026-02-28T12:00:00Z",
                                  "user_id:eve")["membership"], "not member")

    def test_risk_is_twice_the_own_rhythm(self):
        self.load(order("2026-01-01T00:00:00Z"),
                  order("2026-01-03T00:00:00Z"),
                  order("2026-01-21T00:00:00Z"),
                  order("2026-03-01T00:00:00Z"))
        # Twenty days for two gaps: ten days, and 20 days after the last of
        # the three is February, the 10th.
        self.turns("risk", "2026-02-10T00:00:00.000001Z",
                   "2026-03-01T00:00:00Z")
        # 59 days for three gaps, 944 hours for two of them: 39 days and
        # eight hours later it is April, the 9th.
        self.turns("risk", "2026-04-09T08:00:00.000001Z")

    def test_happy_hours_go_by_the_clocks_of_zurich(self):
        self.load(order("2026-03-02T11:00:00Z"))
        # A Thursday and a Friday in winter, then a Monday in summer.
        self.turns("happy", "2026-03-26T16:00:00Z", "2026-03-26T18:00:00Z")
        self.turns("happy", "2026-03-27T16:00:00Z", "2026-03-27T18:00:00Z")
        self.turns("happy", "2026-03-30T15:00:00Z", "2026-03-30T17:00:00Z")
        self.assertEqual(self.ask("happy", "2026-03-28T17:00:00Z")
                         ["valid_until"], "2026-03-28T23:00:00Z")

    def test_every_condition_of_the_page_is_tried(self):
        self.assertEqual(set(CONDITIONS), {
            "vip", "lapsed", "cart", "ropo", "new", "birthday", "risk",
            "happy"})


if __name__ == "__main__":
    unittest.main()
