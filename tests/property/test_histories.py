#!/usr/bin/env python3
"""Compares the library with the naive model on random histories of facts: of
every kind, from several replicas, in any order, cut into any groups, folded as
they come and from nothing, in this process and in another one.

    test_histories.py [--seed SEED:N]

$OMNI_SEED and $OMNI_CASES choose the histories, 500 by default; $OMNI_JOBS
says how many processes share them. --seed runs one, as a failure names it.
A run of 500 or more must have come across every kind of fact, rule and answer,
and noticed each wrong rule of histories_mutants.py.
"""
import argparse
import multiprocessing
import multiprocessing.connection
import os
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings" / "python"))
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import sanitized
sanitized.ready()

import asked
import dumped
import facts_model
import histories
import histories_mutants as mutants
import host
import live
import scratch
import tally as classes
from factlog import EVENT, RETRACT, log_bytes, write_log

PATIENCE_S = 60     # to make a failure smaller
WHOLE = 500         # histories of a run that has to come across everything


class Failure(Exception):
    """In what the library and the model differ."""


def expect(what, want, got):
    if want != got:
        raise Failure(f"{what}:\n  expected {want}\n  found    {got}")


def expect_lines(what, want, got):
    for number in range(max(len(want), len(got))):
        expect(what, *(lines[number] if number < len(lines) else "no line"
                       for lines in (want, got)))


