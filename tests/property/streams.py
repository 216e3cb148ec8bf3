"""Seeded random streams of records and statements: few people whose names
collide in every way, and bigger shops. A case is reproduced by its seed."""
import json
import random
from types import SimpleNamespace as Thing

import model
import records
from senders import BASE, DAY, JUNK, MINUTE, Number, World, stamp, write


# What a small case may be about. Each adds records to a world.

def everyday(world):
    for _ in range(world.rng.randint(5, 40)):
        world.add(world.some())


def dense(world):
    """Any identifiers of a tiny pool together."""
    rng = world.rng
    pool = rng.sample(world.nodes, min(len(world.nodes), rng.randint(4, 10)))
    for _ in range(rng.randint(5, 40)):
        world.add(rng.sample(pool, rng.randint(1, min(3, len(pool)))))


def crowd(world):
    """More people and more records than elsewhere, and all at odds."""
    for i in range(len(world.people), 14):
        world.people.append(world.person(i))
    for _ in range(world.rng.randint(80, 160)):
        world.add(world.some(world.rng.choice((2, 3, 6))))


def chains(world):
    """More values of a namespace than a profile may hold, in a row."""
    rng = world.rng
    space = rng.choice(("email", "phone", "loyalty_id", "crm", "user_id"))
    nodes = [(space, f"+4178222{i:04d}") for i in range(rng.randint(5, 12))]
    for a, b in zip(nodes, nodes[1:]):
        world.add([a, b])
    hub = rng.choice((("anonymous_id", "hub"), ("erp_2", "hub")))
    for node in rng.sample(nodes, rng.randint(1, len(nodes))):
        world.add([hub, node])


def shared_devices(world):
    rng = world.rng
    device = rng.choice((("device_id", "family"), ("anonymous_id", "family")))
    for person in rng.sample(world.people, min(3, len(world.people))):
        for _ in range(rng.randint(1, 3)):
            world.add([device] + rng.sample(person, min(2, len(person))))
    for _ in range(rng.randint(1, 3)):
        world.add([device])


def rivals(world):
    """Two or three users at the ends of a tree of one identifier per
    namespace: the order of its links decides where it is cut."""
    rng = world.rng
    tree = [(space, "+41761234567") for space in (
        "loyalty_id", "email", "phone", "crm", "device_id", "anonymous_id")]
    rng.shuffle(tree)
    for i in range(1, len(tree)):
        world.add([tree[i], rng.choice(tree[:i])], channel="web")
    for i in range(rng.randint(2, 3)):
        world.add([("user_id", f"rival{i}"), rng.choice(tree)], channel="web")


def generic_values(world):
    """A value on about as many of one stronger namespace as are allowed."""
    rng = world.rng
    space = rng.choice(("loyalty_id", "email", "phone", "crm", "device_id",
                        "anonymous_id"))
    strong = rng.choice([s for s in ("user_id", "loyalty_id", "email", "phone",
                                     "crm", "erp_2") if s != space])
    if rng.random() < 0.35:
        space, strong = "crm", "erp_2"      # neither is the stronger
    for i in range(rng.choice((9, 10, 10, 10, 11, 12, 16, 17, 18, 30))):
        nodes = [(space, "info@firm.com"), (strong, f"+4177333{i:04d}")]
        if rng.random() < 0.3:
            nodes.append(rng.choice(world.nodes))
        world.add(nodes)
    for _ in range(rng.randint(0, 3)):
        world.add([(space, "info@firm.com"), rng.choice(world.nodes)])


def generic_of_generic(world):
    """Links of generic values count for the next value's."""
    rng = world.rng
    for i in range(11):
        world.add([("email", "hub@firm.com"), ("user_id", f"g{i}")])
    for i in range(rng.choice((9, 10, 10, 11))):
        world.add([("phone", "+41765555555"), ("email", f"s{i}@x.org")])
    world.add([("phone", "+41765555555"), ("email", "hub@firm.com")])


