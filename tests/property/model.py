"""A naive model of libomni: from a set of records and statements to all that
is derived from them. Written straight from the rules of the design (F6, F7,
I3-I8, E1, P1, P2), it shares nothing with the library. records.py reads the
records; mutants.py breaks these rules on purpose, one by one.

Where a tie is broken by a keyed hash, which no model can know, the model
names the records in `ambiguous`; the streams avoid them.
"""
import itertools
from collections import Counter, defaultdict
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context
from types import SimpleNamespace as Thing

import contested
import policies
import records
from policies import DEVICE, PERSON, SHARED

RULES = ("generic", "component", "part", "max_per_profile",
         "max_identifiers", "device")

policy = policies.Policy()      # what is derived by


def register(node):
    return policy.of(node[0])


def is_a(class_, node):
    return register(node)[0] == class_


def rank(node):
    """Every person is stronger than every device, whatever the numbers."""
    return register(node)[:2]


# F7: the same event twice is one event

def connected_copies(copies):
    """Copies of one name, id and instant that share identifiers, directly or
    through one another."""
    heaps = defaultdict(list)
    for copy in copies:
        heaps[copy.name, copy.id, copy.instant].append(copy)
    for heap in heaps.values():
        while heap:
            event = joined = [heap.pop()]
            while joined:
                known = set().union(*(c.identifiers for c in event))
                joined = [c for c in heap if known & c.identifiers]
                heap = [c for c in heap if c not in joined]
                event = event + joined
            yield event


def best_copies(copies):
    """Those with the most identifiers; the first of them is chosen."""
    most = max(len(c.identifiers) for c in copies)
    return sorted((c for c in copies if len(c.identifiers) == most),
                  key=lambda c: c.content_hash)


def order_of_event(copy):
    """F6; two events that differ in nothing but the sender's instant are in
    the order of that. Where no hash is known, times alone are."""
    return (copy.time, copy.id_hash, copy.content_hash,
            copy.instant if copy.id_hash else 0)


def make_event(copies):
    best = best_copies(copies)
    identifiers = set().union(*(c.identifiers for c in copies))
    return Thing(copies=copies, winner=best[0], time=best[0].time,
                 order=order_of_event(best[0]),
                 identifiers=identifiers,
                 anchor=min(identifiers, key=lambda n: (rank(n), n)),
                 tied=[c for c in best if c.content != best[0].content
                       and c.content_hash == best[0].content_hash])


def is_void(copies, retracted):
    """A retract of any copy voids the event."""
    return any(copy.index[0] in retracted for copy in copies)


# I5: what events observe

def links_devices(channel):
    return channel not in policy.device_free_channels


def observed_pairs(copy):
    devices = links_devices(copy.channel)
    linked = sorted(node for node in copy.identifiers if not (
        is_a(SHARED, node) or is_a(DEVICE, node) and not devices))
    return itertools.combinations(linked, 2)


def observe(events):
    """Where each identifier was seen, and the earliest time of each link."""
    seen, links = defaultdict(list), {}
    for copy in (copy for event in events for copy in event.copies):
        for node in copy.identifiers:
            seen[node].append((copy.time, copy.channel))
        for pair in observed_pairs(copy):
            links[pair] = min(copy.time, links.get(pair, copy.time))
    return seen, links


# I6: generic identifiers

def is_generic(node, neighbours):
    above = register(node)[3]
    people = [n for n in neighbours if is_a(PERSON, n)]
    stronger = Counter(n[0] for n in people if rank(n) < rank(node))
    return above != 0 and (max(stronger.values(), default=0) > above
                           or len(people) > policy.max_identifiers)


def generic_nodes(links):
    neighbours = defaultdict(set)
    for a, b in links:
        neighbours[a].add(b)
        neighbours[b].add(a)
    return {node for node in neighbours if is_generic(node, neighbours[node])}


# I5, E3: statements of people and of alias events

def alias_facts(event):
    """The links that an alias event states, as link facts of its time."""
    if event.winner.alias:
        user, previous = event.winner.alias
        for other in (("user_id", previous), ("anonymous_id", previous)):
            if other != user:
                yield ((event.time, 0, event.order), "link", True,
                       pair_of(user, other))


def in_force(facts):
    """Of the facts on one pair the latest."""
    return max(facts)


def said_now(case):
    """The statements of a case as facts, each later than the one before."""
    return [((case.now, 1, number), kind, False, pair_of(a, b))
            for number, (kind, a, b) in enumerate(case.statements)]


def force(statements, events, seen):
    """Pair to its fact (order, kind, is of an alias, pair) in force; and the
    pairs that have an alias link, in force or overruled."""
    stated = defaultdict(list)
    for fact in [fact for event in events for fact in alias_facts(event)
                 ] + statements:
        if fact[3][0] in seen and fact[3][1] in seen:
            stated[fact[3]].append(fact)
    return {pair: in_force(facts) for pair, facts in stated.items()}, {
        pair for pair, facts in stated.items() if any(f[2] for f in facts)}


def pair_of(a, b):
    return min(a, b), max(a, b)


