"""Random histories: facts of every kind, made by replicas whose clocks
disagree and who know of each other now and then. A history is reproduced by
its seed; small limits in its policies bring every rule of identity into play.
"""
import json
import random
from decimal import Decimal
from types import SimpleNamespace as Thing

import factlog
import policies
from factlog import EVENT, LINK, PART, POLICY, RETRACT, SEGMENT

BASE = 1704067200 * 1000000     # 2024-01-01
MADE = 1735689600 * 1000        # milliseconds; 2025-01-01
MINUTE = 60 * 1000000
CHANNELS = ("web", "web", "app", "store", "kiosk", "call_center", "email",
            "caf\u00e9", "")
NAMES = ("Order Completed", "Order Completed", "Product Viewed", "Visited")
SOURCES = ("", "crm", "web", "till")
TRAITS = ("city", "plan", "\u00e9t\u00e9")
VALUES = ('"Bern"', '"gold"', "7", "true", "null", '{"a":[1,"\u00df"]}')
NUMBERS = ("59.9", "0.1", "-20", "100", "0.0000005", "0.0000015", "7.25",
           "12345678901234567890.5", "0")
SPACES = ("user_id", "loyalty_id", "email", "phone", "crm", "erp",
          "device_id", "anonymous_id", "tv")
CURRENCIES = ("CHF", "EUR", "")
REASON = "the oracle says so"


def canonical(members):
    """Canonical JSON of an object whose values are JSON already."""
    return "{" + ",".join(
        json.dumps(name, ensure_ascii=False) + ":" + members[name]
        for name in sorted(members, key=str.encode)) + "}" if members else ""


def plain(value):
    return value[1:-1] if value[:1] == '"' else (
        Decimal(value) if value[:1] in "-0123456789" else None)


def make_copy(**fields):
    """One copy of an event, as an event fact says it."""
    copy = Thing(**{**dict(
        type="track", name="Visited", sent_id="", id_hash=None, instant=None,
        channel="", source="", traits={}, properties={}, group_traits={},
        group_id="", alias=None), **fields})
    copy.identifiers = frozenset(copy.identifiers)
    copy.instant = copy.time if copy.instant is None else copy.instant
    copy.said = copy.properties
    if copy.group_traits:
        copy.said = {**copy.said, "traits": canonical(copy.group_traits)}
    copy.traits_json = canonical(copy.traits)
    copy.properties_json = canonical(copy.said)
    copy.properties = {k: plain(v) for k, v in copy.properties.items()}
    return copy


class World:
    """Who there is, and what is to be said of them, in no order yet."""

    def __init__(self, rng):
        self.rng, self.count, self.said = rng, 0, []
        self.people = [self.person(i) for i in range(rng.randint(2, 6))]
        self.nodes = sorted({n for p in self.people for n in p})

    def person(self, i):
        rng = self.rng
        pool = [("user_id", f"u{i}"), ("user_id", f"v{i}"),
                ("loyalty_id", f"L{i // 2}"), ("loyalty_id", f"M{i}"),
                ("email", f"e{i}@x.org"), ("email", "ann@example.com"),
                ("phone", f"+4179111111{i}"), ("phone", "+41791111110"),
                ("crm", f"c{i}"), ("crm", "\u00e9"), ("erp", f"E{i // 2}"),
                ("device_id", f"d{i // 2}"), ("device_id", "d0"),
                ("anonymous_id", f"a{i}"), ("anonymous_id", "a0"),
                ("anonymous_id", f"u{i}"), ("tv", f"t{i // 2}")]
        return rng.sample(pool, rng.randint(3, 8))

    def time(self):
        rng = self.rng
        time = BASE + rng.randint(0, 12) * MINUTE
        return time if rng.random() < 0.5 else time + rng.randint(1, 10**8)

    def some(self, most=4):
        rng = self.rng
        nodes = list(rng.choice(self.people))
        if rng.random() < 0.25:
            nodes += rng.choice(self.people)
        nodes = list(dict.fromkeys(nodes))
        return rng.sample(nodes, min(len(nodes), rng.randint(1, most)))

    def event(self, nodes, **fields):
        rng = self.rng
        self.count += 1
        kind = fields.pop("type", None) or rng.choice(
            ("track",) * 5 + ("identify", "page", "screen", "group"))
        made = {"type": kind, "identifiers": nodes, "time": self.time(),
                "name": rng.choice(NAMES) if kind == "track" else kind,
                "channel": rng.choice(CHANNELS), "source": rng.choice(SOURCES)}
        if rng.random() < 0.95:
            made["sent_id"] = f"m{self.count}"
        else:
            made["id_hash"] = rng.getrandbits(64)
        if rng.random() < 0.1:
            made["instant"] = rng.choice((0, made["time"] - 1))
        traits = {name: rng.choice(VALUES) for name in rng.sample(
            TRAITS, rng.choice((0, 0, 1, 2)))}
        if kind == "group":
            made["group_id"] = rng.choice(("g1", "g2", "\u00e9", ""))
            made["group_traits"] = traits
        else:
            made["traits"] = traits
        if kind == "track":
            made["properties"] = self.properties()
        if rng.random() < 0.05:
            made["group_id"] = "g3"
        made.update(fields)
        self.said.append(("event", made))
        return made

    def properties(self):
        rng = self.rng
        made = {name: rng.choice(NUMBERS) for name in (
            "revenue", "total", "value", "points") if rng.random() < 0.3}
        if rng.random() < 0.6:
            made["currency"] = json.dumps(rng.choice(CURRENCIES))
        return made


