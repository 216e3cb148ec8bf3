"""The command `export`: rows that other programs read, and their figures."""

import csv
import io
import json
import os
import signal
import subprocess
import time
import unittest

from command import FAULT, WRONG_USAGE, Case, event

SHOP = os.environ["OMNI_SAMPLE_SHOP"]


def rows_of(text):
    """Rows of CSV by column, as Python's csv module reads them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def person(number, **members):
    return event("Bought", f"2026-01-0{number}T00:00:00Z", userId=f"u{number}",
                 messageId=f"m{number}", **members)


class Shop(Case):
    """The sample shop, exported whole."""

    def setUp(self):
        super().setUp()
        self.shop = self.store("shop.omni", "--calling-code", 41)
        data = subprocess.run([SHOP], capture_output=True, check=True).stdout
        self.omni("import", self.shop, "-", data=data)
        self.profiles = [json.loads(line) for line in self.omni(
            "export", self.shop, "profiles", "--format", "jsonl").splitlines()]

    def test_profiles_as_json_lines_are_those_of_the_command_profile(self):
        ids = [profile["id"] for profile in self.profiles]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(len(ids),
                         self.omni_json("stats", self.shop)["profiles"])
        for profile in self.profiles[::20]:
            self.assertEqual(
                self.omni_json("profile", self.shop, profile["id"]), profile)

    def test_figures_of_rows_are_those_of_profiles(self):
        rows = rows_of(self.omni("export", self.shop, "profiles"))
        self.assertEqual(len(rows), len(self.profiles))
        for row, profile in zip(rows, self.profiles):
            wanted = {"id": profile["id"],
                      "first_seen": profile["first_seen"],
                      "last_seen": profile["last_seen"],
                      "channels": "|".join(profile["channels"])}
            for name, figure in profile["events"].items():
                for key in ("count", "first", "last"):
                    wanted[f"events.{name}.{key}"] = str(figure[key])
                for currency, amount in figure["amounts"].items():
                    wanted[f"events.{name}.sum.{currency}"] = amount["sum"]
            for name, trait in profile["traits"].items():
                wanted[f"traits.{name}"] = plain(trait["value"])
            names = {}
            for name in profile["identifiers"]:
                names.setdefault(name["namespace"], []).append(name["value"])
            for namespace, values in names.items():
                wanted[f"identifiers.{namespace}"] = "|".join(values)
            self.assertEqual({key: value for key, value in row.items()
                              if value != ""}, wanted)

    def test_rows_of_events_are_the_timelines(self):
        rows = rows_of(self.omni("export", self.shop, "events"))
        self.assertEqual(len(rows),
                         self.omni_json("stats", self.shop)["events"])
        by_profile = {}
        for row in rows:
            by_profile.setdefault(row["profile"], []).append(row)
        for profile in self.profiles[::20]:
            events = [json.loads(line) for line in self.omni(
                "timeline", self.shop, profile["id"], "--json", "--last",
                100000).splitlines()]
            got = by_profile[profile["id"]]
            self.assertEqual([row["id"] for row in got],
                             [one["id"] for one in reversed(events)])
            for row, one in zip(got, reversed(events)):
                self.assertEqual(row["identifiers"],
                                 "|".join(one["identifiers"]))
                for name, value in one.get("properties", {}).items():
                    self.assertEqual(row[f"properties.{name}"], plain(value))

    def test_rows_of_identifiers_are_those_of_profiles(self):
        rows = rows_of(self.omni("export", self.shop, "identifiers"))
        lines = [json.loads(line) for line in self.omni(
            "export", self.shop, "identifiers", "--format",
            "jsonl").splitlines()]
        wanted = [{"profile": profile["id"], **name}
                  for profile in self.profiles
                  for name in profile["identifiers"]]
        self.assertEqual(lines, wanted)
        for one in wanted:
            one["channels"] = "|".join(one["channels"])
            one["contested"] = "true" if "contested" in one else ""
        self.assertEqual(rows, wanted)

    def test_events_taken_in_again_make_the_same_profiles(self):
        lines = self.omni("export", self.shop, "events", "--format", "jsonl")
        copy = self.store("copy.omni", "--deployment", self.shop)
        self.omni("import", copy, "-", "--batch", 77, data=lines.encode())
        self.assertEqual(self.omni("dump", copy), self.omni("dump", self.shop))
        self.assertEqual(self.omni("export", copy, "events", "--format",
                                   "jsonl"), lines)
        for line in lines.splitlines():
            record = json.loads(line)
            self.assertEqual(list(record), sorted(record))

    def test_a_part_of_the_events(self):
        rows = rows_of(self.omni("export", self.shop, "events"))
        wanted = [row for row in rows if row["name"] == "Order Completed" and
                  "2026-02-01" <= row["time"] < "2026-03-01" and
                  row["channel"] == "store"]
        part = rows_of(self.omni(
            "export", self.shop, "events", "--name", "Order Completed",
            "--since", "2026-02-01", "--until", "2026-03-01", "--channel",
            "store"))
        self.assertGreater(len(part), 5)
        self.assertEqual([row["id"] for row in part],
                         [row["id"] for row in wanted])

    def test_a_part_of_the_people(self):
        part = rows_of(self.omni(
            "export", self.shop, "profiles", "--since", "2026-02-01",
            "--until", "2026-03-01", "--channel", "store", "--name",
            "Order Completed"))
        wanted = [profile["id"] for profile in self.profiles
                  if "2026-02-01" <= profile["last_seen"] < "2026-03-01" and
                  "store" in profile["channels"] and
                  "Order Completed" in profile["events"]]
        self.assertGreater(len(wanted), 2)
        self.assertEqual([row["id"] for row in part], wanted)

    def test_a_stopped_export_leaves_the_file_as_it_was(self):
        path = self.write("out.csv", b"before")
        words = ["export", self.shop, "events", "--output", path]
        for wait in (0, 0.002, 0.01):
            command = self.start(*words, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            command.send_signal(signal.SIGTERM)
            command.wait()
            with open(path, "rb") as file:
                data = file.read()
            self.assertTrue(data == b"before" or data.endswith(b"\n"))
            left = [name for name in os.listdir(self.folder)
                    if name.startswith("out.csv.")]
            if command.returncode != -signal.SIGTERM:
                self.assertEqual(left, [])
            for name in left:
                os.remove(self.path(name))


def plain(value):
    """A JSON value as a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Cells(Case):
    """What stands in single cells."""

    def take_traits(self, *traits):
        store = self.store()
        self.take(store, [
            {"type": "identify", "userId": f"u{number}", "traits": one,
             "timestamp": f"2026-01-0{number}T00:00:00Z"}
            for number, one in enumerate(traits, 1)])
        return store

    def traits(self, store, *words, name="t"):
        rows = rows_of(self.omni("export", store, "profiles", *words))
        return [row[f"traits.{name}"] for row in
                sorted(rows, key=lambda row: row["first_seen"])]

    def test_any_text_comes_back_as_it_was(self):
        texts = ['a,b', 'say "no"', "two\nlines", "cr\rlf\n", " blanks ",
                 "Zürich", "tab\there", "\u0001\u001f", '\\"\\', "😀"]
        store = self.take_traits(*({"t": text} for text in texts[:9]))
        self.assertEqual(self.traits(store), texts[:9])
        with open(self.path("x.csv"), "wb") as file:
            subprocess.run([os.environ["OMNI_COMMAND"], "export", store,
                            "profiles"], stdout=file, check=True)
        with open(self.path("x.csv"), encoding="utf-8", newline="") as file:
            self.assertEqual(len(list(csv.reader(file))), 10)

    def test_numbers_keep_their_digits(self):
        store = self.store()
        numbers = ["12345678901234567890", "0.1", "-5.25", "1000000.000001"]
        lines = "".join(
            '{"type":"identify","userId":"u%d","timestamp":'
            '"2026-01-0%dT00:00:00Z","traits":{"t":%s}}\n' % (i, i, number)
            for i, number in enumerate(numbers, 1))
        self.omni("import", store, "-", data=lines.encode())
        self.assertEqual(self.traits(store), numbers)

    def test_an_empty_text_is_told_from_none(self):
        store = self.take_traits({"t": ""}, {"t": None}, {"s": "x"},
                                 {"t": [1, {"a": True}]}, {"t": False})
        lines = self.omni("export", store, "profiles", "--columns",
                          "first_seen,traits.t").splitlines()
        self.assertEqual([line.split(",", 1)[1] for line in sorted(lines[1:])],
                         ['""', "", "", '"[1,{""a"":true}]"', "false"])
        single = self.omni("export", store, "profiles", "--columns", "traits.s")
        self.assertEqual(sorted(single.splitlines()),
                         ['""', '""', '""', '""', "traits.s", "x"])

    def test_what_a_spreadsheet_would_compute_is_guarded(self):
        bad = ["=1+1", "@SUM(A1)", "+cmd|x", "-a1", "\t=1", "-"]
        good = ["-5", "+41 79 123 45 67"]
        store = self.take_traits(*({"t": text} for text in bad + good))
        self.assertEqual(self.traits(store),
                         ["'" + text for text in bad] + good)
        self.assertEqual(self.traits(store, "--formulas", "keep"), bad + good)

    def test_excel_gets_a_mark_and_its_line_ends(self):
        store = self.take_traits({"t": "x"})
        done = subprocess.run([os.environ["OMNI_COMMAND"], "export", store,
                               "profiles", "--bom"], capture_output=True,
                              check=True)
        self.assertTrue(done.stdout.startswith(b"\xef\xbb\xbfid,"))
        self.assertEqual(done.stdout.count(b"\r\n"), 2)
        self.assertEqual(done.stdout.count(b"\n"), 2)

    def test_columns_are_chosen_and_ordered(self):
        store = self.store()
        self.take(store, [
            person(1, properties={"revenue": 5, "currency": "CHF", "a,b": 1}),
            event("Bought", "2026-01-02T00:00:00Z", userId="u1",
                  messageId="m", properties={"revenue": 7,
                                             "currency": "CHF"})])
        text = self.omni("export", store, "profiles", "--columns",
                         "events.Bought.max.CHF,id,events.Bought.min.CHF,"
                         "events.Bought.count,traits.none")
        head, row = text.splitlines()
        self.assertEqual(head, "events.Bought.max.CHF,id,"
                         "events.Bought.min.CHF,events.Bought.count,"
                         "traits.none")
        self.assertRegex(row, "^7,[0-9a-f]{32},5,2,$")
        text = self.omni("export", store, "events", "--columns",
                         '"properties.a,b",id')
        self.assertEqual(text, '"properties.a,b",id\n1,m1\n,m\n')
        self.assertNotIn("max", self.omni("export", store,
                                          "profiles").splitlines()[0])

    def test_a_wrong_column_is_guessed(self):
        store = self.store()
        for words, meant in (
                (["profiles", "--columns", "id,last_sen"],
                 'did you mean "last_seen"?'),
                (["profiles", "--columns", "emails.x"], '"identifiers."'),
                (["identifiers", "--columns", "x"], "no column"),
                (["profiles", "--columns", ""], "names no column"),
                (["people"], "profiles, events and identifiers"),
                (["profiles", "--format", "xml"], "xml"),
                (["events", "--format", "jsonl", "--bom"], "for CSV"),
                (["events", "--since", "someday"], "someday")):
            self.assertIn(meant, self.complaint("export", store, *words,
                                                status=WRONG_USAGE))

    def test_more_columns_than_a_spreadsheet_has_are_refused(self):
        store = self.store()
        self.take(store, [
            event("Bought", "2026-01-01T00:00:00Z", userId="u1",
                  messageId=str(number), properties={
                      f"p{number}-{i}": i for i in range(900)})
            for number in range(20)])
        message = self.complaint("export", store, "events", "--output",
                                 self.path("out.csv"), status=FAULT)
        self.assertIn("--columns", message)
        self.assertFalse(os.path.exists(self.path("out.csv")))
        rows = rows_of(self.omni("export", store, "events", "--columns",
                                 "properties.p7-899"))
        self.assertEqual(sorted(row["properties.p7-899"] for row in rows),
                         [""] * 19 + ["899"])

    def test_an_empty_store_has_a_header(self):
        store = self.store()
        self.assertEqual(self.omni("export", store, "profiles"),
                         "id,first_seen,last_seen,channels\n")
        self.assertEqual(self.omni("export", store, "events", "--format",
                                   "jsonl"), "")

    def test_a_file_is_written_whole(self):
        store = self.take_traits({"t": "x"})
        wanted = self.omni("export", store, "profiles")
        path = self.path("out.csv")
        for _ in range(2):
            self.assertEqual(self.omni("export", store, "profiles", "--output",
                                       path), "")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), wanted)
            os.chmod(path, 0o640)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual([name for name in os.listdir(self.folder)
                          if "out" in name], ["out.csv"])
        self.complaint("export", store, "profiles", "--output",
                       self.path("none/out.csv"), status=FAULT)
        self.complaint("export", store, "profiles", "--output", self.folder,
                       status=FAULT)

    def test_the_shell_exports_and_watches_too(self):
        store = self.take_traits({"t": "x"})
        wanted = self.omni("export", store, "profiles")
        script = (f"export profiles > {self.path('one')}\n"
                  f"export profiles --output {self.path('two')}\n"
                  "watch --from start --once\nexport profiles\n")
        out = self.omni("shell", store, data=script.encode())
        self.assertIn("identify", out.splitlines()[0])
        self.assertEqual(out.split("\n", 1)[1], wanted)
        for name in ("one", "two"):
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(file.read(), wanted)

    def test_a_full_disk_is_a_fault(self):
        store = self.take_traits(*({"t": "x" * 1000} for _ in range(9)))
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([os.environ["OMNI_COMMAND"], "export", store,
                                   "events"], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, FAULT)

    def test_copies_and_all_kinds_of_events_go_round(self):
        records = [
            person(1, context={"source": "till", "device": {"id": "d1"},
                               "externalIds": [{"id": "c1", "type": "card"},
                                               {"id": "u9",
                                                "type": "user_id"}]},
                   channel="store"),
            person(1, context={"traits": {"email": "A@x.ch", "n": 1.50}}),
            {"type": "alias", "userId": "u1", "previousId": "a0",
             "timestamp": "2026-01-03T00:00:00Z"},
            {"type": "group", "userId": "u1", "groupId": "g", "traits": {
                "size": 5}, "timestamp": "2026-01-03T00:00:00Z"},
            {"type": "page", "anonymousId": "a1", "name": "Home",
             "timestamp": "2026-01-03T00:00:00.5Z",
             "originalTimestamp": "2026-01-03T00:00:00.25Z"},
            {"type": "page", "anonymousId": "a1", "name": "Home",
             "timestamp": "2026-01-03T00:00:00.5Z"},
            {"type": "page", "anonymousId": "a1", "name": "Home",
             "timestamp": "2026-01-03T00:00:00.5Z"},
        ]
        store = self.store()
        self.take(store, records)
        copy = self.store("b.omni", "--deployment", store)
        lines = self.omni("export", store, "events", "--format", "jsonl")
        self.assertEqual(len(lines.splitlines()), len(records))
        self.omni("import", copy, "-", data=lines.encode())
        self.assertEqual(self.omni("dump", copy), self.omni("dump", store))


if __name__ == "__main__":
    unittest.main()
