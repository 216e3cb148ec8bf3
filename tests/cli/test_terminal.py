"""What changes on a terminal: colours, width, numbers, pager, progress."""

import os
import pty
import re
import subprocess
import sys
import unittest
import unicodedata

from command import DONE, FAULT, NO, OMNI, WRONG_USAGE, Case, event
from terminal import Terminal, plain

WHO = "user_id:anna"
COLOUR = "\x1b["


def columns_of(text):
    """Columns that a line takes on a terminal."""
    width = 0
    for letter in text:
        if not unicodedata.combining(letter):
            width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return width


class Screen(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, [
            event("Order Completed", f"2026-01-{day:02}T10:30:00.250Z",
                  messageId=str(day), userId="anna", channel="call_center",
                  properties={"note": "caf\u00e9 \u5c71\u672c e\u0301 " * 9},
                  context={"traits": {
                      "email": "anna.with.a.long.name@shop.example.ch",
                      "city": "\u5c71" * 30}})
            for day in range(1, 29)])

    def shows(self, *words, **options):
        with Terminal(*words, **options) as terminal:
            status, text = terminal.end()
        self.assertEqual(status, options.get("status", DONE), text)
        return text


class Colours(Screen):
    def test_only_on_terminals_and_as_asked(self):
        words = ("timeline", self.db, WHO)
        self.assertIn(COLOUR, self.shows(*words))
        for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"},
                          {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}):
            self.assertNotIn(COLOUR, self.shows(*words, **variables))
        self.assertIn(COLOUR, self.shows(*words, NO_COLOR=""))
        self.assertNotIn(COLOUR, self.shows(*words, "--color=never"))
        self.assertIn(COLOUR, self.shows(*words, "--color=always",
                                         NO_COLOR="1"))
        self.assertNotIn(COLOUR, self.omni(*words))
        self.assertIn(COLOUR, self.omni(*words, "--color", "always"))
        forced = subprocess.run([OMNI, *words], capture_output=True,
                                check=True,
                                env={**os.environ, "CLICOLOR_FORCE": "1"})
        self.assertIn(COLOUR.encode(), forced.stdout)

    def test_never_in_json(self):
        self.assertNotIn(COLOUR, self.shows("profile", self.db, WHO, "--json",
                                            "--color=always"))


class Width(Screen):
    def test_lines_are_cut_to_the_terminal(self):
        for columns in (40, 60, 80, 133):
            for words in (["timeline", self.db, WHO],
                          ["profile", self.db, WHO], ["stats", self.db],
                          ["help", "timeline"], ["help"]):
                text = plain(self.shows(*words, columns=columns))
                examples = re.split("(?m)^(?:Examples|Start with):", text)[0]
                for line in examples.splitlines():
                    if line.startswith("omni: "):
                        continue
                    self.assertLessEqual(columns_of(line), columns, line)

    def test_nothing_is_cut_elsewhere(self):
        text = self.omni("timeline", self.db, WHO)
        self.assertNotIn("\u2026", text)
        self.assertNotIn("~", text)
        self.assertIn("\u2026", self.shows("timeline", self.db, WHO))
        self.assertNotIn("\u2026", self.shows("timeline", self.db, WHO,
                                              LANG="C"))

    def test_columns_are_aligned_whatever_the_letters(self):
        text = plain(self.shows("profile", self.db, WHO, columns=120))
        traits = text.split("Traits\n")[1].split("\n\n")[0].splitlines()[1:]
        ends = {columns_of(line[:line.index("2026-")]) for line in traits}
        self.assertEqual(len(ends), 1, traits)

    def test_numbers_are_grouped_for_people_only(self):
        self.assertRegex(plain(self.shows("stats", self.db)),
                         r"(?m)^file_bytes +[\d]{1,3}(,\d{3})+ ")
        self.assertRegex(self.omni("stats", self.db),
                         r"(?m)^file_bytes +\d+ ")

    def test_times_in_the_local_zone(self):
        words = ("timeline", self.db, WHO, "--last", 1)
        self.assertIn("2026-01-28T10:30:00.250Z", self.omni(*words))
        zone = {**os.environ, "TZ": "CET-1"}
        done = subprocess.run([OMNI, *map(str, words), "--local"], env=zone,
                              capture_output=True, check=True)
        self.assertIn(b"2026-01-28T11:30:00.250+01:00", done.stdout)
        done = subprocess.run([OMNI, *map(str, words), "--local", "--json"],
                              env=zone, capture_output=True, check=True)
        self.assertIn(b"2026-01-28T10:30:00.250Z", done.stdout)
        self.take(self.db, [event("Late", "2026-02-01T23:30:00Z",
                                  userId="anna", messageId="l")])
        for words, found in (([], False), (["--local"], True)):
            done = subprocess.run(
                [OMNI, "timeline", self.db, WHO, "--since", "2026-02-02",
                 *words], env=zone, capture_output=True, check=True)
            self.assertEqual(b"Late" in done.stdout, found)

    def test_times_may_be_relative(self):
        self.take(self.db, [{"type": "track", "event": "Now",
                             "userId": "anna", "messageId": "n"}])
        for since, found in (("1h", True), ("1d", True), ("2w", True),
                             ("30s", True), ("yesterday", True),
                             ("now", False)):
            out = self.omni("timeline", self.db, WHO, "--since", since,
                            "--name", "Now")
            self.assertEqual("Now" in out, found, since)