# What a history may be about

def everyday(world):
    for _ in range(world.rng.randint(4, 16)):
        world.event(world.some())


def dense(world):
    """Any identifiers of a tiny pool together."""
    rng = world.rng
    pool = rng.sample(world.nodes, min(len(world.nodes), rng.randint(3, 8)))
    for _ in range(rng.randint(4, 20)):
        world.event(rng.sample(pool, rng.randint(1, min(3, len(pool)))),
                    channel=rng.choice(CHANNELS[:3]))


def retries(world):
    """Copies: the same, enriched, at another time, of somebody else."""
    rng = world.rng
    events = [said[1] for said in world.said if said[0] == "event"]
    for made in rng.choices(events, k=rng.randint(2, 6)) if events else ():
        again = dict(made)
        again.setdefault("instant", made["time"])
        kind = rng.random()
        if kind < 0.5:
            again["identifiers"] = list(dict.fromkeys(
                list(made["identifiers"]) + rng.sample(world.nodes, 1)))
        elif kind < 0.7:
            again["identifiers"] = rng.sample(world.nodes, min(
                len(world.nodes), 3))
        elif kind < 0.8:
            again["traits"] = {"city": rng.choice(VALUES)}
        if rng.random() < 0.3:
            again["time"] = world.time()
        if rng.random() < 0.2:      # another event by the same id
            again["instant"] = world.time()
        if rng.random() < 0.2:
            again["channel"] = rng.choice(CHANNELS)
        if again["type"] == "alias":
            again["identifiers"] = made["identifiers"]
            if rng.random() < 0.3:
                again["alias"] = made["alias"][0], rng.choice(world.nodes)[1]
        world.said.append(("event", again))


def hubs(world):
    """A weak value on about as many of a stronger one as are allowed."""
    rng = world.rng
    weak, strong = rng.sample(SPACES[:8], 2)
    most = rng.choice((1, 2, 3))
    world.said.append(("policy", f"namespaces.{weak}", json.dumps(
        {"generic_above": most, **({"class": "person"} if rng.random() < 0.3
                                   else {})})))
    for i in range(most + rng.choice((0, 1, 1, 2))):
        world.event([(weak, "hub"), (strong, f"h{i}")], channel="web")
        if rng.random() < 0.3:
            world.event([(strong, f"h{i}"), rng.choice(world.nodes)])
    world.event([(weak, "hub")] + rng.sample(world.nodes, 1), channel="web")


def chains(world):
    """A raw component about as large as it may be."""
    rng = world.rng
    most = rng.randint(3, 7)
    world.said.append(("policy", "max_component", str(most)))
    space = rng.choice(("crm", "email", "erp", "anonymous_id"))
    nodes = [(space, f"n{i}") for i in range(most + rng.randint(-1, 2))]
    for a, b in zip(nodes, nodes[1:]):
        world.event([a, b], channel="web")
    for node in rng.sample(nodes, min(2, len(nodes))):
        world.event([node, rng.choice(world.nodes)], channel="app")


