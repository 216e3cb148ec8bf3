"""Each command: what it prints, in both forms, and its exit status."""

import json
import os
import re
import unittest

from command import DONE, FAULT, NO, WRONG_USAGE, Case, event

COMMANDS = ("init import refused find profile timeline merge split digest "
            "dump check stats").split()
PROFILE_ID = re.compile(r"^[0-9a-f]{32}$")
FACT_ID = re.compile(r"^[0-9a-f]{32}:[1-9][0-9]*$")

ANNA = [
    {"type": "identify", "messageId": "w1", "anonymousId": "c1",
     "timestamp": "2026-01-05T08:00:00Z", "channel": "web",
     "traits": {"email": "Anna@Example.ch", "city": "Bern",
                "note": "a\u001b[31mb"}},
    event("Order Completed", "2026-01-06T10:30:00.250Z", messageId="r1",
          channel="store", properties={"revenue": 59.90, "currency": "CHF"},
          context={"traits": {"email": "anna@example.ch"}, "externalIds": [
              {"type": "loyalty_id", "id": "7001"}]}),
    event("Order Completed", "2026-01-07T09:00:00Z", messageId="w2",
          channel="web", anonymousId="c1",
          properties={"revenue": 40.10, "currency": "CHF"}),
]
BEAT = [event("Call Completed", "2026-01-08T12:00:00Z", messageId="t1",
              channel="call_center",
              context={"traits": {"phone": "079 123 45 67"}})]


class Usage(Case):
    def test_without_words_usage_is_wrong(self):
        self.assertIn("Usage: omni COMMAND", self.complaint(
            status=WRONG_USAGE))

    def test_help_names_every_command(self):
        text = self.omni("help")
        for name in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {name} +\S")
        self.assertEqual(text, self.omni("--help"))

    def test_help_of_a_command_has_usage_and_example(self):
        for name in COMMANDS:
            text = self.omni("help", name)
            self.assertIn(f"Usage:\n  omni {name} DB", text)
            self.assertRegex(text, rf"Examples:\n  (.*)omni {name} ")
            self.assertEqual(text, self.omni(name, "--help"))

    def test_version(self):
        self.assertRegex(self.omni("--version"), r"^omni \d+\.\d+\.\d+\n$")

    def test_a_mistyped_command_is_guessed(self):
        for typed, meant in (("improt", "import"), ("profil", "profile"),
                             ("stat", "stats")):
            self.assertIn(f'did you mean "{meant}"?', self.complaint(
                typed, status=WRONG_USAGE))
        self.assertNotIn("did you mean", self.complaint(
            "zzzzzzzz", status=WRONG_USAGE))

    def test_a_mistyped_option_is_guessed(self):
        self.assertIn("did you mean --last?", self.complaint(
            "timeline", "db", "a:b", "--lasst", "3", status=WRONG_USAGE))
        self.assertIn("no option --frob", self.complaint(
            "stats", "db", "--frob", status=WRONG_USAGE))

    def test_too_few_and_too_many_operands(self):
        for words in (["init"], ["find", "db"], ["merge", "db", "a:b"],
                      ["stats", "db", "more"], ["help", "nothing"]):
            self.complaint(*words, status=WRONG_USAGE)

    def test_options_may_stand_anywhere(self):
        store = self.store()
        plain = json.loads(self.omni("stats", store, "--json"))
        self.assertEqual(plain["events"], 0)
        first = json.loads(self.omni("stats", "--json", store))
        self.assertEqual(first["events"], 0)
        self.take(store, ANNA, "--batch=1")

    def test_an_option_without_its_value(self):
        self.complaint("init", "db", "--calling-code", status=WRONG_USAGE)
        self.complaint("stats", "db", "--json=yes", status=WRONG_USAGE)
        for bad in ("0", "x", "-1", "1000", "", "4 1"):
            self.complaint("init", self.path("n"), "--calling-code", bad,
                           status=WRONG_USAGE)
        self.assertFalse(os.path.exists(self.path("n")))


