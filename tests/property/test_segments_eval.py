#!/usr/bin/env python3
"""Random expressions on the profiles of random shops at random instants: the
library's answer, and for how long it holds, against the naive model.

    test_segments_eval.py [--seed SEED:N] [--no-mutants]

$OMNI_SEED and $OMNI_CASES choose the cases; --seed runs one of them, as a
failure names it. Then the model's rules are broken one by one; each must be
noticed.
"""
import argparse
import os
import random
import sys
import time
from collections import Counter

import model
import segments_by_hand as by_hand
import segments_mutants as mutants
import segments_tree as trees
import segments_world as world
from segments_model import ERROR, FOR_EVER, MEMBER, Evaluation, evaluate
from segments_streams import case_of, sample_of_instants

EXPRESSIONS, QUESTIONS = 10, 5

CASES = 80      # with fewer, the model's rules are not broken


def text_of_hold(hold):
    return "[%s, %s)" % tuple(
        "for ever" if at in FOR_EVER else at for at in hold)


def turns(run, at):
    """Whether an input that was read changes at an instant."""
    return at in FOR_EVER or any(
        at in all_ and read(at - 1) != read(at) for read, all_ in run.inputs)


def is_calendar(tree):
    """Whether the library may know better for how long something of an
    instant stays."""
    return any(part[0] in ("method", "call")
               and (part[1] in trees.GETTERS or
                    part[1] in ("int", "string") and
                    any(of[0] == "now" for _, of in trees.trees_in(part)))
               for _, part in trees.trees_in(tree))


def contradiction(tree, subject, now, definitions, found):
    """None, or what is wrong with (answer, since, until) of the library."""
    run = Evaluation(subject, now, definitions)
    want, hold = run.answer(tree), run.hold()
    answer, since, until = found
    told = text_of_hold(found[1:])
    if answer != want:
        return f"expected {want}, found {answer}"
    if not since <= now < until:
        return f"holds {told}, which is not about {now}"
    if since > hold[0] or until < hold[1]:
        return f"holds {text_of_hold(hold)}, found {told}"
    if (since, until) == hold:
        return None
    for at in (max(since, -10**15), min(until - 1, 10**16)):
        other = evaluate(tree, subject, at, definitions)[0]
        if other != answer:
            return f"holds {told}, but is {other} at {at}"
    parts = [tree, *definitions.values()]
    if not (turns(run, since) and turns(run, until)) and not any(
            map(is_calendar, parts)):
        return f"holds {told}, but nothing turns there"
    return None


def within(rng, now, found):
    """An instant for which the answer should be the same."""
    low, high = max(found[1], now - 10**13), min(found[2] - 1, now + 10**13)
    return rng.choice((low, high, rng.randint(low, high)))