def aliases(world):
    rng = world.rng
    hub = rng.random() < 0.5
    for i in range(rng.choice((9, 11, 12, 13)) if hub else rng.randint(2, 8)):
        user = ("user_id", "hub") if hub else rng.choice(
            [n for n in world.nodes if n[0] == "user_id"] or [("user_id", "u")])
        previous = f"p{i}" if hub else rng.choice(world.nodes)[1]
        extra = [("anonymous_id", rng.choice(world.nodes)[1])]
        world.clock += 1
        world.add([user] + extra * (rng.random() < 0.3),
                  BASE + rng.randint(0, 20) * MINUTE + world.clock,
                  type="alias", previousId=previous)
        for space in ("user_id", "anonymous_id"):
            if rng.random() < (0.7 if hub else 0.3):
                world.add([(space, previous)])
    if hub:
        world.add([("user_id", "hub"), rng.choice(world.nodes)])
    again = rng.choice([r for r in world.records if isinstance(r, dict)
                        and r["type"] in ("alias", "group")])
    if rng.random() < 0.5:      # copies of one event that speak of others
        world.records.append({**again, "groupId": "g3", "previousId":
                              rng.choice(world.nodes)[1]})


def retries(world):
    """Copies: identical, enriched, at another time, of somebody else."""
    rng = world.rng
    for _ in range(rng.randint(2, 8)):
        nodes = world.some(2)
        instant = world.time()
        first = world.add(nodes, instant, type="track", event="Retried",
                          originalTimestamp=stamp(rng, instant))
        keep = {k: first[k] for k in ("messageId", "originalTimestamp")}
        for _ in range(rng.randint(0, 3)):
            kind = rng.random()
            if kind < 0.3:
                world.records.append(first)
                continue
            if kind < 0.7:
                more = [n for n in world.nodes if n not in nodes]
                nodes = nodes + rng.sample(more, min(len(more), 2))
            elif kind < 0.8:
                nodes = world.some(3)
            elif kind < 0.9:    # shares one identifier, and no more
                nodes = nodes[:1] + rng.sample(world.nodes, 3)
            else:
                keep.pop("originalTimestamp", 0)
            world.add(nodes, instant + rng.choice((0, 1, 5 * MINUTE, -DAY)),
                      type="track", event="Retried", **keep)


def clocks(world):
    """Original, sent and received times; far past and future."""
    rng = world.rng
    for _ in range(rng.randint(3, 12)):
        original, skew = world.time(), rng.randint(-DAY, DAY)
        fields = {"originalTimestamp": stamp(rng, original),
                  "sentAt": stamp(rng, original + 7),
                  "receivedAt": stamp(rng, original + 7 + skew)}
        for key in rng.sample(sorted(fields), rng.randint(0, 1)):
            if key != "originalTimestamp":
                del fields[key]
        fields["timestamp"] = ...
        if rng.random() < 0.3:
            fields["timestamp"] = stamp(rng, original + skew)
        world.add(world.some(), **fields)
    world.add(world.some(), BASE + 75 * 365 * DAY)
    world.add(world.some(), -10**9)


def without_ids(world):
    """Equal records without an id are several; without a time, new ones."""
    rng = world.rng
    for _ in range(rng.randint(1, 4)):
        record = world.add(world.some(), messageId=...)
        world.records += [record] * rng.randint(0, 2)
    for i in range(rng.randint(1, 3)):
        fields = {"timestamp": ..., "channel": "web", "traits": ...,
                  "type": "track", "event": "Untimed", "context": ...}
        record = world.add([("user_id", f"untimed{i}")], messageId=...,
                           **fields)
        world.records += [record] * rng.randint(0, 2)


def junk(world):
    rng = world.rng
    for value in rng.sample(JUNK, rng.randint(2, 8)):
        space = rng.choice(("user_id", "email", "phone", "anonymous_id",
                            "device_id", "crm", "Bad Space", "9x", "x" * 33))
        nodes = [(space, value or " ")]
        if rng.random() < 0.6:
            nodes += world.some(2)
        world.add(nodes)
    world.add([("phone", "+44444444444")] + world.some(1))
    world.add([("phone", "+44444444444")])


