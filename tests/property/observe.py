"""What the `omni` command shows of a store, in the model's terms, and how it
differs from what the model expects."""
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace as Thing

import json
import records

MICRO = Decimal(1000000)


class Reader:
    """Reads a dump. Instants between `began` and `ended` are the case's now:
    only then did the store make up a time itself."""

    def __init__(self, case, began, ended):
        self.case, self.began, self.ended = case, began, ended

    def time(self, text):
        time = records.instant(text)
        return self.case.now if self.began <= time <= self.ended else time

    def span(self, value):
        return (self.time(value["first_seen"]), self.time(value["last_seen"]),
                tuple(value["channels"]))

    def figure(self, value):
        return (int(value["count"]), self.time(value["first"]),
                self.time(value["last"]), {
                    currency: tuple(int(Decimal(amount[k]) * MICRO)
                                    for k in ("sum", "min", "max"))
                    for currency, amount in value["amounts"].items()})

    def event(self, value):
        return (self.time(value["time"]), value["name"], value.get("id", ""),
                value["type"], value.get("channel", ""),
                value.get("source", ""),
                frozenset(map(node_of, value["identifiers"])),
                records.canonical(value.get("traits", {})),
                records.canonical(value.get("properties", {})))

    def profile(self, line):
        return Thing(
            id=line["id"], span=self.span(line),
            identifiers={node_of(i): self.span(i)
                         for i in line["identifiers"]},
            figures={name: self.figure(v)
                     for name, v in line["events"].items()},
            traits={name: (self.time(v["time"]), records.canonical(v["value"]),
                           v["source"], v["event"])
                    for name, v in line["traits"].items()},
            held={(node_of(h["identifier"]), node_of(h["other"]), h["rule"])
                  for h in line["held_apart"]},
            timeline=[self.event(e) for e in line["timeline"]])

    def dump(self, text):
        lines = [records.parse(line, most=99) for line in text.splitlines()]
        return [self.profile(x) for x in lines if "identifiers" in x]

    def group(self, value):
        return Thing(
            members=value["members"],
            span=(self.time(value["first_seen"]),
                  self.time(value["last_seen"])),
            traits={name: (self.time(v["time"]), records.canonical(v["value"]))
                    for name, v in value["traits"].items()})

    def groups(self, text):
        lines = [records.parse(line, most=99) for line in text.splitlines()]
        return {x["group"]["id"]: self.group(x["group"])
                for x in lines if "group" in x}

    def store(self, omni, store):
        dump = omni.run("dump", store)
        return Thing(profiles=self.dump(dump), groups=self.groups(dump),
                     stats=json.loads(omni.run("stats", store, "--json")))


def node_of(value):
    if isinstance(value, str):
        return tuple(value.split(":", 1))
    return value["namespace"], value["value"]


def sent(event):
    """An event of the model as the dump's timeline shows it."""
    time, copy, identifiers = event
    return (time, copy.name, copy.sent_id, copy.type, copy.channel,
            copy.source, frozenset(identifiers), records.canonical(copy.traits),
            records.canonical(copy.properties))


def without_made_up_ids(events, known):
    return [e[:2] + (e[2] if e[2] in known else "",) + e[3:] for e in events]


def profile_differences(expected, found, known, ids):
    for what in ("span", "identifiers", "figures", "held"):
        want, got = getattr(expected, what), getattr(found, what)
        if want != got:
            yield what, want, got
    if set(expected.traits) != set(found.traits):
        yield "trait names", set(expected.traits), set(found.traits)
    for name in set(expected.traits) & set(found.traits):
        trait = found.traits[name]
        trait = trait[:3] + (trait[3] if trait[3] in known else "",)
        if trait not in expected.traits[name]:
            yield f"trait {name}", expected.traits[name], trait
    want = Counter(sent(e) for e in expected.timeline)
    got = Counter(without_made_up_ids(found.timeline, known))
    if want != got:
        yield "timeline", want - got, got - want
    times = [e[0] for e in found.timeline]
    if times not in (sorted(times), sorted(times)[::-1]):
        yield "timeline's order", "by time", times
    if ids and ids.get(expected.named_by) != found.id:
        yield ("profile id", expected.named_by,
               [node for node, id_ in ids.items() if id_ == found.id])


def group_differences(state, found, by_members):
    if set(state.groups) != set(found.groups):
        yield "groups", "names", set(state.groups), set(found.groups)
    for name in set(state.groups) & set(found.groups):
        want, got = state.groups[name], found.groups[name]
        members = sorted(by_members[m].id for m in want.members
                         if m in by_members)
        for what, a, b in (
                ("members", members, got.members),
                ("span", (min(want.times), max(want.times)), got.span),
                ("trait names", set(want.traits), set(got.traits))):
            if a != b:
                yield f"group {name}", what, a, b
        for trait in set(want.traits) & set(got.traits):
            if got.traits[trait] not in want.traits[trait]:
                yield (f"group {name}", trait, want.traits[trait],
                       got.traits[trait])


def differences(state, found, ids=None):
    """(where, what, expected, found) of all that is not as it should be.
    `ids`: the id that each identifier has by itself, if known."""
    by_members = {frozenset(p.identifiers): p for p in found.profiles}
    known = {event[1].sent_id for profile in state.profiles.values()
             for event in profile.timeline}
    for name, want in (("events", state.events), ("nodes", state.nodes),
                       ("profiles", len(state.profiles)),
                       ("links", state.links)):
        if found.stats[name] != want:
            yield "stats", name, want, found.stats[name]
    for members in sorted(set(state.profiles) | set(by_members), key=sorted):
        if members not in by_members:
            yield sorted(members), "profile", "a profile", "none"
        elif members not in state.profiles:
            yield sorted(members), "profile", "none", "a profile"
        else:
            for what in profile_differences(
                    state.profiles[members], by_members[members], known, ids):
                yield (sorted(members),) + what
    yield from group_differences(state, found, by_members)


def ids_alone(dump):
    """Identifier to id, from the dump of a store that links nothing."""
    return {node_of(p["identifiers"][0]): p["id"]
            for p in map(json.loads, dump.splitlines())
            if len(p.get("identifiers", ())) == 1}
