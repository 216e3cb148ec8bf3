"""As of an instant: what a store tells of then is what a store tells now that
holds nothing later."""
import re
import json

import records
import streams


def time_span(line, source, calling_code):
    """The earliest and latest event of a line; None if it has none."""
    times = []
    for record in streams.records_of(line):
        try:
            times.append(records.read(record, source, calling_code, 0).time)
        except records.Refused:
            pass
    return (min(times), max(times)) if times else None


def sorted_out(case, files):
    """Files as lists of lines with their time; without lines that hold
    events of more than one time."""
    for source, named, nameless in files:
        kept = []
        for line in named + nameless:
            span = time_span(line, source, case.calling_code)
            if span and span[0] == span[1]:
                kept.append((span[0], line))
        yield source, kept


def make(omni, case, files, at_us, joins=None):
    """A store of everything up to an instant; None: of all."""
    store = omni.init(case, joins=joins)
    for source, lines in files:
        some = [line for time, line in lines
                if at_us is None or time <= at_us]
        if some:
            omni.import_lines(store, some, source)
    return store


def text_of(at_us):
    """RFC 3339, for the range that streams use."""
    moment = records.EPOCH + records.timedelta(microseconds=at_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


#: Which fact an event is differs from store to store.
FACT = re.compile(rb'"fact":"[0-9a-f]{32}:[0-9]+",')


def answers(omni, store, node, other, *at):
    """All that is told of one, and of the two."""
    yield omni.run("profile", store, node, "--json", *at, statuses=(0, 1))
    timeline = omni.run("timeline", store, node, "--json", "--last", 1000, *at,
                        statuses=(0, 1))
    yield FACT.sub(b"", timeline)
    yield omni.run("explain", store, node, "--json", *at, statuses=(0, 1))
    yield omni.run("explain", store, node, other, "--json", *at,
                   statuses=(0, 1))


def differences(omni, case, rng, timed):
    """Every (what, expected, found)."""
    files = list(sorted_out(case, timed))
    times = sorted({time for _, lines in files for time, _ in lines})
    if not times:
        return
    whole = make(omni, case, files, None)
    nodes = sorted(":".join((i["namespace"], i["value"])) for line in map(
        json.loads, omni.run("dump", whole).splitlines())
        for i in line.get("identifiers", ()))
    for at_us in rng.sample(times, min(2, len(times))):
        then = make(omni, case, files, at_us, joins=whole)
        at = ("--at", text_of(at_us))
        for node in rng.sample(nodes, min(4, len(nodes))):
            other = rng.choice(nodes)
            for want, got in zip(answers(omni, then, node, other),
                                 answers(omni, whole, node, other, *at)):
                if want != got:
                    yield f"{node}, {other} at {at[1]}", want, got