class Stores(Case):
    def test_init_makes_a_store_once(self):
        store = self.store()
        before = self.omni("digest", store)
        self.complaint("init", store, status=FAULT)
        self.assertEqual(self.omni("digest", store), before)

    def test_init_does_not_overwrite_something_else(self):
        path = self.write("notes.txt", b"mine")
        self.complaint("init", path, status=FAULT)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"mine")

    def test_init_joins_a_deployment(self):
        first = self.store("one.omni")
        second = self.store("two.omni", "--deployment", first)
        alone = self.store("three.omni")
        self.take(first, ANNA)
        self.take(second, ANNA)
        self.take(alone, ANNA)
        dump = self.omni("dump", first)
        self.assertEqual(self.omni("dump", second), dump)
        self.assertNotEqual(self.omni("dump", alone), dump)
        self.complaint("init", self.path("n"), "--deployment",
                       self.path("nothing"), status=FAULT)
        self.assertFalse(os.path.exists(self.path("n")))

    def test_no_store_is_a_fault(self):
        self.write("file", b"not a store")
        os.mkdir(self.path("folder"))
        for path in (self.path("none"), self.path("file"),
                     self.path("folder")):
            for command, *words in (["stats"], ["dump"], ["find", "a:b"],
                                    ["import", "-"], ["check"], ["refused"]):
                self.complaint(command, path, *words, status=FAULT)

    def test_digest_in_both_forms(self):
        store = self.store()
        empty = self.omni_json("digest", store)
        self.take(store, ANNA)
        text = self.omni("digest", store)
        match = re.fullmatch(r"facts  ([0-9a-f]{32})\nstate  ([0-9a-f]{32})\n",
                             text)
        self.assertTrue(match, text)
        digest = self.omni_json("digest", store)
        self.assertEqual(set(digest), {"derive_version", "facts", "state"})
        self.assertEqual(digest["facts"], match.group(1))
        self.assertEqual(digest["state"], match.group(2))
        self.assertNotEqual(digest["facts"], empty["facts"])
        self.assertNotEqual(digest["state"], empty["state"])

    def test_stats_in_both_forms(self):
        store = self.store("a.omni", "--calling-code", 41)
        self.take(store, ANNA + BEAT)
        stats = self.omni_json("stats", store)
        self.assertEqual(list(stats), sorted(stats))
        self.assertEqual(set(stats), {
            "contested", "events", "facts", "file_bytes", "flagged", "links",
            "log_bytes", "memory_bytes", "nodes", "policy_invalid", "profiles",
            "refused", "statements", "table_bytes", "unknown", "voided"})
        self.assertEqual(stats["events"], 4)
        self.assertEqual(stats["nodes"], 4)
        self.assertEqual(stats["profiles"], 2)
        self.assertEqual(stats["refused"], 0)
        self.assertGreaterEqual(stats["facts"], 4)
        self.assertGreaterEqual(stats["file_bytes"],
                                stats["log_bytes"] + stats["table_bytes"])
        self.assertRegex(self.omni("stats", store), r"(?m)^events +4\b")

    def test_check_finds_all_equal(self):
        store = self.store()
        self.take(store, ANNA + BEAT)
        report = self.omni_json("check", store)
        self.assertEqual(list(report), ["differences", "equal", "facts",
                                        "first", "groups", "rows"])
        self.assertEqual((report["differences"], report["equal"],
                          report["first"]), (0, True, None))
        self.assertGreaterEqual(report["facts"], 4)
        self.assertGreater(report["rows"], 4)
        self.assertIn("equal", self.omni("check", store))

    def test_check_rebuilds_the_same(self):
        store = self.store()
        self.take(store, ANNA + BEAT)
        before = self.omni("digest", store), self.omni("dump", store)
        self.omni("check", store, "--rebuild")
        after = self.omni("digest", store), self.omni("dump", store)
        self.assertEqual(after, before)

    def test_dump_has_a_line_a_profile_in_order_of_ids(self):
        store = self.store("a.omni", "--calling-code", 41)
        self.take(store, ANNA + BEAT)
        lines = self.omni("dump", store).splitlines()
        profiles = [json.loads(line) for line in lines]
        profiles = [line for line in profiles if "identifiers" in line]
        ids = [profile["id"] for profile in profiles]
        self.assertEqual(len(ids), 2)
        self.assertEqual(ids, sorted(ids))
        for profile in profiles:
            self.assertIn("timeline", profile)
            shown = self.omni_json("profile", store, profile["id"])
            for key, value in shown.items():
                self.assertEqual(profile[key], value)

    def test_output_to_a_full_disk_is_a_fault(self):
        store = self.store()
        self.take(store, ANNA)
        for words in (["dump", store], ["stats", store], ["help"],
                      ["profile", store, "email:anna@example.ch"]):
            with open("/dev/full", "wb") as full:
                process = self.start(*words, stdout=full, stderr=-1)
                message = process.communicate()[1]
            self.assertEqual(process.returncode, FAULT, words)
            self.assertIn(b"No space left", message)

    def test_who_reads_no_further_ends_a_listing_quietly(self):
        store = self.store()
        self.take(store, [event("E", "2026-01-01T00:00:00Z", messageId=str(i),
                                userId=str(i), properties={"a": "b" * 200})
                          for i in range(1000)])
        self.omni("segment", "set", store, "all", "events.did('E')")
        self.omni("tick", store)
        for words in (["dump", store], ["export", store, "events"], ["stats", store],
                      ["segment", "list", store],
                      ["segment", "changes", store],
                      ["segment", "changes", store, "--json"],
                      ["segment", "members", store, "all"],
                      ["segment", "members", store, "--expr", "true"],
                      ["segment", "overlap", store, "all", "all"],
                      ["timeline", store, "user_id:1"], ["refused", store],
                      ["profile", store, "user_id:1"], ["policy", store]):
            process = self.start(*words, stdout=-1, stderr=-1)
            process.stdout.close()
            message = process.stderr.read()
            process.stderr.close()
            self.assertEqual((words[0], process.wait(), message),
                             (words[0], DONE, b""))


