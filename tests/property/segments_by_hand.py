"""Anna, whose life is short enough for answers that were worked out by hand,
with one for each rule."""
import json
from decimal import Decimal
from types import SimpleNamespace as Thing

from segments_model import ERROR, MEMBER, NOT_MEMBER, Subject
from segments_values import Span, Time, time_text

SECOND = 10**6
NOW_US = 1000 * SECOND      # of the store's clock
# Second of 1970, name, channel, traits, properties.
TEXTS = "currency", "code"
LIFE = (
    (100, "Visit", "web", {"city": None}, {}),
    (200, "Order", "store", {}, {"revenue": "59.90", "currency": "CHF"}),
    (250, "Visit", "app", {"plan": "gold", "email": "a@b.ch"}, {}),
    (300, "Order", "web", {"plan": "silver"},
     {"revenue": "10.10", "total": "9", "currency": "CHF"}),
    (400, "Order", "web", {},
     {"revenue": "5", "total": "4", "currency": "EUR"}),
    (500, "Gift", "", {}, {"value": "0.3", "size": "7.05", "code": "7"}),
    (510, "Gift", "", {}, {"value": "0.1"}),
    (510, "Card", "", {}, {"value": "2"}),
    (520, "Gift", "", {}, {"value": "0.1"}),
)


def lines(who="anna"):
    """Anna's life as an import has it."""
    for number, (time, name, channel, traits, properties) in enumerate(LIFE):
        numbers = {key: value if key in TEXTS else 0
                   for key, value in properties.items()}
        line = json.dumps({
            "type": "track", "event": name, "messageId": f"{who}{number}",
            "timestamp": time_text(time * 10**9), "channel": channel,
            "userId": who, "context": {"traits": traits},
            "properties": numbers})
        for key, value in properties.items():
            if key not in TEXTS:
                line = line.replace(f'"{key}": 0', f'"{key}": {value}')
        yield line.encode()


def case(*people):
    """A case (see streams.py) of people who all live so."""
    return Thing(seed="by hand:0", now=NOW_US, statements=[],
                 calling_code="41", small=True, files=[Thing(
                     source="", lines=[line.replace(b"a@b.ch", b"%s@b.ch" % (
                         who.encode())) if who != "anna" else line
                         for who in people for line in lines(who)])])


def anna(id_="aa"):
    events = [Thing(
        time=time * SECOND, name=name, channel=channel, raw_traits=traits,
        rank=rank, properties={
            key: value if key in TEXTS else Decimal(value)
            for key, value in properties.items()})
        for rank, (time, name, channel, traits, properties) in
        enumerate(LIFE)]
    return Subject(events, {
        ("user_id", "anna"): [event.time for event in events],
        ("email", "a@b.ch"): [250 * SECOND]}, id_)


def lit(value):
    return ("lit", value)


def seconds(count):
    return lit(Span(int(count * 10**9)))


def at(count):
    return lit(Time(int(count * 10**9)))


def call(name, *words):
    return ("call", "events." + name, *map(lit, words))


def binary(a, op, b):
    as_tree = [x if isinstance(x, tuple) else lit(x) for x in (a, b)]
    return ("binary", op, *as_tree)


def item(*names):
    tree = ("var", "e")
    for name in names:
        tree = ("field", tree, name)
    return tree


LONGEST = (2**63 - 1) // 1000       # duration, in microseconds
NOW, TRAITS = ("now",), ("traits",)
PLAN = ("field", TRAITS, "plan")
RECENT = binary(call("count", "Order", Span(100 * 10**9)), "==", 1)
SPENT = binary(call("sum", "Order", "revenue"), "==", 70)
IDLE = binary(binary(NOW, "-", call("last", "Visit")), ">=", seconds(60))
# A duration has 63 bits of nanoseconds, 292 years from each instant.
TWICE = binary(binary(NOW, "-", at(300)), ">", binary(at(301), "-", NOW))
GOLD = binary(PLAN, "==", "gold")
GIFTS = call("sum", "Gift", "value")
THIRD = binary(call("sum", "Order", "revenue", "CHF"), "/", 3)
LISTED = call("list", "Order")