def refused(world):
    """Records that cannot be taken; the rest of the import goes on."""
    rng = world.rng
    lines = ['{"type":"track"', "[]", "7", '{"type":"track","userId":"u0"}',
             '{"type":"bake","userId":"u0"}', '{"type":"identify"}',
             '{"type":"identify","userId":"u0","userId":"u1"}',
             '{"type":"identify","userId":"\\ud800"}',
             '{"type":"identify","userId":"u\\u0000"}',
             '{"type":"identify","userId":"u0","traits":{"n":NaN}}',
             '{"type":"identify","userId":"u0","traits":{"n":01}}',
             '{"type":"identify","userId":"u0","traits":{"n":1}},', "", "  "]
    for time in ("yesterday", "", "2024-13-01", "2024-02-30T00:00:00Z",
                 "2024-01-01T24:00:00Z", "2024-01-01T00:00:61Z",
                 "2024-01-01T00:00:60Z", "2024-01-01T00:00:00+1", 1704067200):
        lines.append(json.dumps({"type": "identify", "userId": "u0",
                                 "messageId": "m", "timestamp": time}))
    world.records += rng.sample(lines, rng.randint(3, len(lines)))
    world.records.append(b'{"type":"identify","userId":"\xff\xfe"}')


def limits(world):
    """Records on, and one over, each limit of limits.h."""
    for over in (0, 1):
        number = lambda most: range(most + over)
        long = lambda most: "x" * (most + over)
        deep = json.loads("[" * (30 + over) + "]" * (30 + over))
        for changes in (
                {"event": long(128)}, {"channel": long(128)},
                {"messageId": long(1024)}, {"userId": long(1024)},
                {"context": {"source": long(128)}},
                {"traits": {long(128): 1}}, {"traits": {"deep": deep}},
                {"traits": {f"t{i}": i for i in number(512)}},
                {"context": {"externalIds": [
                    {"type": "crm", "id": f"n{i}"} for i in number(15)]}},
                {"properties": {"size": "x"}}):
            record = {"type": "track", "event": "x", "userId": "long",
                      "messageId": f"limit {over} {sorted(changes)}",
                      "timestamp": "2024-01-01T00:00:00Z", **changes}
            if "properties" in changes:
                room = 65536 + over - len(write(record, world.rng, True))
                record["properties"]["size"] += "x" * room
            if world.rng.random() < 0.5:
                world.records.append(write(record, world.rng, True))


def wrong_types(world):
    """One field of a record is of another kind than it should be."""
    rng = world.rng
    odd = (None, Number("5"), Number("1E2"), Number("-0"), "", "x", True, [],
           {}, [None], [{"id": "x"}], [{"type": "crm"}], [5])
    for _ in range(rng.randint(5, 20)):
        record = world.add(world.some())
        inside = {"context": ("traits", "device", "externalIds", "channel",
                              "source"),
                  "traits": ("email", "phone", "plan"),
                  "properties": ("revenue", "currency", "name")}
        place, key = record, rng.choice((
            "type", "userId", "anonymousId", "channel", "timestamp", "event",
            "originalTimestamp", "sentAt", "messageId", "groupId", "name",
            "previousId", "context", "traits", "properties"))
        if key in inside and rng.random() < 0.7:
            place = record.setdefault(key, {})
            key = rng.choice(inside[key])
        place[key] = rng.choice(odd)


def statements(world, count):
    """Merges and splits among few identifiers that the records name, and now
    and then of one that they do not; some in triangles that contradict."""
    rng = world.rng
    known = sorted({n for n in world.used if records.normal(*n, "41") == n
                    and n[1][:7] != "untimed"})
    pool = rng.sample(known, min(len(known), rng.randint(3, 7)))
    while len(pool) < 3 or rng.random() < 0.3:
        pool.append(("crm", f"nobody{len(pool)}"))
    made = []
    while len(made) < count:
        a, b, c = rng.sample(pool, 3)
        made.append((rng.choice(("link", "part")), a, b))
        if rng.random() < 0.3:
            made += rng.sample([("link", b, c), ("part", a, c),
                                ("link", a, b)], 3)
    return made


