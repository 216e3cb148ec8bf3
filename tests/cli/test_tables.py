"""Tables, compressed files and rehearsals of the command `import`."""

import gzip
import json
import os
import shutil
import subprocess
import unittest

from command import DONE, FAULT, WRONG_USAGE, Case, event, lines_of

MAPPING = {
    "columns": {
        "Who": "namespace:user_id",
        "At": {"time": "%Y-%m-%d"},
        "Sum": {"property": "revenue", "type": "number"},
        "City": "trait:city",
    },
    "event": "Order Completed",
    "properties": {"currency": "CHF"},
    "skip": [{"when": {"Sum": {"at_most": 0}}, "reason": "no sale"}],
}
ROWS = [("u1", "2024-01-01", "59.90", "Zürich"),
        ("u2", "2024-01-02", "1", "Bern"),
        ("u2", "2024-01-02", "1", "Bern"),
        ("u3", "2024-01-03", "0", "Genève")]
GOOD = [event("E", f"2026-01-01T00:00:{i:02}Z", messageId=f"m{i}",
              userId=f"u{i % 7}") for i in range(20)]


def table(delimiter=",", rows=ROWS, end="\n"):
    lines = [delimiter.join(row) for row in [("Who", "At", "Sum", "City"),
                                             *rows]]
    return end.join(lines) + end


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, check=True,
                          capture_output=True).stdout


