"""Imports event files that others made ($OMNI_DATA), and compares with what
their files and publishers say and with the model."""
import gzip
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace as Thing

import model
import observe


def lines_of(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data
            ).splitlines()


def payloads(path):
    return [json.dumps(x.get("payload", x)).encode()
            for x in json.loads(path.read_text(encoding="utf-8"))]


def calls(path):
    """Calls of a browser's library, as the records that it would send."""
    for number, call in enumerate(json.loads(path.read_text("utf-8"))):
        kind, words = call["call"], list(call["args"])
        record = {"type": kind, "messageId": str(number),
                  "timestamp": "2024-01-01T00:00:00Z", "anonymousId": "a"}
        if words and isinstance(words[0], dict) and (
                {"userId", "event", "traits"} & set(words[0])):
            record.update(words.pop(0))
        first = {"track": "event", "identify": "userId", "alias": "userId",
                 "group": "groupId"}.get(kind, "name")
        if words and isinstance(words[0], str):
            record[first] = words.pop(0)
        if words and isinstance(words[0], dict):
            own = "traits" if kind in ("identify", "group") else "properties"
            record[own] = words.pop(0)
        yield json.dumps(record).encode()


def wire_batches(path):
    return [json.dumps(json.loads(p.read_text(encoding="utf-8"))).encode()
            for p in sorted(path.glob("*.json"))]


FILES = (   # file, how to read it, calling code
    ("online-retail/orders.jsonl.gz", lines_of, "44"),
    ("cdnow/orders.jsonl", lines_of, "1"),
    ("er-senzing/identify.jsonl", lines_of, "1"),
    ("events-segment/payloads.json", payloads, "1"),
    ("events-segment/calls.json", calls, "1"),
    ("events-analytics-go", wire_batches, "1"),
)


def revenue_by_customer(lines):
    """User to the sum of what they ordered, by the file alone."""
    sums = defaultdict(Decimal)
    for line in lines:
        order = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        if order["event"] == "Order Completed" and order.get("userId"):
            sums[order["userId"]] += order["properties"]["revenue"]
    return dict(sums)


def found_by_customer(found):
    sums = {}
    for profile in found.profiles:
        users = [n[1] for n in profile.identifiers if n[0] == "user_id"]
        if users and "Order Completed" in profile.figures:
            amounts = profile.figures["Order Completed"][3].values()
            sums[users[0]] = sum(a[0] for a in amounts) / observe.MICRO
    return sums


def compare_revenue(name, lines, found):
    """Every customer's sum; and, of the shop, what its publisher says."""
    want, got = revenue_by_customer(lines), found_by_customer(found)
    for user in sorted(set(want) | set(got)):
        if want.get(user) != got.get(user):
            return f"revenue of {user}: {want.get(user)}, {got.get(user)}"
    customers = [revenue for revenue in got.values() if revenue > 0]
    figures = len(customers), round(sum(customers), 2)
    if name.startswith("online-retail") \
            and figures != (4338, Decimal("8911407.90")):
        return f"customers and revenue: {figures}"
    return None


def compare(omni, name, lines, calling_code):
    case = Thing(seed=name, calling_code=calling_code, statements=[], now=0,
                 small=False, files=[Thing(source="", lines=lines)])
    case.now = omni.now()
    store = omni.init(case)
    summary = omni.import_lines(store, lines)
    records_read = (summary["taken"] + summary["duplicates"]
                    + sum(summary["refused"].values()))
    if records_read != summary["read"]:
        return f"taken, duplicates and refused are not all: {summary}"
    omni.run("check", store)
    state = model.derive(case)
    reader = observe.Reader(case, case.now, omni.now())
    found = reader.store(omni, store)
    want = state.counts[0]
    got = {k: summary[k] for k in ("read", "taken", "duplicates")}
    got.update(summary["refused"])
    if want != got:
        return f"import: expected {want}, found {got}"
    if state.ambiguous:     # copies that only a keyed hash can rank
        return None
    for where, what, want, got in observe.differences(state, found):
        return f"{what} of {where}: expected {want}, found {got}"
    if name.endswith(("orders.jsonl", "orders.jsonl.gz")):
        return compare_revenue(name, lines, found)
    return None


def run(omni, folder):
    """(file, None or what is wrong) of each file."""
    if not folder:
        print("skipped: outside data (OMNI_DATA is not set)")
        return
    for name, read, calling_code in FILES:
        path = Path(folder) / name
        if not path.exists():
            print(f"skipped: {path} is not there")
            continue
        yield name, compare(omni, name, list(read(path)),
                            calling_code)
        omni.clean()