class Run:
    """One case: its store, its profiles, and what was asked."""

    def __init__(self, case, live):
        self.case, self.live = case, live
        self.rng = random.Random(f"{case.seed}:expressions")
        live.load()
        self.subjects = list(world.subjects_of(
            case, model.derive(case), live.store.dumps()).values())
        self.instants = sample_of_instants(self.rng, self.subjects)
        self.pool = trees.pools(self.subjects, self.instants)
        self.definitions, self.asked = {}, []

    def define(self):
        """Two segments that others may speak of, one of which speaks of the
        other."""
        for name in ("inner", "outer"):
            maker = trees.Maker(self.rng, self.pool, self.definitions)
            tree = maker.truth(2)
            if self.live.define(name, trees.text(tree)):
                self.definitions[name] = tree

    def fault_of(self, tree, subject, now, inside=True):
        """None, or what is wrong."""
        asked = self.live.ask(trees.text(tree), subject.id, now)
        fault = contradiction(tree, subject, now, self.definitions, asked)
        if fault or not inside:
            return fault
        self.asked.append((tree, subject, now, asked))
        at = within(self.rng, now, asked)
        again = self.live.ask(trees.text(tree), subject.id, at)
        if again[0] != asked[0]:
            return (f"holds {text_of_hold(asked[1:])}, but the library's"
                    f" answer is {again[0]} at {at}")
        fault = contradiction(tree, subject, at, self.definitions, again)
        return fault and f"at {at}: {fault}"

    def fault_of_scan(self, tree, now):
        """None, or in what a scan over all profiles differs from asking each
        of them."""
        answers = {s.id: evaluate(tree, s, now, self.definitions)[0]
                   for s in self.subjects}
        want = ({id_ for id_, answer in answers.items() if answer == MEMBER},
                list(answers.values()).count(ERROR))
        found = self.live.scan(trees.text(tree), now)
        if found == want:
            return None
        return f"all at {now}: expected {want}, found {found}"

    def by_hand(self):
        """Anna, with answers that nobody computed."""
        subject, = self.subjects
        self.definitions = dict(by_hand.DEFINITIONS)
        for name, tree in self.definitions.items():
            self.live.define(name, trees.text(tree))
        for tree, now, *want in by_hand.table():
            fault = self.fault_of(tree, subject, now, False)
            if fault:
                yield f"{trees.text(tree)} at {now}: {fault}"
            self.asked.append((tree, subject, now, self.live.ask(
                trees.text(tree), subject.id, now)))

    def report(self, tree, subject, now, fault):
        def differs(other):
            try:
                return bool(self.fault_of(other, subject, now, False))
            except world.NoExpression:
                return False
        small = trees.shrink(tree, differs) if differs(tree) else tree
        fault = contradiction(small, subject, now, self.definitions,
                              self.live.ask(trees.text(small), subject.id,
                                            now)) or fault
        told = "".join(f"\n  where {name} = {trees.text(inner)}"
                       for name, inner in self.definitions.items()
                       if name in trees.text(small))
        members = sorted(":".join(node) for node in subject.sightings)
        print(f"FAILED case {self.case.seed}: {trees.text(small)}\n"
              f"  at {now} of {members}{told}\n  {fault}\n"
              f"  out of {trees.text(tree)}", flush=True)

    def takes(self, tree):
        try:
            return bool(self.live.compiled(trees.text(tree)))
        except world.NoExpression:
            return False

    def questions(self, aims):
        """Some where something was aimed at, some anywhere."""
        chosen = self.rng.sample(aims, min(len(aims), QUESTIONS // 2))
        while len(chosen) < QUESTIONS:
            chosen.append((self.rng.choice(self.subjects),
                           self.rng.choice(self.instants)))
        return chosen

    def check(self, counts):
        self.define()
        failed = 0
        for _ in range(EXPRESSIONS):
            maker = trees.Maker(self.rng, self.pool, self.definitions)
            tree = maker.truth(self.rng.choice((1, 1, 2, 3)))
            try:
                self.live.ask(trees.text(tree), self.subjects[0].id, 0)
            except world.TooMuch:
                counts["too much"] += 1
                continue
            for subject, now in self.questions(maker.aims):
                fault = self.fault_of(tree, subject, now)
                counts["asked"] += 1
                if fault:
                    failed += 1
                    self.report(tree, subject, now, fault)
                    break
            now = self.rng.choice(self.instants)
            fault = self.fault_of_scan(tree, now)
            counts["scanned"] += 1
            if fault:
                failed += 1
                small = trees.shrink(tree, lambda other: bool(
                    self.takes(other) and self.fault_of_scan(other, now)))
                print(f"FAILED case {self.case.seed}: {trees.text(small)}\n"
                      f"  {self.fault_of_scan(small, now)}\n"
                      f"  out of {trees.text(tree)}", flush=True)
        counts.update(answer for _, _, _, (answer, _, _) in self.asked)
        return failed


def notice(run, unnoticed):
    """Take off the mutants that contradict what the library said."""
    for name in list(unnoticed):
        with mutants.broken(name):
            for tree, subject, now, found in run.asked:
                try:
                    wrong = contradiction(tree, subject, now,
                                          run.definitions, found)
                except (ValueError, TypeError, KeyError, AttributeError):
                    wrong = True
                if wrong:
                    unnoticed.remove(name)
                    break


def check_by_hand(unnoticed):
    case = by_hand.case("anna")
    with world.Live(case) as live:
        run = Run(case, live)
        faults = list(run.by_hand())
        for fault in faults:
            print(f"FAILED by hand: {fault}", flush=True)
        if not faults:
            notice(run, unnoticed)
    return len(faults)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", help="one case, as a failure names it")
    parser.add_argument("--no-mutants", action="store_true")
    return parser.parse_args()


def main():
    chosen = arguments()
    sys.setrecursionlimit(10000)
    seed = os.environ.get("OMNI_SEED", "1")
    count = int(os.environ.get("OMNI_CASES", CASES))
    seeds = [chosen.seed] if chosen.seed else [
        f"{seed}:{number}" for number in range(count)]
    skipped = chosen.no_mutants or chosen.seed or count < CASES
    unnoticed = [] if skipped else list(
        mutants.MUTANTS)
    counts, failed, began = Counter(), 0, time.monotonic()
    if not chosen.seed:
        failed += check_by_hand(unnoticed)
    for name in seeds:
        case = case_of(name)
        with world.Live(case) as live:
            run = Run(case, live)
            failed += run.check(counts)
        if not failed:
            notice(run, unnoticed)
    if unnoticed:
        failed += len(unnoticed)
        print("mutants that nothing noticed: " + ", ".join(unnoticed))
    told = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
    print(f"seed {seed}: {len(seeds)} cases in"
          f" {time.monotonic() - began:.1f} s: {told}; {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