class WithTable(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()
        self.mapping = self.write("m.json", json.dumps(MAPPING).encode())

    def take_table(self, data, *words, db=None, name="t.csv", mapping=None,
                   **options):
        path = self.write(name, data)
        return self.omni_json("import", db or self.db, path, "--mapping",
                              mapping or self.mapping, *words, **options)


class Tables(WithTable):
    def check(self, summary):
        self.assertEqual((summary["read"], summary["taken"]), (4, 3), summary)
        self.assertEqual(summary["skipped"], {"no sale": 1})
        self.assertEqual(summary["refused"], {})
        profile = self.omni_json("profile", self.db, "user_id:u1")
        self.assertEqual(profile["traits"]["city"]["value"], "Zürich")
        figure = profile["events"]["Order Completed"]
        self.assertEqual(figure["amounts"]["CHF"]["sum"], "59.9")

    def test_a_table_is_taken_and_again_it_is_duplicates(self):
        data = table().encode()
        self.check(self.take_table(data))
        digest = self.omni("digest", self.db)
        again = self.take_table(data)
        self.assertEqual((again["taken"], again["duplicates"]), (0, 3))
        self.assertEqual(self.omni("digest", self.db), digest)

    def test_delimiters_are_found(self):
        for delimiter in (",", ";", "\t", "|"):
            self.db = self.store(f"{ord(delimiter)}.omni")
            self.check(self.take_table(table(delimiter).encode()))

    def test_delimiters_are_told(self):
        self.check(self.take_table(table("~").encode(), "--delimiter", "~"))
        self.db = self.store("tab.omni")
        self.check(self.take_table(table("\t").encode(), "--delimiter",
                                   "tab"))
        self.complaint("import", self.db, "-", "--delimiter", ";;",
                       status=WRONG_USAGE)

    def test_encodings_are_found(self):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "windows-1252"):
            self.db = self.store(f"{encoding}.omni")
            path = self.write("t.csv", table().encode(encoding))
            out, told = self.run_omni("import", self.db, path, "--mapping",
                                      self.mapping, "--json")
            self.check(json.loads(out))
            self.assertEqual("WINDOWS-1252" in told,
                             encoding == "windows-1252")
        self.db = self.store("be.omni")
        self.check(self.take_table(b"\xfe\xff" +
                                   table().encode("utf-16-be")))

    def test_encodings_are_told(self):
        self.check(self.take_table(table().encode("mac-roman"), "--encoding",
                                   "MACINTOSH"))
        self.assertIn("no encoding \"martian\"", self.complaint(
            "import", self.db, self.path("t.csv"), "--mapping", self.mapping,
            "--encoding", "martian", "--json", status=FAULT))

    def test_a_late_accent_still_tells_the_encoding(self):
        rows = [("u", "2024-01-01", str(i + 1), "x") for i in range(3000)]
        rows.append(("u1", "2024-01-01", "59.90", "Zürich"))
        data = table(rows=rows).encode("windows-1252")
        self.take_table(data)
        profile = self.omni_json("profile", self.db, "user_id:u1")
        self.assertEqual(profile["traits"]["city"]["value"], "Zürich")

    def test_ends_of_lines(self):
        for number, end in enumerate(("\n", "\r\n", "\r")):
            self.db = self.store(f"{number}.omni")
            self.check(self.take_table(table(end=end).encode()))
        self.db = self.store("none.omni")
        self.check(self.take_table(table().encode()[:-1]))
        self.db = self.store("blank.omni")
        self.check(self.take_table(table(end="\r\n\r\n").encode()))

    def test_quotes_hold_newlines_delimiters_and_quotes(self):
        data = ('Who,At,Sum,City\n"u1",2024-01-01,"1","a ""b"", c\nd"\n'
                "u2,2024-01-01,x,\n").encode()
        summary = self.take_table(data)
        self.assertEqual((summary["taken"], summary["refused"]),
                         (1, {"bad_row": 1}))
        profile = self.omni_json("profile", self.db, "user_id:u1")
        self.assertEqual(profile["traits"]["city"]["value"], 'a "b", c\nd')
        entry = json.loads(self.omni("refused", self.db, "--json"))
        self.assertEqual(entry["line"], 4)
        self.assertEqual(entry["reason"],
                         'column "Sum": "x" is not a number')

    def test_bad_quotes_and_ragged_rows_are_refused_with_their_line(self):
        data = (b"Who,At,Sum,City\nu1,2024-01-01,1,a\nu2,2024-01-01,1,5\" x\n"
                b'u3,2024-01-01,1,"a"b\nu4,2024-01-01,1\n'
                b"u5,2024-01-01,1,e,f\nu6,2024-01-01,1,ok\n")
        summary = self.take_table(data)
        self.assertEqual((summary["taken"], summary["refused"]),
                         (2, {"bad_row": 4}))
        listed = [json.loads(line) for line in
                  self.omni("refused", self.db, "--json").splitlines()]
        self.assertEqual([entry["line"] for entry in listed], [3, 4, 5, 6])
        self.assertIn("line 3, column 18: a quote", listed[0]["reason"])
        self.assertIn("has 3 fields, the table 4", listed[2]["reason"])

    def test_a_quote_that_is_never_closed_is_a_fault(self):
        data = table().encode() + b'u9,"2024-01-01,1,x\n' + b"x\n" * 100
        path = self.write("t.csv", data)
        out, told = self.run_omni("import", self.db, path, "--mapping",
                                  self.mapping, "--json", status=FAULT)
        self.assertIn("line 6", told)
        self.assertIn("never closed", told)
        self.assertEqual(json.loads(out)["taken"], 3)
        path = self.write("t.csv", data + b"x" * (2 << 20))
        told = self.complaint("import", self.db, path, "--mapping",
                              self.mapping, status=FAULT)
        self.assertIn("line 6: a row of more than", told)

    def test_a_table_without_header_or_without_rows(self):
        mapping = self.write("n.json", json.dumps({
            "csv": {"header": False}, "columns": {"1": "namespace:user_id"},
            "type": "identify"}).encode())
        summary = self.take_table(b"u1,x\nu2,y\n", mapping=mapping)
        self.assertEqual(summary["taken"], 2)
        for data in (b"", b"\n", b"Who,At,Sum,City\n"):
            self.assertEqual(self.take_table(data)["read"], 0)

    def test_roles_on_the_command_line(self):
        path = self.write("t.csv", table().encode())
        roles = ["Who=namespace:user_id", "At=time:%Y-%m-%d",
                 "Sum=property:revenue:number", "City=trait:city",
                 "=event:Order Completed", "=channel:store"]
        words = [word for role in roles for word in ("--map", role)]
        summary = self.omni_json("import", self.db, path, *words)
        self.assertEqual(summary["taken"], 4)
        line = json.loads(self.omni("timeline", self.db, "user_id:u1",
                                    "--json"))
        self.assertEqual((line["name"], line["channel"]),
                         ("Order Completed", "store"))
        told = self.complaint("import", self.db, path, "--map", "Who=x",
                              status=WRONG_USAGE)
        self.assertIn('there is no role "x"', told)

    def test_what_is_wrong_with_a_mapping_is_told(self):
        path = self.write("t.csv", table().encode())
        bad = self.write("bad.json", b'{"columns":{"Who":{"time":"%Q"}}}')
        told = self.complaint("import", self.db, path, "--mapping", bad,
                              status=FAULT)
        self.assertIn("bad.json: columns.Who.time:", told)
        other = self.write("o.json", json.dumps(
            dict(MAPPING, event_id="Nummer")).encode())
        told = self.complaint("import", self.db, path, "--mapping", other,
                              status=FAULT)
        self.assertIn('the table has no column "Nummer"', told)
        self.assertIn("--suggest-mapping",
                      self.complaint("import", self.db, path, status=FAULT))
        self.complaint("import", self.db, path, "--mapping",
                       self.path("nothing"), status=FAULT)

    def test_standard_input_is_a_table_where_a_mapping_is_given(self):
        summary = self.omni_json("import", self.db, "-", "--mapping",
                                 self.mapping, data=table().encode())
        self.check(summary)
        summary = self.omni_json("import", self.db, "-", "--mapping",
                                 self.mapping, data=lines_of(GOOD))
        self.assertEqual(summary["taken"], 20)
        summary = self.omni_json("import", self.db, "-", "--format", "jsonl",
                                 data=table().encode())
        self.assertEqual(summary["refused"], {"bad_json": 5})

    def test_a_limit_ends_the_reading(self):
        summary = self.take_table(table().encode(), "--limit", 2)
        self.assertEqual((summary["read"], summary["taken"]), (2, 2))
        summary = self.omni_json("import", self.db, "-", "--limit", 7,
                                 data=lines_of(GOOD))
        self.assertEqual(summary["read"], 7)


