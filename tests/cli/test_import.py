"""The command `import`: any bytes in, counts out, and nothing lost."""

import json
import os
import resource
import signal
import time
import unittest

from command import DONE, FAULT, WRONG_USAGE, Case, event, lines_of

SUMMARY = {"duplicates", "events_per_second", "flagged", "read", "refused",
           "retracted", "seconds", "skipped", "taken"}
GOOD = [event("E", f"2026-01-01T00:00:{i:02}Z", messageId=f"m{i}",
              userId=f"u{i % 7}") for i in range(20)]

# Lines that cannot be taken, and the code of each.
BAD = [
    (b'{"type":"track","event":"Torn', "bad_json"),
    (b"[1]", "bad_json"),
    (b'{"type":"track","event":"E","userId":7}x', "bad_json"),
    (b'{"type":"track","event":"E","userId":"a\xffb"}', "bad_json"),
    (b'{"type":"track","event":"E","userId":"a\x00b"}', "bad_json"),
    (b'{"type":"track","userId":"u"}', "bad_event"),
    (b'{"type":"shout","userId":"u"}', "bad_event"),
    (b'{"type":"track","event":"E","userId":"u","timestamp":"soon"}', "bad_time"),
    (b'{"type":"track","event":"E"}', "no_identifier"),
    (b'{"type":"track","event":"E","userId":"guest"}', "blocked"),
    (b'{"type":"track","event":"E","userId":"' + b"x" * 1025 + b'"}', "over_limit"),
    (b'{"type":"track","event":"E","userId":"u","properties":{"a":"' +
     b"x" * 70000 + b'"}}', "over_limit"),
]


