"""How senders write: people with names that collide, and records of what they
do as odd but lawful JSON. The raw material of streams.py."""
import json
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
BASE = 1704067200 * 1000000     # 2024-01-01
MINUTE, DAY = 60 * 1000000, 86400 * 1000000
CHANNELS = ("web", "web", "app", "store", "kiosk", "call_center", "email",
            "sms", "chat", "social", "push", "mail", "partner", "fax", "")
NAMES = ("Order Completed", "Order Completed", "Product Viewed", "Signed Out",
         "Order Refunded", "caf\u00e9 \u2603", "identify")
TRAITS = ("first_name", "city", "plan", "\u00e9t\u00e9", "nested")
SPELLINGS = {   # normal form to what people type
    "ann@example.com": ("Ann@Example.com", " ANN@EXAMPLE.COM\t"),
    "j\u00f6rg@example.com": ("JO\u0308RG@example.com",
                             "j\u00d6rg@example.com"),
    "\u00e9-1": ("e\u0301-1", "\u2003\u00e9-1\ufeff"),
    "+41791111112": ("+41 79 111 11 12", "0041791111112", "079 111 11 12"),
    "+41791111113": ("+41 (79) 111-11-13", "(079) 1111113"),
}
JUNK = ("", "null", "NONE", "Undefined", "NaN", "anonymous", "Guest",
        "unknown", "N/A", "TEST@test.com", "-1", "[object Object]", "0",
        "0000", "00000000-0000-0000-0000-000000000000", "--", "  ", " Null ")
NUMBERS = ("59.90", "1E2", "0.1", "0.0000005", "0.0000015", "0.0000025",
           "-20.00", "-0.0", "12345678901234567890.123456", "3e-7", "1e-30",
           "9007199254740993", "5", "19.99", "100.005", "2.5E+3", "1e21",
           "-1e21", "1000000000000000000000.000001", "1e32", "1e40")
FANCY = ("plain", "\u20ac \U0001f600", "\"quoted\" \\ / \b\f\n\r\t",
         "e\u0301", True, False, None, [], {}, [1, [2, {"deep": None}]],
         {"b": 1, "a": {"\u00e9": "\u00df"}}, "\u2028\u2029", "\x7f\x01")


class Number(float):
    """A number that is written as its text stands."""

    def __new__(cls, text):
        self = super().__new__(cls, 0)
        self.text = text
        return self


def write(value, rng, plain):
    """JSON text; unless `plain`, as an odd but lawful sender writes it."""
    if isinstance(value, Number):
        return value.text
    space = "" if plain else rng.choice(("", "", "", " ", "\t ", "  "))
    inner = lambda v: space + write(v, rng, plain)
    if isinstance(value, dict):
        pairs = list(value.items())
        if not plain:
            rng.shuffle(pairs)
        return "{" + ",".join(inner(k) + space + ":" + inner(v)
                              for k, v in pairs) + space + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(inner, value)) + space + "]"
    if isinstance(value, str) and not plain and rng.random() < 0.3:
        units = value.encode("utf-16-be")
        return '"' + "".join("\\u%02x%02X" % (units[i], units[i + 1])
                             for i in range(0, len(units), 2)) + '"'
    return json.dumps(value, ensure_ascii=plain or rng.random() < 0.5)


def stamp(rng, time, plain=True):
    """An instant as text, in one of the forms that senders write."""
    zone = 0 if plain else rng.choice((0, 0, 60, -180, -210, 345))
    when = EPOCH + timedelta(microseconds=time + zone * MINUTE)
    clock = when.strftime("%H:%M:%S")
    if time % 1000000 or (not plain and rng.random() < 0.3):
        clock += ".%06d" % (time % 1000000)
        clock += "" if plain else rng.choice(("", "0", "999"))
    if plain:
        return when.strftime("%Y-%m-%dT") + clock + "Z"
    if clock.endswith(":00") and rng.random() < 0.5:
        clock = clock[:-3]
    if clock == "00:00" and not zone:
        return when.strftime("%Y-%m-%d")
    sign, ahead = "-" if zone < 0 else "+", abs(zone)
    offset = rng.choice(("Z", "z", "", "+00:00", "-0000", "+00"))
    if zone:
        offset = "%s%02d%s%02d" % (sign, ahead // 60, rng.choice((":", "")),
                                   ahead % 60)
        if ahead % 60 == 0 and rng.random() < 0.5:
            offset = offset[:3]
    return when.strftime("%Y-%m-%d") + rng.choice("TTt ") + clock + offset


def spell(rng, node):
    if rng.random() < 0.5:
        return rng.choice(SPELLINGS.get(node[1], (node[1],)))
    return node[1]