FLAVOURS = (everyday, dense, chains, shared_devices, rivals, generic_values,
            generic_of_generic, aliases, retries, clocks, without_ids, junk,
            refused, limits, wrong_types, crowd)


def small_case(seed):
    """Few people; flavours rotate with the number at the seed's end."""
    rng = random.Random(seed)
    turn = int(str(seed).rpartition(":")[2])
    world = World(rng, rng.randint(3, 8), odd=turn % 3 == 1)
    FLAVOURS[turn % len(FLAVOURS)](world)
    for flavour in rng.sample(FLAVOURS, rng.choice((0, 1, 1, 2))):
        flavour(world)
    made = statements(world, rng.choice((0, 0, 3, 6, 12)))
    rng.shuffle(world.records)
    return make_case(seed, rng, world, made, small=True)


def shop(seed, people=3000):
    """Anonymous to known, several channels, families, retries."""
    rng = random.Random(seed)
    world = World(rng, 0, odd=False)
    for p in range(people):
        anon = [("anonymous_id", f"v{p}-{i}") for i in range(rng.randint(1, 3))]
        mail = ("email", f"family{p // 2}@x.org" if rng.random() < 0.1
                else f"p{p}@x.org")
        user, card = ("user_id", f"u{p}"), ("loyalty_id", f"card{p}")
        device = ("device_id", f"d{p // 3 if rng.random() < 0.2 else p}")
        start = BASE + rng.randint(0, 300) * DAY
        at = lambda: start + rng.randint(0, 30 * DAY)
        for visit in anon:
            world.add([visit], at(), type="page", channel="web")
        if rng.random() < 0.7:
            world.add([user, mail, rng.choice(anon)], at(), type="identify",
                      channel="web")
        if rng.random() < 0.4:
            world.add([user, device], at(), type="screen", channel="app")
        if rng.random() < 0.5:
            world.add([card, mail], at(), type="identify", channel="store")
            for _ in range(rng.randint(1, 3)):
                record = world.add([card], at(), type="track",
                                   event="Order Completed", channel="store")
                world.records += [record] * (rng.random() < 0.2)
        if rng.random() < 0.02:
            world.add([card, ("phone", "+41445556677")], at(), type="identify")
    rng.shuffle(world.records)
    return make_case(seed, rng, world, [])


def staff_card(seed):
    """A weak value that ever so many people share."""
    rng = random.Random(seed)
    world = World(rng, 3, odd=False)
    spaces = ("crm", "erp", "club", "card")
    for i in range(rng.randint(495, 520)):
        world.add([("staff", "till 4"), (spaces[i % 4], f"n{i}")],
                  type="track", event="Order Completed")
    for i in range(12):
        world.add([("crm", f"n{i * 4}"), ("email", f"e{i}@x.org")])
    return make_case(seed, rng, world, [])


def wide(seed):
    """One person with more devices than a profile may have identifiers."""
    rng = random.Random(seed)
    world = World(rng, 3, odd=False)
    owners = [("user_id", "u"), ("email", "u@x.org"), ("phone", "+41790000001")]
    world.add(owners, type="identify")
    for i in range(rng.randint(500, 540)):
        world.add([rng.choice(owners), ("anonymous_id", f"a{i}")],
                  type="page", channel="web")
    world.add([("loyalty_id", "L"), ("anonymous_id", "other")], channel="web")
    made = [("link", ("loyalty_id", "L"), ("user_id", "u")),
            ("link", ("anonymous_id", "a1"), ("anonymous_id", "other"))]
    return make_case(seed, rng, world, made)


def busy(seed):
    """One person with a long timeline that comes out of order, with retries
    that take events out of it again."""
    rng = random.Random(seed)
    world = World(rng, 3, odd=False)
    mine = [("user_id", "u"), ("email", "u@x.org"), ("loyalty_id", "L"),
            ("anonymous_id", "a"), ("device_id", "d"), ("crm", "c")]
    for i in range(rng.randint(1500, 3000)):
        nodes = rng.sample(mine, rng.randint(1, 2))
        time = BASE + rng.randint(0, 90 * DAY)
        first = world.add(nodes, time, type="track",
                          originalTimestamp=stamp(rng, time))
        while rng.random() < 0.2 and len(nodes) < len(mine):
            nodes = nodes + [n for n in mine if n not in nodes][:1]
            world.add(nodes, time + rng.choice((0, 1, DAY, -DAY)),
                      type="track", event=first["event"],
                      messageId=first["messageId"],
                      originalTimestamp=first["originalTimestamp"])
    rng.shuffle(world.records)
    return make_case(seed, rng, world, [])