def aliases(world):
    rng = world.rng
    users = [n for n in world.nodes if n[0] == "user_id"] or [("user_id", "u")]
    hub = rng.choice(users)
    if rng.random() < 0.5:
        world.said.append(("policy", "max_alias_links",
                           str(rng.randint(0, 3))))
    for i in range(rng.randint(2, 6)):
        user = hub if rng.random() < 0.7 else rng.choice(users)
        previous = rng.choice(world.nodes)[1] if rng.random() < 0.6 \
            else f"p{i}"
        made = world.event([user], type="alias", alias=(user, previous),
                           traits={})
        if rng.random() < 0.3:      # a copy at odds with it
            both = sorted({user, rng.choice(users)})
            world.said.append(("event", {
                "instant": made["time"], **made, "time": world.time(),
                "identifiers": both,
                "alias": (both[0], rng.choice(world.nodes)[1])}))
        for space in ("user_id", "anonymous_id"):
            if rng.random() < 0.4:
                world.event([(space, previous)])
                if rng.random() < 0.3 and (space, previous) != user:
                    world.said.append(("part", user, (space, previous)))


def teams(world):
    rng = world.rng
    for _ in range(rng.randint(2, 6)):
        world.event(world.some(2), type="group")


def statements(world):
    rng = world.rng
    pool = rng.sample(world.nodes, min(len(world.nodes), rng.randint(3, 6)))
    while len(pool) < 3:
        pool.append(("crm", f"nobody{len(pool)}"))
    if rng.random() < 0.2:
        pool.append(("crm", "nobody"))
    for _ in range(rng.randint(2, 8)):
        a, b, c = rng.sample(pool, 3)
        world.said.append((rng.choice(("link", "part")), a, b))
        if rng.random() < 0.3:
            world.said += rng.sample([("link", b, c), ("part", a, c),
                                      ("link", a, b)], 3)


def quarrels(world):
    """A device of several people; who signs in and out of it, and when."""
    rng = world.rng
    device = rng.choice((("device_id", "d0"), ("anonymous_id", "a0")))
    other = rng.choice((("anonymous_id", "a1"), ("device_id", "d1")))
    people = rng.sample(world.people, min(3, len(world.people)))
    for _ in range(rng.randint(4, 14)):
        person = [n for n in rng.choice(people) if n[0] not in (
            "device_id", "anonymous_id", "tv")] or [("user_id", "u0")]
        time = BASE + rng.randint(0, 9) * MINUTE
        extra = [other] if rng.random() < 0.15 else []
        kind = rng.random()
        if kind < 0.35:
            world.event([device] + rng.sample(person, min(2, len(person))) +
                        extra, time=time, channel=rng.choice(
                            ("web", "app", "web", "", "store", "kiosk")))
        elif kind < 0.55:
            world.event([device] + rng.sample(person, 1) * (
                rng.random() < 0.3) + extra, time=time, type=rng.choice(
                    ("track", "track", "track", "page")), name="Signed Out",
                channel=rng.choice(("web", "store")))
        else:
            world.event([device] + extra, time=time)


# Policies

INVALID = (
    ("max_identifiers", "0"), ("max_identifiers", "1.0"),
    ("max_identifiers", "-1"), ("max_identifiers", "1e1"),
    ("max_identifiers", '"5"'), ("max_identifiers", "5 6"),
    ("max_component", "{"), ("max_component", "1000001"),
    ("max_identifiers.x", "2"), ("max_alias_links", "[]"),
    ("namespaces", '{"class":"device"}'), ("namespaces.", "null"),
    ("namespaces.email", '{"class":"robot"}'),
    ("namespaces.email", '{"rank":268435456}'),
    ("namespaces.email", '{"ranks":1}'), ("namespaces.email", "[]"),
    ("namespaces.email", '{"rank":1,"rank":2}'),
    ("namespaces.Email", '{"rank":1}'), ("namespaces.user_id", "5"),
    ("namespaces.user_id", '{"max_per_profile":null}'),
    ("namespaces.*", '{"generic_above":"2"}'),
    ("device_free_channels", '"web"'), ("device_free_channels", '[""]'),
    ("device_free_channels.web", '["web"]'), ("source_trust", '["crm"]'),
    ("source_trust.city", '["crm",1]'), ("amounts.Visited", '{"a":1}'),
    ("amounts.", '["total"]'), ("blocked.Email", '["x"]'),
    ("blocked.email", "true"), ("no_such_setting", "1"), ("max_identifiers",
                                                          "nul"))


def namespace_value(rng):
    row = {"class": rng.choice(("person", "person", "device", "shared")),
           "rank": rng.choice((0, 10, 20, 30, 45, 60, 70)),
           "max_per_profile": rng.randint(0, 3),
           "generic_above": rng.randint(0, 4),
           "normalizer": rng.choice(policies.NORMALIZERS)}
    some = sorted(row) if rng.random() < 0.5 else rng.sample(
        sorted(row), rng.randint(0, 3))
    return json.dumps({field: row[field] for field in some})


