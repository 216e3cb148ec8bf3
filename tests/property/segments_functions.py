"""The functions of segments' expressions, the naive way: what a profile's
events, a duration or an instant say. `self` is a segments_model.Evaluation,
which notes what is read."""
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import model
import records
from segments_values import (
    EPOCH, SECOND, Dec, Error, Span, Time, from_json, in_range, kind,
    round_even, time_text, towards_zero, whole)

MOST_LISTED = 1000


def currency_of(event):
    currency = event.properties.get("currency")
    return currency if isinstance(currency, str) else ""


def is_amount(event, name):
    """Whether a property is the event's amount, the one in its currency."""
    return [key for key in ("revenue", "total", "value") if records.is_number(
        event.properties.get(key))][:1] == [name]


def term(event, name):
    """Millionths of a property that is a number, else None."""
    value = event.properties.get(name)
    if not records.is_number(value):
        return None
    amount = model.amount_of({"revenue": value})
    return amount and amount[1]


def mixed(currencies):
    return len(currencies) > 1


def average(terms):
    return round_even(Fraction(sum(terms), len(terms)))


FIGURES = {"sum": sum, "min": min, "max": max, "avg": average}


def newest_first(events):
    return events[::-1]


def follow(names, events, after=None):
    """Distinct events of these names, each at or after the one before."""
    if not names:
        return True
    return any(follow(names[1:], events[:i] + events[i + 1:], event.time)
               for i, event in enumerate(events) if event.name == names[0]
               and (after is None or event.time >= after))


def want(value, letters):
    if kind(value) not in letters:
        raise Error(f"{kind(value)} is not of {letters}")
    return value


def window(self, within):
    """The argument `within`, if there is one, as it is at any time."""
    if not within:
        return lambda _: None
    span = want(within[0], "r")
    if span.slope != 1:
        span = self.settle(span)
    if not self.moving(lambda ns: ns > 0, span.ns, span.slope):
        raise Error("a window is longer than nothing")
    return lambda t: span.ns + span.slope * 1000 * (t - self.now)


def named(self, name, within=()):
    span = window(self, within)
    want(name, "s")
    return self.events(lambda event: event.name == name, span)


def figure(what):
    def of_events(self, name, property_, *rest):
        rest = list(rest)
        only = rest.pop(0) if rest and kind(rest[0]) == "s" else None
        found = [e for e in named(self, name, rest)
                 if term(e, property_) is not None
                 and only in (None, currency_of(e))]
        if mixed({currency_of(e) for e in found if is_amount(e, property_)}):
            raise Error("more than one currency")
        if not found and what != "sum":
            raise Error("of no event")
        return Dec(FIGURES[what]([term(e, property_) for e in found]))
    return of_events


def ends(which):
    def of_events(self, name):
        there = named(self, name)
        if not there:
            raise Error("no such event")
        return Time(which(e.time for e in there) * 1000)
    return of_events


def distinct(self, name, property_, *within):
    return len({records.canonical(e.properties[property_])
                for e in named(self, name, within)
                if property_ in e.properties})


def channels(self, *within):
    there = self.events(within=window(self, within))
    return sorted({e.channel for e in there if e.channel}, key=str.encode)


def sequence(self, names, within):
    for name in want(names, "L"):
        want(name, "s")
    there = self.events(lambda e: e.name in names, window(self, [within]))
    return follow(names, there)


def listed(self, name, *within):
    return [{"name": e.name, "time": Time(e.time * 1000),
             "channel": e.channel, "properties": from_json(e.properties)}
            for e in newest_first(named(self, name, within))[:MOST_LISTED]]


def segment(self, name):
    if name not in self.definitions or name in self.inside:
        raise Error(f"no such segment: {name}")
    inner = type(self)(self.subject, self.now, self.definitions,
                       self.inside + (name,))
    try:
        return want(inner.value(self.definitions[name]), "b")
    finally:
        self.inputs += inner.inputs


def span_of(seconds):
    def of_number(self, count):
        ns = want(count, "i") * seconds * SECOND
        if not in_range(Span(ns)):
            raise Error("out of range")
        return Span(ns)
    return of_number


def size(self, value):
    return len(want(value, "sLM"))