def too_many_aliases(pairs):
    """E3: pairs whose alias link has an end with too many of them."""
    ends = Counter(node for pair in pairs for node in pair)
    return {pair for pair in pairs
            if max(ends[node] for node in pair) > policy.max_alias_links}


# I7: resolution

def join(whole, a, b):
    small, large = sorted((whole[a], whole[b]), key=len)
    if small is not large:
        large |= small
        for node in small:
            whole[node] = large


def alone(links):
    """Devices with one link, whoever it leads to."""
    degree = Counter(node for pair in links for node in pair)
    return {node for node in degree
            if is_a(DEVICE, node) and degree[node] == 1}


def over_component_bound(links, leaves):
    """Links held apart as their raw component is too large, rank by rank, and
    how many that counts."""
    counted = [pair for pair in links if not leaves & set(pair)]
    kept, cut = [], {}
    for step in sorted({max(map(rank, pair)) for pair in counted}):
        added = [p for p in counted if max(map(rank, p)) == step]
        raw = {node: {node} for pair in links for node in pair}
        for a, b in kept + added:
            join(raw, a, b)
        cut.update((p, len(raw[p[0]])) for p in added
                   if len(raw[p[0]]) > policy.max_component)
        kept += [p for p in added if p not in cut]
    return cut


def order_of_link(pair, time):
    ranks = sorted(map(rank, pair))
    return ranks[1], ranks[0], time, pair


def objections(one, other, pair, parts):
    """Rules that an observed link would break by joining two sets."""
    for a, b in parts:
        if (a in one and b in other) or (b in one and a in other):
            yield "part"
    spaces, others = (Counter(n[0] for n in side) for side in (one, other))
    for space in set(spaces) & set(others):
        if 0 < register((space, ""))[2] < spaces[space] + others[space]:
            yield "max_per_profile"
    if len(one) + len(other) > policy.max_identifiers:
        yield "max_identifiers"
    if any(is_a(DEVICE, node) for node in pair) and any(
            is_a(PERSON, (space, "")) for space in spaces if others[space]):
        yield "device"


def stated_objections(one, other, pair, parts):
    """The same of a link that somebody stated."""
    return [rule for rule in objections(one, other, pair, parts)
            if rule in ("part", "max_identifiers")]


def first_rule(rules):
    return min(rules, key=RULES.index, default="none")


def resolve(seen, links, facts, alias_pairs):
    """Node to its profile's set of nodes; (pair, kind) held apart to its
    rule; links that were accepted, and links that were cut."""
    generic = generic_nodes(links)
    live = {p: t for p, t in links.items() if not generic & set(p)}
    cut = over_component_bound(live, alone(links))
    stated = sorted(f for f in facts.values() if f[1] == "link")
    parts = [f[3] for f in facts.values() if f[1] == "part"]
    crowded = too_many_aliases(alias_pairs) & {f[3] for f in stated if f[2]}
    whole, accepted = {node: {node} for node in seen}, set()

    for pair in sorted(live, key=lambda p: order_of_link(p, live[p])):
        a, b = pair
        if pair not in cut and (whole[a] is whole[b] or not any(
                objections(whole[a], whole[b], pair, parts))):
            accepted.add((pair, "observed"))
            join(whole, a, b)
    for fact in (f for f in stated if f[3] not in crowded):
        a, b = fact[3]
        if whole[a] is whole[b] or not stated_objections(
                whole[a], whole[b], (a, b), parts):
            accepted.add((fact[3], "alias" if fact[2] else "link"))
            join(whole, a, b)

    held = {}
    for pair in links:
        sides = whole[pair[0]], whole[pair[1]]
        if sides[0] is not sides[1]:
            held[pair, "observed"] = first_rule(
                ["generic"] if generic & set(pair) else
                ["component"] if pair in cut else
                objections(*sides, pair, parts))
    for _, _, aliased, pair in stated:
        sides = whole[pair[0]], whole[pair[1]]
        if sides[0] is not sides[1]:
            held[pair, "alias" if aliased else "link"] = first_rule(
                ["generic"] if pair in crowded else
                stated_objections(*sides, pair, parts))
    return whole, held, accepted, cut


def held_pairs(held):
    """Pair held apart to the first rule that holds a link of it."""
    rules = defaultdict(list)
    for (pair, _), rule in held.items():
        rules[pair].append(rule)
    return {pair: first_rule(those) for pair, those in rules.items()}


# P1, P2, I8: profiles

def amount_of(properties, event_name="*"):
    """(currency, exact millionths) of an event, or None."""
    numbers = [properties[name] for name in policy.amounts_of(event_name)
               if records.is_number(properties.get(name))]
    if not numbers:
        return None
    exact = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN)
    micro = exact.multiply(numbers[0], 1000000)
    if abs(micro) >= 2**127:
        return None
    micro = int(micro.to_integral_value(ROUND_HALF_EVEN))
    if abs(micro) > 10**27:
        return None
    currency = properties.get("currency")
    return currency if isinstance(currency, str) else "", micro


