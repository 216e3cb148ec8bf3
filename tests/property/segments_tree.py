"""Random expressions of segments, as trees, and how they are written. A tree
is a tuple whose first item names the method of segments_model.Evaluation that
gives its value."""
import json
import re
from decimal import Decimal
from types import SimpleNamespace as Thing

from segments_model import Evaluation
from segments_values import (
    SECOND, Dec, Error, Span, Time, decimal_of_double, in_range, kind,
    span_text, time_text)

WORD = re.compile("[A-Za-z_][A-Za-z0-9_]*")
MICRO, MINUTE, HOUR, DAY = 10**3, 60 * SECOND, 3600 * SECOND, 86400 * SECOND
UNITS = (("days", DAY), ("hours", HOUR), ("minutes", MINUTE))
GETTERS = ("getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth",
           "getDate", "getDayOfWeek", "getHours", "getMinutes", "getSeconds")
ZONES = ("+05:45", "-03:30", "Europe/Zurich", "America/New_York")


# How a tree is written

def literal(value):
    letter = kind(value)
    if letter == "t":
        return f'timestamp("{time_text(value.ns)}")'
    if letter == "r":
        for name, unit in UNITS:
            if value.ns % unit == 0:
                return f"{name}({value.ns // unit})"
        return f'duration("{span_text(value.ns)}")'
    if letter == "u":
        return f"{value}u"
    if letter in "di":
        return repr(value) if value >= 0 else f"({value!r})"
    if letter == "L":
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def commas(trees):
    return ", ".join(map(text, trees))


def member_of(target, name):
    if WORD.fullmatch(name) and name not in ("in", "true", "false", "null"):
        return f"{text(target)}.{name}"
    return f"{text(target)}[{literal(name)}]"


def within_parentheses(mark):
    return lambda *trees: "(" + f" {mark} ".join(map(text, trees)) + ")"


WRITERS = {
    "lit": literal, "now": lambda: "now", "var": lambda name: name,
    "traits": lambda: "traits", "profile": lambda name: f"profile.{name}",
    "field": member_of,
    "has": lambda target, name: f"has({text(target)}.{name})",
    "index": lambda target, key: f"{text(target)}[{text(key)}]",
    "list": lambda *items: f"[{commas(items)}]",
    "not": lambda a: f"!({text(a)})", "negate": lambda a: f"-({text(a)})",
    "if": lambda c, a, b: f"({text(c)} ? {text(a)} : {text(b)})",
    "and": within_parentheses("&&"), "or": within_parentheses("||"),
    "binary": lambda op, a, b: f"({text(a)} {op} {text(b)})",
    "macro": lambda name, variable, range_, body:
        f"{text(range_)}.{name}({variable}, {text(body)})",
    "call": lambda name, *words: f"{name}({commas(words)})",
    "method": lambda name, target, *words:
        f"{text(target)}.{name}({commas(words)})",
}


def text(tree):
    return WRITERS[tree[0]](*tree[1:])


# What expressions may be about

def pools(subjects, instants):
    """Words and numbers near those of some profiles, and these, on which
    parts can be tried."""
    events = [event for s in subjects for event in s.events]
    values = [v for e in events for v in e.traits.values()]
    items = [(k, v) for e in events for k, v in e.properties.items()]
    return Thing(
        names=sorted({e.name for e in events}) * 8 + ["No Such Event"],
        paid=sorted((e.name, key) for e in events for key, value in
                    e.properties.items() if isinstance(value, Decimal))
        or [("Order Completed", "revenue")],
        times=sorted({e.time for e in events}) or [0],
        instants=sorted(instants) or [0],
        traits=sorted({n for e in events for n in e.traits}) * 8 + ["gone"],
        values=[v for v in values if kind(v) in "bisn"] or ["gold"],
        properties=sorted({k for k, _ in items}) * 4 + ["gone"],
        texts=sorted({v for _, v in items if isinstance(v, str)}) or ["x"],
        currencies=["CHF", "EUR", ""],
        spaces=sorted({n[0] for s in subjects for n in s.sightings}),
        known=sorted({n[1] for s in subjects for n in s.sightings}),
        ids=sorted({s.id for s in subjects}), subjects=subjects)


