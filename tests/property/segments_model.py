"""A naive model of segments: what an expression says of a profile at an
instant, and for how long. It shares nothing with the library. Expressions are
the trees of segments_tree.py; profiles come from model.py.

Whatever is read is noted as an input: a function of time, and the instants at
which it may turn. An answer holds for as long as every input is the same.
"""
from fractions import Fraction
from types import SimpleNamespace as Thing

from segments_functions import FUNCTIONS, GETTERS, METHODS
from segments_values import (
    SECOND, TIME_END, TIME_MIN, Dec, Error, Time, arithmetic, equal, from_json,
    in_range, kind, ordered, whole)

FOR_EVER = -2**63, 2**63 - 1
MEMBER, NOT_MEMBER, ERROR = "member", "not member", "error"


class Subject:
    """One profile: its events in the order of F6, its nodes and when each was
    seen, its id as hex."""

    def __init__(self, events, sightings, id_=""):
        self.events, self.sightings, self.id = events, sightings, id_
        for event in events:
            event.traits = {name: from_json(value)
                            for name, value in event.raw_traits.items()}


def subject_of(profile, seen, rank, id_=""):
    """From a profile of model.derive(); `rank` tells equal times apart."""
    events = [Thing(time=time, name=copy.name, channel=copy.channel,
                    raw_traits=copy.traits, properties=copy.properties,
                    rank=rank(time, copy))
              for time, copy, _ in profile.timeline]
    events.sort(key=lambda e: (e.time, e.rank))
    return Subject(events, {node: [time for time, _ in seen[node]]
                            for node in profile.identifiers}, id_)


# When things are there, and when that turns. Times are in microseconds.

def is_there(time, now):
    """What is later than `now` does not exist."""
    return time <= now


def in_window(time, now, within):
    """`within` is in nanoseconds; None is since ever."""
    return is_there(time, now) and (
        within is None or time * 1000 > now * 1000 - within)


