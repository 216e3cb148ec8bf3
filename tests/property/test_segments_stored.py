#!/usr/bin/env python3
"""Stored membership: random segments, defined before, among and after random
facts, with ticks in between, against the naive model. After every step the
feed of changes, replayed, has to be what was derived from the facts.

    test_segments_stored.py [--seed SEED:N] [--no-mutants]

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
from types import SimpleNamespace as Thing

import model
import segments_by_hand as by_hand
import segments_mutants as mutants
import segments_stored as stored
import segments_tree as trees
import segments_world as world
import streams
from segments_model import evaluate, subject_of
from segments_streams import FLAVOURS, case_of
from senders import BASE, DAY, MINUTE

# Statements have their own times here, which aliases would be compared with.
KINDS = [f for f in FLAVOURS if f not in (streams.aliases,
                                          streams.without_ids)]
MOST_TURNS, MOST_TICKS = 80, 60

CASES = 20      # with fewer, the model's rules are not broken

# What went wrong once.
KEPT = ("70000:96",)


def turns_of(tree, definitions, subjects, began, ended):
    """The instants at which time alone turns it; None if its inputs turn for
    ever."""
    turns = []
    for subject in subjects:
        at, before = began, None
        for _ in range(MOST_TURNS):
            answer, _, until = evaluate(tree, subject, at, definitions)
            if before not in (None, answer):
                turns.append(at)
            at, before = until, answer
            if at > ended:
                break
        if at <= ended:
            return None
    return turns


class Life:
    """A store that facts come to one group after the other."""

    other = None        # process

    def __init__(self, case):
        self.case, self.rng = case, random.Random(f"{case.seed}:life")
        self.lines = [line for file in self.case.files for line in file.lines
                      if streams.has_ids(line)
                      and not streams.is_untimed(line)]
        self.rng.shuffle(self.lines)
        self.statements = list(self.case.statements)
        self.given, self.stated, self.definitions = [], [], {}
        self.pool = self.make_pool()
        self.live = world.Live(self.case)
        self.live.now = self.began
        self.clock, self.last, self.stored = -2**63, 0, {}
        self.open, self.steps, self.before = set(), [], None
        self.counts = Counter()

    def make_pool(self):
        """What is asked about is what is there in the end."""
        derived, count = self.derive(self.lines, self.statements), iter(
            range(10**9))
        self.last_subjects = [
            subject_of(p, derived.why.seen, lambda *_: next(count), "ab")
            for p in derived.profiles.values()]
        times = [e.time for s in self.last_subjects for e in s.events
                 if abs(e.time - BASE) < 1000 * DAY] or [BASE]
        self.began = min(times) - DAY // 1000 * 1000
        self.ended = max(times) + 30 * DAY
        instants = [self.rng.choice(times) + self.rng.choice((
            0, MINUTE, 60 * MINUTE, DAY)) for _ in range(8)]
        self.times = times
        return trees.pools(self.last_subjects, instants)

    def derive(self, lines, statements):
        return model.derive(Thing(**{
            **vars(self.case), "statements": statements,
            "files": [Thing(source="", lines=lines)]}))

    def state(self):
        """The facts so far; None where only a keyed hash tells what is so."""
        derived = self.derive(self.given, self.stated)
        if derived.ambiguous:
            return None
        subjects = world.subjects_of(self.case, derived,
                                     self.live.store.dumps())
        return stored.State({s.id: s for s in subjects.values()},
                            dict(self.definitions), self.clock)

    # Steps

    def pass_time(self):
        rng = self.rng
        to = rng.choice((1000, 10**6, MINUTE, self.case_scale()))
        if rng.random() < 0.2:      # right to where something happens
            later = [t for t in self.times if t > self.live.now]
            if later:
                to = min(later) - self.live.now + rng.choice((0, 1000))
        self.live.now += max(1000, rng.randint(1, to) // 1000 * 1000)

    def case_scale(self):
        return max(1000, (self.ended - self.began) // 20)

    def advance(self):
        self.clock = max(self.clock, self.live.now // 1000 * 1000 + 999)

    def add_facts(self, count=None):
        count = count or self.rng.choice((1, 1, 2, 5))
        lines, self.lines = self.lines[:count], self.lines[count:]
        self.given += lines
        if self.live.append(lines):
            self.advance()

    def add_statement(self):
        statement = self.statements.pop(0)
        self.live.state(*statement)
        self.stated.append(statement)
        self.advance()

    def define(self):
        rng = self.rng
        name = rng.choice("abcd")
        others = {k: v for k, v in self.definitions.items() if k > name}
        chosen, any_will_do = None, rng.random() < 0.3
        for _ in range(20):
            tree = trees.Maker(rng, self.pool, others).truth(
                rng.choice((0, 1, 1, 2)))
            turns = turns_of(tree, others, self.last_subjects, self.began,
                             self.ended)
            if turns is not None:
                chosen = tree
                if any_will_do or max(turns, default=0) > self.live.now:
                    break
        if chosen:
            self.set(name, chosen)

    def set(self, name, tree):
        if self.live.define(name, trees.text(tree)):
            self.definitions[name] = tree
            self.reopen(name)

    def delete(self):
        name = self.rng.choice(sorted(self.definitions))
        self.live.delete(name)
        del self.definitions[name]
        self.reopen(name)

    def reopen(self, name):
        """A definition that changed, and all that may speak of it."""
        self.open |= {n for n in "abcd" if n <= name}
        self.advance()

    def tick(self):
        rng = self.rng
        at = self.live.now + rng.choice((0, 0, 0, -MINUTE, DAY))
        if rng.random() < 0.3:
            at = self.turn() + rng.choice((0, 0, -1))
            if not self.open:
                return at, self.tick_at(at, 1000)
        if at < self.clock and rng.random() < 0.7:
            at = self.clock
        budget = rng.choice((1, 3, 1000, 1000, 1000))
        return at, self.tick_at(at, budget)

    def turn(self):
        """When some answer is over, and another one if there is such an
        instant; else now."""
        untils, turns = [], []
        for name in self.definitions if self.before else ():
            for id_ in self.before.subjects:
                is_, _, until = self.before.ask(name, id_, self.clock)
                if until < self.ended:
                    untils.append(until)
                    if self.before.is_member(name, id_, until) != is_:
                        turns.append(until)
        return self.rng.choice(turns or untils or [self.live.now])

    def tick_at(self, at, budget):
        """Where nothing is to be done nothing is written, and so the clock
        does not move."""
        wrote, done = self.live.tick(at, budget)
        if wrote:
            self.clock = max(self.clock, at)
        return done

    def reopen_store(self):
        """As another process has it, and from the log alone."""
        before = self.live.changes(0)
        if self.other.changes(self.live.path) != before:
            yield "the feed is another one in another process"
        self.live.reopen(self.rng.random() < 0.6)
        if self.live.changes(0) != before:
            yield "the feed is another one after opening the store again"

    # Judging

    def instant(self):
        """Before, at and after what is stored."""
        return self.rng.choice((
            self.clock, self.clock, self.clock + DAY, self.clock - DAY,
            self.rng.choice(self.times)))

    def listed(self):
        """Who is in some segments put together."""
        names = sorted(self.definitions)
        for _ in range(bool(names) * 2):
            some = self.rng.sample(names, min(len(names), self.rng.choice((
                1, 1, 2, 3))))
            operation = self.rng.choice(("and_", "or_", "sub"))
            at = self.instant()
            yield (some, operation, at, self.live.members(some, operation, at),
                   self.live.errors(some, at))

    def told(self, state):
        """In what some profiles are."""
        ids = sorted(state.subjects)
        for id_ in self.rng.sample(ids, min(len(ids), 2)):
            at = self.instant()
            yield id_, at, self.live.segments_of(id_, at)

    def judge(self, tick=None, done=True):
        """Faults of the step that was made."""
        after = self.state()
        entries = self.live.changes(self.last)
        now, doubled = stored.replay(self.stored, entries)
        step = Thing(before=self.before, after=after, was=self.stored,
                     now=now, entries=entries, last=self.last, tick=tick,
                     done=done, open=set(self.open), doubled=doubled,
                     listed=[], told=[])
        if after is not None:
            step.listed, step.told = list(self.listed()), list(
                self.told(after))
        self.stored, self.before = now, after
        self.last += len(entries)
        self.counts["changes"] += len(entries)
        if tick is not None and done:
            self.open = set()
        if step.before is None or after is None:
            return []
        self.steps.append(step)
        return list(stored.faults(step))

    def choose(self):
        rng = self.rng
        choices = [self.tick] * 2
        if len(self.definitions) < 4:
            choices += [self.define] * (4 if not self.definitions else 1)
        else:
            choices += [self.define]
        if self.definitions and rng.random() < 0.2:
            choices += [self.delete]
        if self.lines:
            choices += [self.add_facts] * 4
        if self.statements:
            choices += [self.add_statement] * 2
        return rng.choice(choices)

    def live_on(self):
        """(what was done, fault) of a whole life, until the first fault."""
        self.before = self.state()
        left = 8 + len(self.lines) + 2 * len(self.statements)
        while left > 0 and self.live.now < self.ended:
            left -= 1
            self.pass_time()
            made = self.choose()
            self.counts["steps"] += 1
            result = made()
            faults = self.judge(*result or ())
            if not faults and self.rng.random() < 0.1:
                faults = list(self.reopen_store())
            if faults:
                return made.__name__, faults
        return self.see_out(self.live.now) or self.see_out(
            self.ended + 100 * DAY) or (None, [])

    def see_out(self, until):
        """Ticks until nothing is left to do."""
        until = max(until, self.clock)
        for _ in range(MOST_TICKS):
            done = self.tick_at(until, 1000)
            faults = self.judge(until, done)
            if faults or done:
                return ("the last tick", faults) if faults else None
        return "the last tick", ["does not end"]


class ByHand(Life):
    """Anna, and Bob who does the same, told before any of it happens."""

    def live_on(self):
        self.live.now = by_hand.BEGAN_US
        self.before = self.state()
        faults = []
        for name, tree in by_hand.FOLLOWED.items():
            self.set(name, tree)
            faults += self.judge()
        self.add_facts(len(self.lines))
        faults += self.judge()
        for at in (self.clock, by_hand.NOW_US):
            done = self.tick_at(at, 1000)
            faults += self.judge(at, done)
        for id_ in self.before.subjects:
            got = [(name, instant // by_hand.SECOND, entered) for
                   _, name, who, entered, instant in self.live.changes(0)
                   if who == id_]
            if got != list(by_hand.FEED):
                faults.append(f"expected {by_hand.FEED}, found {got}")
        return "all", faults


def noticed(steps):
    for step in steps:
        for state in (step.before, step.after):
            state.known.clear()
        try:
            if any(stored.faults(step)):
                return True
        except (ValueError, TypeError, KeyError, AttributeError):
            return True
    return False


def notice(steps, unnoticed):
    for name in list(unnoticed):
        with mutants.broken(name):
            if noticed(steps):
                unnoticed.remove(name)
    for step in steps:
        for state in (step.before, step.after):
            state.known.clear()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", help="one case, as a failure names it")
    parser.add_argument("--no-mutants", action="store_true")
    return parser.parse_args()


def run(life, counts, unnoticed):
    seed = life.case.seed
    try:
        made, faults = life.live_on()
    finally:
        life.live.close()
    for fault in faults[:5]:
        print(f"FAILED case {seed}: after {made},"
              f" step {life.counts['steps']}: {fault}", flush=True)
    if faults:
        for name, tree in life.definitions.items():
            print(f"  {name} = {trees.text(tree)}")
    else:
        notice(life.steps, unnoticed)
    counts.update(life.counts)
    return bool(faults)


def main():
    chosen = arguments()
    sys.setrecursionlimit(10000)
    seed = os.environ.get("OMNI_SEED", "1")
    count = int(os.environ.get("OMNI_CASES", CASES))
    seeds = [chosen.seed] if chosen.seed else [
        f"{seed}:{number}" for number in range(count)] + list(KEPT)
    skipped = chosen.no_mutants or chosen.seed or count < CASES
    unnoticed = [] if skipped else list(
        mutants.STORED)
    counts, failed, began = Counter(), 0, time.monotonic()
    Life.other = world.Other()
    if not chosen.seed:
        failed += run(ByHand(by_hand.case("anna", "bob")), counts, unnoticed)
    for name in seeds:
        failed += run(Life(case_of(name, KINDS)), counts, unnoticed)
    Life.other.close()
    if unnoticed:
        failed += len(unnoticed)
        print("mutants that nothing noticed: " + ", ".join(unnoticed))
    told = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
    print(f"seed {seed}: {len(seeds)} cases in"
          f" {time.monotonic() - began:.1f} s: {told}; {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