def as_literal(value):
    """A literal that equals a value, or None."""
    if isinstance(value, Dec):
        real = value.micro / 1000000
        return real if decimal_of_double(real) == value.micro else None
    if isinstance(value, list):
        items = [as_literal(item) for item in value]
        return None if None in items or len(items) > 9 else items
    if kind(value) == "d" and not abs(value) < 1e300:
        return None
    return value if kind(value) in "biusd" or (
        kind(value) in "tr" and in_range(value)) else None


def call(name, *words):
    return ("call", name, *words)


def lit(value):
    return ("lit", value)


class Maker:
    """Makes trees of a wanted type; `segments` are names it may mention."""

    def __init__(self, rng, pool, segments=()):
        self.rng, self.pool, self.segments = rng, pool, list(segments)
        self.variables, self.folds = [], 0
        self.aims = []      # (subject, instant) that literals are near to

    def one(self, *makers):
        return self.rng.choice(makers)()

    def some(self, pool):
        return lit(self.rng.choice(pool))

    def name(self):
        return self.some(self.pool.names)

    # Instants and durations; many that an event just meets or just misses

    def near(self, ns):
        rng = self.rng
        return ns + rng.choice((0, 0, 0, 1000, -1000, 1, -1, 10**9, 1500))

    def window(self):
        rng, pool = self.rng, self.pool
        if rng.random() < 0.01:  # nothing, or less; not written out
            return ("binary", "-", ("now",), ("binary", "+", ("now",), lit(
                Span(rng.choice((0, MICRO))))))
        if rng.random() < 0.02:
            return lit(Span(rng.choice((1, 999, 10**5 * DAY))))
        if rng.random() < 0.05:
            return ("binary", "-", ("now",), self.instant(0))
        if rng.random() < 0.3:
            return lit(Span(rng.choice((1, 2, 7, 30)) * rng.choice(
                (MINUTE, HOUR, DAY))))
        apart = rng.choice(pool.instants) - rng.choice(pool.times)
        return lit(Span(max(1, self.near(abs(apart) * 1000))))

    def within(self):
        return [self.window()] * (self.rng.random() < 0.6)

    def moment(self):
        """A literal instant."""
        rng, pool = self.rng, self.pool
        ns = rng.choice(rng.choice((pool.times, pool.instants))) * 1000
        if rng.random() < 0.3:
            ns += rng.choice((-1, 1)) * rng.choice((DAY, HOUR, 30 * DAY))
        if rng.random() < 0.02:
            ns -= rng.choice((2**63, -2**63 + 10**15, 2**63 - 5))
        return lit(Time(self.near(ns)))

    def instant(self, depth):
        rng = self.rng
        if rng.random() < 0.1 and self.variables:
            return ("field", ("var", rng.choice(self.variables)), "time")
        if depth > 0 and rng.random() < 0.3:
            return ("binary", rng.choice("+-"), self.instant(depth - 1),
                    self.span(depth - 1))
        return self.one(
            lambda: ("now",), lambda: ("now",), self.moment,
            lambda: call("events." + rng.choice(("first", "last")),
                         self.name()),
            lambda: ("profile", rng.choice(("first_seen", "last_seen"))))

    def has_never(self, tree):
        """Whether it has no value, whoever is asked: compiling refuses it."""
        if any(part[0] in ("now", "var", "traits", "profile", "macro")
               or part[0] == "call" and part[1].startswith("events.")
               for _, part in trees_in(tree)):
            return False
        try:
            Evaluation(self.pool.subjects[0], 0).value(tree)
        except Error:
            return True
        return False

    def span(self, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.2:
            return self.window()
        if rng.random() < 0.3:
            return ("binary", rng.choice("+-"), self.span(depth - 1),
                    self.span(depth - 1))
        if rng.random() < 0.1:
            name = rng.choice(("days", "hours", "minutes"))
            made = call(name, self.number(depth - 1))
            return self.window() if self.has_never(made) else made
        return ("binary", "-", self.instant(depth - 1),
                self.instant(depth - 1))

    # Numbers

    def small(self, _=0):
        return lit(self.rng.choice((0, 1, 1, 2, 3, 5, -1)))

    def number(self, depth):
        """An int."""
        rng = self.rng
        if depth > 0 and rng.random() < 0.25:
            return ("binary", rng.choice("++-**/%"), self.number(depth - 1),
                    self.number(depth - 1))
        return self.one(
            self.small, self.count, self.count,
            lambda: call("events.distinct", self.name(),
                         self.some(self.pool.properties), *self.within()),
            lambda: call("size", self.range_(False)),
            lambda: call("size", call("events.channels", *self.within())),
            lambda: ("method", rng.choice(GETTERS), self.instant(depth - 1),
                     *[self.some(ZONES)] * (rng.random() < 0.4)),
            lambda: ("method", rng.choice(GETTERS[-3:]),
                     self.span(depth - 1)),
            lambda: call("int", rng.choice((self.amount, self.instant))(
                depth - 1)))

    def count(self):
        return call("events.count", self.name(), *self.within())

    def amount(self, depth):
        """A decimal, and now and then a double or an int."""
        rng = self.rng
        if depth > 0 and rng.random() < 0.35:
            other = rng.choice((self.amount, self.number, self.real,
                                self.real, self.figure, self.small))
            pair = [self.figure(depth), other(depth - 1)]
            rng.shuffle(pair)
            return ("binary", rng.choice("+-*/"), *pair)
        if rng.random() < 0.1:
            return ("negate", self.figure())
        return self.figure()

    def real(self, _=0):
        return lit(self.rng.choice((0.5, 59.9, 19.99, 1e-7, 0.1, 3.0, 1e20,
                                    100.005, 12.5, -20.0, 2.5e-06)))

    def figure(self, _=0):
        rng, pool = self.rng, self.pool
        only = [self.some(pool.currencies)] * (rng.random() < 0.35)
        event, name = rng.choice(pool.paid)
        if rng.random() < 0.1:
            event, name = rng.choice(pool.names), rng.choice(pool.properties)
        if self.variables and rng.random() < 0.6:
            return ("field", ("field", ("var", self.variables[-1]),
                              "properties"), name)
        return call("events." + rng.choice(("sum", "min", "max", "avg")),
                    lit(event), lit(name), *only, *self.within()[rng.choice((
                        0, 1)):])

    # Text, and what has no type of its own

    def unknown(self):
        rng, pool = self.rng, self.pool
        if self.variables and rng.random() < 0.7:
            item = ("var", rng.choice(self.variables))
            if rng.random() < 0.3:
                return ("field", item, rng.choice(("name", "channel",
                                                   "missing")))
            return ("field", ("field", item, "properties"),
                    rng.choice(pool.properties))
        name = rng.choice(pool.traits)
        if rng.random() < 0.1:
            return ("index", ("traits",), lit(name))
        return ("field", ("traits",), name)

    def words(self, depth):
        return self.one(
            self.unknown, self.unknown, lambda: self.some(self.pool.texts),
            lambda: lit(str(self.rng.choice(self.pool.values))),
            lambda: call("string", self.number(depth - 1)),
            lambda: ("profile", "id"))

    # Truths

    def hit(self, tree):
        """A literal that the value of a tree equals somewhere, or None."""
        rng, pool = self.rng, self.pool
        if self.variables:
            return None
        value = None
        for _ in range(6):
            subject, now = rng.choice(pool.subjects), rng.choice(
                pool.instants)
            try:
                value = Evaluation(subject, now).value(tree)
            except Error:
                continue
            if value not in (0, Dec(0), []):
                break
        if value is None:
            return None
        self.aims.append((subject, now))
        if kind(value) in "tr":
            value = type(value)(self.near(value.ns))
        if kind(value) == "i" and rng.random() < 0.3:
            value += rng.choice((-1, 1))
        return as_literal(value)

    def met(self, depth):
        """A comparison that comes out both ways near what there is."""
        rng = self.rng
        a = rng.choice((self.number, self.amount, self.amount, self.amount,
                        self.instant, self.span, self.words, self.walk))(
                            depth - 1)
        found = self.hit(a)
        if found is None:
            return self.comparison(depth)
        ops = ("==", "!=") if kind(found) in "Lb" else (
            "==", "==", "<", "<=", ">", ">=")
        pair = [a, lit(found)]
        if rng.random() < 0.2:
            pair.reverse()
        return ("binary", rng.choice(ops), *pair)

    def walk(self, _):
        """What a list of events says, in its order."""
        rng = self.rng
        range_ = call("events.list", self.name(), *self.within())
        field = rng.choice(("time", "channel", "name", "properties"))
        body = ("field", ("var", "m"), field)
        if field == "properties":
            body = ("field", body, rng.choice(self.pool.properties))
        if rng.random() < 0.4:
            return ("field", ("index", range_, lit(rng.choice((0, 0, 1)))),
                    "time")
        if rng.random() < 0.2:
            return call("events.channels", *self.within())
        return ("macro", "map", "m", range_, body)

    def in_a_row(self):
        """Names of events as they follow each other, nearly."""
        rng, pool = self.rng, self.pool
        events = rng.choice(pool.subjects).events
        if len(events) < 2:
            return [self.name(), self.name()]
        first = rng.randrange(len(events) - 1)
        return [lit(e.name) for e in events[first:first + rng.choice((
            1, 2, 2, 3))]]

    def comparison(self, depth):
        rng = self.rng
        op = rng.choice(("<", "<=", ">", ">=", ">", ">=", "==", "!="))
        if rng.random() < 0.15:
            return ("binary", rng.choice(("==", "!=")), self.unknown(),
                    self.some(self.pool.values))
        make = rng.choice((self.number, self.amount, self.amount, self.instant,
                           self.instant, self.span, self.words))
        a, b = make(depth - 1), make(depth - 1)
        if make == self.amount and rng.random() < 0.6:
            b = rng.choice((self.small, self.real))()
        if make == self.number and rng.random() < 0.6:
            b = self.small()
        if make == self.words and rng.random() < 0.2:
            b = self.small()
            a = self.unknown()
        return ("binary", op, a, b)

    def about_traits(self):
        rng, pool = self.rng, self.pool
        name = rng.choice([n for n in pool.traits if WORD.fullmatch(n)])
        return self.one(
            lambda: ("has", ("traits",), name),
            lambda: ("binary", "in", lit(name), ("traits",)),
            lambda: ("binary", "==", ("field", ("traits",), name),
                     self.some(pool.values)),
            lambda: ("binary", "in", ("field", ("traits",), name),
                     ("list", self.some(pool.values),
                      self.some(pool.values))),
            lambda: ("method", rng.choice(("startsWith", "endsWith",
                                           "contains")),
                     ("field", ("traits",), name), self.some(pool.texts)))

    def about_identity(self):
        rng, pool = self.rng, self.pool
        all_, space = ("profile", "identifiers"), rng.choice(pool.spaces)
        known = self.some(pool.known)
        return self.one(
            lambda: ("has", all_, space),
            lambda: ("binary", "in", lit(space), all_),
            lambda: ("binary", "in", known, ("field", all_, space)),
            lambda: ("binary", ">", call("size", ("field", all_, space)),
                     self.small()),
            lambda: ("macro", "exists", "i", ("index", all_, lit(space)),
                     ("method", "startsWith", ("var", "i"), known)),
            lambda: ("binary", "==", ("profile", "id"), self.some(pool.ids)))

    def range_(self, filtered=True):
        made = call("events.list", self.name(), *self.within())
        if filtered and self.rng.random() < 0.3 and not self.variables:
            return self.fold("filter", made, 1)
        return made

    def fold(self, name, range_, depth):
        variable = "ev"[len(self.variables)]
        self.variables.append(variable)
        body = self.truth(depth)
        self.variables.pop()
        return ("macro", name, variable, range_, body)

    def quantified(self, depth):
        rng = self.rng
        if self.variables or self.folds > 1:
            return self.comparison(depth)
        self.folds += 1
        name = rng.choice(("exists", "all", "exists_one"))
        if rng.random() < 0.1:
            return ("binary", "in", self.unknown(),
                    ("macro", "map", "m", self.range_(), ("field", (
                        "field", ("var", "m"), "properties"), rng.choice(
                            self.pool.properties))))
        return self.fold(name, self.range_(), min(depth - 1, 2))

    def simple(self, depth=0):
        rng, pool = self.rng, self.pool
        return self.one(
            lambda: call("events.did", self.name(), *self.within()),
            lambda: call("events.did", self.name(), self.window()),
            lambda: ("binary", rng.choice((">", ">=", "==")), self.count(),
                     self.small()),
            lambda: call("events.sequence", ("list", *self.in_a_row()),
                         self.window()),
            lambda: call("events.sequence", ("list", *[
                self.name() for _ in range(rng.randint(0, 3))]),
                self.window()),
            lambda: ("binary", "in", rng.choice((("now",), self.instant(1))),
                     ("list", lit(Time(rng.choice(pool.instants)
                                       // 1000000 * SECOND)),
                      self.instant(0))),
            self.clock,
            lambda: ("binary", "in", lit(rng.choice(("web", "app", "store"))),
                     call("events.channels", *self.within())),
            lambda: ("binary", ">", ("binary", "-", ("now",), call(
                "events.last", self.name())), self.window()),
            self.about_traits, self.about_traits, self.about_identity,
            lambda: call("segment", self.some(self.segments))
            if self.segments else self.about_traits(),
            lambda: call("consent", lit("ads"), *[lit("email")] * (
                rng.random() < 0.5)) if rng.random() < 0.3
            else lit(rng.random() < 0.5))

    def clock(self):
        """At some hours, on some days."""
        rng = self.rng
        name, most = rng.choice((
            ("getHours", 23), ("getDayOfWeek", 6), ("getDate", 31),
            ("getDayOfWeek", 6), ("getMonth", 11), ("getMinutes", 59)))
        field = ("method", name, ("now",), *[self.some(ZONES)] * (
            rng.random() < 0.3))
        if rng.random() < 0.3:
            field = ("binary", rng.choice("%+/-"), field, lit(
                rng.choice((2, 3, 7))))
        return ("binary", rng.choice(("<", ">=", "==")), field, lit(
            rng.randint(0, most)))

    def truth(self, depth):
        rng = self.rng
        if depth <= 0:
            return self.simple()
        roll = rng.random()
        if roll < 0.3:
            return (rng.choice(("and", "or")), *[
                self.truth(depth - 1) for _ in range(rng.choice((2, 2, 3)))])
        if roll < 0.36:
            return ("not", self.truth(depth - 1))
        if roll < 0.42:
            return ("if", self.truth(depth - 1), self.truth(depth - 1),
                    self.truth(depth - 1))
        if roll < 0.67:
            return self.met(depth)
        if roll < 0.76:
            return self.comparison(depth)
        if roll < 0.82:
            return self.quantified(depth)
        return self.simple(depth)


# Making a tree smaller that shows a difference

def trees_in(tree):
    """(path, tree) of all that stand in it; paths are of indices."""
    if isinstance(tree, tuple) and tree and isinstance(tree[0], str) \
            and tree[0] in WRITERS:
        yield (), tree
        for index, part in enumerate(tree[1:], 1):
            for path, inner in trees_in(part):
                yield (index,) + path, inner


def replaced(tree, path, by):
    if not path:
        return by
    index = path[0]
    return tree[:index] + (replaced(tree[index], path[1:], by),) \
        + tree[index + 1:]


def smaller(tree):
    """Trees with one part replaced by what stands in it, by true or false,
    or with an operand less."""
    for path, part in trees_in(tree):
        for inside, inner in trees_in(part):
            if inside:
                yield replaced(tree, path, inner)
        if part[0] in ("and", "or") and len(part) > 3:
            for index in range(1, len(part)):
                yield replaced(tree, path, part[:index] + part[index + 1:])
        if part[0] not in ("lit", "now", "var"):
            yield replaced(tree, path, lit(True))
            yield replaced(tree, path, lit(False))


def shrink(tree, differs, patience=400):
    """The smallest found of which `differs` is still true."""
    tried = 0
    found = True
    while found and tried < patience:
        found = False
        for other in sorted(smaller(tree), key=lambda t: len(text(t))):
            if len(text(other)) >= len(text(tree)) or tried >= patience:
                break
            tried += 1
            if differs(other):
                tree, found = other, True
                break
    return tree