def turns_of(time, within):
    yield time
    if within is not None:
        yield -(-(time * 1000 + within) // 1000)


def turns_of_crossing(now, gap, pace):
    """Around where a gap in nanoseconds that grows by `pace` is nothing."""
    crossing = (now - Fraction(gap, 1000 * pace)).__floor__()
    return crossing, crossing + 1


def latest(events):
    """Of events in the order of F6."""
    return events[-1]


class Evaluation:
    """Of one profile at one instant. `definitions`: segment to its tree."""

    def __init__(self, subject, now, definitions=None, inside=()):
        self.subject, self.now = subject, now
        self.definitions, self.inside = definitions or {}, inside
        self.inputs, self.variables = [], {}

    # Inputs

    def read(self, at, turns):
        self.inputs.append((at, list(turns)))
        return at(self.now)

    def hold(self):
        """[since, until) around now in which every input is the same."""
        since, until = FOR_EVER
        for at, turns in self.inputs:
            value = at(self.now)
            for turn in turns:
                if not TIME_MIN < turn * 1000 < TIME_END:
                    continue    # there are no such instants
                if since < turn <= self.now and at(turn - 1) != value:
                    since = turn
                elif self.now < turn < until and at(turn) != value:
                    until = turn
        return since, until

    def events(self, fits=lambda event: True, within=lambda _: None):
        """`within` gives the window's nanoseconds at a time."""
        chosen = [e for e in self.subject.events if fits(e)]
        there = self.read(
            lambda t: [e.rank for e in chosen
                       if in_window(e.time, t, within(t))],
            [turn for e in chosen
             for turn in turns_of(e.time, within(self.now))])
        return [e for e in chosen if e.rank in there]

    def trait(self, name):
        """A list: the value, if there is one."""
        there = self.events(lambda event: name in event.traits)
        return [latest(there).traits[name]] if there else []

    def traits(self):
        names = {name for e in self.subject.events for name in e.traits}
        return {name: value for name in sorted(names)
                for value in self.trait(name)}

    def sightings(self, what):
        """`what` of the times at which each node was seen by then."""
        every = self.subject.sightings
        turns = {time for times in every.values() for time in times}

        def by(t):
            there = {node: [time for time in times if is_there(time, t)]
                     for node, times in every.items()}
            return what({n: times for n, times in there.items() if times})

        return self.read(by, turns)

    # What moves with now

    def settle(self, value):
        """Functions see the second's beginning, but for a few."""
        if kind(value) not in "tr" or value.slope == 0:
            return value
        second = self.now // 1000000
        self.read(lambda t: t // 1000000,
                  (second * 1000000, second * 1000000 + 1000000))
        back = (self.now - second * 1000000) * 1000
        return type(value)(value.ns - value.slope * back)

    def moving(self, test, gap, pace, edges=(0,)):
        """What `test` says of a number that moves, where it crosses edges."""
        if pace == 0:
            return test(gap)
        now = self.now
        return self.read(lambda t: test(gap + pace * 1000 * (t - now)), [
            turn for edge in edges
            for turn in turns_of_crossing(now, gap - edge, pace)])

    def same(self, a, b):
        """Equality, also of what moves within lists and maps."""
        if kind(a) != kind(b) or kind(a) not in "trLM":
            return equal(a, b)
        if kind(a) == "L":
            return len(a) == len(b) and all(map(self.same, a, b))
        if kind(a) == "M":
            return set(a) == set(b) and all(
                self.same(a[key], b[key]) for key in a)
        return self.moving(lambda n: n == 0, a.ns - b.ns, a.slope - b.slope)

    def compare(self, op, a, b):
        if op in ("==", "!="):
            return self.same(a, b) == (op == "==")
        if kind(a) != kind(b) or kind(a) not in "tr":
            return ordered(op, a, b)
        test = {"<": lambda n: n < 0, "<=": lambda n: n <= 0,
                ">": lambda n: n > 0, ">=": lambda n: n >= 0}[op]
        return self.moving(test, a.ns - b.ns, a.slope - b.slope)

    def arithmetic(self, op, a, b):
        value = arithmetic(op, a, b)
        if kind(value) in "tr":
            make = type(value)
            fits = self.moving(lambda ns: in_range(make(ns)), value.ns,
                               value.slope, RANGES[kind(value)])
            if not fits:
                raise Error("out of range")
        return value

    # Trees

    def value(self, tree):
        return getattr(self, "of_" + tree[0])(*tree[1:])

    def settled(self, tree):
        return self.settle(self.value(tree))

    def of_lit(self, value):
        return value

    def of_now(self):
        return Time(self.now * 1000, 1)

    def of_var(self, name):
        return self.variables[name]

    def of_traits(self):
        return self.traits()

    def of_profile(self, name):
        if name == "id":
            return self.subject.id
        if name == "identifiers":
            seen = self.sightings(sorted)
            return {space: sorted((v for s, v in seen if s == space),
                                  key=str.encode) for space, _ in seen}
        which = {"first_seen": min, "last_seen": max}[name]
        time = self.sightings(lambda seen: which(
            sum(seen.values(), []), default=None))
        if time is None:
            raise Error("not seen")
        return Time(time * 1000)

    def of_field(self, target, name):
        if target == ("traits",):
            found = self.trait(name)
        else:
            found = self.member(self.value(target), name)
        if not found:
            raise Error(f"no such key: {name}")
        return found[0]

    def member(self, from_, key):
        if kind(from_) != "M":
            raise Error(f"{kind(from_)} has no fields")
        return [from_[key]] if key in from_ else []

    def of_has(self, target, name):
        if target == ("traits",):
            return bool(self.trait(name))
        return bool(self.member(self.value(target), name))

    def of_index(self, target, key):
        value, key = self.value(target), self.settled(key)
        if kind(value) == "L" and kind(key) in "iu":
            if 0 <= key < len(value):
                return value[key]
        elif kind(value) == "M" and kind(key) == "s" and key in value:
            return value[key]
        raise Error("no such item")

    def of_list(self, *items):
        return [self.value(item) for item in items]

    def of_not(self, a):
        value = self.value(a)
        if kind(value) != "b":
            raise Error("not a bool")
        return not value

    def of_negate(self, a):
        value = self.value(a)
        if kind(value) == "m":
            return Dec(-value.micro)
        if kind(value) == "d":
            return -value
        if kind(value) != "i":
            raise Error("no number")
        return whole(-value)

    def of_if(self, condition, a, b):
        value = self.value(condition)
        if kind(value) != "b":
            raise Error("not a bool")
        return self.value(a if value else b)

    def decided(self, deciding, operands):
        """&& and ||: one that decides is enough; else an error stands."""
        fault = None
        for operand in operands:
            try:
                value = operand()
                if kind(value) != "b":
                    raise Error("not a bool")
                if value == deciding:
                    return value
            except Error as error:
                fault = error
        if fault:
            raise fault
        return not deciding

    def of_and(self, *trees):
        return self.decided(False, [lambda t=t: self.value(t) for t in trees])

    def of_or(self, *trees):
        return self.decided(True, [lambda t=t: self.value(t) for t in trees])

    def of_binary(self, op, a, b):
        a, b = self.value(a), self.value(b)
        if op == "in":
            if kind(b) == "M":
                return any(equal(a, key) for key in b)
            if kind(b) != "L":
                raise Error("in what?")
            return any(self.same(a, item) for item in b)
        if op in ("==", "!=", "<", "<=", ">", ">="):
            return self.compare(op, a, b)
        return self.arithmetic(op, a, b)

    def of_macro(self, name, variable, range_, body):
        items = self.value(range_)
        if kind(items) not in "LM":
            raise Error("no elements")
        before = dict(self.variables)

        def with_item(item):
            self.variables = {**before, variable: item}
            try:
                return self.value(body)
            finally:
                self.variables = before

        return MACROS[name](self, list(items), with_item)

    def of_call(self, name, *arguments):
        values = [self.value(argument) for argument in arguments]
        if name != "int" and not name.startswith("events."):
            values = [self.settle(value) for value in values]
        return FUNCTIONS[name](self, *values)

    def of_method(self, name, target, *arguments):
        target = self.value(target)
        arguments = [self.settled(a) for a in arguments]
        if name in GETTERS and kind(target) in "tr":
            if name == "getSeconds" and abs(target.slope) > 1:
                target = self.settle(target)
            return GETTERS[name](self, target, *arguments)
        if name not in METHODS:
            raise Error(f"{name} of {kind(target)}")
        return METHODS[name](self, self.settle(target), *arguments)

    def answer(self, tree):
        try:
            value = self.settled(tree)
        except Error:
            return ERROR
        if kind(value) != "b":
            return ERROR
        return MEMBER if value else NOT_MEMBER


RANGES = {"t": (-62135596800 * SECOND, 253402300800 * SECOND),
          "r": (-2**63, 2**63)}


def evaluate(tree, subject, now, definitions=None):
    """(answer, since, until)."""
    run = Evaluation(subject, now, definitions)
    return (run.answer(tree),) + run.hold()


# Macros

def truths(self, items, body):
    for item in items:
        value = body(item)
        if kind(value) != "b":
            raise Error("not a bool")
        yield value, item


MACROS = {
    "exists": lambda self, items, body: self.decided(
        True, [lambda i=i: body(i) for i in items]),
    "all": lambda self, items, body: self.decided(
        False, [lambda i=i: body(i) for i in items]),
    "exists_one": lambda self, items, body: sum(
        yes for yes, _ in truths(self, items, body)) == 1,
    "filter": lambda self, items, body: [
        item for yes, item in truths(self, items, body) if yes],
    "map": lambda self, items, body: [
        body(item) for item in items],
}
