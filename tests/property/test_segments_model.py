#!/usr/bin/env python3
"""The naive model of segments against itself: what it says of how long an
answer holds against sampling, and its answers against ones worked out by
hand.

$OMNI_SEED and $OMNI_CASES choose the cases.
"""
import os
import random
import sys

import model
import segments_by_hand as by_hand
import segments_tree as trees
from segments_model import evaluate, subject_of
from segments_streams import case_of, sample_of_instants

def worked_out():
    for tree, now, *want in by_hand.table():
        got = evaluate(tree, by_hand.anna(), now, by_hand.DEFINITIONS)
        if got != tuple(want):
            yield f"{trees.text(tree)} at {now}: {want}, found {got}"


def subjects_alone(case):
    """Profiles of a case, whose ties are broken anyhow."""
    derived, count = model.derive(case), iter(range(10**9))
    return [subject_of(p, derived.why.seen, lambda *_: next(count), "ab")
            for p in derived.profiles.values()]


def samples(rng, subject, since, until):
    """Instants in [since, until): its ends, what happened, any."""
    low, high = max(since, -10**15), min(until - 1, 5 * 10**15)
    times = [e.time + d for e in subject.events for d in (-1, 0, 1)]
    times += [low, low + 1, high] + [rng.randint(low, high) for _ in "abcd"]
    return {t for t in rng.sample(times, min(len(times), 9))
            if since <= t < until}


def check(rng, tree, subject, now, definitions):
    answer, since, until = evaluate(tree, subject, now, definitions)
    if not since <= now < until:
        yield f"[{since}, {until}) is not about {now}"
    for at in samples(rng, subject, since, until):
        other = evaluate(tree, subject, at, definitions)[0]
        if other != answer:
            yield f"{answer} at {now} until {until}, but {other} at {at}"


def random_ones(seed, count):
    for number_ in range(count):
        case = case_of(f"{seed}:{number_}")
        rng = random.Random(f"{case.seed}:trees")
        subjects = subjects_alone(case)
        instants = sample_of_instants(rng, subjects)
        pool = trees.pools(subjects, instants)
        inner = trees.Maker(rng, pool).truth(2)
        for _ in range(8):
            tree = trees.Maker(rng, pool, ["inner"]).truth(3)
            for subject in rng.sample(subjects, min(2, len(subjects))):
                for now in rng.sample(instants, 4):
                    for fault in check(rng, tree, subject, now,
                                       {"inner": inner}):
                        yield f"case {case.seed}: {trees.text(tree)}: {fault}"


def main():
    sys.setrecursionlimit(10000)
    seed = os.environ.get("OMNI_SEED", "1")
    count = int(os.environ.get("OMNI_CASES", "25"))
    failed = 0
    for fault in [*worked_out(), *random_ones(seed, count)]:
        failed += 1
        print(f"FAILED {fault}")
    print(f"seed {seed}: {len(by_hand.TABLE)} by hand, {count} cases,"
          f" {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