def setting(rng):
    """Name and value of a valid register."""
    kind = rng.random()
    if kind < 0.45:
        return ("namespaces." + rng.choice(SPACES + ("*", "*")),
                "null" if rng.random() < 0.1 else namespace_value(rng))
    if kind < 0.55:
        return "max_identifiers", str(rng.randint(1, 8))
    if kind < 0.62:
        return "max_component", str(rng.randint(2, 9))
    if kind < 0.67:
        return "max_alias_links", str(rng.randint(0, 3))
    if kind < 0.77:
        return "device_free_channels", json.dumps(rng.sample(
            CHANNELS[1:8], rng.randint(0, 3)))
    if kind < 0.87:
        return "source_trust." + rng.choice(TRAITS + ("*",)), json.dumps(
            rng.sample(SOURCES[1:], rng.randint(0, 3)), ensure_ascii=False)
    if kind < 0.95:
        return ("amounts." + rng.choice(NAMES + ("*",)), json.dumps(
            rng.sample(("revenue", "total", "points", "value"), 2)))
    return rng.choice((("calling_code", "49"), ("blocked.email", '["a"]'),
                       ("blocked.*", '["b"]'), ("max_identifiers", "null"),
                       ("max_component", " 5 "),
                       ("device_free_channels", "null"),
                       ("source_trust.*", "null"), ("amounts.*", "null")))


