#!/usr/bin/env python3
"""Runs the scenarios of who is who against a command.

    tests/conformance/run.py COMMAND [SCENARIO…]

COMMAND is a binary with the commands `init import merge split retract policy
find profile explain dump` of `omni` and their JSON. Each scenario is a file of
tests/conformance/scenarios/: what comes in, and what must be known of it then.
It is played as written and in other orders, in other batches and with copies;
what is derived must be the same, byte for byte. The last line counts."""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20260301


class Wrong(Exception):
    """The command answered something else than the scenario expects."""


class Store:
    """One store of the command under test."""

    def __init__(self, command, path, scenario, deployment=None):
        self.command = command
        self.path = path
        self.facts = {}  # of named steps
        self.summary = {"taken": 0, "duplicates": 0, "refused": {}}
        words = ["init", path]
        if "calling_code" in scenario:
            words += ["--calling-code", str(scenario["calling_code"])]
        if deployment is not None:
            words += ["--deployment", deployment]
        self.call(*words)

    def call(self, *words, data=b"", statuses=(0,)):
        done = subprocess.run([self.command, *words], input=data,
                              capture_output=True, check=False)
        if done.returncode not in statuses:
            raise Wrong(f"{' '.join(words)}: exit status {done.returncode}: "
                        f"{done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode("utf-8")

    def json(self, *words, **options):
        return json.loads(self.call(*words, "--json", **options))

    def take(self, events):
        text = "".join(json.dumps(event) + "\n" for event in events)
        got = self.json("import", self.path, "-", data=text.encode())
        for count in ("taken", "duplicates"):
            self.summary[count] += got[count]
        for code, number in got["refused"].items():
            refused = self.summary["refused"]
            refused[code] = refused.get(code, 0) + number

    def fact_of(self, name):
        """The id of a named step's fact, or of the event with this id."""
        if name in self.facts:
            return self.facts[name]
        for who in sum(map(identifiers_of, self.profiles()), []):
            for line in self.call("timeline", self.path, who, "--last",
                                  "1000", "--json").splitlines():
                event = json.loads(line)
                if event["id"] == name:
                    return event["fact"]
        raise Wrong(f"no fact is called {name}")

    def play(self, step):
        if "import" in step:
            return self.take(step["import"])
        if "policy" in step:
            path = self.path + ".policy.json"
            with open(path, "w", encoding="utf-8") as file:
                json.dump(step["policy"], file)
            return self.call("policy", self.path, path)
        reason = step.get("reason", "a test")
        for verb in ("merge", "split"):
            if verb in step:
                made = self.json(verb, self.path, *step[verb], "--reason",
                                 reason)
                self.facts[step.get("name")] = made["fact"]
                return None
        made = self.json("retract", self.path, self.fact_of(step["retract"]),
                         "--reason", reason)
        self.facts[step.get("name")] = made["fact"]
        return None

    def profiles(self):
        lines = map(json.loads, self.dump().splitlines())
        return [line for line in lines if "identifiers" in line]

    def dump(self):
        return self.call("dump", self.path)


def name_of(identifier):
    return f"{identifier['namespace']}:{identifier['value']}"


def identifiers_of(profile):
    return sorted(map(name_of, profile["identifiers"]))


def figures_of(profile):
    """Name to count, or to count and sums where there are amounts."""
    out = {}
    for name, figure in profile["events"].items():
        sums = {currency: amount["sum"]
                for currency, amount in figure["amounts"].items()}
        out[name] = {"count": figure["count"], "sum": sums} if sums \
            else figure["count"]
    return out


def shown(profile, wanted):
    """Of a profile what an expectation speaks of."""
    every = {
        "identifiers": identifiers_of(profile),
        "events": figures_of(profile),
        "traits": {k: v["value"] for k, v in profile["traits"].items()},
        "channels": profile["channels"],
        "first_seen": profile["first_seen"],
        "last_seen": profile["last_seen"],
        "timeline": [e["id"] for e in profile["timeline"]],
        "nobody": {name_of(i): [e["id"] for e in i["nobody"]]
                   for i in profile["identifiers"] if "nobody" in i},
    }
    return {key: every[key] for key in wanted}


def compare(what, got, expected):
    if got != expected:
        raise Wrong(f"{what}:\n  expected {json.dumps(expected)}\n"
                    f"  got      {json.dumps(got)}")


def check_profiles(store, expected):
    got = sorted(store.profiles(), key=identifiers_of)
    expected = sorted(expected, key=lambda p: sorted(p["identifiers"]))
    compare("the profiles", [identifiers_of(p) for p in got],
            [sorted(p["identifiers"]) for p in expected])
    for profile, wanted in zip(got, expected):
        if "contested" in wanted:
            known = store.json("profile", store.path, identifiers_of(profile)[0])
            compare("contested", sorted(name_of(i) for i in known["identifiers"]
                                        if i.get("contested")),
                    sorted(wanted["contested"]))
            wanted = {k: v for k, v in wanted.items() if k != "contested"}
        wanted = dict(wanted, identifiers=sorted(wanted["identifiers"]))
        compare("a profile", shown(profile, wanted), wanted)


def check_held(store, expected):
    """Of links held apart: both ends, whichever is named first, and rule."""
    got = {(*sorted((h["identifier"], h["other"])), h["rule"])
           for p in store.profiles() for h in p["held_apart"]}
    compare("what is held apart", sorted(map(list, got)),
            sorted([*sorted(h[:2]), h[2]] for h in expected))


def check_explained(store, entry):
    a, b = entry["between"]
    got = store.json("explain", store.path, a, b, statuses=(0, 1))
    for key in set(entry) - {"between"}:
        if key == "chain":
            ends = [[link["a"], link["b"], link["kind"]]
                    for link in got.get("chain", [])]
            compare(f"the chain from {a} to {b}", ends, entry["chain"])
        elif key == "rules":
            rules = sorted({link["rule"] for link in got["held_apart"]})
            compare(f"why {a} and {b} are apart", rules, entry["rules"])
        else:
            compare(f"{key} of {a} and {b}", got.get(key), entry[key])


def check(store, expect):
    check_profiles(store, expect["profiles"])
    if "held_apart" in expect:
        check_held(store, expect["held_apart"])
    for entry in expect.get("explain", []):
        check_explained(store, entry)


def as_written(steps):
    return steps


def backwards(steps):
    """Each import from its end, one record per batch."""
    for step in steps:
        if "import" in step:
            for event in reversed(step["import"]):
                yield {"import": [event]}
        else:
            yield step


def shuffled_with_copies(steps):
    """Imports in any order, records twice."""
    order = random.Random(SEED)
    for step in steps:
        if "import" in step:
            events = step["import"] + [e for e in step["import"]
                                       if "messageId" in e]
            order.shuffle(events)
            yield {"import": events}
        else:
            yield step


def statements_first(steps):
    """What is stated comes before all that happened."""
    steps = list(steps)
    yield from (s for s in steps if "import" not in s)
    yield {"import": [e for s in steps for e in s.get("import", [])]}


def orders_of(scenario):
    yield as_written
    yield backwards
    yield shuffled_with_copies
    if not scenario.get("statements_last", False):
        yield statements_first


def run(command, scenario, folder):
    first = None
    for order in orders_of(scenario):
        path = os.path.join(folder, order.__name__ + ".omni")
        store = Store(command, path, scenario,
                      first.path if first is not None else None)
        try:
            for step in order(scenario["steps"]):
                store.play(step)
            check(store, scenario["expect"])
            if first is not None:
                compare("the dump", store.dump(), first.dump())
        except Wrong as wrong:
            raise Wrong(f"{order.__name__.replace('_', ' ')}: {wrong}") \
                from None
        if first is None:
            first = store
            for key, value in scenario["expect"].get("import", {}).items():
                compare(key, store.summary[key], value)


def load(path):
    with open(path, encoding="utf-8") as file:
        scenario = json.load(file)
    unknown = set(scenario) - {"about", "rules", "calling_code", "steps",
                               "statements_last", "expect"}
    if unknown or not scenario["rules"] or not scenario["about"]:
        raise Wrong(f"{path}: {', '.join(sorted(unknown)) or 'about, rules'}")
    return scenario


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command")
    parser.add_argument("scenarios", nargs="*")
    words = parser.parse_args()
    paths = words.scenarios or sorted(
        glob.glob(os.path.join(HERE, "scenarios", "*.json")))
    failed = 0
    for path in paths:
        name = os.path.splitext(os.path.basename(path))[0]
        with tempfile.TemporaryDirectory(prefix="omni-conform-") as folder:
            try:
                run(words.command, load(path), folder)
                print(f"ok      {name}")
            except Wrong as wrong:
                failed += 1
                print(f"FAILED  {name}: {wrong}")
    print(f"{len(paths) - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