def int_of(self, value):
    if kind(value) == "t":
        return floors(self, value, SECOND)
    if kind(value) == "m":
        return whole(towards_zero(value.micro, 1000000))
    if kind(value) == "d" and abs(value) < 2**63:
        return int(value)
    return whole(int(want(value, "iu")))


def floors(self, value, of_unit):
    """Whole units of an instant, seen as it moves."""
    first = value.ns // of_unit * of_unit
    self.moving(lambda ns: ns // of_unit, value.ns, value.slope,
                (first - 1, first, first + of_unit - 1, first + of_unit))
    return value.ns // of_unit


def double_of(self, value):
    if kind(value) == "m":
        return value.micro / 1000000
    return float(want(value, "iud"))


def string_of(self, value):
    if kind(value) == "m":
        exact = Decimal(value.micro).scaleb(-6)
        return records.digits(exact)
    if kind(value) == "b":
        return "true" if value else "false"
    if kind(value) == "t":
        return time_text(value.ns)
    return str(want(value, "is"))


FUNCTIONS = {
    "events.count": lambda self, name, *within: len(
        named(self, name, within)),
    "events.did": lambda self, name, *within: bool(
        named(self, name, within)),
    "events.first": ends(min), "events.last": ends(max),
    "events.sum": figure("sum"), "events.min": figure("min"),
    "events.max": figure("max"), "events.avg": figure("avg"),
    "events.distinct": distinct, "events.channels": channels,
    "events.sequence": sequence, "events.list": listed,
    "consent": lambda self, *words: False, "segment": segment,
    "days": span_of(86400), "hours": span_of(3600), "minutes": span_of(60),
    "size": size, "int": int_of, "double": double_of, "string": string_of,
}

METHODS = {
    "size": size,
    "startsWith": lambda self, a, b: want(a, "s").startswith(want(b, "s")),
    "endsWith": lambda self, a, b: want(a, "s").endswith(want(b, "s")),
    "contains": lambda self, a, b: want(b, "s") in want(a, "s"),
}


# Calendars

DAY = 86400

def local(time, zone):
    """The calendar of an instant; an offset, or a name the system knows."""
    when = EPOCH + timedelta(seconds=time.ns // SECOND)
    if not zone:
        return when
    if zone[0][0] in "+-":
        sign = -1 if zone[0][0] == "-" else 1
        return when + sign * timedelta(hours=int(zone[0][1:3]),
                                       minutes=int(zone[0][4:6]))
    return when.astimezone(ZoneInfo(zone[0]))


def steps(self, value, unit):
    """Whole units of a duration, seen as it moves; nothing need hold on
    both sides of zero."""
    number = towards_zero(value.ns, unit)
    self.moving(lambda ns: (ns < 0, towards_zero(ns, unit)), value.ns,
                value.slope, [(number + n) * unit + one for n in (-1, 0, 1)
                              for one in (-1, 0, 1)])
    return number


def shift_of(zone):
    """Seconds ahead of UTC; None where that changes."""
    if not zone:
        return 0
    if zone[0][0] not in "+-":
        return None
    return (-1 if zone[0][0] == "-" else 1) * (
        int(zone[0][1:3]) * 3600 + int(zone[0][4:6]) * 60)


def getter(step, field, unit=None):
    """A field of the calendar, that is the same for so many seconds of its
    zone; where its clocks change for a quarter of an hour at least."""
    def of_moving(self, value, *zone):
        if kind(value) == "r":
            return steps(self, want(value, "r" * bool(unit)), unit * SECOND)
        shift = shift_of(zone)
        if shift is None:
            floors(self, value, min(step, 900) * SECOND)
        else:
            floors(self, Time(value.ns + shift * SECOND, value.slope),
                   step * SECOND)
        return field(local(Time(value.ns), zone))
    return of_moving


GETTERS = {
    "getFullYear": getter(DAY, lambda at: at.year),
    "getMonth": getter(DAY, lambda at: at.month - 1),
    "getDayOfYear": getter(DAY, lambda at: at.timetuple().tm_yday - 1),
    "getDayOfMonth": getter(DAY, lambda at: at.day - 1),
    "getDate": getter(DAY, lambda at: at.day),
    "getDayOfWeek": getter(DAY, lambda at: at.isoweekday() % 7),
    "getHours": getter(3600, lambda at: at.hour, 3600),
    "getMinutes": getter(60, lambda at: at.minute, 60),
    "getSeconds": getter(1, lambda at: at.second, 1),
}