class Trial:
    """One history under test."""

    def __init__(self, hosts, history, tally):
        self.hosts, self.history, self.tally = hosts, history, tally
        self.rng = random.Random(f"{history.seed}:orders")
        self.keys, self.facts = history.keys, history.facts
        self.state = facts_model.derive(self.facts)
        self.lines = dumped.in_order(dumped.dump(self.keys, self.state))
        self.counts = dumped.stats(self.state)
        self.replica, self.made_ids = self.rng.randbytes(16), True

    def order(self, most=4, facts=None):
        rng = self.rng
        return histories.interleaved(histories.groups_of(
            self.facts if facts is None else facts, rng, most), rng)

    def compare(self, what, store, lines=None, counts=None):
        self.tally["comparisons"] += 1
        expect_lines(what, self.lines if lines is None else lines,
                     host.lines(store))
        expect(f"counts {what}", counts or self.counts, host.counts(store))

    def whole(self):
        """All at once; every question; then from nothing."""
        path = self.hosts.empty(self.history, self.replica)
        write_log(path, log_bytes(self.keys, self.order())[0])
        with self.hosts.open(path) as store:
            self.compare("of all", store)
            for what, want, got in asked.everything(
                    store, self.keys, self.facts, self.state, self.rng,
                    self.tally):
                expect(what, want, got)
            if self.rng.random() < 0.25:
                self.elsewhere(path)
            store.check()
            store.check(rebuild=True)
            self.compare("once rebuilt", store)
            self.digest = store.digest().state

    def elsewhere(self, path):
        """Another process reads what this one has open."""
        lines, counts = self.hosts.elsewhere(path=str(path))
        expect_lines("in another process", self.lines, lines)
        expect("counts in another process", self.counts, counts)
        self.tally["other processes"] += 1

    def pieces(self):
        """Another order, in pieces, each folded before the next comes."""
        groups = self.order(most=self.rng.choice((1, 3, 7)))
        if not groups:
            return
        path = self.hosts.empty(self.history, self.replica)
        data, ends = log_bytes(self.keys, groups)
        cuts = sorted(self.rng.choices(range(1, len(groups) + 1),
                                       k=self.rng.randint(1, 4)))
        for cut in cuts + [len(groups)]:
            write_log(path, data[:ends[cut - 1]])
            with self.hosts.open(path) as store:
                if self.rng.random() < 0.3:
                    self.so_far(store, [f for g in groups[:cut] for f in g])
                if self.rng.random() < 0.2:
                    store.check()
        with self.hosts.open(path) as store:
            self.compare("in pieces", store)
            expect("digest in pieces", self.digest, store.digest().state)
            store.check()

    def so_far(self, store, facts):
        """What a store has that lacks the rest."""
        state = facts_model.derive(facts)
        self.compare("so far", store, dumped.in_order(dumped.dump(
            self.keys, state)), dumped.stats(state))

    def repeated(self):
        """Events told once more, by others, change nothing."""
        rng = self.rng
        told = [f for f in self.facts if f.kind == EVENT]
        again = histories.told_again(self.history, rng.choices(
            told, k=rng.randint(1, 1 + len(told) // 2)) if told else [], rng)
        path = self.hosts.empty(self.history, self.replica)
        write_log(path, log_bytes(self.keys, self.order(
            facts=again + self.facts))[0])
        with self.hosts.open(path) as store:
            self.tally["comparisons"] += 1
            expect_lines("told again", self.lines, host.lines(store))

    def run(self):
        self.whole()
        self.pieces()
        self.repeated()
        live.Live(self, expect).run(list(live.sayable(self.history.said)))
        for name in classes.facts(self.history, self.state):
            self.tally[name] += 1
        with facts_model.by(self.state.policy):
            for name in classes.outcome(self.state):
                self.tally[name] += 1
        self.tally["facts"] += len(self.facts)


def check(hosts, history, tally, unnoticed=()):
    """None, or in what the library and the model differ."""
    try:
        trial = Trial(hosts, history, tally)
        trial.run()
        for mutant in list(unnoticed):
            if mutants.noticed(mutant, trial):
                unnoticed.remove(mutant)
    except Failure as failure:
        return str(failure)
    except Exception as error:      # of the library, or of this test
        return f"{type(error).__name__}: {error}"
    finally:
        hosts.clean()
    return None


# Failures

def kind_of(difference):
    """In what it differs; instants and names are of other facts each time."""
    return difference and difference.split(None, 1)[0]


def shrink(hosts, history, difference, patience):
    """Drop facts for as long as the same still differs."""
    kind = kind_of(difference)
    until = time.monotonic() + patience
    keep = list(range(len(history.facts) + len(history.said)))
    step = max(1, len(keep) // 2)
    while step:
        at = 0
        while at < len(keep) and time.monotonic() < until:
            fewer = keep[:at] + keep[at + step:]
            if fails(hosts, histories.without(history, fewer), kind):
                keep = fewer
            else:
                at += step
        step //= 2
    return histories.without(history, keep)


def fails(hosts, history, kind, tries=3):
    """Whether it differs like that, in one of several orders."""
    seed = history.seed
    for attempt in range(tries):
        history.seed = f"{seed}:{attempt}" if attempt else seed
        if kind_of(check(hosts, history, Counter())) == kind:
            return True
    history.seed = seed
    return False


def described(history):
    for number, fact in enumerate(history.facts):
        place = f"{number}: {fact.replica.hex()[:4]}:{fact.sequence} " \
                f"{fact.hlc >> 16}+{fact.hlc & 65535}"
        kind = classes.KINDS[fact.kind]
        if fact.kind == EVENT:
            copy = fact.copy
            said = (f"{copy.type} {copy.name!r} {dumped.event_id(copy)} "
                    f"{dumped.instant(copy.time)} channel {copy.channel!r} "
                    f"source {copy.source!r} "
                    f"{sorted(map(':'.join, copy.identifiers))} "
                    f"{copy.traits_json} {copy.properties_json}")
            said += f" instant {copy.instant}" * (copy.instant != copy.time)
            said += f" alias {copy.alias}" * bool(copy.alias)
            said += f" group {copy.group_id!r}" * bool(copy.group_id)
        elif fact.kind == RETRACT:
            said = f"of {[history.facts.index(t) for t in fact.targets]}"
        elif "name" in vars(fact):
            said = f"{fact.name} = {fact.value!r} at {fact.time}"
        else:
            said = f"{':'.join(fact.a)} {':'.join(fact.b)} at {fact.time}"
        yield f"  {place} {kind} {said}"
    for said in history.said:
        yield f"  live: {said}"


def report(hosts, history, difference):
    small = shrink(hosts, history, difference, PATIENCE_S)
    difference = check(hosts, small, Counter()) or difference
    return "\n".join([f"FAILED history {history.seed}; shrunk to:",
                      *described(small), difference])


# A run, shared by several processes

def share(seeds, unnoticed, folder, tell):
    """Some histories of a run: which one is under way, what was counted,
    failures, mutants that nothing noticed."""
    hosts, failures = host.Host(folder), 0
    try:
        for seed in seeds:
            tally, history = Counter(histories=1), histories.history(seed)
            tell.send(("at", seed))
            difference = check(hosts, history, tally, unnoticed)
            if difference:
                failures += 1
                tell.send(("failed", report(hosts, history, difference)
                           if failures < 3 else
                           f"FAILED history {seed}\n{difference}"))
            tell.send(("counted", tally))
        tell.send(("unnoticed", unnoticed))
    finally:
        hosts.close()


class Worker:
    """A process with a share; the library may take it down with it."""

    def __init__(self, seeds, broken):
        context = multiprocessing.get_context("fork")
        self.seeds, self.at, self.done = seeds, None, False
        self.broken, self.folder = set(broken), scratch.folder(
            "omni-histories-")
        self.ear, mouth = context.Pipe(duplex=False)
        self.process = context.Process(
            target=share, args=(seeds, sorted(broken), self.folder, mouth))
        self.process.start()
        mouth.close()

    def end(self):
        self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def died(self):
        """The histories that are left, but the one that it died of."""
        self.process.join()
        at = self.seeds.index(self.at) if self.at else -1
        return self.seeds[at + 1:]


class Run:
    """All histories of a run, in several processes at once."""

    def __init__(self, work, broken):
        self.work = list(work)
        self.total, self.unnoticed, self.failed = Counter(), set(broken), 0

    def fail(self, text):
        self.failed += 1
        print(text, flush=True)

    def hear(self, worker):
        """One message; False if the worker is gone."""
        try:
            what, said = worker.ear.recv()
        except EOFError:
            if not worker.done:
                left = worker.died()
                self.fail(f"FAILED history {worker.at}: the process died of "
                          f"it, exit {worker.process.exitcode}")
                self.work += [left] * bool(left)
            return False
        if what == "at":
            worker.at = said
        elif what == "failed":
            self.fail(said)
        elif what == "counted":
            self.total += said
            if self.total["histories"] % 10000 == 0:
                print(f"{self.total['histories']} histories, "
                      f"{self.failed} failed", flush=True)
        else:
            worker.done = True
            self.unnoticed -= worker.broken - set(said)
        return True

    def go(self, jobs):
        workers = {}
        while self.work or workers:
            while self.work and len(workers) < jobs:
                worker = Worker(self.work.pop(0), self.unnoticed)
                workers[worker.ear] = worker
            for ear in multiprocessing.connection.wait(list(workers)):
                if not self.hear(workers[ear]):
                    workers.pop(ear).end()


def shares(seed, count, jobs):
    seeds = [f"{seed}:{number}" for number in range(count)]
    size = max(1, min(250, -(-count // jobs)))
    return [seeds[at:at + size] for at in range(0, count, size)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", help="one history, as a failure names it")
    return parser.parse_args()


def number(name, otherwise):
    return int(os.environ.get(name) or otherwise)


def main():
    chosen = arguments()
    seed, jobs = os.environ.get("OMNI_SEED") or "1", number(
        "OMNI_JOBS", os.cpu_count() or 1)
    count = number("OMNI_CASES", -(-WHOLE // number("OMNI_SHARE", 1)))
    whole = count >= WHOLE and not chosen.seed
    began = time.monotonic()
    work = shares(seed, count, jobs)
    if chosen.seed:
        work, count = [[chosen.seed]], 1
    run = Run(work, mutants.MUTANTS if whole else ())
    run.go(jobs)
    total, unnoticed, failed = run.total, sorted(run.unnoticed), run.failed
    for name, times in sorted(total.items()):
        print(f"{times:10} {name}")
    lacking = classes.missing(total) if whole else []
    if lacking:
        print("never occurred: " + "; ".join(lacking))
    if unnoticed:
        print("mutants that nothing noticed: " + ", ".join(unnoticed))
    elif whole:
        print(f"each of {len(mutants.MUTANTS)} mutants was noticed")
    print(f"seed {seed}: {total['histories']} histories, {total['facts']} "
          f"facts, {total['comparisons']} comparisons; {failed} failed; "
          f"{time.monotonic() - began:.0f} s in {jobs} processes")
    return 1 if failed or lacking or unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