class Pager(Screen):
    def pager(self, status=0):
        return self.write_script("pager", f"echo PAGED; cat; exit {status}")

    def write_script(self, name, text):
        path = self.write(name, f"#!/bin/sh\n{text}\n".encode())
        os.chmod(path, 0o700)
        return path

    def test_lists_go_through_it(self):
        pager = self.pager()
        words = ("timeline", self.db, WHO)
        self.assertIn("PAGED", self.shows(*words, OMNI_PAGER=pager))
        text = self.shows(*words, OMNI_PAGER=pager)
        self.assertIn(COLOUR, text)
        self.assertIn("Order Completed", text)
        self.assertIn("PAGED", self.shows("help", OMNI_PAGER=pager))

    def test_what_is_no_list_does_not(self):
        pager = self.pager()
        for words in (["stats", self.db], ["find", self.db, WHO]):
            self.assertNotIn("PAGED", self.shows(*words, OMNI_PAGER=pager))

    def test_it_can_be_turned_off(self):
        pager = self.pager()
        words = ("timeline", self.db, WHO)
        self.assertNotIn("PAGED", self.shows(*words, "--no-pager",
                                             OMNI_PAGER=pager))
        for none in ("", "cat"):
            self.assertNotIn("PAGED", self.shows(*words, OMNI_PAGER=none,
                                                 PAGER=pager))
        done = subprocess.run([OMNI, *words], capture_output=True, check=True,
                              env={**os.environ, "OMNI_PAGER": pager})
        self.assertNotIn(b"PAGED", done.stdout)

    def test_leaving_it_early_is_no_fault(self):
        self.take(self.db, [event("E", "2026-01-01T00:00:00Z",
                                  messageId=f"x{i}", userId="anna",
                                  properties={"text": "x" * 300})
                            for i in range(3000)])
        quits = self.write_script("quits", "head -n 1")
        self.shows("timeline", self.db, WHO, "--last", 5000, "--json",
                   OMNI_PAGER=quits)

    def test_one_that_is_not_there_is_a_fault(self):
        with Terminal("timeline", self.db, WHO,
                      OMNI_PAGER=self.path("none")) as terminal:
            status, text = terminal.end()
        self.assertEqual(status, FAULT)
        self.assertIn("--no-pager", text)

    def test_messages_come_behind_it(self):
        slow = self.write_script("slow", "sleep 0.3; cat")
        text = self.shows("timeline", self.db, WHO, OMNI_PAGER=slow)
        self.assertGreater(text.index("omni: there are more"),
                           text.rindex("Order Completed"))


class Progress(Screen):
    def slow(self, seconds, bytes_wanted):
        """Lines for an import that come slowly."""
        code = ("import sys, time, json\n"
                f"for i in range({seconds * 10}):\n"
                "    for j in range(50):\n"
                "        print(json.dumps({'type': 'track', 'event': 'E',"
                "'userId': f'u{i}', 'messageId': f'{i} {j}', 'timestamp':"
                "'2026-01-01T00:00:00Z'}))\n"
                "    sys.stdout.flush(); time.sleep(0.1)\n")
        return subprocess.Popen([sys.executable, "-c", code],
                                stdout=subprocess.PIPE)

    def test_long_work_shows_a_line_and_wipes_it(self):
        with self.slow(2, 0) as source, Terminal(
                "import", self.db, "-", "--batch", 10,
                stdin=source.stdout) as terminal:
            status, text = terminal.end()
        self.assertEqual(status, DONE)
        self.assertRegex(text, r"\rimport|\x1b\[Kimport")
        self.assertRegex(text, r"\d+ kB")
        line = text.rindex("\r\x1b[K")
        self.assertIn("taken", text[line:])

    def test_there_is_none_where_nobody_looks(self):
        with self.slow(2, 0) as source:
            done = subprocess.run(
                [OMNI, "import", self.db, "-", "--batch", "10"],
                stdin=source.stdout, capture_output=True, check=True)
        self.assertEqual(done.stderr, b"")

    def test_short_work_shows_none(self):
        self.assertNotIn("\x1b[K", self.shows("check", self.db))


