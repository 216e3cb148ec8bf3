#!/usr/bin/env python3
"""Compares the `omni` command with a naive model on random streams.

    test_oracle.py [OMNI] [--seed SEED:N] [--deployment FILE] [--mutants]

OMNI, or $OMNI_COMMAND, is the command. $OMNI_SEED and $OMNI_CASES choose the
cases; --seed runs one of them, as a failure names it. A deployment's secret
decides ties: a failure keeps its key file, and --deployment takes it.
--mutants also breaks the model's rules one by one and demands that each is
noticed. $OMNI_DATA is a folder with outside event files to import; without it
they are skipped.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace as Thing

import as_of
import model
import mutants
import observe
import outside
import reasons
import records
import scratch
import streams
import undoing


PATIENCE_S = 120    # for the first failure; shared out where they are many


class Failure(Exception):
    """Something the command did that is not as it should be."""


class Omni:
    """The command, in a scratch folder of its own."""

    def __init__(self, command, deployment=None):
        self.command = str(Path(command).resolve())
        self.folder = scratch.folder("omni-oracle-")
        self.count = 0
        self.key = self.folder / "deployment"
        if deployment:
            shutil.copy(deployment, self.key)
        else:
            self.run("init", self.folder / "first")
            shutil.copy(self.folder / "first" / "store", self.key)

    def run(self, *words, statuses=(0,), text=None):
        done = subprocess.run([self.command, *map(str, words)], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode not in statuses:
            raise Failure("omni %s: exit %d: %s" % (
                " ".join(map(str, words)), done.returncode,
                done.stderr.decode(errors="replace").strip()[-2000:]))
        return done.stdout

    def path(self, name):
        self.count += 1
        return self.folder / f"{self.count}-{name}"

    def init(self, case, joins=None):
        store = self.path("store")
        self.run("init", store, "--calling-code", case.calling_code,
                 "--deployment", joins or self.key)
        return store

    def import_lines(self, store, lines, source="", ends=b"\n", **options):
        return self.import_files(store, [ends.join(lines) + ends], source,
                                 **options)

    def import_files(self, store, files, source="", **options):
        """Files as bytes, in one command; a single one as standard input."""
        words = ["--source", source] if source else []
        for name, value in options.items():
            words += [f"--{name}", value]
        paths = ["-"] if len(files) == 1 else []
        for content in files if len(files) > 1 else ():
            paths.append(self.path("in.jsonl"))
            paths[-1].write_bytes(content)
        return json.loads(self.run("import", store, *paths, *words, "--json",
                                   text=files[0] if files else b""))

    def state_of(self, store):
        """The dump, and the digest, which must not be of something else."""
        digest = json.loads(self.run("digest", store, "--json"))["state"]
        return self.run("dump", store), digest

    def state(self, store, statements):
        """The facts that were made."""
        verbs = {"link": "merge", "part": "split"}
        return [self.run(verbs[kind], store, ":".join(a), ":".join(b),
                         "--reason", reasons.REASON).decode().strip()
                for kind, a, b in statements]

    def explain(self, store, question):
        """One identifier, or why two are one profile or not; as bytes."""
        return self.run("explain", store, *map(":".join, question), "--json",
                        statuses=(0, 1))

    @staticmethod
    def now():
        """Microseconds; to the millisecond, as some times are made up."""
        return time.time_ns() // 1000000 * 1000

    def clean(self):
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path != self.key:
                path.unlink()


def expect(what, want, got):
    if want != got:
        raise Failure(f"{what}:\n  expected {want}\n  found    {got}")


def first_difference(state, found, ids=None):
    for where, what, want, got in observe.differences(state, found, ids):
        raise Failure(f"{what} of {where}:\n  expected {want}\n"
                      f"  found    {got}")


def check_counts(state, summaries):
    for want, summary in zip(state.counts, summaries):
        got = {k: summary[k] for k in ("read", "taken", "duplicates")}
        got.update(summary["refused"])
        expect("import", want, got)


def check_find(omni, store, state, found, rng):
    """A few identifiers lead to their profile, an unknown one to none; and
    a profile by itself is as in the dump."""
    dump = {line["id"]: line for line in map(json.loads, omni.run(
        "dump", store).splitlines()) if "identifiers" in line}
    for profile in rng.sample(found.profiles, min(2, len(found.profiles))):
        node = rng.choice(sorted(profile.identifiers))
        got = json.loads(omni.run("find", store, ":".join(node), "--json"))
        expect(f"find {node}", profile.id, got["profile"])
        alone = json.loads(omni.run("profile", store, profile.id, "--json"))
        expect(f"contested with {node}",
               {n for n in state.contested if n in profile.identifiers},
               {observe.node_of(i) for i in alone["identifiers"]
                if i.pop("contested", False)})
        for name in dump[profile.id]["identifiers"]:
            name.pop("nobody", None)
        for key, value in alone.items():
            expect(f"{key} of {node}", dump[profile.id].get(key), value)
        check_timeline(omni, store, profile.id, dump[profile.id]["timeline"],
                       rng)
    omni.run("find", store, "crm:no such person", statuses=(1,))


def without_fact(event):
    """An event as a dump has it: facts are of one store."""
    del event["fact"]
    return event


def check_timeline(omni, store, who, timeline, rng):
    """The walk of a timeline, whole and through each filter."""
    if not timeline:
        return
    one, other = rng.choice(timeline), rng.choice(timeline)
    last = rng.randint(1, 5)
    time = lambda event: records.instant(event["time"])
    for words, fits in (
            ((), lambda e: True),
            (("--name", one["name"]), lambda e: e["name"] == one["name"]),
            (("--channel", one.get("channel") or "web"), lambda e:
             e.get("channel") == (one.get("channel") or "web")),
            (("--since", one["time"]), lambda e: time(e) >= time(one)),
            (("--until", one["time"], "--name", other["name"]), lambda e:
             time(e) < time(one) and e["name"] == other["name"])):
        want = [event for event in timeline if fits(event)]
        for most in (last, 10**6):
            lines = omni.run("timeline", store, who, "--json",
                             "--last", most, *words).splitlines()
            got = [without_fact(json.loads(line)) for line in lines]
            expect(f"timeline of {who} {words}", want[::-1][:most], got)


def check_explain(omni, store, state, reader, facts, rng):
    """Answers to some questions; each as the model has it."""
    reader = reasons.Reader(reader, facts)
    answers = []
    for question in reasons.questions(state, rng):
        found = json.loads(omni.explain(store, question))
        answers.append((question, (
            reader.pair if len(question) == 2 else reader.one)(found)))
    for question, want, got in reasons.differences(state, answers):
        raise Failure(f"explanation of {question}:\n  expected {want}\n"
                      f"  found    {got}")
    return answers


def check_upkeep(omni, store):
    """Nothing stored differs from a refold, nor does reopening change it."""
    before = omni.state_of(store)
    omni.run("check", store)
    omni.run("check", store, "--rebuild")
    if omni.state_of(store) != before:
        raise Failure("check --rebuild changed the state")


def ids_of_nodes(omni, store, case, state):
    """The id of each identifier alone, from a store that never links."""
    alone = omni.init(case, joins=store)
    lines = [json.dumps({
        "type": "identify", "messageId": str(number),
        "timestamp": "2024-01-01T00:00:00Z", "context": {
            "externalIds": [{"type": space, "id": value}]}}).encode()
        for number, (space, value) in enumerate(
            node for members in state.profiles for node in sorted(members))]
    omni.import_lines(alone, lines)
    return observe.ids_alone(omni.run("dump", alone))


def compare_with_model(omni, case, rng):
    """Import, state, dump; returns what was found and how to read it."""
    began = omni.now()
    store = omni.init(case)
    summaries = [omni.import_lines(store, f.lines, f.source)
                 for f in case.files]
    facts = omni.state(store, case.statements)
    case.now = began
    state = model.derive(case)
    reader = observe.Reader(case, began, omni.now() + 1000)
    found = reader.store(omni, store)
    ids = ids_of_nodes(omni, store, case, state) if case.small else None
    first_difference(state, found, ids)
    check_counts(state, summaries)
    check_find(omni, store, state, found, rng)
    answers = check_explain(omni, store, state, reader, facts, rng)
    check_upkeep(omni, store)
    return found, ids, answers, began


def timed(case):
    """Files of the case as (source, lines with ids, lines without), of the
    records that may come in any order: those with times."""
    for file in case.all_files:
        named, nameless = [], []
        for line in file.lines:
            if line.strip() and not streams.is_untimed(line):
                (named if streams.has_ids(line) else nameless).append(line)
        yield file.source, named, nameless


def reversed_store(omni, case, joins):
    """The same records from the last to the first, one a commit."""
    store = omni.init(case, joins=joins)
    for source, named, nameless in list(timed(case))[::-1]:
        omni.import_lines(store, (named + nameless)[::-1], source,
                          batch=1 if case.small else 100, sync="off")
    return store


def shuffled_store(omni, case, rng, joins):
    """The same records in other orders, files, batches, and twice."""
    store = omni.init(case, joins=joins)
    imports = []
    for source, named, nameless in timed(case):
        named = named + rng.choices(named, k=len(named) // 4) if named else []
        rng.shuffle(named)
        cut, last = sorted(rng.randint(0, len(named)) for _ in range(2))
        files = [named[:cut], named[cut:last], named[last:] + nameless]
        rng.shuffle(files[2])
        imports += rng.choice(([(source, files)], [(source, [f]) for f in
                                                   files]))
    rng.shuffle(imports)
    for source, files in imports:
        batch = rng.choice((1, 2, 3, 7, 50, 1000) if case.small else
                           (50, 333, 4000))
        mark, end = rng.choice((b"", b"\xef\xbb\xbf")), rng.choice(
            (b"\n", b"\r\n", b"\n\n"))
        content = [mark + end.join(lines) + end * rng.choice((0, 1))
                   for lines in files]
        omni.import_files(store, content, source, batch=batch,
                          sync=rng.choice(("full", "off")))
        if rng.random() < 0.2:
            omni.run("check", store)
    return store


def compare_orders(omni, case, rng):
    """Whatever the order, batches and repetitions: the same bytes."""
    store = omni.init(case)
    for source, named, nameless in timed(case):
        omni.import_lines(store, named + nameless, source)
    first = omni.state_of(store)
    asked = reasons.questions(model.derive(case), rng)[::4]
    answers = [omni.explain(store, question) for question in asked]
    others = [reversed_store(omni, case, store)]
    for _ in range(2 if case.small else 1):
        others.append(shuffled_store(omni, case, rng, store))
    for other in others:
        dump, digest = omni.state_of(other)
        for a, b in zip(first[0].splitlines(), dump.splitlines()):
            expect("dump in another order", a.decode(), b.decode())
        expect("lines of the dump", len(first[0].splitlines()),
               len(dump.splitlines()))
        expect("digest in another order", first[1], digest)
        for question, answer in zip(asked, answers):
            expect(f"explanation of {question} in another order", answer,
                   omni.explain(other, question))
        omni.run("check", other)


def compare_statements_first(omni, case, rng):
    """Statements have no effect until both ends are known, and then they have
    the one they always have: made before, between and after the imports."""
    if not case.statements:
        return
    began = omni.now()
    store = omni.init(case)
    left = list(case.statements)
    for file in case.files:
        count = rng.randint(0, len(left))
        omni.state(store, left[:count])
        left = left[count:]
        omni.import_lines(store, file.lines, file.source)
    omni.state(store, left)
    case.now = began
    reader = observe.Reader(case, began, omni.now() + 1000)
    first_difference(model.derive(case), reader.store(omni, store))
    omni.run("check", store)


def compare_as_of(omni, case, rng):
    """Earlier instants, as stores that hold nothing later have them."""
    for where, want, got in as_of.differences(omni, case, rng,
                                              list(timed(case))):
        raise Failure(f"{where}:\n  expected {want}\n  found    {got}")


def check(omni, case):
    """None, or in what the command and the model differ."""
    rng = random.Random(f"{case.seed}:orders")
    try:
        case.found = compare_with_model(omni, case, rng)
        compare_orders(omni, case, rng)
        if case.small:
            compare_statements_first(omni, case, rng)
            compare_as_of(omni, case, rng)
            undoing.run(omni, case, rng, expect)
    except Failure as failure:
        return str(failure)
    finally:
        omni.clean()
    return None


def without(case, lines, statements):
    """The case with only these of its lines and statements."""
    cut = lambda files: [Thing(source=f.source, lines=[
        line for number, line in enumerate(f.lines)
        if (name, number) in lines]) for name, f in enumerate(files)]
    smaller = Thing(**{**vars(case), "all_files": cut(case.all_files),
                       "statements": [s for n, s in enumerate(case.statements)
                                      if n in statements]})
    smaller.files = smaller.all_files
    return streams.without_ambiguous(smaller)


def shrink(omni, case, patience):
    """Drop records and statements for as long as something still differs."""
    until = time.monotonic() + patience
    keep = [(name, number) for name, f in enumerate(case.all_files)
            for number in range(len(f.lines))]
    keep += list(range(len(case.statements)))
    step = max(1, len(keep) // 2)
    while step:
        position = 0
        while position < len(keep):
            fewer = keep[:position] + keep[position + step:]
            if time.monotonic() > until:
                return without(case, set(keep), set(keep))
            if check(omni, without(case, set(fewer), set(fewer))):
                keep = fewer
            else:
                position += step
        step //= 2
    return without(case, set(keep), set(keep))


def report(omni, case, difference, patience):
    folder = Path(tempfile.mkdtemp(prefix="omni-oracle-failure-"))
    small = shrink(omni, case, patience)
    difference = check(omni, small) or difference
    for number, file in enumerate(small.all_files):
        path = folder / f"{number}-{file.source or 'nameless'}.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in file.lines))
    (folder / "statements.txt").write_text("".join(
        f"{kind} {':'.join(a)} {':'.join(b)}\n"
        for kind, a, b in small.statements), encoding="utf-8")
    (folder / "difference.txt").write_text(difference + "\n",
                                           encoding="utf-8")
    shutil.copy(omni.key, folder / "deployment")
    print(f"FAILED case {case.seed}; shrunk to {folder}\n{difference}\n",
          flush=True)


def noticed(case, mutant):
    """Whether the store's state contradicts the model with a wrong rule."""
    found, ids, answers, case.now = case.found
    with mutants.broken(mutants.MUTANTS[mutant]):
        try:
            state = model.derive(case)
        except (ValueError, KeyError, AttributeError, TypeError):
            return True
        try:
            return any(observe.differences(state, found, ids)) or any(
                reasons.differences(state, answers))
        except (ValueError, KeyError, IndexError):
            return True