# Tree, instant in seconds, answer; since and until in microseconds, None for
# ever.
TABLE = (
    # Windows are open where they begin and closed at now.
    (RECENT, 199, NOT_MEMBER, None, 200 * SECOND),
    (RECENT, 200, MEMBER, 200 * SECOND, 300 * SECOND),
    (RECENT, 299.999999, MEMBER, 200 * SECOND, 300 * SECOND),
    (RECENT, 300, MEMBER, 300 * SECOND, 400 * SECOND),
    (RECENT, 450, MEMBER, 400 * SECOND, 500 * SECOND),
    (RECENT, 500, NOT_MEMBER, 500 * SECOND, None),
    (call("did", "Order", Span(1)), 400, MEMBER, 400 * SECOND,
     400 * SECOND + 1),
    (call("did", "Order", Span(1500)), 400.000001, MEMBER, 400 * SECOND,
     400 * SECOND + 2),
    (("call", "events.did", lit("Order"), binary(NOW, "-", NOW)), 400, ERROR,
     None, None),
    # A window that grows begins at an instant, and nothing leaves it.
    (binary(("call", "events.count", lit("Order"), binary(
        NOW, "-", at(200))), "==", 1), 350, MEMBER, 300 * SECOND,
     400 * SECOND),
    (binary(("call", "events.count", lit("Order"), binary(
        NOW, "-", at(300))), "==", 0), 300.5, MEMBER, 300 * SECOND + 1,
     400 * SECOND),
    (("call", "events.did", lit("Order"), binary(NOW, "-", at(300))), 300,
     ERROR, 300 * SECOND - LONGEST, 300 * SECOND + 1),
    (("call", "events.did", lit("Order"), binary(NOW, "-", at(90))), 450,
     MEMBER, 400 * SECOND, 90 * SECOND + LONGEST + 1),
    # Amounts.
    (SPENT, 299, NOT_MEMBER, 200 * SECOND, 300 * SECOND),
    (SPENT, 300, MEMBER, 300 * SECOND, 400 * SECOND),
    (SPENT, 400, ERROR, 400 * SECOND, None),    # of two currencies
    (binary(call("sum", "Order", "revenue", "CHF"), "==", 70), 400, MEMBER,
     400 * SECOND, None),
    (binary(call("sum", "Order", "total"), "==", 13), 400, MEMBER,
     400 * SECOND, None),                       # not these events' amount
    (binary(call("sum", "Gift", "code"), "==", 0), 500, MEMBER,
     500 * SECOND, 510 * SECOND),               # a text is no number
    (binary(call("sum", "Gift", "size", "CHF"), "==", 0), 500, MEMBER,
     500 * SECOND, 510 * SECOND),
    (binary(call("avg", "Order", "revenue"), "<", 35.000001), 300, MEMBER,
     300 * SECOND, 400 * SECOND),
    (binary(call("avg", "Gift", "value"), "==", 0.166667), 520, MEMBER,
     520 * SECOND, None),
    (binary(call("min", "Gift", "size"), "==", 7.05), 520, MEMBER,
     520 * SECOND, None),
    (binary(call("max", "Gift", "gone"), "==", 0), 520, ERROR,
     520 * SECOND, None),
    (binary(THIRD, "==", 23.333333), 300, MEMBER, 300 * SECOND,
     400 * SECOND),
    (binary(binary(THIRD, "*", 2), "==", 46.666666), 300, MEMBER,
     300 * SECOND, 400 * SECOND),
    (binary(binary(2, "/", GIFTS), "==", 6.666667), 500, MEMBER,
     500 * SECOND, 510 * SECOND),
    (binary(binary(GIFTS, "-", 0.1), "==", 0.2), 500, MEMBER,
     500 * SECOND, 510 * SECOND),
    (binary(binary(GIFTS, "*", 0.0000001), "==", 3e-08), 500, MEMBER,
     500 * SECOND, 510 * SECOND),               # too fine for a decimal
    (binary(GIFTS, "==", 1e-7), 499, NOT_MEMBER, None, 500 * SECOND),
    (binary(call("distinct", "Order", "currency"), ">=", 2), 400, MEMBER,
     400 * SECOND, None),
    # Time that moves.
    (IDLE, 99, ERROR, None, 100 * SECOND),
    (IDLE, 159, NOT_MEMBER, 100 * SECOND, 160 * SECOND),
    (IDLE, 160, MEMBER, 160 * SECOND, 250 * SECOND),
    (IDLE, 250, NOT_MEMBER, 250 * SECOND, 310 * SECOND),
    (TWICE, 300.5, NOT_MEMBER, -9223371735854775, 300500001),
    (TWICE, 301, MEMBER, 300500001, 9223372336854776),
    (binary(NOW, "==", at(300)), 300, MEMBER, 300 * SECOND,
     300 * SECOND + 1),
    (binary(NOW, "in", ("list", at(300))), 300, MEMBER, 300 * SECOND,
     300 * SECOND + 1),
    (binary(at(300), "in", ("list", at(2), NOW)), 300.5, NOT_MEMBER,
     300 * SECOND + 1, None),
    (binary(("list", NOW), "==", ("list", at(300))), 299, NOT_MEMBER, None,
     300 * SECOND),
    (binary(("call", "int", NOW), "==", 3), 3.5, MEMBER, 3 * SECOND,
     4 * SECOND),
    (binary(("call", "string", NOW), "==", "1970-01-01T00:05:00Z"), 300.5,
     MEMBER, 300 * SECOND, 301 * SECOND),
    (binary(("method", "getMinutes", NOW), "==", 5), 359, MEMBER,
     300 * SECOND, 360 * SECOND),
    # Errors, traits and identity.
    (GOLD, 249, ERROR, None, 250 * SECOND),
    (GOLD, 250, MEMBER, 250 * SECOND, 300 * SECOND),
    (GOLD, 300, NOT_MEMBER, 300 * SECOND, None),
    (("has", TRAITS, "plan"), 249, NOT_MEMBER, None, 250 * SECOND),
    (binary(("field", TRAITS, "city"), "==", None), 100, MEMBER,
     100 * SECOND, None),
    (("or", GOLD, lit(True)), 249, MEMBER, None, 250 * SECOND),
    (("and", GOLD, lit(False)), 249, NOT_MEMBER, None, 250 * SECOND),
    (("and", lit(False), GOLD), 249, NOT_MEMBER, None, None),
    (("and", GOLD, lit(True)), 249, ERROR, None, 250 * SECOND),
    (("if", GOLD, lit(True), lit(True)), 249, ERROR, None, 250 * SECOND),
    (binary("a@b.ch", "in", ("field", ("profile", "identifiers"), "email")),
     249, ERROR, 100 * SECOND, 250 * SECOND),
    (binary(("profile", "last_seen"), "==", at(250)), 299, MEMBER,
     250 * SECOND, 300 * SECOND),
    (binary(("profile", "first_seen"), "==", at(100)), 99, ERROR, None,
     100 * SECOND),
    (("call", "segment", lit("gold")), 249, ERROR, None, 250 * SECOND),
    (("call", "consent", lit("ads")), 249, NOT_MEMBER, None, None),
    # In which order things happened.
    (("call", "events.sequence", ("list", *map(lit, (
        "Order", "Visit", "Order"))), seconds(101)), 300.9, MEMBER,
     300 * SECOND, 301 * SECOND),
    (("call", "events.sequence", ("list", *map(lit, (
        "Visit", "Visit", "Visit"))), seconds(500)), 300, NOT_MEMBER,
     250 * SECOND, 600 * SECOND),
    (("call", "events.sequence", ("list", lit("Card"), lit("Gift")),
      seconds(5)), 512, MEMBER, 510 * SECOND, 515 * SECOND),
    (binary("store", "in", ("call", "events.channels")), 200, MEMBER,
     200 * SECOND, 250 * SECOND),
    (binary(("call", "events.channels", seconds(100)), "==", ["app", "web"]),
     300, MEMBER, 300 * SECOND, 350 * SECOND),
    (binary(("macro", "map", "e", LISTED, item("time")), "==", [
        Time(400 * 10**9), Time(300 * 10**9), Time(200 * 10**9)]), 400,
     MEMBER, 400 * SECOND, None),
    (("macro", "exists", "e", LISTED, binary(
        binary(item("properties", "revenue"), "+", 1), "==", 60.9)), 250,
     MEMBER, 200 * SECOND, 300 * SECOND),
    (binary(("call", "size", call("list", "Gift")), "==", 3), 520, MEMBER,
     520 * SECOND, None),
    (("macro", "all", "e", LISTED, binary(
        item("properties", "total"), "==", 9)), 300, ERROR, 300 * SECOND,
     400 * SECOND),
    (("macro", "exists_one", "e", LISTED, binary(
        item("channel"), "==", "store")), 300, MEMBER, 300 * SECOND,
     400 * SECOND),
)
DEFINITIONS = {"gold": GOLD}

# Segments that are there before Anna is, and what is told of her when all of
# it is known at BEGAN_US: name, second, whether she enters.
BEGAN_US = 50 * SECOND
FOLLOWED = {"recent": RECENT, "gold": GOLD, "idle": IDLE}
FEED = (("idle", 160, True), ("recent", 200, True), ("gold", 250, True),
        ("idle", 250, False), ("gold", 300, False), ("idle", 310, True),
        ("recent", 500, False))


def table():
    """(tree, now, answer, since, until), all in microseconds."""
    for tree, now, answer, since, until in TABLE:
        yield (tree, round(now * SECOND), answer,
               -2**63 if since is None else since,
               2**63 - 1 if until is None else until)

