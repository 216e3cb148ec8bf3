"""Random shops for segments: streams of records and statements, and instants
to ask about. A case is reproduced by its seed."""
import random

import streams
from senders import BASE, DAY, MINUTE, Number, World

NOW = BASE + 40 * DAY       # the clock, unless a case sets it
NAMES = ("Order Completed", "Order Completed", "Product Viewed",
         "Product Added", "Signed Out")


class Shop(World):
    """A world with more to ask about."""

    def __init__(self, rng, people, odd, apart):
        super().__init__(rng, people, odd)
        self.apart = apart

    def time(self):
        rng = self.rng
        if rng.random() < 0.03:
            return BASE + rng.choice((-3000, 100, 9000)) * DAY + rng.randint(
                0, DAY)
        time = BASE + rng.randint(0, 12) * self.apart
        return time if rng.random() < 0.5 else time + rng.choice((
            1, 999999, 10**6, rng.randint(0, self.apart)))

    def add(self, nodes, time=None, **fields):
        rng = self.rng
        if fields.get("type") is None and rng.random() < 0.8:
            fields["type"] = rng.choice(("track",) * 4 + ("identify",))
        if fields.get("type") == "track" and rng.random() < 0.8:
            fields.setdefault("event", rng.choice(NAMES))
        return super().add(nodes, time, **fields)

    def value(self):
        if self.odd or self.rng.random() < 0.2:
            return super().value()
        return self.rng.choice(("gold", "silver", "", None, 3, Number("3.50"),
                                Number("1e2"), True, ["gold", 1]))

    def properties(self):
        rng = self.rng
        properties = super().properties()
        if rng.random() < 0.6:
            properties["currency"] = rng.choice(("CHF", "CHF", "EUR"))
        if rng.random() < 0.5:
            properties["revenue"] = Number("%d.%02d" % (
                rng.randint(0, 99), rng.randint(0, 99)))
        if rng.random() < 0.6:
            properties["sku"] = rng.choice(("A1", "B2", None, 7, ["A1"]))
        if rng.random() < 0.4:
            properties["quantity"] = rng.choice((1, 2, Number("2.0"), "2"))
        return properties


FLAVOURS = (streams.everyday, streams.dense, streams.shared_devices,
            streams.retries, streams.rivals, streams.clocks, streams.aliases,
            streams.without_ids, streams.generic_values)


def case_of(seed, most=FLAVOURS):
    """Few people, on one of several scales of time."""
    rng = random.Random(seed)
    turn = int(str(seed).rpartition(":")[2])
    world = Shop(rng, rng.randint(2, 5), turn % 4 == 1,
                 rng.choice((MINUTE, MINUTE, 3600 * 10**6, DAY)))
    streams.everyday(world)
    for flavour in rng.sample(most, rng.choice((1, 1, 2))):
        flavour(world)
    made = streams.statements(world, rng.choice((0, 0, 2, 5)))
    rng.shuffle(world.records)
    case = streams.make_case(seed, rng, world, made, small=True)
    case.now = NOW
    return case


def sample_of_instants(rng, subjects, count=6):
    """Past, at and around what happened, future."""
    times = sorted({e.time for s in subjects for e in s.events}) or [NOW]
    chosen = [rng.choice(times) + rng.choice((0, 0, -1, 1)) for _ in range(
        count)]
    chosen += [rng.choice(chosen) + rng.choice((
        MINUTE, 3600 * 10**6, DAY, 7 * DAY)) for _ in range(count)]
    return chosen + [NOW, times[0] - DAY, NOW + rng.randint(0, 400) * DAY]