def try_mutants(case, unnoticed):
    for mutant in list(unnoticed):
        if noticed(case, mutant):
            unnoticed.remove(mutant)
            print(f"mutant {mutant}: noticed by case {case.seed}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("omni", nargs="?",
                        default=os.environ.get("OMNI_COMMAND"))
    parser.add_argument("--seed", help="one case, as a failure names it")
    parser.add_argument("--deployment", help="key file that a failure kept")
    parser.add_argument("--mutants", action="store_true")
    chosen = parser.parse_args()
    if not chosen.omni:
        parser.error("no command: give its path, or set OMNI_COMMAND")
    return chosen


def main():
    chosen = arguments()
    sys.setrecursionlimit(10000)
    omni = Omni(chosen.omni, chosen.deployment)
    seed = os.environ.get("OMNI_SEED", "1")
    count = int(os.environ.get("OMNI_CASES", "60"))
    cases = streams.cases(seed, count)
    if chosen.seed:
        cases = [streams.case_of(chosen.seed)]
    unnoticed = list(mutants.MUTANTS) if chosen.mutants else []
    passed = failed = 0
    for case in cases:
        difference = check(omni, case)
        if difference:
            failed += 1
            report(omni, case, difference, PATIENCE_S / failed)
        else:
            passed += 1
            try_mutants(case, unnoticed)
    for name, difference in outside.run(omni, os.environ.get("OMNI_DATA")):
        passed, failed = passed + (not difference), failed + bool(difference)
        if difference:
            print(f"FAILED {name}\n{difference}\n", flush=True)
    if unnoticed:
        failed += len(unnoticed)
        print("mutants that nothing noticed: " + ", ".join(unnoticed))
    shutil.rmtree(omni.folder)
    print(f"seed {seed}: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