class Import(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()

    def counts(self, summary):
        return summary["read"], summary["taken"], summary["duplicates"]

    def take_bytes(self, data, *words):
        return self.omni_json("import", self.db, "-", *words, data=data)

    def test_summary_as_json(self):
        summary = self.take(self.db, GOOD)
        self.assertEqual(list(summary), sorted(SUMMARY))
        self.assertEqual(self.counts(summary), (20, 20, 0))
        self.assertEqual((summary["refused"], summary["flagged"]), ({}, 0))
        self.assertGreater(summary["seconds"], 0)
        self.assertGreater(summary["events_per_second"], 0)

    def test_summary_as_text(self):
        text = self.omni("import", self.db, "-",
                         data=lines_of(GOOD) + BAD[0][0])
        for pattern in (r"(?m)^read +21$", r"(?m)^taken +20$",
                        r"(?m)^duplicates +0$",
                        r"(?m)^refused +1  bad_json 1$", r"events per second"):
            self.assertRegex(text, pattern)

    def test_again_all_are_duplicates(self):
        self.take(self.db, GOOD)
        digest = self.omni("digest", self.db)
        self.assertEqual(self.counts(self.take(self.db, GOOD)), (20, 0, 20))
        self.assertEqual(self.omni("digest", self.db), digest)

    def test_again_in_one_stream_they_are_too(self):
        for batch in (1, 7, 5000):
            db = self.store(f"b{batch}.omni")
            summary = self.take(db, GOOD + GOOD, "--batch", batch)
            self.assertEqual(self.counts(summary), (40, 20, 20))

    def test_files_and_standard_input_in_turn(self):
        one = self.write("one.jsonl", lines_of(GOOD[:5]))
        two = self.write("two.jsonl", lines_of(GOOD[5:9]))
        summary = self.omni_json("import", self.db, one, "-", two,
                                 data=lines_of(GOOD[9:]))
        self.assertEqual(self.counts(summary), (20, 20, 0))

    def test_without_a_file_standard_input_is_read(self):
        summary = self.omni_json("import", self.db, data=lines_of(GOOD))
        self.assertEqual(summary["taken"], 20)

    def test_empty_input(self):
        for data in (b"", b"\n\n \r\n\n", b"\xef\xbb\xbf"):
            self.assertEqual(self.counts(self.take_bytes(data)), (0, 0, 0))

    def test_line_ends_and_marks(self):
        lines = lines_of(GOOD).splitlines()
        for data in (b"\r\n".join(lines), b"\n\n\n".join(lines) + b"\n\n",
                     b"\xef\xbb\xbf" + b"\n".join(lines)):
            db = self.store(f"{len(os.listdir(self.folder))}.omni")
            summary = self.omni_json("import", db, "-", data=data)
            self.assertEqual(self.counts(summary), (20, 20, 0))
            self.assertEqual(summary["refused"], {})

    def test_a_wire_batch_counts_its_members(self):
        summary = self.take(self.db, [{"batch": GOOD[:8]}, GOOD[8]])
        self.assertEqual(self.counts(summary), (9, 9, 0))

    def test_a_wire_batch_of_more_than_a_batch_holds(self):
        records = [event("E", "2026-01-01T00:00:00Z", messageId=str(i),
                         userId=f"u{i % 50}") for i in range(3000)]
        summary = self.take(self.db, [{"batch": records}], "--batch", 1)
        self.assertEqual(self.counts(summary), (3000, 3000, 0))

    def test_each_bad_line_has_its_code_and_the_rest_goes_on(self):
        lines = lines_of(GOOD).splitlines()
        data = b"\n".join(lines[:3] + [bad for bad, _ in BAD] + lines[3:])
        summary = self.take_bytes(data, "--source", "web")
        codes = [code for _, code in BAD]
        self.assertEqual(summary["refused"],
                         {code: codes.count(code) for code in codes})
        self.assertEqual(self.counts(summary), (20 + len(BAD), 20, 0))
        listed = [json.loads(line) for line in
                  self.omni("refused", self.db, "--json").splitlines()]
        self.assertEqual([entry["code"] for entry in listed], codes)
        self.assertEqual([entry["line"] for entry in listed],
                         list(range(4, 4 + len(BAD))))
        for entry, (bad, _) in zip(listed, BAD):
            self.assertEqual(list(entry), ["code", "line", "reason", "record",
                                           "source", "time"])
            self.assertEqual(entry["source"], "web")
            self.assertNotEqual(entry["reason"], "")
            self.assertEqual(entry["record"][:20],
                             bad.decode("utf-8", "replace")[:20])
        stats = self.omni_json("stats", self.db)
        self.assertEqual(stats["refused"], len(BAD))

    def test_bytes_that_are_not_utf8_are_shown_replaced(self):
        self.take_bytes(b'{"a":"\xff\xc3\x28\xed\xa0\x80\xf5"}\n')
        entry = json.loads(self.omni("refused", self.db, "--json"))
        self.assertIn("\ufffd", entry["record"])
        self.assertEqual(self.omni("refused", self.db).count("\n"), 2)

    def test_refused_text_does_not_steer_the_terminal(self):
        self.take_bytes(b'{"a":"\x1b[2J\xc2\x9b\x07"\n')
        text = self.omni("refused", self.db)
        for steering in ("\x1b", "\x07", "\x9b"):
            self.assertNotIn(steering, text)
        self.assertIn("\\x1b[2J", text)

    def test_flagged_records_are_taken(self):
        summary = self.take(self.db, [
            event("Far", "2099-01-01T00:00:00Z", userId="u", messageId="1"),
            event("Half", "2026-01-01T00:00:00Z", userId="u", messageId="2",
                  anonymousId="undefined")])
        self.assertEqual(self.counts(summary), (2, 2, 0))
        self.assertEqual((summary["flagged"], summary["refused"]), (2, {}))
        self.assertEqual(self.omni_json("stats", self.db)["flagged"], 2)

    def test_a_line_of_any_length_is_refused_in_bounded_memory(self):
        probe = self.start("help", stdout=-3, stderr=-3,
                           preexec_fn=self.little_memory)
        if probe.wait() != DONE:
            self.skipTest("a sanitizer needs the memory")
        path = self.write("long.jsonl", lines_of(GOOD[:10]) + b'{"a":"')
        with open(path, "ab") as file:
            for _ in range(150):
                file.write(b"x" * (1 << 20))
            file.write(b'"}\n' + lines_of(GOOD[10:]))
        process = self.start("import", self.db, path, "--json", stdout=-1,
                             preexec_fn=self.little_memory)
        summary = json.loads(process.communicate()[0])
        self.assertEqual(process.returncode, DONE)
        self.assertEqual(self.counts(summary), (21, 20, 0))
        self.assertEqual(summary["refused"], {"over_limit": 1})
        entry = json.loads(self.omni("refused", self.db, "--json"))
        self.assertEqual((entry["code"], entry["line"]), ("over_limit", 11))

    @staticmethod
    def little_memory():
        resource.setrlimit(resource.RLIMIT_DATA, (128 << 20, 128 << 20))

    def test_batches_do_not_change_what_is_there(self):
        whole = self.store("whole.omni", "--deployment", self.db)
        self.take(self.db, GOOD, "--batch", 3)
        self.take(whole, GOOD, "--sync", "off")
        self.assertEqual(self.omni("dump", whole), self.omni("dump", self.db))

    def test_source_is_of_events_that_name_none(self):
        self.take(self.db, GOOD[:1], "--source", "crm")
        line = json.loads(self.omni("timeline", self.db, "user_id:u0",
                                    "--json"))
        self.assertEqual(line["source"], "crm")

    def test_files_that_cannot_be_read_are_told_before_any_is(self):
        good = self.write("good.jsonl", lines_of(GOOD))
        for bad in (self.path("nothing"), self.folder):
            self.assertIn(bad, self.complaint("import", self.db, good, bad,
                                              status=FAULT))
        self.assertEqual(self.omni_json("stats", self.db)["events"], 0)

    def test_options_are_checked(self):
        for words in (["--sync", "maybe"], ["--batch", "0"],
                      ["--batch", "x"], ["--batch", "1000000"]):
            self.complaint("import", self.db, "-", *words,
                           status=WRONG_USAGE)

    def begin(self, *words):
        return self.start("import", self.db, "-", "--json", *words, stdin=-1,
                          stdout=-1, stderr=-1)

    def wait_for_events(self, count):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if self.omni_json("stats", self.db)["events"] == count:
                return
            time.sleep(0.1)
        self.fail(f"{count} events did not come")

    def test_a_stream_that_pauses_is_committed(self):
        process = self.begin()
        process.stdin.write(lines_of(GOOD[:5]))
        process.stdin.flush()
        self.wait_for_events(5)
        out, _ = process.communicate(lines_of(GOOD[5:]))
        self.assertEqual(process.returncode, DONE)
        self.assertEqual(json.loads(out)["taken"], 20)

    def interrupted_by(self, number):
        """Summary of an import that a signal ended."""
        process = self.begin()
        process.stdin.write(lines_of(GOOD))
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(number)
        out, message = process.stdout.read(), process.stderr.read()
        self.assertEqual(process.wait(), FAULT)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        self.assertIn(b"interrupted", message)
        return json.loads(out)

    def test_an_interrupt_keeps_what_was_read(self):
        self.assertEqual(self.counts(self.interrupted_by(signal.SIGINT)),
                         (20, 20, 0))
        self.assertEqual(self.counts(self.interrupted_by(signal.SIGTERM)),
                         (20, 0, 20))


if __name__ == "__main__":
    unittest.main()
