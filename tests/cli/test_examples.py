"""The example programs, each as its head comment says that it is run."""

import json
import os
import signal
import subprocess
import time

from command import Case, event, unittest

EXAMPLES = os.path.join(os.environ["OMNI_BUILD"], "examples")


class Examples(Case):
    def run_example(self, name, *words, status=0, data=""):
        done = subprocess.run(
            [os.path.join(EXAMPLES, name), *words], input=data, text=True,
            capture_output=True, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.splitlines(), done.stderr.splitlines()

    def test_each_says_how_it_is_used(self):
        for name in ("quickstart", "pos_terminal", "kiosk", "backend_import",
                     "embedding_hooks", "follow", "stored_ids"):
            _, said = self.run_example(name, status=2)
            self.assertIn(f"usage: {name} ", said[0])

    def test_each_says_why_a_store_does_not_open(self):
        self.write("file", b"no store")
        for name in ("quickstart", "pos_terminal", "kiosk",
                     "embedding_hooks"):
            _, said = self.run_example(name, "file", status=3)
            self.assertIn("file", said[0])
        _, said = self.run_example("backend_import", "file", "x", status=3)
        self.assertIn("file", said[0])


class Till(Examples):
    def till(self, *lines, store="till.omni", **options):
        data = "".join(line + "\n" for line in lines)
        return self.run_example("pos_terminal", store, data=data,
                                **options)[0]

    def test_it_greets_with_name_last_purchase_and_points(self):
        printed = self.till(
            "join 7612345 Anna@Example.ch Anna Maria",
            "who 7612345",
            "sale r-1 7612345 59.90",
            "sale r-2 7612345 20",
            "redeem x-1 7612345 30",
            "who anna@example.ch",
            "quit")
        self.assertEqual(printed[:1] + printed[2:5], ["saved"] * 4)
        self.assertEqual(
            printed[1], "Good day, Anna Maria. No purchase yet. Points: 0.")
        self.assertRegex(
            printed[5], r"^Good day, Anna Maria\. Last purchase: 20 CHF on "
            r"\d{4}-\d\d-\d\d\. Points: 49\.$")

    def test_a_receipt_counts_once_after_a_restart_too(self):
        self.assertEqual(self.till("sale r-1 7612345 5"), ["saved"])
        self.assertEqual(
            self.till("sale r-1 7612345 5", "flush", "sale r-1 7612345 5"),
            ["saved before", "flushed", "saved before"])
        self.assertIn("Points: 5.", self.till("who 7612345")[0])

    def test_what_was_said_to_be_saved_survives_a_killed_till(self):
        till = subprocess.Popen(
            [os.path.join(EXAMPLES, "pos_terminal"), "till.omni"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1)
        for number in range(20):
            till.stdin.write(f"sale r-{number} 7612345 1.50\n")
            self.assertEqual(till.stdout.readline(), "saved\n")
        till.send_signal(signal.SIGKILL)
        till.communicate()
        self.assertIn("Points: 30.", self.till("who 7612345")[0])
        self.omni("check", self.path("till.omni"))

    def test_it_flushes_when_nobody_says_anything(self):
        till = subprocess.Popen(
            [os.path.join(EXAMPLES, "pos_terminal"), "till.omni"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1)
        till.stdin.write("sale r-1 7612345 1.50\n")
        till.stdout.readline()
        tables = self.path("till.omni/tables.mdb")
        before = os.stat(tables).st_mtime_ns
        end = time.monotonic() + 60
        while os.stat(tables).st_mtime_ns == before:
            self.assertLess(time.monotonic(), end, "it has not flushed")
            time.sleep(0.05)
        till.communicate("quit\n")
        self.assertEqual(till.returncode, 0)

    def test_it_refuses_what_is_no_sale(self):
        self.assertEqual(
            self.till("sale r-1 7612345 5,90", "sale r-1 null 5",
                      "sale r-1 7612345 " + "9" * 600, "who 7612345",
                      "who x@example.ch")[:3],
            ["refused: 5,90 is no amount", "refused: blocked",
             "refused: the line is too long"])

    def test_it_explains_its_commands(self):
        for line in ("help", "sale r-1", "who"):
            self.assertIn("sale RECEIPT CARD AMOUNT", self.till(line)[0])

    def test_a_name_with_quotes_is_kept(self):
        self.till('join 1 a@example.ch "Q" \\ Rossi')
        trait = self.omni_json("profile", self.path("till.omni"),
                               "loyalty_id:1")["traits"]["firstName"]
        self.assertEqual(trait["value"], '"Q" \\ Rossi')


class Others(Examples):
    def test_people_at_one_kiosk_stay_apart(self):
        printed, _ = self.run_example("kiosk", "kiosk.omni")
        self.assertEqual([line for line in printed if ":" == line[-1:] or
                          not line.startswith(" ")],
                         ["loyalty_id:card-anna", "loyalty_id:card-ben",
                          "device_id:kiosk-7"])
        self.assertEqual(printed[1:4], [
            "  minute  2  Signed In",
            '  minute  3  Order Completed {"currency":"CHF","revenue":24.5}',
            "  minute  4  Signed Out"])
        self.assertEqual(len(printed), 11)

    def test_a_follower_goes_on_where_it_stopped(self):
        store = self.store("shop.omni")
        records = [event("Page Viewed", "2026-03-01T12:00:00Z", userId="u-1",
                         messageId=str(number), anonymousId=f"a-{number}")
                   for number in range(3)]
        for number, record in enumerate(records):
            self.take(store, [record])
            printed, _ = self.run_example("follow", store, "position.txt")
            self.assertEqual(printed, [
                f"Page Viewed anonymous_id:a-{number} user_id:u-1"])
        printed, _ = self.run_example("follow", store, "position.txt")
        self.assertEqual(printed, [])
        self.write("position.txt", b"77777")
        _, said = self.run_example("follow", store, "position.txt", status=1)
        self.assertIn("none of this store's", said[0])

    def test_stored_ids_are_kept_up_to_date(self):
        def event_of(number, **who):
            return event("Page Viewed", f"2026-03-01T12:00:0{number}Z",
                         messageId=str(number), **who)
        store = self.store("shop.omni")
        self.take(store, [event_of(1, anonymousId="a"),
                          event_of(2, anonymousId="b")])
        a, b = (self.omni("find", store, f"anonymous_id:{value}").strip()
                for value in "ab")
        self.assertEqual(self.run_example("stored_ids", store, "rows")[0], [])
        self.take(store, [event_of(3, anonymousId="a", userId="u")])
        self.take(store, [event_of(4, anonymousId="b", userId="u")])
        user = self.omni("find", store, "user_id:u").strip()
        printed, _ = self.run_example("stored_ids", store, "rows")
        self.assertEqual(printed, ["1 renamed", "2 joined"])

        def rows():
            with open(self.path("rows"), encoding="ascii") as file:
                return dict(line.split() for line in list(file)[1:])
        self.assertEqual(rows(), {a: user, b: user})
        self.omni("split", store, "anonymous_id:b", "user_id:u",
                  "--reason", "two")
        printed, _ = self.run_example("stored_ids", store, "rows")
        self.assertEqual(printed, ["3 split"])
        self.assertEqual(rows(), {a: user, b: b})
        self.omni("policy", store, self.write(
            "policy.json", b'{"namespaces":{"anonymous_id":{"rank":80}}}'))
        printed, _ = self.run_example("stored_ids", store, "rows")
        self.assertIn("the policy has changed", printed[0])
        self.assertEqual(rows(), {a: user, b: b})

    def test_a_load_by_several_threads_takes_everything_once(self):
        names = []
        for number in range(6):
            lines = [json.dumps({
                "type": "track", "event": "Page Viewed",
                "userId": f"u-{i % 20}", "messageId": f"{number}-{i}",
                "timestamp": "2026-03-01T12:00:00Z"}) for i in range(300)]
            lines[7] = "no JSON"
            names.append(f"part-{number}.jsonl")
            self.write(names[-1], "\n".join(lines).encode())
        printed, said = self.run_example("backend_import", "shop.omni", *names)
        self.assertEqual(printed[0], "read 1800, taken 1794, duplicates 0, "
                         "refused 6, flagged 0")
        self.assertEqual(len(said), 6)
        self.assertRegex(printed[1], r"^part-\d.jsonl:8: bad_json: ")
        self.assertEqual(
            self.omni_json("stats", self.path("shop.omni"))["events"], 1794)
        printed, _ = self.run_example("backend_import", "shop.omni", *names)
        self.assertIn("taken 0, duplicates 1794", printed[0])

    def test_a_load_says_which_file_failed(self):
        self.write("one.jsonl", b"")
        _, said = self.run_example("backend_import", "shop.omni", "one.jsonl",
                                   "none.jsonl", status=3)
        self.assertIn("none.jsonl: No such file or directory", said)

    def test_hooks_count_and_a_small_budget_fails_without_a_leak(self):
        printed, _ = self.run_example("embedding_hooks", "hooks.omni")
        self.assertEqual(printed[0], "card-7: 10 orders on the day of the "
                         "host's clock: yes")
        self.assertRegex(printed[1], r"^at most \d+ KiB of 16384 KiB, \d+ "
                         r"blocks at work, 0 left behind, 0 refused$")
        self.assertEqual(printed[3], "with 4 KiB: out of memory; 0 bytes "
                         "left behind")


class Quickstart(Examples):
    def test_the_script_shows_a_merge_undone_and_says_how_long_it_took(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "..", "..", "examples", "quickstart.sh")
        done = subprocess.run([script], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"The first profile was there \d+ ms "
                         r"after the first command\n")
        ids = done.stdout.split("== Somebody else")[1]
        found = [line for line in ids.splitlines()
                 if len(line) == 32 and " " not in line]
        self.assertEqual(len(found), 4)
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[2], found[3])


if __name__ == "__main__":
    unittest.main()
