"""The command `watch`: what other processes commit, line by line."""

import json
import re
import signal
import subprocess
import time
import unittest

from command import DONE, FAULT, WRONG_USAGE, Case, event

POSITION = re.compile(r"^omni: position (\d+); --from \1 goes on here$")


def bought(number, **members):
    return event("Bought", f"2026-01-05T08:00:{number:02}Z",
                 messageId=f"m{number}", userId="u1", channel="store",
                 properties={"revenue": 59.90, "currency": "CHF"}, **members)


class Watch(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()

    def follow(self, *words):
        """A watch that goes on until the test ends."""
        command = self.start("watch", self.db, *words, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.finish, command)
        return command

    def finish(self, command, how=signal.SIGTERM):
        """Status and position of a watch that is told to end."""
        if command.poll() is None:
            command.send_signal(how)
        if command.stdout.closed:
            return None
        _, message = command.communicate(timeout=20)
        command.stdout.close()
        self.assertEqual(command.returncode, DONE, message)
        match = POSITION.match(message)
        self.assertTrue(match, message)
        return match.group(1)

    def once(self, *words):
        out, message = self.run_omni("watch", self.db, "--once", *words)
        return out.splitlines(), POSITION.match(message).group(1)

    def once_json(self, *words):
        lines, position = self.once("--json", *words)
        return [json.loads(line) for line in lines], position

    def test_events_of_other_processes_are_seen(self):
        self.take(self.db, [bought(0)])
        command = self.follow("--from", "start", "--json")
        self.assertEqual(json.loads(command.stdout.readline())["event"]["id"],
                         "m0")
        slowest = 0
        for number in range(1, 6):
            self.take(self.db, [bought(number)])
            began = time.monotonic()
            line = json.loads(command.stdout.readline())
            slowest = max(slowest, time.monotonic() - began)
            self.assertEqual(line["event"]["id"], f"m{number}")
            self.assertEqual(line["profile"],
                             self.omni("find", self.db, "user_id:u1").strip())
        self.assertLess(slowest, 5)
        position = self.finish(command)
        self.assertEqual(int(position), line["position"])
        self.assertEqual(self.once("--from", position)[0], [])

    def test_a_watch_goes_on_where_one_ended(self):
        self.take(self.db, [bought(number) for number in range(10)])
        whole, end = self.once_json("--from", "start")
        self.assertEqual([line["event"]["id"] for line in whole],
                         [f"m{number}" for number in range(10)])
        for number, line in enumerate(whole):
            self.assertEqual(list(line), sorted(line))
            rest, last = self.once_json("--from", line["position"])
            self.assertEqual(rest, whole[number + 1:])
            self.assertEqual(last, end)
        self.assertEqual(self.once()[0], [])

    def test_lines_for_people(self):
        self.take(self.db, [bought(1, anonymousId="a\u001b1")])
        self.omni("merge", self.db, "user_id:u1", "email:a@x.ch", "--reason",
                  "same card", "--author", "desk")
        self.omni("split", self.db, "user_id:u1", "email:a@x.ch", "--reason",
                  "sisters")
        lines, _ = self.once("--from", "start")
        known = self.omni("find", self.db, "user_id:u1").strip()
        self.assertRegex(lines[0], r"^2026-01-05T08:00:01Z +store +Bought +"
                         r"anonymous_id:a\\x1b1 user_id:u1  59\.9 CHF  -> " +
                         known + "$")
        self.assertRegex(lines[1], "merge +email:a@x.ch = user_id:u1  "
                         r"same card \(desk\)  -> " + known)
        self.assertRegex(lines[2], "split +email:a@x.ch / user_id:u1  sisters")

    def test_a_retry_is_seen_if_it_knows_more(self):
        self.take(self.db, [bought(1)])
        self.take(self.db, [bought(1)])
        self.take(self.db, [bought(1, anonymousId="a1")])
        lines, _ = self.once("--from", "start")
        self.assertEqual(len(lines), 2)

    def test_only_events_of_a_name(self):
        self.take(self.db, [bought(1), event("Viewed", "2026-01-05T09:00:00Z",
                                             userId="u1", messageId="v")])
        lines, _ = self.once_json("--from", "start", "--name", "Viewed")
        self.assertEqual([line["event"]["id"] for line in lines], ["v"])

    def test_only_what_is_about_somebody(self):
        self.take(self.db, [bought(1), event(
            "Bought", "2026-01-05T09:00:00Z", userId="u2", messageId="o")])
        self.omni("merge", self.db, "user_id:u2", "email:a@x.ch", "--reason",
                  "x")
        for who in ("user_id:u2", self.omni("find", self.db,
                                            "user_id:u2").strip()):
            lines, _ = self.once_json("--from", "start", "--profile", who)
            self.assertEqual([line["kind"] for line in lines],
                             ["event", "link"])
        self.assertEqual(self.once("--from", "start", "--profile",
                                   "user_id:nobody")[0], [])

    def test_it_ends_when_it_is_told_to(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            command = self.follow("--from", "start", "--json")
            self.take(self.db, [bought(how)])
            command.stdout.readline()
            began = time.monotonic()
            self.assertIsNotNone(self.finish(command, how))
            self.assertLess(time.monotonic() - began, 10)

    def test_it_ends_when_nobody_reads_on(self):
        command = self.follow("--from", "start")
        self.take(self.db, [bought(1)])
        command.stdout.readline()
        command.stdout.close()
        self.assertIn(command.wait(timeout=20), (DONE, FAULT))
        command.stderr.close()

    def test_a_wrong_position_is_refused(self):
        self.take(self.db, [bought(1)])
        for wrong in ("x", "0", "-1", "1", "99999999999999"):
            self.complaint("watch", self.db, "--once", "--from", wrong,
                           status=WRONG_USAGE)
        self.complaint("watch", self.db, "--once", "--profile", "nobody",
                       status=WRONG_USAGE)


if __name__ == "__main__":
    unittest.main()