def name_somebody(rng, record, nodes):
    """Put identifiers where senders put them (E3)."""
    context, traits = {}, {}
    for node in nodes:
        space, value = node[0], spell(rng, node)
        if space == "user_id" and "userId" not in record:
            record["userId"] = value
        elif space == "anonymous_id" and "anonymousId" not in record:
            record["anonymousId"] = value
        elif space == "device_id" and "device" not in context:
            context["device"] = {"id": value}
        elif space in ("email", "phone") and space not in traits \
                and record["type"] != "group" and rng.random() < 0.6:
            traits[space] = value
        elif space in ("email", "phone") and rng.random() < 0.5 \
                and space not in context.get("traits", {}):
            context.setdefault("traits", {})[space] = value
        else:
            context.setdefault("externalIds", []).append(
                {"type": space, "id": value, "encoding": "none"})
    return context, traits


class World:
    """People of one case, and the making of their records."""

    def __init__(self, rng, people, odd):
        self.rng, self.odd, self.count, self.clock = rng, odd, 0, 0
        self.people = [self.person(i) for i in range(people)]
        self.nodes = sorted({n for p in self.people for n in p})
        self.records, self.used = [], set()

    def person(self, i):
        rng = self.rng
        pool = [("user_id", f"u{i}"), ("user_id", f"u{i}b"),
                ("loyalty_id", f"L{i // 2}"), ("loyalty_id", f"M{i}"),
                ("email", f"e{i}@x.org"), ("email", "ann@example.com"),
                ("email", "j\u00f6rg@example.com"),
                ("phone", f"+4179111111{i}"),
                ("phone", "+41791111112"), ("phone", "+41791111113"),
                ("crm", f"c{i}"), ("crm", "\u00e9-1"), ("erp_2", f"{i // 3}7"),
                ("device_id", f"d{i // 2}"), ("device_id", "till"),
                ("anonymous_id", f"a{i}"), ("anonymous_id", f"a{i // 2}b"),
                ("anonymous_id", f"u{i}b")]
        return rng.sample(pool, rng.randint(3, 8))

    def time(self):
        """Few instants, so that many links and sightings tie."""
        rng = self.rng
        time = BASE + rng.randint(0, 12) * MINUTE
        return time if rng.random() < 0.6 else time + rng.randint(1, 10**8)

    def some(self, most=4):
        """Identifiers of one person, now and then mixed with another's."""
        rng = self.rng
        nodes = list(rng.choice(self.people))
        if rng.random() < 0.25:
            nodes += rng.choice(self.people)
        nodes = list(dict.fromkeys(nodes))
        return rng.sample(nodes, min(len(nodes), rng.randint(1, most)))

    def add(self, nodes, time=None, **fields):
        """One record; fields given win over those made up."""
        rng = self.rng
        self.count += 1
        self.used.update(nodes)
        kind = fields.pop("type", None) or rng.choice(
            ("track",) * 5 + ("identify", "identify", "page", "screen",
                              "group"))
        record = {"type": kind, "messageId": f"m{self.count}"}
        if kind == "track":
            record["event"] = rng.choice(NAMES)
        context, traits = name_somebody(rng, record, nodes)
        time = self.time() if time is None else time
        record["timestamp"] = stamp(rng, time, not self.odd)
        if kind in ("identify", "track") or rng.random() < 0.2:
            own = context.setdefault("traits", {})
            for name in rng.sample(TRAITS, rng.randint(0, 2)):
                target = traits if kind == "identify" else own
                target[name] = self.value()
        if kind in ("page", "screen"):
            record["name"] = rng.choice(("Home", "Basket"))
        if kind == "group":
            record["groupId"] = self.rng.choice(("g1", "g2"))
            traits.update(email="office@firm.com", plan="gold")
        if kind == "track":
            record["properties"] = self.properties()
        if rng.random() < 0.9:
            target = record if rng.random() < 0.8 else context
            target["channel"] = rng.choice(CHANNELS)
        if rng.random() < 0.3:
            context["source"] = rng.choice(("pos", "shop"))
        if kind == "alias":
            traits = {}
        for key, value in (("context", context), ("traits", traits)):
            if value:
                record[key] = value
        record.update(fields)
        record = {k: v for k, v in record.items() if v is not Ellipsis}
        self.records.append(record)
        return record

    def value(self):
        if self.odd:
            return self.rng.choice(FANCY + tuple(map(Number, NUMBERS)))
        return self.rng.choice(("Ann", "Bob", "Bern", 7, True))

    def properties(self):
        rng = self.rng
        properties = {}
        for name in ("revenue", "total", "value"):
            if rng.random() < 0.4:
                properties[name] = rng.choice((
                    Number(rng.choice(NUMBERS)), Number(rng.choice(NUMBERS)),
                    Number("%d.%02d" % (rng.randint(0, 99),
                                        rng.randint(0, 99))),
                    "12.50", None))
        if rng.random() < 0.7:
            properties["currency"] = rng.choice(
                ("CHF", "EUR", "JPY", "", 5, "\u20ac", "\"\n\\"))
        return properties