class Packed(Case):
    def setUp(self):
        super().setUp()
        self.db = self.store()

    def test_gzip_and_zstd_are_unpacked_by_their_first_bytes(self):
        plain = lines_of(GOOD)
        half = len(lines_of(GOOD[:10]))
        cases = [gzip.compress(plain),
                 gzip.compress(plain[:half]) + gzip.compress(plain[half:]),
                 gzip.compress(plain) + bytes(512)]
        if shutil.which("zstd"):
            cases += [zstd(plain), zstd(plain[:half]) + zstd(plain[half:])]
        for number, data in enumerate(cases):
            for words in (["-"], [self.write("x.jsonl", data)]):
                db = self.store(f"{number}{len(words[0])}.omni")
                summary = self.omni_json("import", db, *words, data=data)
                self.assertEqual(summary["taken"], 20)

    def test_a_packed_table(self):
        rows = "W\n" + "".join(f"u{i}\n" for i in range(50000))
        path = self.write("t.csv.gz", gzip.compress(rows.encode()))
        summary = self.omni_json("import", self.db, path, "--map",
                                 "W=namespace:user_id", "--map",
                                 "=type:identify", "--sync", "off")
        self.assertEqual(summary["taken"], 50000)

    def test_damage_is_told_after_what_came_before(self):
        records = [event("E", "2026-01-01T00:00:00Z", messageId=os.urandom(
            9).hex(), userId=f"u{i}") for i in range(5000)]
        plain = lines_of(records)
        packers = [gzip.compress] + ([zstd] if shutil.which("zstd") else [])
        for number, pack in enumerate(packers):
            whole = pack(plain)
            torn = whole[:len(whole) * 2 // 3]
            flipped = bytearray(whole)
            for at in range(len(whole) // 2, len(whole) // 2 + 8):
                flipped[at] ^= 0xff
            for kind, data in (("torn", torn), ("flipped", bytes(flipped)),
                               ("more", whole + b"garbage")):
                db = self.store(f"{number}{kind}.omni")
                out, told = self.run_omni("import", db, "-", "--json",
                                          data=data, status=FAULT)
                self.assertIn("data are damaged", told)
                taken = json.loads(out)["taken"]
                if kind == "more":
                    self.assertEqual(taken, 5000)
                elif pack is gzip.compress:
                    self.assertGreater(taken, 1000)
                self.assertEqual(self.omni_json("stats", db)["events"], taken)


class Rehearsal(WithTable):
    """A dry run says what would be done, and the store stays as it is."""

    def tree(self):
        found = {}
        for folder, _, files in os.walk(self.db):
            for name in files:
                path = os.path.join(folder, name)
                if "lock" not in name:
                    with open(path, "rb") as file:
                        found[path] = file.read()
        return found

    def test_it_writes_nothing_and_tells_what_would_be(self):
        data = table(rows=ROWS + [("u4", "soon", "1", "x"), ("", "2024-01-01",
                                                            "1", "x")])
        path = self.write("t.csv", data.encode())
        self.take_table(table(rows=ROWS[:1]).encode(), name="a.csv")
        before = self.tree()
        words = ["import", self.db, path, "--mapping", self.mapping,
                 "--dry-run"]
        rehearsed = self.omni_json(*words)
        text = self.omni(*words)
        self.assertEqual(self.tree(), before)
        done = self.omni_json(*words[:-1])
        for key in ("read", "taken", "duplicates", "refused", "skipped"):
            self.assertEqual(rehearsed[key], done[key], key)
        self.assertEqual(rehearsed["duplicates"], 1)
        self.assertEqual([(one["code"], one["line"]) for one in
                          rehearsed["examples"]],
                         [("bad_time", 6), ("no_identifier", 7)])
        self.assertEqual(len(rehearsed["events"]), 3)
        self.assertEqual(rehearsed["events"][0]["identifiers"],
                         ["user_id:u1"])
        self.assertIn("nothing was written", text)
        self.assertIn(f"{path}:6: bad_time: column", text)
        self.assertRegex(text, r"skipped +1  no sale 1")

    def test_it_shows_events_as_they_are_then_stored(self):
        path = self.write("x.jsonl", lines_of(GOOD[:3]) + b"{}\n")
        rehearsed = self.omni_json("import", self.db, path, "--dry-run")
        self.omni_json("import", self.db, path)
        stored = [json.loads(self.omni("timeline", self.db, f"user_id:u{i}",
                                       "--json")) for i in range(3)]
        for line in stored:
            self.assertIn(line, [dict(line, **shown)
                                 for shown in rehearsed["events"]])

    def test_columns_that_are_left_out_are_told(self):
        data = "Who,At,Sum,City,Notes\nu,2024-01-01,1,x,y\n"
        path = self.write("t.csv", data.encode())
        told = self.complaint("import", self.db, path, "--mapping",
                              self.mapping, "--dry-run", status=DONE)
        self.assertIn("leaves out: Notes", told)


class Suggestion(Case):
    def suggest(self, text, *words):
        path = self.write("t.csv", text.encode())
        return json.loads(self.omni("import", "--suggest-mapping", path,
                                    *words))

    def test_orders(self):
        text = ("Order No;Customer ID;E-Mail;Order Date;Total;Item Count\n"
                "1;c1;a@b.ch;31.01.2024 08:00;59,90;2\n"
                "2;c2;c@d.ch;01.02.2024 09:30;7,50;1\n")
        found = self.suggest(text)
        self.assertEqual(found["csv"], {"delimiter": ";"})
        self.assertEqual(found["decimal"], ",")
        columns = found["columns"]
        self.assertEqual(columns["Customer ID"], "namespace:user_id")
        self.assertEqual(columns["E-Mail"], "namespace:email")
        self.assertEqual(columns["Order Date"],
                         {"time": "%d.%m.%Y %H:%M", "zone": "UTC"})
        self.assertEqual(columns["Total"],
                         {"property": "revenue", "type": "number"})
        self.assertEqual(found["event"], "Order Completed")
        db = self.store()
        mapping = self.write("m.json", json.dumps(found).encode())
        summary = self.omni_json("import", db, self.path("t.csv"),
                                 "--mapping", mapping)
        self.assertEqual((summary["taken"], summary["refused"]), (2, {}))

    def test_people(self):
        found = self.suggest("email,first_name,Mobile,birthday\n"
                             "a@b.ch,Anna,+41 44 123 45 67,1980-02-29\n")
        self.assertEqual(found["type"], "identify")
        self.assertEqual(found["columns"], {
            "email": "namespace:email", "first_name": "trait:first_name",
            "Mobile": "namespace:phone",
            "birthday": {"trait": "birthday", "type": "date",
                         "form": "%Y-%m-%d"}})

    def test_a_table_without_anybody(self):
        path = self.write("t.csv", b"a,b\n1,2\n")
        _, told = self.run_omni("import", "--suggest-mapping", path)
        self.assertIn("no column looks like the name of somebody", told)
        self.complaint("import", "--suggest-mapping", self.path("no"),
                       status=FAULT)
        self.complaint("import", status=WRONG_USAGE)


if __name__ == "__main__":
    unittest.main()
