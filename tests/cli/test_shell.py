"""`omni shell`: scripts, keys, quotes, pipes and files."""

import os
import signal
import stat
import subprocess
import unittest

from command import DONE, FAULT, NO, OMNI, WRONG_USAGE, Case, event
from terminal import Terminal

PEOPLE = [
    event("Order Completed", "2026-01-06T10:30:00Z", messageId="1",
          userId="anna", channel="store",
          properties={"revenue": 59.90, "currency": "CHF"},
          context={"traits": {"email": "anna@example.ch"}}),
    event("Order Completed", "2026-01-07T10:30:00Z", messageId="2",
          userId="bob o'neil", channel="web"),
    event("Card Shown", "2026-01-08T10:30:00Z", messageId="3",
          userId="anna", channel="store"),
]


class Shell(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.take(self.db, PEOPLE)

    def script(self, text, status=DONE):
        done = subprocess.run([OMNI, "shell", self.db], input=text.encode(),
                              capture_output=True, check=False,
                              cwd=self.folder)
        message = done.stderr.decode()
        self.assertEqual(done.returncode, status, message)
        return done.stdout.decode(), message

    def shell(self, **environment):
        environment.setdefault("OMNI_HISTORY", self.path("history"))
        return Terminal("shell", self.db, **environment)


class Scripts(Shell):
    def test_commands_are_the_same_without_the_store(self):
        for words in (["stats", "--json"], ["digest"],
                      ["profile", "user_id:anna", "--json"],
                      ["timeline", "user_id:anna", "--last", "1"]):
            out, message = self.script(" ".join(words))
            self.assertEqual(out, self.omni(words[0], self.db, *words[1:]))
            self.assertEqual(message, "")
            with_name, _ = self.script("omni " + " ".join(words))
            self.assertEqual(with_name, out)

    def test_there_is_no_prompt(self):
        self.assertEqual(self.script("\n# nothing\n   \n"), ("", ""))

    def test_words_are_quoted_as_in_sh(self):
        for name in ("'user_id:bob o'\\''neil'", '"user_id:bob o\'neil"',
                     "user_id:bob\\ o\\'neil", "user_id:'bob o'\"'\"neil"):
            out, _ = self.script(f"find {name} # and a comment\n")
            self.assertEqual(out, self.omni("find", self.db,
                                            "user_id:bob o'neil"))

    def test_a_quote_may_go_over_lines(self):
        out, _ = self.script("merge user_id:anna user_id:x --reason 'two\n"
                             "lines' \\\n  --author me\nstats --json\n")
        self.assertIn('"statements":1', out)
        message = self.script("find 'user_id:anna\nstats\n", WRONG_USAGE)[1]
        self.assertIn("a quote is not closed", message)

    def test_it_stops_at_the_first_fault_and_says_where(self):
        for line, status in (("frob", WRONG_USAGE),
                             ("timeline user_id:anna --last x", WRONG_USAGE),
                             ("stats; stats", WRONG_USAGE),
                             ("import nowhere.jsonl", FAULT),
                             ("stats > no/such/folder", FAULT)):
            out, message = self.script(f"digest\n\n{line}\nstats\n", status)
            self.assertEqual(out, self.omni("digest", self.db))
            self.assertIn("line 3 of the script", message)

    def test_nobody_does_not_stop_it(self):
        out, message = self.script("find user_id:x\ndigest\n", NO)
        self.assertEqual(out, self.omni("digest", self.db))
        self.assertIn("no event names it", message)

    def test_what_opens_stores_has_no_place_in_it(self):
        for command in ("init b.omni", "shell b.omni"):
            self.assertIn("leave the shell", self.script(
                command, WRONG_USAGE)[1])

    def test_exit_ends_it(self):
        for word in ("exit", "quit", ".quit", ".exit"):
            self.assertEqual(self.script(f"{word}\nfrob\n"), ("", ""))

    def test_output_goes_to_files_and_commands(self):
        self.script("digest > out.txt\nstats --json >>out.txt\n")
        with open(self.path("out.txt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.omni("digest", self.db) +
                             self.omni("stats", self.db, "--json"))
        out, _ = self.script("digest | tr a-z A-Z | head -n 1\nfind "
                             "user_id:anna\n")
        self.assertEqual(out.split("\n")[0],
                         self.omni("digest", self.db).split("\n")[0].upper())
        self.assertEqual(len(out.splitlines()), 2)

    def test_a_command_that_fails_is_a_fault(self):
        self.script("digest | exit 4\nstats\n", FAULT)
        self.script("dump | head -n 0\n", DONE)

    def test_commands_do_not_read_the_script(self):
        out, _ = self.script("import -\ndigest\n")
        self.assertIn(self.omni("digest", self.db), out)

    def test_import_and_check_share_the_open_store(self):
        more = self.write("more.jsonl", b'{"type":"identify","userId":"c",'
                          b'"timestamp":"2026-01-01T00:00:00Z"}\n')
        out, _ = self.script(f"import {more} --sync off\nfind user_id:c\n"
                             "check --rebuild\ncheck --json\nstats --json\n")
        self.assertIn('"equal":true', out)
        self.assertIn('"events":4', out)


class Keys(Shell):
    def edits(self):
        with self.shell() as shell:
            shell.expect("a.omni> ")
            shell.keys("sta\t")
            try:
                shell.expect("stats ")
                return True
            except AssertionError:
                return False

    def test_a_session(self):
        with self.shell() as shell:
            shell.expect("help.*a.omni> ")
            shell.keys("find user_id:anna\n")
            shell.expect("\n[0-9a-f]{32}\n")
            shell.expect("a.omni> ")
            shell.keys("find user_id:nobody\n")
            shell.expect("no event names it")
            shell.expect("a.omni> ")
            shell.keys("frob\n")
            shell.expect('no command "frob"')
            shell.expect("a.omni> ")
            shell.keys("help find\n")
            shell.expect("find WHO")
            shell.expect("a.omni> ")
            shell.keys("find 'user_id:bob\n")
            shell.expect(r"a.omni\.\.\. ")
            shell.keys("x'\n")
            shell.expect("no event names it")
            shell.expect("a.omni> ")
            shell.keys("\x04")
            self.assertEqual(shell.end()[0], DONE)

    def test_an_interrupt_drops_the_line_and_not_the_shell(self):
        with self.shell() as shell:
            shell.expect("a.omni> ")
            shell.keys("find user_id:an\x03")
            shell.expect("a.omni> ")
            shell.keys("digest\n")
            shell.expect("facts  [0-9a-f]{32}")
            shell.expect("a.omni> ")
            shell.keys("quit\n")
            self.assertEqual(shell.end()[0], DONE)

    def test_an_interrupt_ends_the_listing_and_not_the_shell(self):
        self.take(self.db, [event("E", "2026-01-01T00:00:00Z",
                                  messageId=str(i), userId=str(i),
                                  properties={"text": "x" * 300})
                            for i in range(20000)])
        with self.shell() as shell:
            shell.expect("a.omni> ")
            shell.keys("dump --no-pager\n")
            shell.expect("identifiers")
            os.kill(shell.process.pid, signal.SIGINT)
            shell.expect("omni: interrupted")
            shell.expect("a.omni> ")
            shell.keys("quit\n")
            self.assertEqual(shell.end()[0], DONE)

    def test_tab_completes_and_lines_are_kept(self):
        if not self.edits():
            self.skipTest("built without editing of lines")
        with self.shell() as shell:
            shell.expect("a.omni> ")
            shell.keys("tim\tus\tanna --na\tCa\t\n")
            shell.expect(r"timeline user_id:anna --name Card\\ Shown")
            shell.expect("2026-01-08T10:30:00Z")
            shell.expect("a.omni> ")
            shell.keys("timeline user_id:anna --\t")
            shell.expect("--last +At most")
            shell.keys("\x03")
            shell.expect("a.omni> ")
            shell.keys(" digest\n")
            shell.expect("state")
            shell.expect("a.omni> ")
            shell.keys("quit\n")
            self.assertEqual(shell.end()[0], DONE)
        mode = os.stat(self.path("history")).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        with self.shell() as shell:
            shell.expect("a.omni> ")
            shell.keys("\x10\x10\n")
            shell.expect("2026-01-08T10:30:00Z")

    def test_history_is_in_the_state_folder(self):
        if not self.edits():
            self.skipTest("built without editing of lines")
        state = self.path("state")
        with Terminal("shell", self.db, XDG_STATE_HOME=state) as shell:
            shell.expect("a.omni> ")
            shell.keys("quit\n")
            self.assertEqual(shell.end()[0], DONE)
        self.assertEqual(
            stat.S_IMODE(os.stat(os.path.join(state, "omni")).st_mode), 0o700)
        self.assertTrue(os.path.exists(os.path.join(state, "omni/history")))


if __name__ == "__main__":
    unittest.main()