class People(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store("a.omni", "--calling-code", 41)
        self.take(self.db, ANNA + BEAT)

    def test_find_leads_from_every_identifier_to_one_id(self):
        anna = self.omni("find", self.db, "anonymous_id:c1").strip()
        self.assertRegex(anna, PROFILE_ID)
        for who in ("loyalty_id:7001", "email: ANNA@example.CH ", anna,
                    anna.upper()):
            self.assertEqual(self.omni("find", self.db, who).strip(), anna)
        self.assertEqual(self.omni_json("find", self.db, "loyalty_id:7001"),
                         {"profile": anna})
        beat = self.omni("find", self.db, "phone:+41 79 123 45 67").strip()
        self.assertNotEqual(beat, anna)

    def test_nobody_is_no(self):
        for who in ("email:nobody@example.ch", "00" * 16):
            for command in ("find", "profile", "timeline"):
                out, _ = self.run_omni(command, self.db, who, status=NO)
                self.assertEqual(out, "")
        self.assertEqual(self.omni_json("find", self.db, "user_id:u",
                                        status=NO), {"profile": None})

    def test_who_must_be_a_name_or_an_id(self):
        for who in ("anna", "0123", "Email:x", ":x", "1a:x", "a" * 33 + ":x",
                    "email:" + "x" * 1025):
            self.complaint("find", self.db, who, status=WRONG_USAGE)

    def test_profile_as_json(self):
        profile = self.omni_json("profile", self.db, "loyalty_id:7001")
        self.assertEqual(list(profile), sorted(profile))
        self.assertEqual(set(profile), {
            "id", "first_seen", "last_seen", "identifiers", "traits",
            "events", "channels", "segments", "consents", "held_apart"})
        self.assertEqual(profile["first_seen"], "2026-01-05T08:00:00Z")
        self.assertEqual(profile["last_seen"], "2026-01-07T09:00:00Z")
        self.assertEqual(profile["channels"], ["store", "web"])
        self.assertEqual(
            [(i["namespace"], i["value"]) for i in profile["identifiers"]],
            [("anonymous_id", "c1"), ("email", "anna@example.ch"),
             ("loyalty_id", "7001")])
        card = profile["identifiers"][2]
        self.assertEqual(set(card), {"namespace", "value", "first_seen",
                                     "last_seen", "channels"})
        self.assertEqual(card["first_seen"], "2026-01-06T10:30:00.250Z")
        self.assertEqual(card["channels"], ["store"])
        city = profile["traits"]["city"]
        self.assertEqual(set(city), {"value", "source", "time", "event"})
        self.assertEqual((city["value"], city["event"]), ("Bern", "w1"))
        self.assertEqual(profile["events"]["Order Completed"], {
            "count": 2, "first": "2026-01-06T10:30:00.250Z",
            "last": "2026-01-07T09:00:00Z",
            "amounts": {"CHF": {"sum": "100", "min": "40.1",
                                "max": "59.9"}}})

    def test_profile_as_text(self):
        text = self.omni("profile", self.db, "email:anna@example.ch")
        for part in ("anonymous_id  c1", "email         anna@example.ch",
                     "loyalty_id    7001", "Order Completed      2",
                     "CHF 100 (40.1 to 59.9)", "Bern"):
            self.assertIn(part, text)
        self.assertNotIn("\x1b", text)

    def test_timeline_as_text_is_newest_first(self):
        lines = self.omni("timeline", self.db, "anonymous_id:c1").splitlines()
        self.assertEqual([line.split()[0] for line in lines],
                         ["2026-01-07T09:00:00Z", "2026-01-06T10:30:00.250Z",
                          "2026-01-05T08:00:00Z"])
        self.assertIn("Order Completed", lines[1])
        self.assertIn("store", lines[1])

    def names(self, *words):
        out = self.omni("timeline", self.db, "loyalty_id:7001", "--json",
                        *words)
        return [json.loads(line)["time"] for line in out.splitlines()]

    def test_timeline_choices(self):
        first, second, third = ("2026-01-05T08:00:00Z",
                                "2026-01-06T10:30:00.250Z",
                                "2026-01-07T09:00:00Z")
        self.assertEqual(self.names(), [third, second, first])
        self.assertEqual(self.names("--last", 1), [third])
        self.assertEqual(self.names("--since", second), [third, second])
        self.assertEqual(self.names("--until", second), [first])
        self.assertEqual(self.names("--since", "2026-01-06",
                                    "--until", "2026-01-07"), [second])
        self.assertEqual(self.names("--until", "2026-01-06T11:30:00.250+01:00"),
                         [first])
        self.assertEqual(self.names("--name", "Order Completed"),
                         [third, second])
        self.assertEqual(self.names("--channel", "store"), [second])
        self.assertEqual(self.names("--channel", "chat"), [])

    def test_timeline_tells_when_there_is_more(self):
        self.take(self.db, [
            event("E", f"2026-02-01T00:00:{i:02}Z", messageId=f"m{i}",
                  userId="u") for i in range(25)])
        out, message = self.run_omni("timeline", self.db, "user_id:u")
        self.assertEqual(len(out.splitlines()), 20)
        self.assertIn("more than 20", message)
        out, message = self.run_omni("timeline", self.db, "user_id:u",
                                     "--last", 25)
        self.assertEqual((len(out.splitlines()), message), (25, ""))

    def test_times_must_be_times(self):
        for bad in ("tomorrow", "3y", "7", "-2h", "h", "2026-02-30",
                    "2026-13-01", "2026-01-01T",
                    "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
                    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
                    "2026-1-1", "", "2026-01-01T00:00:00Zz"):
            self.complaint("timeline", self.db, "loyalty_id:7001", "--since",
                           bad, status=WRONG_USAGE)

    def find(self, who):
        return self.omni("find", self.db, who).strip()

    def test_merge_and_split_state_facts(self):
        anna, beat = "email:anna@example.ch", "phone:+41791234567"
        apart = self.find(anna), self.find(beat)
        fact, said = self.run_omni("merge", self.db, anna, beat, "--reason",
                                   "said so", "--author", "till-3")
        fact = fact.strip()
        self.assertRegex(fact, FACT_ID)
        one = self.find(anna)
        self.assertEqual(one, self.find(beat))
        lost, = {*apart} - {one}
        self.assertIn(f"{lost} is part of {one}", said)
        one = self.omni_json("profile", self.db, beat)
        self.assertEqual(one["events"]["Call Completed"]["count"], 1)
        self.assertEqual(one["events"]["Order Completed"]["count"], 2)
        later = self.omni_json("split", self.db, anna, beat, "--reason",
                               "a mistake")
        self.assertEqual(later, {
            "changed": True, "fact": later["fact"], "in_effect": True,
            "joined": [], "profile_a": apart[0], "profile_b": apart[1]})
        self.assertEqual(list(later), sorted(later))
        self.assertRegex(later["fact"], FACT_ID)
        self.assertNotEqual(later["fact"], fact)
        self.assertEqual((self.find(anna), self.find(beat)), apart)

    def test_retract_takes_facts_back(self):
        anna, beat = "email:anna@example.ch", "phone:+41791234567"
        before = self.omni("dump", self.db)
        merge = self.omni("merge", self.db, anna, beat, "--reason", "x")
        undone = self.omni_json("retract", self.db, merge.strip(), "--reason",
                                "wrong", "--author", "till-3")
        self.assertEqual(undone["count"], 1)
        self.assertEqual(self.omni("dump", self.db), before)
        self.assertEqual(self.omni_json("retract", self.db, merge.strip(),
                                        "--reason", "x"),
                         {"count": 0, "fact": None})
        lines = self.omni("refused", self.db, "--json").splitlines()
        void, = [line for line in map(json.loads, lines)
                 if line["code"] == "retracted"]
        self.assertEqual((void["fact"], void["kind"], void["reason"],
                          void["retract"], void["author"]),
                         (merge.strip(), "link", "wrong", undone["fact"],
                          "till-3"))
        self.assertIn(f"retracted  link {merge.strip()}",
                      self.omni("refused", self.db))
        event = json.loads(self.omni("timeline", self.db, anna, "--json",
                                     "--last", 1))
        fact = self.omni("retract", self.db, event["fact"], "--reason", "x")
        self.assertRegex(fact.strip(), FACT_ID)
        self.assertNotEqual(self.omni("dump", self.db), before)
        self.omni("retract", self.db, fact.strip(), "--reason", "not so")
        self.assertEqual(self.omni("dump", self.db), before)
        self.complaint("retract", self.db, f"{'0' * 32}:7", "--reason", "x",
                       status=NO)
        for words in (["0:1", "--reason", "x"], [fact.strip()],
                      [fact.strip(), "--reason", ""]):
            self.complaint("retract", self.db, *words, status=WRONG_USAGE)

    def test_a_merge_that_waits_says_so(self):
        pair = "email:anna@example.ch", "user_id:nobody-yet"
        said = self.run_omni("merge", self.db, *pair, "--reason", "x")[1]
        self.assertIn("no event names user_id:nobody-yet yet", said)
        done = self.omni_json("merge", self.db, *pair, "--reason", "x")
        self.assertEqual((done["in_effect"], done["profile_b"]), (False, None))

    def test_merge_takes_profile_ids(self):
        anna, beat = self.find("loyalty_id:7001"), self.find("phone:0791234567")
        self.omni("merge", self.db, anna, beat, "--reason", "same")
        self.assertEqual(self.find(anna), self.find(beat))

    def test_statements_need_a_reason_and_two_names(self):
        pair = ["email:anna@example.ch", "user_id:u"]
        for command in ("merge", "split"):
            for words in ([*pair], [*pair, "--reason", ""],
                          [pair[0], pair[0], "--reason", "x"],
                          ["email:ANNA@example.ch", pair[0], "--reason", "x"],
                          [pair[0], "nobody", "--reason", "x"],
                          [pair[0], "user_id:guest", "--reason", "x"],
                          [*pair, "--reason", "x" * 1025]):
                self.complaint(command, self.db, *words, status=WRONG_USAGE)

    def test_values_may_hold_colons(self):
        self.take(self.db, [event("E", "2026-02-01T00:00:00Z",
                                  userId="urn:x:1")])
        self.omni("find", self.db, "user_id:urn:x:1")


if __name__ == "__main__":
    unittest.main()