def figures_of(events):
    names = defaultdict(list)
    for event in events:
        names[event.winner.name].append(event)
    for name, those in names.items():
        times, amounts = [e.time for e in those], defaultdict(list)
        for currency, micro in filter(None, (
                amount_of(e.winner.properties, name) for e in those)):
            amounts[currency].append(micro)
        yield name, (len(those), min(times), max(times), {
            c: (sum(a), min(a), max(a)) for c, a in amounts.items()})


def trait_order(name, event):
    """P1: the source most trusted, then the later by F6."""
    return -policy.trust(name, event.winner.source), event.order


def winners(events, traits, order):
    """Each trait with the events that give it (several only in a tie)."""
    given = defaultdict(list)
    for event in events:
        for name in traits(event):
            given[name].append(event)
    for name, those in given.items():
        best = max(order(name, event) for event in those)
        yield name, [e for e in those if order(name, e) == best]


def traits_of(events):
    """Each trait with its winning values."""
    for name, those in winners(events, lambda e: e.winner.traits,
                               trait_order):
        yield name, {(e.time, records.canonical(e.winner.traits[name]),
                      e.winner.source, e.winner.sent_id) for e in those}


def named_by(members, seen):
    """I8: the person-class member first seen, else any member first seen."""
    people = [n for n in members if is_a(PERSON, n)] or members
    return min(people, key=lambda n: (min(t for t, _ in seen[n]), n))


def span(sightings):
    times = [time for time, _ in sightings]
    channels = {channel for _, channel in sightings if channel}
    return min(times), max(times), tuple(sorted(channels))


def make_profile(members, seen, held, events):
    return Thing(
        named_by=named_by(members, seen),
        span=span([s for node in members for s in seen[node]]),
        identifiers={node: span(seen[node]) for node in members},
        figures=dict(figures_of(events)), traits=dict(traits_of(events)),
        held={(node, pair[pair[0] == node], rule)
              for pair, rule in held for node in pair if node in members},
        timeline=[(e.time, e.winner, e.identifiers) for e in events],
        events=events, givers=dict(winners(
            events, lambda e: e.winner.traits, trait_order)))


def tells_of_group(event):
    return event.winner.type == "group" and event.winner.group_id


def group_trait_order(name, event):
    """The later by F6."""
    return event.order


def make_groups(events, at):
    """Who the `group` events say to be in one, when, and its traits: of each
    every (time, value) of the latest, which a hash decides between."""
    groups = defaultdict(list)
    for event in events:
        if tells_of_group(event) and at[id(event)]:
            groups[event.winner.group_id].append(event)
    return {name: make_group(those, at) for name, those in groups.items()}


def make_group(events, at):
    givers = dict(winners(events, lambda e: e.winner.group_traits,
                          group_trait_order))
    return Thing(
        members={frozenset(at[id(event)]) for event in events},
        times={event.time for event in events}, givers=givers,
        traits={name: {(e.time, records.canonical(e.winner.group_traits[name]))
                       for e in those} for name, those in givers.items()})


def derive(case):
    """All that follows from a case (see streams.py)."""
    copies, counts = records.read_case(case)
    state = infer(copies, said_now(case))
    state.counts = counts
    return state


def infer(copies, statements):
    """All that follows from live copies of events, and statements."""
    events = [make_event(group) for group in connected_copies(copies)]
    seen, links = observe(events)
    facts, alias_pairs = force(statements, events, seen)
    whole, held, accepted, cut = resolve(seen, links, facts, alias_pairs)
    generic, events_at = generic_nodes(links), defaultdict(list)
    owners = contested.places(events, held, generic)
    at = {id(e): whole.get(owners[id(e)]) for e in events}
    nobody, held_at = defaultdict(list), defaultdict(set)
    for event in events:
        if at[id(event)] is None:
            nobody[event.anchor].append(event)
        else:
            events_at[id(at[id(event)])].append(event)
    for pair, rule in held_pairs(held).items():
        for node in pair:
            held_at[id(whole[node])].add((pair, rule))
    sets = {id(members): members for members in whole.values()}
    profiles = {frozenset(members): make_profile(
        sorted(members), seen, held_at[key], events_at[key])
        for key, members in sets.items()}
    return Thing(profiles=profiles, groups=make_groups(events, at),
                 contested=contested.devices(events, held, generic)
                 if contested.ON else set(),
                 events=len(events), nodes=len(seen), nobody=nobody,
                 links=len(links), ambiguous=ambiguous(events, contested.ties(
                     events, held, generic) if contested.ON else ()),
                 why=Thing(seen=seen, pairs=links, whole=whole, cut=cut,
                           held=held, accepted=accepted, generic=generic,
                           alias_pairs=alias_pairs, facts=facts,
                           owners=owners, statements=statements,
                           all_events=events))


def ambiguous(events, ties):
    """Records whose order among others only a keyed hash can tell."""
    tied = [c.index for event in events for c in event.tied]
    tied += [c.index for event in ties for c in event.copies]
    aliases = {}
    for event in events:
        for fact in alias_facts(event):
            if aliases.setdefault(event.order, event) is not event:
                tied += [c.index for c in event.copies]
    return tied
