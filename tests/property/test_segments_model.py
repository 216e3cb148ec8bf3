#!/usr/bin/env python3
"""The naive model of segments against itself: what it says of how long an
answer holds against sampling, and its answers against ones worked out by
hand.

$OMNI_SEED and $OMNI_CASES choose the cases.
"""
import os
import random
import sys
from decimal import Decimal
from types import SimpleNamespace as Thing

import model
import segments_tree as trees
from segments_model import (
    ERROR, MEMBER, NOT_MEMBER, Subject, evaluate, subject_of)
from segments_streams import case_of, sample_of_instants
from segments_values import Span, Time

SECOND, DAY = 10**6, 86400 * 10**6


def event(time, name, channel="web", traits=None, **properties):
    return Thing(time=time * SECOND, name=name, channel=channel, rank=time,
                 raw_traits=traits or {}, properties={
                     key: Decimal(value) if key != "currency" else value
                     for key, value in properties.items()})


ANNA = Subject([
    event(100, "Visit"),
    event(200, "Order", "store", revenue="59.90", currency="CHF"),
    event(250, "Visit", "app", {"plan": "gold"}),
    event(300, "Order", revenue="10.10", currency="CHF"),
    event(400, "Order", revenue="5", currency="EUR"),
], {("user_id", "anna"): [100 * SECOND, 400 * SECOND],
    ("email", "a@b.ch"): [250 * SECOND]}, "aa")


def number(value):
    return ("lit", value)


def seconds(count):
    return number(Span(count * 10**9))


def call(name, *words):
    return ("call", "events." + name, *map(number, words))


NOW, TRAITS = ("now",), ("traits",)
ORDERS = call("count", "Order")
RECENT = ("binary", "==", call("count", "Order", Span(100 * 10**9)),
          number(1))
SPENT = ("binary", "==", call("sum", "Order", "revenue"), number(70))
IDLE = ("binary", ">=", ("binary", "-", NOW, call("last", "Visit")),
        seconds(60))
TWICE = ("binary", ">", ("binary", "-", NOW, number(Time(300 * 10**9))),
         ("binary", "-", number(Time(301 * 10**9)), NOW))
GOLD = ("binary", "==", ("field", TRAITS, "plan"), number("gold"))

# Tree, instant in seconds, answer, since and until in microseconds.
BY_HAND = (
    (RECENT, 199, NOT_MEMBER, None, 200 * SECOND),
    (RECENT, 200, MEMBER, 200 * SECOND, 300 * SECOND),
    (RECENT, 299.999999, MEMBER, 200 * SECOND, 300 * SECOND),
    (RECENT, 300, MEMBER, 300 * SECOND, 400 * SECOND),
    (RECENT, 450, MEMBER, 400 * SECOND, 500 * SECOND),
    (RECENT, 500, NOT_MEMBER, 500 * SECOND, None),
    (SPENT, 299, NOT_MEMBER, 200 * SECOND, 300 * SECOND),
    (SPENT, 300, MEMBER, 300 * SECOND, 400 * SECOND),
    (SPENT, 400, ERROR, 400 * SECOND, None),    # two currencies
    (("binary", "==", call("sum", "Order", "revenue", "CHF"), number(70)),
     400, MEMBER, 400 * SECOND, None),
    (("binary", "<", call("avg", "Order", "revenue"), number(35.000001)),
     300, MEMBER, 300 * SECOND, 400 * SECOND),
    (IDLE, 99, ERROR, None, 100 * SECOND),
    (IDLE, 159, NOT_MEMBER, 100 * SECOND, 160 * SECOND),
    (IDLE, 160, MEMBER, 160 * SECOND, 250 * SECOND),
    (IDLE, 250, NOT_MEMBER, 250 * SECOND, 310 * SECOND),
    # A duration has 63 bits: 292 years from each of its instants.
    (TWICE, 300.5, NOT_MEMBER, -9223371735854775, 300500001),
    (TWICE, 301, MEMBER, 300500001, 9223372336854776),
    (GOLD, 249, ERROR, None, 250 * SECOND),
    (GOLD, 250, MEMBER, 250 * SECOND, None),
    (("has", TRAITS, "plan"), 249, NOT_MEMBER, None, 250 * SECOND),
    (("or", GOLD, number(True)), 249, MEMBER, None, 250 * SECOND),
    (("and", GOLD, number(False)), 249, NOT_MEMBER, None, 250 * SECOND),
    (("and", number(False), GOLD), 249, NOT_MEMBER, None, None),
    (("call", "events.sequence", ("list", number("Order"), number("Visit"),
                                  number("Order")), seconds(101)),
     300.9, MEMBER, 300 * SECOND, 301 * SECOND),
    (("binary", ">=", call("distinct", "Order", "currency"), number(2)),
     400, MEMBER, 400 * SECOND, None),
    (("binary", "in", number("store"), ("call", "events.channels")),
     200, MEMBER, 200 * SECOND, 250 * SECOND),
    (("macro", "exists", "e", call("list", "Order"), (
        "binary", ">", ("field", ("field", ("var", "e"), "properties"),
                        "revenue"), number(59.8))),
     250, MEMBER, 200 * SECOND, 300 * SECOND),
    (("binary", "in", number("a@b.ch"), ("field", (
        "profile", "identifiers"), "email")), 249, ERROR, 100 * SECOND,
     250 * SECOND),
    (("binary", "==", ("method", "getHours", NOW), number(0)),
     899, MEMBER, 0, 900 * SECOND),
    (("binary", ">", ("call", "int", NOW), number(3)),
     3.5, NOT_MEMBER, 3 * SECOND, 4 * SECOND),
    (("call", "segment", number("gold")), 249, ERROR, None, 250 * SECOND),
    (("call", "consent", number("ads")), 249, NOT_MEMBER, None, None),
)


def by_hand():
    for tree, now, *want in BY_HAND:
        got = evaluate(tree, ANNA, int(now * SECOND), {"gold": GOLD})
        for bound in (1, 2):
            if want[bound] is None:
                want[bound] = (-2**63, 2**63 - 1)[bound - 1]
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
    for fault in [*by_hand(), *random_ones(seed, count)]:
        failed += 1
        print(f"FAILED {fault}")
    print(f"seed {seed}: {len(BY_HAND)} by hand, {count} cases,"
          f" {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
