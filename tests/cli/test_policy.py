"""`omni policy`: shown, set, rehearsed, and its messages."""

import json
import os
import unittest

from command import Case, event

TIGHT = {"namespaces": {"email": {"max_per_profile": 2}}}
RECORDS = [
    event("Viewed", f"2026-03-01T09:00:0{n}Z", context={
        "externalIds": [{"id": "card", "type": "loyalty_id"},
                        {"id": f"p{n}@x.example", "type": "email"}]})
    for n in range(4)
]


class Policy(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, RECORDS)
        self.file = os.path.join(os.path.dirname(self.db), "policy.json")
        self.write(TIGHT)

    def write(self, document):
        with open(self.file, "w") as out:
            json.dump(document, out)

    def test_what_is_in_force_is_shown_with_its_default(self):
        self.assertIn("max_identifiers         500\n",
                      self.omni("policy", self.db))
        self.write({"max_identifiers": 300})
        self.assertEqual(
            self.omni("policy", self.db, self.file),
            "max_identifiers         500 -> 300\n")
        self.assertIn("max_identifiers         300  default 500\n",
                      self.omni("policy", self.db))
        found = [json.loads(line) for line in
                 self.omni("policy", self.db, "--json").splitlines()]
        self.assertIn({"default": 500, "is_default": False,
                       "name": "max_identifiers", "value": 300}, found)

    def test_the_document_can_be_set_again(self):
        text = self.omni("policy", self.db, "--document")
        self.write(json.loads(text))
        self.assertEqual(
            self.omni("policy", self.db, self.file),
            "nothing changed: all of that is in force already\n")

    def test_a_plan_tells_what_then_happens(self):
        shown = self.omni("policy", self.db, self.file, "--plan")
        self.assertIn("split                   1\n", shown)
        plan = self.omni_json("policy", self.db, self.file, "--plan")
        self.assertEqual((plan["profiles_before"], plan["split"]), (1, 1))
        self.assertEqual(plan["samples"][0]["effect"], "split")
        self.assertEqual(self.omni_json("stats", self.db)["profiles"], 1)
        done = self.omni_json("policy", self.db, self.file)
        self.assertEqual((done["changed"], done["refolded"]), (1, True))
        self.assertEqual(self.omni_json("stats", self.db)["profiles"],
                         plan["profiles_after"])
        self.omni("check", self.db)

    def test_what_is_wrong_is_said(self):
        self.write({"namespaces": {"email": {"rnk": 1}}})
        self.assertIn(
            'namespaces.email.rnk: there is no such key of a namespace, did '
            'you mean "rank"?',
            self.complaint("policy", self.db, self.file, status=3))
        self.assertIn("--plan needs the file",
                      self.complaint("policy", self.db, "--plan", status=2))


if __name__ == "__main__":
    unittest.main()
