"""`omni segment`: who is in, until when, and why."""

import json
import unittest

from command import NO, WRONG_USAGE, Case

EVENTS = [
    {"type": "track", "event": "Order Completed", "messageId": f"o{day}",
     "userId": "anna", "timestamp": f"2026-01-0{day}T10:00:00Z",
     "properties": {"revenue": 10.5, "currency": currency}}
    for day, currency in enumerate(["CHF", "CHF", "EUR"], 1)
]
EXPR = 'events.count("Order Completed", days(2)) >= 2'


class Segment(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, EVENTS)

    def eval(self, at, expression=EXPR, *words, status=0):
        return self.omni("segment", "eval", self.db, "user_id:anna",
                         "--expr", expression, "--at", at, *words,
                         status=status)

    def test_a_member_is_told_with_reasons(self):
        self.assertEqual(self.eval("2026-01-03T10:00:00Z"), (
            "member until 2026-01-04T10:00:00Z\n"
            f"  {EXPR} is true until 2026-01-04T10:00:00Z\n"
            '    events.count("Order Completed", days(2)) is 2 until '
            "2026-01-04T10:00:00Z\n"))

    def test_who_is_none_is_told_by_the_exit_status_too(self):
        self.assertEqual(self.eval("2026-02-01", status=NO).splitlines()[0],
                         "not member, for ever")

    def test_a_profile_shows_what_it_is_in(self):
        self.omni("segment", "set", self.db, "buyers",
                  'events.did("Order Completed")')
        self.omni("segment", "set", self.db, "early",
                  'now < timestamp("2026-02-01T00:00:00Z")')
        for words, names in (((), "buyers"), (
                ("--at", "2026-01-20"), "buyers, early")):
            self.assertIn(f"\nSegments    {names}\n", self.omni(
                "profile", self.db, "user_id:anna", *words))

    def test_an_error_is_an_answer(self):
        words = ("segment", "eval", self.db, "user_id:anna", "--expr",
                 'true && events.sum("Order Completed", "revenue") > 20')
        said = self.complaint(*words, "--at", "2026-01-05", status=NO)
        self.assertEqual(said, (
            'omni: events.sum("Order Completed", "revenue"): "revenue" is in '
            "more than one currency (CHF, EUR); name the one to take after "
            "the property\n"))

    def test_json_is_one_document(self):
        found = json.loads(self.eval("2026-01-03T10:00:00Z", EXPR, "--json"))
        self.assertEqual(found["membership"], "member")
        self.assertEqual(found["valid_until"], "2026-01-04T10:00:00Z")
        self.assertEqual(found["why"][0]["reads"][0]["value"], 2)

    def test_segments_are_kept_by_name(self):
        expression = 'events.count("Order Completed", days(9)) >= 3'
        fact = self.omni("segment", "set", self.db, "often", expression,
                         "--author", "desk", "--reason", "test")
        self.assertRegex(fact, r"^[0-9a-f]{32}:\d+\n$")
        at = ("--at", "2026-01-04")
        self.assertEqual(
            self.omni("segment", "count", self.db, "often", *at),
            "1 profiles\n")
        anna = self.omni("find", self.db, "user_id:anna")
        self.assertEqual(
            self.omni("segment", "members", self.db, "often", *at), anna)
        self.assertEqual(
            self.omni("segment", "members", self.db, "often", "--at",
                      "2026-02-04"), "")
        early = ("--at", "1970-01-01T00:00:00Z")  # microsecond 0
        self.assertEqual(
            self.omni("segment", "count", self.db, "often", *early),
            "0 profiles\n")
        self.assertEqual(
            self.omni("segment", "eval", self.db, "often", "user_id:anna",
                      *at).splitlines()[0],
            "member until 2026-01-10T10:00:00Z")
        for words in (("list", self.db, "--at", "2026-01-04"),
                      ("count", self.db, "often", "--author", "desk"),
                      ("overlap", self.db, "often", "often", "--expr", "1"),
                      ("members", self.db, "often", "--after", "1")):
            self.assertIn(f"segment {words[0]} does not take {words[-2]}",
                          self.complaint("segment", *words,
                                         status=WRONG_USAGE))
        shown = json.loads(
            self.omni("segment", "show", self.db, "often", "--json"))
        self.assertEqual(
            {key: shown[key] for key in
             ("name", "expression", "author", "reason", "filling")},
            {"name": "often", "expression": expression, "author": "desk",
             "reason": "test", "filling": False})
        self.assertIn(expression, self.omni("segment", "list", self.db))
        dump = self.omni("dump", self.db, *at)
        self.assertIn('"segments":["often"]', dump)
        self.assertIn('"segments":[]', self.omni("dump", self.db))
        self.omni("segment", "delete", self.db, "often")
        self.assertEqual(self.omni("segment", "list", self.db), "")
        self.assertIn("no segment often", self.complaint(
            "segment", "count", self.db, "often", status=NO))

    def test_time_moves_people(self):
        """Somebody new, who is not new any more a minute later."""
        self.omni("segment", "set", self.db, "new",
                  "now - profile.first_seen < minutes(1)")
        self.omni("segment", "set", self.db, "bought",
                  'events.did("Order Completed")')
        self.take(self.db, [{"type": "track", "event": "Viewed",
                             "userId": "b"}])
        table = self.omni("segment", "overlap", self.db, "new", "bought")
        self.assertEqual([line.split() for line in table.splitlines()],
                         [["new", "bought"], ["new", "1", "0"],
                          ["bought", "0", "1"]])
        self.assertEqual(
            self.run_omni("segment", "overlap", self.db, "new", "old",
                          status=NO), ("", "omni: there is no segment old\n"))
        self.assertIn("--force", self.complaint(
            "tick", self.db, "--now", "2099-01-01", status=WRONG_USAGE))
        done = json.loads(self.omni("tick", self.db, "--now", "2099-01-01",
                                    "--force", "--json"))
        self.assertEqual((done["left"], done["done"]), (1, True))
        told = [json.loads(line) for line in self.omni(
            "segment", "changes", self.db, "--after", "1",
            "--json").splitlines()]
        self.assertEqual([(each["sequence"], each["segment"], each["change"])
                          for each in told],
                         [(2, "new", "entered"), (3, "new", "left")])
        self.assertEqual(self.omni("tick", self.db, "--now", "2099-01-01",
                                   "--force").splitlines()[0],
                         "0 entered, 0 left; 0 profiles looked at")

    def test_what_others_ask_for_is_not_deleted_by_mistake(self):
        self.assertIn("asks for segment base, which there is not",
                      self.complaint("segment", "set", self.db, "upper",
                                     'segment("base")', status=0))
        self.omni("segment", "set", self.db, "base", "true")
        self.assertIn("base is asked for by upper; to delete it",
                      self.complaint("segment", "delete", self.db, "base",
                                     status=NO))
        self.omni("segment", "delete", self.db, "base", "--force")
        self.assertIn("upper: it asks for segment base",
                      self.complaint("segment", "list", self.db, status=0))

    def test_who_has_no_answer_is_told(self):
        self.omni("segment", "set", self.db, "gold", 'traits.none == "gold"')
        out, told = self.run_omni("segment", "count", self.db, "gold")
        self.assertEqual(out, "0 profiles\n")
        self.assertIn("no value for 1 profiles", told)
        self.assertEqual(
            self.omni_json("segment", "count", self.db, "gold"),
            {"errors": 1, "members": 0})
        self.assertIn("gold  0 members and 1 without a value, since",
                      self.omni("segment", "list", self.db))

    def test_all_profiles_are_counted_and_listed(self):
        self.take(self.db, [
            {"type": "track", "event": "Viewed", "userId": f"u{number}",
             "timestamp": "2026-01-02T10:00:00Z"} for number in range(9)])
        words = ("--expr", 'events.did("Viewed")', "--at", "2026-01-03")
        self.assertEqual(self.omni("segment", "count", self.db, *words),
                         "9 of 10 profiles\n")
        found = json.loads(
            self.omni("segment", "count", self.db, *words, "--json"))
        self.assertEqual(found, {"errors": 0, "evaluated": 0, "members": 9,
                                 "profiles": 10})
        ids = self.omni("segment", "members", self.db, *words).splitlines()
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(len(ids), 9)
        lines = self.omni("segment", "members", self.db, *words, "--json")
        self.assertEqual([json.loads(line)["profile"]
                          for line in lines.splitlines()], ids)
        self.assertIn(self.omni("find", self.db, "user_id:u3").strip(), ids)

    def test_profiles_without_a_value_are_told(self):
        words = ("segment", "count", self.db, "--expr", "traits.age > 3")
        self.assertIn("no value for 1 profiles", self.complaint(*words,
                                                                status=0))

    def test_no_text_of_an_expression_steers_the_terminal(self):
        self.assertIn("\\x1b", self.eval("2026-01-03", '"\x1b[31m" == "x"',
                                         status=NO))

    def test_wrong_words_are_told(self):
        for words, said in (
                (["eval", self.db, "user_id:anna"], "needs the NAME of a segment, or --expr EXPR"),
                (["eval", self.db, "--expr", "true"], "needs WHO"),
                (["evl", self.db], 'did you mean "eval"?'),
                (["eval", self.db, "user_id:anna", "--expr", "1 +"],
                 "line 1, column 4"),
                (["eval", self.db, "user_id:anna", "--expr", "1"],
                 "a segment is true or false")):
            self.assertIn(said, self.complaint("segment", *words,
                                               status=WRONG_USAGE))
        self.assertIn("nobody", self.complaint(
            "segment", "eval", self.db, "user_id:x", "--expr", "true",
            status=NO).replace("no event names", "nobody"))

    def test_the_shell_has_it(self):
        out = self.omni("shell", self.db, data=(
            f"segment eval user_id:anna --at 2026-02-01 --expr '{EXPR}'\n"
        ).encode(), status=NO)
        self.assertIn("not member, for ever", out)


if __name__ == "__main__":
    unittest.main()