def settings(world):
    rng = world.rng
    made = [setting(rng) for _ in range(rng.randint(1, 5))]
    for name, _ in rng.sample(made, len(made) // 2):
        made += [(name, ""), rng.choice(INVALID)][:rng.randint(0, 2)]
        made += [(n, v) for n, v in INVALID if n == name][:rng.randint(0, 2)]
        made += [x for x in (setting(rng) for _ in range(9)) if x[0] == name]
    world.said += [("policy", name, value) for name, value in made]


def segments(world):
    for _ in range(world.rng.randint(1, 3)):
        world.said.append(("segment", world.rng.choice(("loyal", "new")),
                           world.rng.choice(("", "true", "false"))))


FLAVOURS = (everyday, dense, hubs, chains, aliases, teams, statements,
            quarrels, settings, retries)


# How facts come to be made

class Makers:
    """Replicas with clocks that disagree; each knows its own facts, and those
    of others that it was told of."""

    def __init__(self, rng, keys, world):
        self.rng, self.keys, self.world = rng, keys, world
        self.replicas = [rng.randbytes(16) for _ in range(
            rng.choice((1, 2, 2, 3)))]
        self.skews = [rng.choice((0, 0, 3, -3, 5000, -60000))
                      for _ in self.replicas]
        self.known = [[] for _ in self.replicas]
        self.clocks, self.facts, self.wall = [0] * 3, [], MADE

    def meet(self):
        rng = self.rng
        at, other = rng.choices(range(len(self.replicas)), k=2)
        mine = {id(fact) for fact in self.known[at]}
        self.known[at] += [f for f in self.known[other] if id(f) not in mine]
        self.clocks[at] = max(self.clocks[at], self.clocks[other])

    def make(self, said):
        rng = self.rng
        at = rng.randrange(len(self.replicas))
        self.wall += rng.choice((0, 0, 1, 2))
        now = self.wall + self.skews[at]
        self.clocks[at] = max(self.clocks[at] + 1, now << 16)
        fact = Thing(replica=self.replicas[at], hlc=self.clocks[at], strays=[],
                     sequence=1 + sum(f.replica == self.replicas[at]
                                      for f in self.facts),
                     author=rng.choice(("", "desk")), reason=REASON)
        if not self.fill(fact, said, self.known[at], now * 1000):
            return
        factlog.seal(self.keys, fact)
        self.facts.append(fact)
        self.known[at].append(fact)
        if rng.random() < 0.2:
            self.meet()

    def fill(self, fact, said, known, now):
        """What a fact says; False if there is nothing to say."""
        kind = said[0]
        if kind == "event":
            fact.kind, fact.copy = EVENT, self.copy(said[1])
        elif kind in ("link", "part"):
            fact.kind, fact.a, fact.b = (LINK if kind == "link" else PART,
                                         *said[1:])
            pair, fact.author = {fact.a, fact.b}, ""
            fact.time = after(now, [f for f in known if f.kind in (LINK, PART)
                                    and {f.a, f.b} == pair])
        elif kind in ("policy", "segment"):
            fact.kind = POLICY if kind == "policy" else SEGMENT
            fact.name, fact.value = said[1:]
            fact.time = after(now, [f for f in known if f.kind == fact.kind
                                    and f.name == fact.name])
        else:
            fact.kind, fact.targets = RETRACT, self.targets(known)
            if self.facts and self.rng.random() < 0.1:
                fact.strays = [factlog.target(self.rng.choice(self.facts),
                                              self.rng.randbytes(8))]
            return bool(fact.targets or fact.strays)
        return True

    def copy(self, fields):
        copy = make_copy(**fields)
        if copy.id_hash is None:
            copy.id_hash = self.keys.id_hash(copy.sent_id)
        copy.id = copy.id_hash
        copy.content = factlog.content_of(copy)
        copy.content_hash = self.keys.content_hash(copy.content)
        copy.index = len(self.facts)
        return copy

    def targets(self, known):
        """Facts to be retracted: mostly such as the maker knows, and then
        every copy of an event."""
        rng = self.rng
        if rng.random() < 0.1 or not known:
            return rng.sample(self.facts, min(len(self.facts), 1))
        kind = rng.choice((EVENT, EVENT, EVENT, RETRACT, RETRACT, LINK, PART,
                           POLICY, POLICY, SEGMENT))
        those = [f for f in known if f.kind == kind] or known
        fact = rng.choice(those)
        if fact.kind != EVENT or rng.random() < 0.3:
            return [fact] + rng.sample(known, 1) * (rng.random() < 0.1)
        same = lambda c: (c.name, c.id_hash, c.instant)
        return [f for f in known if f.kind == EVENT
                and same(f.copy) == same(fact.copy)]


def after(now, others):
    """F6: later than all that the maker holds on the same."""
    return max([now] + [fact.time + 1 for fact in others])


def make_keys(rng):
    return factlog.Keys(rng.randbytes(32), rng.randbytes(16))


def history(seed):
    """A history by its seed: SEED:N."""
    rng = random.Random(seed)
    world = World(rng)
    turn = int(str(seed).rpartition(":")[2])
    chosen = [FLAVOURS[turn % len(FLAVOURS)]] + rng.sample(
        FLAVOURS, rng.choice((1, 1, 2, 3)))
    everyday(world)
    for flavour in sorted(set(chosen), key=FLAVOURS.index):
        flavour(world)
    if rng.random() < 0.5:
        settings(world)
    if rng.random() < 0.15:
        segments(world)
    rng.shuffle(world.said)
    for _ in range(rng.choice((0, 1, 3, 6))):
        world.said.insert(rng.randint(len(world.said) // 3, len(world.said)),
                          ("retract",))
    keys = make_keys(rng)
    makers = Makers(rng, keys, world)
    for said in world.said:
        makers.make(said)
    return Thing(seed=seed, keys=keys, facts=makers.facts, said=world.said)


# Orders in which they come to a store

def groups_of(facts, rng, most=4):
    """The facts of each replica, cut into groups."""
    by_replica = {}
    for fact in facts:
        by_replica.setdefault(fact.replica, []).append(fact)
    for replica in sorted(by_replica):
        those, cut = by_replica[replica], []
        while those:
            size = rng.randint(1, most)
            cut.append(those[:size])
            those = those[size:]
        yield cut


def interleaved(queues, rng):
    """Groups in any order that keeps each replica's own."""
    queues = [list(queue) for queue in queues]
    made = []
    while any(queues):
        queue = rng.choice([q for q in queues if q])
        made.append(queue.pop(0))
    return made


def told_again(history, facts, rng):
    """The same events as facts of one more replica."""
    replica, made = rng.randbytes(16), []
    for fact in facts:
        clock = (MADE + rng.randint(0, 60000) << 16) + len(made)
        again = Thing(**{**vars(fact), "replica": replica, "hlc": max(
            [clock] + [f.hlc + 1 for f in made]), "sequence": len(made) + 1})
        factlog.seal(history.keys, again)
        made.append(again)
    return made


def without(history, keep):
    """The history of these of its facts alone, by number, and of these of
    what is said to a live store, by numbers that go on from there."""
    made, facts, counts = {}, [], {}
    count = len(history.facts)
    for number in sorted(n for n in keep if n < count):
        old = history.facts[number]
        fact = Thing(**vars(old))
        counts[fact.replica] = fact.sequence = counts.get(fact.replica, 0) + 1
        if fact.kind == RETRACT:
            fact.targets = [made[id(f)] for f in old.targets
                            if id(f) in made]
        factlog.seal(history.keys, fact)
        made[id(old)] = fact
        facts.append(fact)
    return Thing(seed=history.seed, keys=history.keys, facts=facts,
                 said=[history.said[n - count] for n in sorted(keep)
                       if n >= count])