def component(seed):
    """Raw components around the bound: of people, and then of devices."""
    rng = random.Random(seed)
    world = World(rng, 3, odd=False)
    length, often = rng.choice(((1960, 25), (1975, 4), (1980, 0), (1981, 3),
                                (1978, 2), (2040, 4)))
    nodes = [("crm", f"n{i}") for i in range(length)]
    for a, b in zip(nodes, nodes[1:]):
        world.add([a, b], type="track", event="x", properties=...)
    for i in range(20):
        world.add([rng.choice(nodes), ("user_id", f"u{i}")])
        world.add([rng.choice(nodes), ("device_id", f"once{i}")],
                  channel="web")
    for i in range(often):
        for node in rng.sample(nodes, 3):
            world.add([node, ("device_id", f"often{i}")], channel="web")
    for i in range(5):
        world.add([("user_id", f"u{i}"), ("email", f"e{i}@x.org")])
    return make_case(seed, rng, world, [])


BIG = (shop, busy, component, component, component, staff_card, wide, shop)


def make_case(seed, rng, world, made, small=False):
    """One to three files; `all_files` also has the records that only a keyed
    hash can order among others."""
    lines = [line if isinstance(line, (str, bytes)) else
             write(line, rng, not world.odd) for line in world.records]
    if small and rng.random() < 0.3:
        lines = wire_batches(rng, lines)
    lines = [x.encode("utf-8") if isinstance(x, str) else x for x in lines]
    count = rng.choice((1, 1, 2, 3))
    case = Thing(seed=seed, statements=made, calling_code="41", now=10**16,
                 small=small, all_files=[
                     Thing(source=("", "web-shop", "till")[i],
                           lines=lines[i::count]) for i in range(count)])
    return without_ambiguous(case)


def wire_batches(rng, lines):
    """Some lines as members of a batch, which lends them what they lack."""
    taken = [x for x in lines if isinstance(x, str) and x.startswith("{")
             and x.endswith("}") and len(x) < 9999 and rng.random() < 0.5]
    taken = [x for x in taken if not is_refused(x)]
    batch = {"sentAt": stamp(rng, BASE), "context": {"channel": "app",
                                                     "source": "sdk"}}
    text = json.dumps(batch)[:-1] + ',"batch":[' + ",".join(taken) + "]}"
    return [x for x in lines if x not in taken] + [text] * bool(taken)


def without_ambiguous(case):
    """Leaves in `files` the records whose place no keyed hash decides."""
    case.files = [Thing(source=f.source, lines=list(f.lines))
                  for f in case.all_files]
    while True:
        ambiguous = {line for line, _ in model.derive(case).ambiguous}
        if not ambiguous:
            return case
        for file in case.files:
            file.lines = [line for line in file.lines if line not in ambiguous]


def records_of(line):
    try:
        return [r for r in records.records_in(line) if isinstance(r, dict)]
    except records.Refused:
        return []


def is_refused(text):
    return not records_of(text.encode("utf-8"))


def is_untimed(line):
    return any(r.get("timestamp") is None and r.get("originalTimestamp") is
               None for r in records_of(line))


def has_ids(line):
    return all(r.get("messageId") for r in records_of(line))


def cases(seed, small):
    """All cases of a run: `small` small ones and a few big ones."""
    for number in range(small):
        yield small_case(f"{seed}:{number}")
    for number, make in enumerate(BIG):
        yield make(f"{seed}:{make.__name__}:{number}")


def case_of(seed):
    """The case of a seed as a failure names it."""
    parts = seed.split(":")
    makers = {make.__name__: make for make in BIG}
    return makers[parts[1]](seed) if len(parts) > 2 else small_case(seed)
