"""Rows of a table, by a mapping, and the JSON of the same events: both make
the same store.

OMNI_CASES has the number of cases, OMNI_SEED the seed.
"""

import csv
import io
import json
import os
import random
import tempfile
import unittest

import omni

SEED = os.environ.get("OMNI_SEED", "1")
CASES = int(os.environ.get("OMNI_CASES", "30"))
COLUMNS = ["who", "card", "mail", "at", "id", "event", "kind", "where",
           "amount", "units", "price", "note", "vip", "extra", "city"]
MAPPING = {
    "columns": {
        "who": "namespace:user_id",
        "card": "namespace:loyalty_id",
        "mail": ["namespace:email", "trait:email"],
        "at": {"time": "%Y-%m-%d %H:%M:%S", "zone": "+02:00"},
        "id": "event_id",
        "event": "event",
        "where": "channel",
        "amount": {"property": "amount", "type": "number", "decimal": ","},
        "units": "property:units:integer",
        "note": "property:note",
        "vip": "trait:vip:boolean",
        "extra": "property:extra:json",
        "city": "trait:city",
    },
    "event": [{"when": {"units": {"at_most": 0}}, "value": "Returned"},
              {"value": "Bought"}],
    "type": [{"when": {"kind": "person"}, "value": "identify"}],
    "properties": {"currency": "CHF",
                   "total": {"product": ["units", "price"]}},
}


def decimal_text(rng):
    whole = str(rng.randrange(10 ** rng.randrange(1, 12)))
    part = "".join(rng.choice("0123456789")
                   for _ in range(rng.randrange(4)))
    return rng.choice(["", "-"]) + whole + ("." + part if part else "")


def times(left, right):
    """An exact product of two decimals, as JSON."""
    def split(text):
        whole, _, part = text.partition(".")
        return int(whole + part), len(part)
    (a, a_places), (b, b_places) = split(left), split(right)
    places = a_places + b_places
    digits = str(abs(a * b)).rjust(places + 1, "0")
    text = digits[:-places] + "." + digits[-places:] if places else digits
    return ("-" if a * b < 0 else "") + text


def make_case(rng):
    """A row, as a mapping of columns, and the JSON of its event."""
    row = dict.fromkeys(COLUMNS, "")
    names = rng.sample(["who", "card", "mail"], rng.randrange(1, 4))
    for name in names:
        row[name] = f"{name}{rng.randrange(9)}" + (
            "@example.com" if name == "mail" else "")
    row["at"] = (f"2024-0{rng.randrange(1, 10)}-1{rng.randrange(10)} "
                 f"0{rng.randrange(2, 10)}:0{rng.randrange(10)}:00")
    row["kind"] = rng.choice(["", "person", "other"])
    for name, values in {
            "id": [f"m{rng.randrange(50)}"], "event": ["Seen", "Ge\u00f6ffnet"],
            "where": ["web", "store"], "amount": [decimal_text(rng)],
            "units": [str(rng.randrange(-3, 4))], "price": [decimal_text(rng)],
            "note": ['a "b", c', "x\ny", "\u6f22\u5b57", "NA"],
            "vip": ["true", "false"], "city": ["Z\u00fcrich", "Bern"],
            "extra": ['{"b": [1.50, null], "a": "x"}', "7", "[]"]}.items():
        if rng.random() < 0.6:
            row[name] = rng.choice(values)
    return row, as_json(row)


def as_json(row):
    ids = [{"type": ns, "id": row[name]}
           for name, ns in (("who", "user_id"), ("card", "loyalty_id"),
                            ("mail", "email")) if row[name]]
    hour = int(row["at"][11:13]) - 2
    record = {"type": "track", "context": {"externalIds": ids},
              "timestamp": f"{row['at'][:10]}T{hour:02}{row['at'][13:]}Z"}
    traits = {"email": row["mail"], "city": row["city"],
              "vip": row["vip"] == "true" if row["vip"] else ""}
    record["traits"] = {k: v for k, v in traits.items() if v != ""}
    if row["kind"] == "person":
        record["type"] = "identify"
    elif row["event"]:
        record["event"] = row["event"]
    else:
        returned = row["units"] and int(row["units"]) <= 0
        record["event"] = "Returned" if returned else "Bought"
    for name, member in (("id", "messageId"), ("where", "channel")):
        if row[name]:
            record[member] = row[name]
    numbers = {name: row[name] for name in ("amount", "units", "extra")
               if row[name]}
    if row["units"] and row["price"]:
        numbers["total"] = times(row["units"], row["price"])
    properties = {"currency": "CHF"}
    if row["note"]:
        properties["note"] = row["note"]
    # Numbers with all their digits: as text into the text.
    members = [json.dumps(k) + ":" + json.dumps(v)
               for k, v in properties.items()]
    members += [json.dumps(k) + ":" + v for k, v in numbers.items()]
    text = json.dumps(record)
    return text[:-1] + ',"properties":{' + ",".join(members) + "}}"


def as_table(rng, rows):
    """A table of rows, its columns in any order."""
    columns = rng.sample(COLUMNS, len(COLUMNS))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rng.choice(",;\t|"),
                        lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerow(columns)
    for row in rows:
        cells = dict(row, amount=row["amount"].replace(".", ","))
        writer.writerow([cells[column] for column in columns])
    return out.getvalue()


class Rows(unittest.TestCase):
    maxDiff = None

    def check_case(self, number):
        rng = random.Random(f"{SEED}:{number}")
        cases = [make_case(rng) for _ in range(rng.randrange(1, 40))]
        with tempfile.TemporaryDirectory(prefix="omni-rows-") as folder:
            one = omni.Store(f"{folder}/a", create=True)
            other = omni.Store(f"{folder}/b", create=True,
                               deployment=f"{folder}/a")
            with one, other:
                table = io.StringIO(as_table(rng, [row for row, _ in cases]))
                taken = one.import_file(table, mapping=omni.Mapping(MAPPING))
                wanted = other.import_lines(text for _, text in cases)
                self.assertEqual(taken, wanted, f"case {SEED}:{number}")
                self.assertEqual(one.dumps().decode(), other.dumps().decode(),
                                 f"case {SEED}:{number}")

    def test_rows_and_json_make_the_same_store(self):
        for number in range(CASES):
            self.check_case(number)


if __name__ == "__main__":
    unittest.main()
