"""`omni explain`: as text, as JSON, as a drawing, and its exit status."""

import json
import re
import shutil
import subprocess
import unittest

from command import DONE, NO, WRONG_USAGE, Case, event

RECORDS = [
    event("Viewed", "2026-03-01T09:31:00Z", messageId="m-12", channel="web",
          anonymousId="c-77", userId="u1",
          context={"traits": {"email": "Anna@Example.ch"}}),
    event("Bought", "2026-03-02T10:00:00Z", messageId="r-1", channel="store",
          context={"traits": {"email": "anna@example.ch"}, "externalIds": [
              {"type": "loyalty_id", "id": "70\"01\\"}]}),
    event("Viewed", "2026-03-05T19:00:00Z", messageId="m-13", channel="web",
          anonymousId="c-77", userId="u2"),
    event("Viewed", "2026-03-06T19:00:00Z", messageId="m-14", userId="u3"),
]

NODE = r' *n(\d+) \[label="(?:[^"\\]|\\.)*", shape=\w+, style="[\w,]+"\];'
EDGE = (r'  n(\d+) -- n(\d+) \[label="(?:[^"\\]|\\.)*", '
        r'tooltip="(?:[^"\\]|\\.)*", style=[\w=, ]+\];')


class Explain(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, RECORDS)

    def test_a_chain_reads_from_one_to_the_other(self):
        text = self.omni("explain", self.db, "loyalty_id:70\"01\\",
                         "anonymous_id:c-77")
        self.assertEqual(text, (
            "one profile: a chain of 2 links joins them\n\nChain\n"
            "  loyalty_id:70\"01\\ ── 2026-03-02T10:00:00Z store, Bought "
            "'r-1' ── email:anna@example.ch\n"
            "  email:anna@example.ch ── 2026-03-01T09:31:00Z web, Viewed "
            "'m-12' ── anonymous_id:c-77\n"))

    def test_links_held_apart_have_rule_and_reason(self):
        words = "explain", self.db, "user_id:u1", "user_id:u2"
        text = self.omni(*words, status=NO)
        self.assertIn("two profiles: a link between them is held apart", text)
        self.assertIn("max_per_profile: joining would give user_id 2 values, "
                      "at most 1\n", text)
        found = self.omni_json(*words, status=NO)
        self.assertEqual(list(found), sorted(found))
        self.assertIs(found["same"], False)
        self.assertEqual(found["held_apart"], [
            {"a": "anonymous_id:c-77",
             "because": "joining would give user_id 2 values, at most 1",
             "b": "user_id:u2", "channel": "web", "event": "m-13",
             "kind": "observed", "name": "Viewed", "rule": "max_per_profile",
             "source": "", "state": "held", "time": "2026-03-05T19:00:00Z"}])

    def test_a_split_is_told_with_who_and_why(self):
        fact = self.omni("split", self.db, "user_id:u1", "user_id:u2",
                         "--reason", "two sisters", "--author", "Mia").strip()
        words = "explain", self.db, "user_id:u2", "user_id:u1"
        self.assertRegex(self.omni(*words, status=NO), (
            r"part: user_id:u2 and user_id:u1 are stated apart by Mia on "
            r"\d{4}-\d\d-\d\d: two sisters\n"))
        part = self.omni_json(*words, status=NO)["parts"][0]
        self.assertEqual((part["fact"], part["author"]), (fact, "Mia"))

    def test_the_fact_behind_a_link_can_be_retracted(self):
        words = "explain", self.db, "loyalty_id:70\"01\\", "email:anna@example.ch"
        self.assertNotIn("fact", self.omni(*words, "--json"))
        (link,) = map(json.loads,
                      self.omni(*words, "--facts", "--json").splitlines())
        self.assertEqual((link["a"], link["b"], link["time"]),
                         (*words[2:], "2026-03-02T10:00:00Z"))
        self.assertIn(f"\n    {link['fact']}\n", self.omni(*words, "--facts"))
        told = self.omni_json("timeline", self.db, words[2], "--name", "Bought")
        self.assertEqual(link["fact"], told["fact"])
        self.omni("merge", self.db, "user_id:u1", "user_id:u3", "--reason", "x")
        (link,) = map(json.loads, self.omni(
            "explain", self.db, "user_id:u1", "user_id:u3", "--facts",
            "--json").splitlines())
        self.omni("retract", self.db, link["fact"], "--reason", "no")
        self.omni("explain", self.db, "user_id:u1", "user_id:u3", status=NO)
        self.omni("retract", self.db, told["fact"], "--reason", "no")
        self.assertIn("no event", self.complaint(*words, status=NO))

    def test_no_evidence_is_said(self):
        words = "explain", self.db, "user_id:u1", "user_id:u3"
        self.assertEqual(self.omni(*words, status=NO),
                         "two profiles: no evidence that they are one\n")
        self.assertEqual(self.omni_json(*words, status=NO)["held_apart"], [])

    def test_one_identifier_has_neighbours_and_a_reason_for_its_id(self):
        text = self.omni("explain", self.db, "anonymous_id:c-77")
        self.assertRegex(text, "(?m)^Class +device, rank 70$")
        self.assertRegex(text, "(?m)^Contested +")
        self.assertIn("Links held apart\n  anonymous_id:c-77 ── ", text)
        found = self.omni_json("explain", self.db, "anonymous_id:c-77")
        self.assertEqual(found["neighbour_total"], 3)
        self.assertEqual(found["named_by"]["event"], "m-12")
        self.assertEqual(found["profile"], self.omni(
            "find", self.db, "user_id:u1").strip())

    def test_ids_stand_for_identifiers(self):
        profile = self.omni("find", self.db, "anonymous_id:c-77").strip()
        found = self.omni_json("explain", self.db, profile)
        self.assertEqual(found["id"], profile)
        self.assertEqual(self.omni_json("explain", self.db, profile, profile)[
            "chain"], [])

    def test_strangers_and_wrong_words(self):
        for words in (["email:no@x.org"], ["user_id:u1", "email:no@x.org"],
                      ["0" * 32], ["user_id:u1", "0" * 32]):
            self.complaint("explain", self.db, *words, status=NO)
        for words in ([], ["nobody"], ["a:b", "c:d", "e:f"],
                      ["user_id:u1", "--json", "--dot"]):
            self.complaint("explain", self.db, *words, status=WRONG_USAGE)

    def drawing(self, *who, status=DONE):
        """The drawing, after a look at each of its lines."""
        text = self.omni("explain", self.db, *who, "--dot", status=status)
        lines = text.splitlines()
        self.assertEqual((lines[0], lines[-1]), ("graph explanation {", "}"))
        nodes = {m[1] for m in map(re.compile(NODE).fullmatch, lines) if m}
        for line in lines[3:-1]:
            edge = re.fullmatch(EDGE, line)
            if edge:
                self.assertLessEqual(set(edge.groups()), nodes)
            else:
                self.assertRegex(line, NODE + r'$|^  subgraph cluster_\d \{$|'
                                 r'^    label="[0-9a-f]{32}";$|^  \}$')
        return text

    def test_a_drawing_has_profiles_links_and_rules(self):
        one = self.drawing("loyalty_id:70\"01\\")
        self.assertIn(r'label="loyalty_id:70\"01\\", shape=box, '
                      'style="solid,bold"', one)
        self.assertIn('label="anonymous_id:c-77", shape=ellipse', one)
        self.assertRegex(one, 'label="max_per_profile", .*style=dashed, '
                         'color=red')
        both = self.drawing("user_id:u1", "user_id:u2", status=NO)
        self.assertIn("subgraph cluster_1 {", both)
        self.assertEqual(len(re.findall("style=dashed", both)), 1)
        alone = self.drawing("user_id:u3")
        self.assertEqual(len(re.findall(" -- ", alone)), 0)
        self.assertIn('label="user_id:u3"', alone)

    @unittest.skipUnless(shutil.which("dot"), "no Graphviz")
    def test_graphviz_takes_the_drawing(self):
        for text in (self.drawing("user_id:u1"), self.drawing(
                "user_id:u1", "user_id:u2", status=NO)):
            done = subprocess.run(["dot", "-Tsvg"], input=text.encode(),
                                  stdout=subprocess.PIPE, check=True)
            self.assertIn(b"</svg>", done.stdout)


if __name__ == "__main__":
    unittest.main()
