"""Devices that several people use: what the command tells of them."""

import json
import unittest

from command import NO, Case, event

COOKIE = {"anonymousId": "c1"}


def seen(number, name, hour, **who):
    return event(name, f"2026-03-01T{hour:02}:00:00Z", messageId=str(number),
                 channel="web", **COOKIE, **who)


# Anna, then Bob, who signs out; and somebody behind him.
RECORDS = [
    seen(1, "Viewed", 8),
    seen(2, "Signed In", 9, userId="anna"),
    seen(3, "Viewed", 10),
    seen(4, "Signed In", 11, userId="bob"),
    seen(5, "Viewed", 12),
    seen(6, "Signed Out", 13),
    seen(7, "Viewed", 14),
]


class Devices(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, RECORDS)

    def told(self, *words):
        return [json.loads(line) for line in
                self.omni("timeline", self.db, *words, "--json").splitlines()]

    def test_each_has_what_was_done_while_signed_in(self):
        for who, ids in (("user_id:anna", "321"), ("user_id:bob", "654")):
            told = self.told(who)
            self.assertEqual("".join(each["id"] for each in told), ids)
            self.assertFalse(any("nobody" in each for each in told))
        figures = self.omni_json("profile", self.db, "user_id:bob")["events"]
        self.assertEqual({name: each["count"]
                          for name, each in figures.items()},
                         {"Signed In": 1, "Signed Out": 1, "Viewed": 1})

    def test_the_device_tells_what_is_nobodys(self):
        told = self.told("anonymous_id:c1")
        self.assertEqual([each["id"] for each in told], ["7", "3", "2", "1"])
        self.assertEqual([each.get("nobody", False) for each in told],
                         [True, False, False, False])
        text = self.omni("timeline", self.db, "anonymous_id:c1").splitlines()
        self.assertEqual([line.endswith("nobody's") for line in text],
                         [True, False, False, False])
        self.assertEqual(len(self.told("anonymous_id:c1", "--last", 1)), 1)
        self.assertEqual(
            self.told("anonymous_id:c1", "--since", "2026-03-01T13:30:00Z"),
            told[:1])

    def test_what_is_nobodys_is_in_no_answer(self):
        self.assertEqual(
            self.omni("segment", "count", self.db, "--expr",
                      'events.last("Viewed") >= '
                      'timestamp("2026-03-01T14:00:00Z")'),
            "0 of 2 profiles\n")
        self.assertEqual(
            self.omni_json("segment", "count", self.db, "--expr",
                           'events.count("Viewed") == 1')["members"], 1)

    def test_who_uses_it_is_told(self):
        device, _ = self.omni_json("profile", self.db,
                                   "user_id:anna")["identifiers"]
        self.assertEqual((device["value"], device["contested"]), ("c1", True))
        self.assertIn("Contested", self.omni("explain", self.db,
                                             "anonymous_id:c1"))
        self.assertEqual(self.omni_json("stats", self.db)["contested"], 1)
        self.omni("check", self.db)

    def test_a_dump_lists_it_under_the_device(self):
        lines = map(json.loads, self.omni("dump", self.db).splitlines())
        nobody = {name["value"]: [each["id"] for each in name["nobody"]]
                  for line in lines for name in line.get("identifiers", ())
                  if "nobody" in name}
        self.assertEqual(nobody, {"c1": ["7"]})

    def test_once_it_was_not_so(self):
        """Before Bob came all of it was Anna's."""
        self.assertEqual(
            self.omni_json("profile", self.db, "user_id:anna", "--at",
                           "2026-03-01T10:30:00Z")["events"]["Viewed"]["count"],
            2)
        self.complaint("profile", self.db, "user_id:bob", "--at",
                       "2026-03-01T10:30:00Z", status=NO)

    def test_a_retract_gives_it_back(self):
        (fact,) = [each["fact"] for each in self.told("user_id:bob")
                   if each["id"] == "6"]
        self.omni("retract", self.db, fact, "--reason", "did not")
        self.assertEqual([each["id"] for each in self.told("user_id:bob")],
                         ["7", "5", "4"])
        self.omni("merge", self.db, "user_id:anna", "user_id:bob",
                  "--reason", "one person")
        told = self.told("anonymous_id:c1")
        self.assertEqual([each["id"] for each in told],
                         ["7", "5", "4", "3", "2", "1"])
        self.assertEqual(self.omni_json("stats", self.db)["contested"], 0)
        self.omni("check", self.db)


if __name__ == "__main__":
    unittest.main()
