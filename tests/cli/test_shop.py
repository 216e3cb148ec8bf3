"""The sample shop through the command, and the examples as they stand."""

import json
import os
import random
import subprocess
import unittest

from command import Case

SHOP = os.environ["OMNI_SAMPLE_SHOP"]
QUICKSTART = os.environ["OMNI_QUICKSTART"]
HERO = "loyalty_id:7612000000270"


def stream(*words):
    done = subprocess.run([SHOP, *map(str, words)], capture_output=True,
                          check=True)
    return done.stdout


class Shop(Case):
    def load(self, data, *words, name="shop.omni"):
        store = self.store(name, "--calling-code", 41, *words)
        return store, self.omni_json("import", store, "-", data=data)

    def test_stream_depends_on_its_options_alone(self):
        self.assertEqual(stream(), stream("--seed", 1))
        self.assertNotEqual(stream(), stream("--seed", 2))
        self.assertGreater(len(stream("--people", 300)), len(stream()))
        self.assertEqual(stream("--people", 0), b"")
        for words in (["--seed"], ["--people", "x"], ["--days", "0"], ["x"]):
            done = subprocess.run([SHOP, *words], capture_output=True,
                                  check=False)
            self.assertEqual(done.returncode, 2)

    def test_stream_is_clean_and_has_all_channels(self):
        records = [json.loads(line) for line in stream().splitlines()]
        self.assertEqual({record["channel"] for record in records}, {
            "web", "app", "store", "kiosk", "call_center", "email"})
        self.assertEqual({record["type"] for record in records}, {
            "track", "page", "screen", "identify", "group", "alias"})
        store, summary = self.load(stream())
        ids = {record["messageId"] for record in records}
        self.assertEqual(summary["read"], len(records))
        self.assertEqual((summary["refused"], summary["flagged"]), ({}, 0))
        self.assertEqual(summary["taken"], len(ids))
        self.assertEqual(summary["duplicates"], len(records) - len(ids))
        self.assertEqual(self.omni_json("stats", store)["events"], len(ids))
        self.omni("check", store)

    def test_a_second_import_takes_nothing(self):
        store, first = self.load(stream())
        digest = self.omni("digest", store)
        second = self.omni_json("import", store, "-", data=stream())
        self.assertEqual((second["taken"], second["duplicates"]),
                         (0, first["read"]))
        self.assertEqual(self.omni("digest", store), digest)

    def test_dirt_is_refused_with_reasons(self):
        store, summary = self.load(stream("--dirt"))
        self.assertEqual(summary["refused"], {
            "bad_event": 2, "bad_json": 2, "bad_time": 1, "blocked": 1,
            "no_identifier": 1})
        self.assertEqual(summary["flagged"], 2)
        self.assertEqual(len(self.omni("refused", store,
                                       "--json").splitlines()), 9)

    def test_one_person_is_known_over_all_channels(self):
        store, _ = self.load(stream())
        profile = self.omni_json("profile", store, HERO)
        self.assertEqual(profile["channels"], [
            "app", "call_center", "email", "kiosk", "store", "web"])
        self.assertEqual({entry["namespace"] for entry in
                          profile["identifiers"]},
                         {"anonymous_id", "device_id", "email", "loyalty_id",
                          "phone", "user_id"})

    def test_a_family_that_shares_an_email_stays_three_people(self):
        store, _ = self.load(stream())
        ids = {self.omni("find", store, f"user_id:u0000{i}") for i in
               range(3)}
        self.assertEqual(len(ids), 3)

    def test_order_and_batches_and_parts_do_not_matter(self):
        data = stream("--seed", 5)
        store, _ = self.load(data)
        dump, state = self.omni("dump", store), self.state(store)
        lines = data.splitlines(keepends=True)
        for seed in range(3):
            random.Random(seed).shuffle(lines)
            half = len(lines) // 2
            other = self.store(f"{seed}.omni", "--deployment", store,
                               "--calling-code", 41)
            for part in (lines[half:], lines[:half + 50]):
                self.omni("import", other, "-", "--batch", 100 * seed + 1,
                          data=b"".join(part))
            self.assertEqual(self.state(other), state)
            self.assertEqual(self.omni("dump", other), dump)

    def state(self, store):
        return self.omni_json("digest", store)["state"]

    def test_quickstart_program_prints_one_profile(self):
        path = self.path("quickstart")
        for _ in range(2):
            done = subprocess.run([QUICKSTART, path], capture_output=True,
                                  check=True, text=True)
            first, second = done.stdout.splitlines()
            self.assertEqual(first, "the receipt was there already")
            profile = json.loads(second)
            self.assertEqual(profile["channels"], ["store", "web"])
            self.assertEqual(len(profile["identifiers"]), 3)
            self.assertEqual(
                profile["events"]["Order Completed"]["amounts"]["CHF"]["sum"],
                "59.9")


if __name__ == "__main__":
    unittest.main()
