"""`omni changes`: what became of profiles, and feeds that were written anew."""

import json
import re
import unittest

from command import NO, WRONG_USAGE, Case


def event(number, **who):
    return {"type": "track", "event": "Viewed", "messageId": f"m{number}",
            "timestamp": f"2026-01-01T00:00:0{number}Z", **who}


class Changes(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, [event(1, anonymousId="c")])
        self.cookie = self.omni("find", self.db, "anonymous_id:c").strip()
        self.take(self.db, [event(2, anonymousId="c", userId="u")])
        self.user = self.omni("find", self.db, "user_id:u").strip()

    def place(self, *words):
        """Where to go on, by what is said on standard error."""
        _, said = self.run_omni(*words)
        return re.search(r"--after (\d+) --epoch ([0-9a-f]{16})", said)

    def test_a_line_for_each(self):
        out, said = self.run_omni("changes", self.db)
        self.assertRegex(out, rf"^1  \S+  {self.cookie} renamed to "
                              rf"{self.user}  by [0-9a-f]{{32}}:2:[0-9a-f]{{16}}\n$")
        self.assertRegex(said, "^omni: --after 1 --epoch [0-9a-f]{16} goes on "
                               "here\n$")

    def test_json_lines(self):
        self.omni("split", self.db, "anonymous_id:c", "user_id:u",
                  "--reason", "x")
        out, _ = self.run_omni("changes", self.db, "--json")
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["change"] for line in lines],
                         ["renamed", "split"])
        self.assertEqual(list(lines[0]), sorted(lines[0]))
        self.assertEqual(lines[1]["other"], self.cookie)
        self.assertEqual(lines[1]["sequence"], 2)
        self.omni("retract", self.db, lines[0]["fact"], "--reason", "x")
        out, _ = self.run_omni("changes", self.db, "--json", "--after", "2")
        self.assertEqual([(line["change"], line["other"]) for line in
                          map(json.loads, out.splitlines())],
                         [("ended", None)])

    def test_who_reads_on_gets_what_is_new(self):
        place = self.place("changes", self.db).group(0).split()
        out, said = self.run_omni("changes", self.db, *place)
        self.assertEqual(out, "")
        self.assertIn(" ".join(place), said)

    def test_another_policy_is_told(self):
        for words in (("changes", self.db), ("segment", "changes", self.db)):
            place = self.place(*words).group(0).split()
            self.omni("policy", self.db, self.write(
                "policy.json", b'{"max_identifiers": 400}'))
            out, said = self.run_omni(*words, *place, status=NO)
            self.assertEqual(out, "")
            self.assertIn("the policy has changed", said)
            self.assertRegex(said, r"look up what you keep once more; then "
                                   r"--after \d+ --epoch")
            self.omni("policy", self.db, self.write(
                "policy.json", b'{"max_identifiers": null}'))

    def test_wrong_epochs_are_wrong_usage(self):
        for epoch in ("1", "x" * 16, "0" * 16, "-" + "1" * 15):
            self.complaint("changes", self.db, "--epoch", epoch,
                           status=WRONG_USAGE)


if __name__ == "__main__":
    unittest.main()
