"""Values of segments' expressions and what operators make of them: CEL's, a
decimal in millionths, and instants and durations that move with `now`.

bool, int, float, str, None, list and dict stand for themselves. Times are in
nanoseconds; `slope` is by how many of them a value grows with each of `now`.
"""
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

INT_MIN, INT_END = -2**63, 2**63
SECOND = 10**9
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TIME_MIN, TIME_END = -62135596800 * SECOND, 253402300800 * SECOND


class Error(Exception):
    """There is no value."""


class Value:
    """What is compared by its parts."""

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self):
        return hash(tuple(vars(self).values()))

    def __repr__(self):
        parts = ", ".join(map(str, vars(self).values()))
        return f"{type(self).__name__}({parts})"


class Dec(Value):
    def __init__(self, micro):
        if not -2**127 <= micro < 2**127:
            raise Error("decimal out of range")
        self.micro = micro


class Moving(Value):
    def __init__(self, ns, slope=0):
        self.ns, self.slope = ns, slope


class Time(Moving):
    pass


class Span(Moving):
    pass


class UInt(int):
    pass


KINDS = {bool: "b", int: "i", UInt: "u", float: "d", str: "s", Dec: "m",
         type(None): "n", Time: "t", Span: "r", list: "L", dict: "M"}
NUMBERS = "iudm"


def kind(value):
    return KINDS[type(value)]


def round_even(fraction):
    """To a whole number, half to even."""
    return round(fraction)


def decimal_of_double(real):
    """The millionths that its shortest text says, or None."""
    exact = Decimal(repr(real))
    if not exact.is_finite():
        return None
    micro = exact * 1000000     # few digits: exact
    if micro != micro.to_integral_value():
        return None
    return int(micro) if -2**127 <= micro < 2**127 else None


def double_of(value):
    if kind(value) == "m":
        return value.micro / 1000000
    return float(value)


def as_decimal(value):
    """Millionths of a number, or None where it must be a double."""
    if kind(value) == "m":
        return value.micro
    if kind(value) == "d":
        return decimal_of_double(value)
    return int(value) * 1000000


def alike(a, b):
    """Two numbers of different kinds as two that Python compares."""
    pair = kind(a) + kind(b)
    if "m" in pair:
        exact = as_decimal(a), as_decimal(b)
        if None not in exact:
            return exact
    if "d" in pair:
        return double_of(a), double_of(b)
    return int(a), int(b)


def equal(a, b):
    """Without regard to `now`; see segments_model.compare for what moves."""
    if kind(a) in NUMBERS and kind(b) in NUMBERS:
        a, b = alike(a, b)
        return a == b
    if kind(a) != kind(b):
        return False
    if kind(a) == "L":
        return len(a) == len(b) and all(map(equal, a, b))
    if kind(a) == "M":
        return set(a) == set(b) and all(equal(a[key], b[key]) for key in a)
    if kind(a) in "tr":
        return a.ns == b.ns
    return a == b


ORDERS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
          ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def ordered(op, a, b):
    if kind(a) in NUMBERS and kind(b) in NUMBERS:
        return ORDERS[op](*alike(a, b))
    if kind(a) != kind(b) or kind(a) not in "bs":
        raise Error(f"{kind(a)} {op} {kind(b)}")
    if kind(a) == "s":
        return ORDERS[op](a.encode(), b.encode())
    return ORDERS[op](a, b)


def whole(number, type_=int):
    low, end = (INT_MIN, INT_END) if type_ is int else (0, 2**64)
    if not low <= number < end:
        raise Error("out of range")
    return type_(number)


def towards_zero(a, b):
    if b == 0:
        raise Error("divided by zero")
    return int(Fraction(a, b))


def decimals(op, a, b):
    if op == "+":
        return Dec(a + b)
    if op == "-":
        return Dec(a - b)
    if op == "*":
        return Dec(round_even(Fraction(a * b, 1000000)))
    if op == "/" and b != 0:
        return Dec(round_even(Fraction(a * 1000000, b)))
    raise Error(f"decimal {op} decimal")


def doubles(op, a, b):
    try:
        if op in "+-*":
            return {"+": a + b, "-": a - b, "*": a * b}[op]
        if op == "/":
            return a / b
    except ZeroDivisionError:
        if a != a or a == 0:
            return float("nan")
        negative = (a < 0) != (str(b)[0] == "-")
        return float("-inf" if negative else "inf")
    raise Error(f"double {op} double")


def integers(op, a, b, type_):
    if op in "+-*":
        return whole({"+": a + b, "-": a - b, "*": a * b}[op], type_)
    quotient = towards_zero(int(a), int(b))
    if op == "/":
        return whole(quotient, type_)
    if quotient == INT_END:
        raise Error("out of range")
    return whole(int(a) - int(b) * quotient, type_)


def times(op, a, b):
    """Of instants and durations, with what they move by."""
    pair = kind(a) + op + kind(b)
    made = {"t-t": Span, "r+r": Span, "r-r": Span, "t+r": Time, "t-r": Time,
            "r+t": Time}.get(pair)
    if made is None:
        raise Error(pair)
    sign = 1 if op == "+" else -1
    slope = a.slope + sign * b.slope
    if not -128 <= slope < 128:
        raise Error("moves too fast")
    return made(a.ns + sign * b.ns, slope)


def in_range(value):
    if kind(value) == "t":
        return TIME_MIN <= value.ns < TIME_END
    return INT_MIN <= value.ns < INT_END


def arithmetic(op, a, b):
    """All but what moves; its range is the caller's."""
    pair = kind(a) + kind(b)
    if set(pair) <= set("tr") and op in "+-":
        return times(op, a, b)
    if pair in ("ii", "uu"):
        return integers(op, a, b, type(a))
    if pair == "dd":
        return doubles(op, a, b)
    if "m" in pair and set(pair) <= set(NUMBERS):
        exact = as_decimal(a), as_decimal(b)
        if None not in exact:
            return decimals(op, *exact)
        return doubles(op, double_of(a), double_of(b))
    if op == "+" and pair in ("ss", "LL"):
        return a + b
    raise Error(f"{kind(a)} {op} {kind(b)}")


# How values are written

def time_text(ns):
    whole_, rest = divmod(ns, SECOND)
    when = EPOCH + timedelta(seconds=whole_)
    fraction = (".%09d" % rest).rstrip("0") if rest else ""
    return when.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + "Z"


def span_text(ns):
    sign, (seconds, rest) = "-" * (ns < 0), divmod(abs(ns), SECOND)
    return f"{sign}{seconds}" + (".%09d" % rest).rstrip("0") * bool(rest) + "s"


def from_json(value):
    """A JSON value, whose numbers are Decimals, as expressions see it."""
    if isinstance(value, Decimal):
        return number_from_json(value)
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        return {key: from_json(member) for key, member in value.items()}
    return value


def number_from_json(exact):
    if exact == 0:
        return 0
    sign, digits, exponent = exact.as_tuple()
    if exact.adjusted() > 60 or exponent < -400 or exact.adjusted() < -60:
        return float(exact)
    number = Fraction(exact)
    if number.denominator == 1 and INT_MIN <= number < INT_END:
        return int(number)
    micro = number * 1000000
    if micro.denominator == 1 and -2**127 <= micro < 2**127:
        return Dec(int(micro))
    return float(exact)