class Exits(Case):
    """Exit status of every command: done, no, wrong usage, a fault."""

    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, [event("E", "2026-01-01T00:00:00Z", userId="u",
                                  messageId="1")])
        self.lines = self.write("e.jsonl", b'{"type":"identify",'
                                b'"userId":"v"}\n')

    def table(self):
        none, db = self.path("none"), self.db
        reason = ["--reason", "x"]
        who, nobody = "user_id:u", "user_id:nobody"
        return {
            "init": ([self.path("new")], None, [], [db]),
            "stats": ([db], None, [db, "x"], [none]),
            "check": ([db], None, [], [none]),
            "digest": ([db], None, [], [none]),
            "import": ([db, self.lines], None, [db, "--sync", "x"],
                       [db, none]),
            "refused": ([db], None, [], [none]),
            "find": ([db, who], [db, nobody], [db, "u"], [none, who]),
            "profile": ([db, who], [db, nobody], [db], [none, who]),
            "timeline": ([db, who], [db, nobody], [db, who, "--last", "0"],
                         [none, who]),
            "merge": ([db, who, nobody, *reason],
                      [db, who, "00" * 16, *reason], [db, who, nobody],
                      [none, who, nobody, *reason]),
            "split": ([db, who, nobody, *reason],
                      [db, who, "00" * 16, *reason], [db, who, nobody],
                      [none, who, nobody, *reason]),
            "dump": ([db], None, [], [none]),
            "export": ([db, "events"], None, [db, "frob"], [none, "events"]),
            "watch": ([db, "--once"], None, [db, "--from", "x"], [none]),
            "shell": ([db], None, [], [none]),
            "help": ([], None, ["frob"], None),
        }

    def test_by_table(self):
        table = self.table()
        remarking = ("watch", "merge", "split")
        for name, row in table.items():
            for status, words in zip((DONE, NO, WRONG_USAGE, FAULT), row):
                if words is not None:
                    _, message = self.run_omni(name, *words, status=status)
                    self.assertEqual(message == "", status == DONE and
                                     name not in remarking, name)
                    self.assertEqual("usage: omni" in message,
                                     status == WRONG_USAGE, name)

    def test_every_command_refuses_what_it_does_not_know(self):
        for line in self.omni("complete", "--", "").splitlines():
            name = line.split("\t")[0]
            if not name.startswith("-"):
                message = self.complaint(name, "--frob", status=WRONG_USAGE)
                self.assertIn(f"usage: omni {name}", message)

    def test_messages_say_what_to_do(self):
        store = self.store("shop.omni")
        for words, status, said in (
                (["stats", self.path("none")], FAULT, "`omni init "),
                (["stats", self.path("shop")], FAULT,
                 f"did you mean {store}?"),
                (["init", self.path("a/b/c")], FAULT, "`mkdir -p "),
                (["find", store, "user_id:x"], NO, "`omni import "),
                (["find", self.db, "user_di:u"], NO,
                 "did you mean user_id:u?"),
                (["find", self.db, "club:u"], NO, "the store knows user_id"),
                (["find", self.db, "anna@example.ch"], WRONG_USAGE,
                 "did you mean email:anna@example.ch?"),
                (["find", self.db, "00" * 16], NO, "no profile has this id"),
                (["import", self.db, "--snyc", "off"], WRONG_USAGE,
                 "did you mean --sync?"),
                (["stats"], WRONG_USAGE, "stats needs DB"),
                (["timeline", self.db, "user_id:u", "--last", "1", "--last",
                  "2"], WRONG_USAGE, "given twice"),
                (["--json"], WRONG_USAGE, "behind the command")):
            self.assertIn(said, self.complaint(*words, status=status))

    def test_a_word_behind_two_dashes_is_no_option(self):
        self.complaint("find", self.db, "--", "--json", status=WRONG_USAGE)
        self.omni("find", "--json", "--", self.db, "user_id:u")

    def test_short_forms(self):
        self.assertEqual(self.omni("-V"), self.omni("--version"))
        self.assertEqual(self.omni("-h"), self.omni("help"))
        self.assertEqual(self.omni("stats", "-h"), self.omni("help", "stats"))


if __name__ == "__main__":
    unittest.main()
