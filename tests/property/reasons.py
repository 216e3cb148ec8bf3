"""Why two identifiers are one profile, or why not, the naive way (design,
I11): from what model.py derives to the JSON that `omni explain` should print.

What only a keyed hash or the clock decides is left open: an expected `event`
is the set of what it may be, and times of now are the case's.
"""
import re
from collections import Counter, defaultdict

import model
import records

REASON = "the oracle says so"
KINDS = "observed", "link", "alias", "part"
SENTENCE_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
DAY = re.compile(r"\bon \d{4}-\d\d-\d\d\b")


def text_of(node):
    return ":".join(node)


def everybody(state):
    """All whom somebody names, known to events or not."""
    named = {n for s in state.statements for n in s[3]} | {
        n for event in state.all_events
        for fact in model.alias_facts(event) for n in fact[3]}
    return {**dict.fromkeys(named), **state.seen}


def prepare(derived):
    """What the answers stand on, from what model.derive() made."""
    state = derived.why
    state.contested = derived.contested
    state.near = defaultdict(set)
    for a, b in state.pairs:
        state.near[a].add(b)
        state.near[b].add(a)
    state.generic = model.generic_nodes(state.pairs)
    state.stated = model.force(state.statements, state.all_events,
                               everybody(state))[0]
    state.unknown = {pair for pair in state.stated
                     if not set(pair) <= set(state.whole)}
    state.copies = first_copies(state)
    return state


# What a link rests on

def first_copies(state):
    """Copies that observe a link at its time: the first event of them."""
    found = defaultdict(list)
    for event in state.all_events:
        for copy in event.copies:
            for pair in model.observed_pairs(copy):
                if copy.time == state.pairs[pair]:
                    found[pair].append(copy)
    return found


def events_that_alias(state, pair, time):
    return [event.winner for event in state.all_events if event.time == time
            and any(f[3] == pair for f in model.alias_facts(event))]


def shown_event(copy):
    return copy.channel, copy.sent_id, copy.name, copy.source


def link(state, a, b, kind, what, rule="", because=""):
    """One link as JSON; what may be one of several is a set in `shown`."""
    pair = model.pair_of(a, b)
    made = {"a": text_of(a), "b": text_of(b), "kind": kind, "state": what,
            "rule": rule, "because": because}
    if kind == "observed":
        made["time"] = state.pairs[pair]
        made["shown"] = {shown_event(c) for c in state.copies[pair]}
    elif kind == "alias":
        made["time"] = state.stated[pair][0][0]
        made["shown"] = {shown_event(c) for c in events_that_alias(
            state, pair, made["time"])}
    else:
        made["time"], made["reason"] = state.stated[pair][0][0], REASON
        made["fact"] = state.stated[pair][0][2]
    return made


def kind_of(fact):
    return "part" if fact[1] == "part" else "alias" if fact[2] else "link"


# The chain

def accepted_by_node(state):
    near = defaultdict(set)
    for (a, b), _ in state.accepted:
        near[a].add(b)
        near[b].add(a)
    return near


def ways(near, a, b):
    """All shortest ways from one to the other."""
    found, seen = [[a]], {a}
    while found and not any(way[-1] == b for way in found):
        longer = [way + [n] for way in found for n in near[way[-1]]
                  if n not in seen]
        seen |= {way[-1] for way in longer}
        found = prune(longer)
    return [way for way in found if way[-1] == b]


def prune(longer):
    """Of the ways to one node the first: what follows is the same."""
    best = {}
    for way in longer:
        best[way[-1]] = first_way(way, best.get(way[-1], way))
    return list(best.values())


def first_way(one, other):
    return min(one, other)


def joining_kind(state, a, b):
    pair = model.pair_of(a, b)
    return min((kind for p, kind in state.accepted if p == pair),
               key=KINDS.index)


def chain(state, a, b):
    way, = ways(accepted_by_node(state), a, b)
    return [link(state, x, y, joining_kind(state, x, y), "accepted")
            for x, y in zip(way, way[1:])]


# Why not

def crowd(state, node):
    """(namespace, count, limit) of what makes a node generic, or None."""
    people = [n for n in state.near[node] if model.is_a(model.PERSON, n)]
    above = model.register(node)[3]
    stronger = Counter(n[0] for n in people
                       if model.rank(n) < model.rank(node))
    for space in sorted(stronger):
        if stronger[space] > above:
            return space, stronger[space], above
    return "", len(people), model.policy.max_identifiers


def say_generic(state, node):
    space, count, limit = crowd(state, node)
    what = f"{space} values" if space else "identifiers of people"
    return (f"{text_of(node)} is generic: seen with {count} {what}, "
            f"more than {limit}")


def alias_count(state, node):
    return sum(node in pair for pair in state.alias_pairs)


def say_aliases(state, node):
    return (f"{text_of(node)} has alias links to {alias_count(state, node)} "
            f"identifiers, more than {model.policy.max_alias_links}")


def say_common(state, pair, kind):
    if kind == "alias":
        return "; ".join(say_aliases(state, n) for n in sorted(pair)
                         if alias_count(state, n) > model.policy.max_alias_links)
    return "; ".join(say_generic(state, n) for n in sorted(pair)
                     if n in state.generic)


def say_component(state, pair):
    assert model.pair_of(*pair) in state.cut
    return ("it is one of the links by which more than "
            f"{model.policy.max_component} identifiers hang together")


def parts_between(state, one, other):
    """Parts in force, from the one side to the other."""
    ends = [f[3] for f in state.stated.values() if f[1] == "part"]
    return sorted((a, b) for pair in ends for a, b in (pair, pair[::-1])
                  if a in one and b in other)


def choose_part(found, pair):
    return pair if pair in found else found[0]


def say_parted(state, part, pair):
    who = "" if part == pair else (
        f"{text_of(part[0])} and {text_of(part[1])} are ")
    return f"{who}stated apart on TODAY: {REASON}"


def say_rule(state, rule, one, other, pair, kind):
    spaces, others = (Counter(n[0] for n in side) for side in (one, other))
    common = sorted(set(spaces) & set(others))
    if rule == "generic":
        return say_common(state, pair, kind)
    if rule == "component":
        return say_component(state, pair)
    if rule == "part":
        return say_parted(state, choose_part(parts_between(
            state, one, other), pair), pair)
    if rule == "max_per_profile":
        for space in in_order(common):
            most, sum_ = model.register((space, ""))[2], (
                spaces[space] + others[space])
            if 0 < most < sum_:
                return (f"joining would give {space} {sum_} values, "
                        f"at most {most}")
    if rule == "max_identifiers":
        return ("joining would make a profile of "
                f"{len(one) + len(other)} identifiers, "
                f"at most {model.policy.max_identifiers}")
    device = [n for n in in_order(pair) if model.is_a(model.DEVICE, n)][0]
    space = [s for s in in_order(common)
             if model.is_a(model.PERSON, (s, ""))][0]
    return (f"{text_of(device)} is a device, and both profiles have {space} "
            "values of their own")


def in_order(things):
    return sorted(things)


def rules_of(state, pair, kind, one, other):
    parts = [f[3] for f in state.stated.values() if f[1] == "part"]
    if kind != "observed":
        crowded = kind == "alias" and any(
            alias_count(state, n) > model.policy.max_alias_links for n in pair)
        return ["generic"] if crowded else model.stated_objections(
            one, other, pair, parts)
    if state.generic & set(pair):
        return ["generic"]
    if model.pair_of(*pair) in state.cut:
        return ["component"]
    return model.objections(one, other, pair, parts)


def held_link(state, a, b, kind):
    one, other = state.whole[a], state.whole[b]
    rule = model.first_rule(rules_of(state, (a, b), kind, one, other))
    return link(state, a, b, kind, "held", rule, say_rule(
        state, rule, one, other, (a, b), kind))


def links_between(state, one, other):
    """(a, b, kind) of every link from one profile to another."""
    found = [(pair, "observed") for pair in state.pairs]
    found += [(f[3], kind_of(f)) for f in state.stated.values()
              if f[1] == "link" and f[3] not in state.unknown]
    for pair, kind in found:
        for a, b in (pair, pair[::-1]):
            if a in one and b in other:
                yield a, b, kind


def rule_order(made):
    return (made["a"].split(":", 1), made["b"].split(":", 1),
            model.RULES.index(made["rule"]),
            KINDS.index(made["kind"]))


def waiting(state, members):
    return [link(state, a, b, kind_of(state.stated[pair]), "waiting",
                 because=f"no event names {text_of(b)} yet")
            for pair in state.unknown for a, b in (pair, pair[::-1])
            if a in members]


def by_names(made):
    return made["a"].split(":", 1), made["b"].split(":", 1)


def summary(same, links, parts, a, b):
    if same:
        return ("both are one and the same identifier" if a == b else
                "one profile: a link joins them" if links == 1 else
                f"one profile: a chain of {links} links joins them")
    if links:
        return ("two profiles: a link between them is held apart"
                if links == 1 else
                f"two profiles: {links} links between them are held apart")
    return ("two profiles: stated apart, and no evidence against it" if parts
            else "two profiles: no evidence that they are one")


def explain(state, a, b):
    one, other = state.whole[a], state.whole[b]
    if one is other:
        links = chain(state, a, b)
        return {"same": True, "chain": links,
                "summary": summary(True, len(links), 0, a, b)}
    held = sorted((held_link(state, *found) for found in links_between(
        state, one, other)), key=rule_order)
    parts = [link(state, *part, "part", "parted",
                  because=say_parted(state, part, part))
             for part in parts_between(state, one, other)]
    return {"same": False, "held_apart": held, "parts": parts,
            "waiting": sorted(waiting(state, one) + waiting(state, other),
                              key=by_names),
            "summary": summary(False, len(held), len(parts), a, b)}


# One identifier

def say_named(state, members, head):
    people = sum(model.is_a(model.PERSON, n) for n in members)
    time = f"AT {min(t for t, _ in state.seen[head])}"
    name = text_of(head)
    if len(members) == 1:
        return f"{name} is the only identifier, seen since {time}"
    if people == 1:
        return f"{name} is the only one that names a person, seen since {time}"
    if people:
        return (f"{name} was seen first of the {people} that name a person, "
                f"at {time}")
    return (f"{name} was seen first of all {len(members)}, at {time}, and none "
            "names a person")


def say_passed(state, pair, kind):
    if kind == "alias" or state.generic & set(pair):
        return "generic", say_common(state, pair, kind)
    if model.pair_of(*pair) in state.cut:
        return "component", say_component(state, pair)
    return "", "a rule held it apart when it came to it"


def was_accepted(state, a, b, kind):
    return (model.pair_of(a, b), kind) in state.accepted


def neighbour(state, a, b, kind):
    if kind == "part":
        return link(state, a, b, kind, "parted",
                    because=say_parted(state, (a, b), (a, b)))
    if state.whole[a] is not state.whole[b]:
        return held_link(state, a, b, kind)
    if was_accepted(state, a, b, kind):
        return link(state, a, b, kind, "accepted")
    rule, because = say_passed(state, (a, b), kind)
    return link(state, a, b, kind, "passed", rule, because +
                "; the two are one profile by other links")


def neighbours(state, node):
    found = [(pair, "observed") for pair in state.pairs if node in pair]
    found += [(pair, kind_of(f)) for pair, f in state.stated.items()
              if node in pair and pair not in state.unknown]
    made = [neighbour(state, node, pair[pair[0] == node], kind)
            for pair, kind in found]
    return sorted(made + waiting(state, {node}), key=lambda m: (
        by_names(m), KINDS.index(m["kind"])))


def explain_one(state, node):
    members = state.whole[node]
    head = model.named_by(members, state.seen)
    made = neighbours(state, node)
    space, count, limit = crowd(state, node)
    first, last, channels = model.span(state.seen[node])
    return {
        "identifier": text_of(node), "class": model.register(node)[0][2:],
        "rank": model.register(node)[1], "first_seen": first,
        "last_seen": last, "channels": list(channels),
        "named_by": {"identifier": text_of(head),
                     "because": say_named(state, members, head)},
        "profile_size": len(members),
        "generic": node in state.generic and {
            "because": say_generic(state, node), "count": count,
            "limit": limit, "namespace": space} or None,
        "contested": node in state.contested,
        "neighbour_total": len(made), "neighbours": made[:1000]}


# What the command printed, in these terms

class Reader:
    def __init__(self, times, facts):
        self.times, self.facts = times, facts

    def words(self, text):
        """A sentence without what the clock decides."""
        text = DAY.sub("on TODAY", text)
        return SENTENCE_TIME.sub(
            lambda m: f"AT {self.times.time(m.group())}", text)

    def link(self, found):
        made = {k: found[k] for k in ("a", "b", "kind", "state")}
        made["rule"] = found.get("rule", "")
        made["because"] = self.words(found.get("because", ""))
        made["time"] = self.times.time(found["time"])
        if "fact" in found:
            made["fact"] = self.facts.index(found["fact"])
            made["reason"] = found["reason"]
        else:
            made["shown"] = tuple(found[k] for k in (
                "channel", "event", "name", "source"))
        return made

    def links(self, found):
        return [self.link(x) for x in found]

    def pair(self, found):
        made = {"same": found["same"], "summary": found["summary"]}
        for key in ("chain", "held_apart", "parts", "waiting"):
            if key in found:
                made[key] = self.links(found[key])
        return made

    def one(self, found):
        made = {k: found[k] for k in (
            "identifier", "class", "rank", "channels", "profile_size",
            "generic", "contested", "neighbour_total")}
        made["first_seen"] = self.times.time(found["first_seen"])
        made["last_seen"] = self.times.time(found["last_seen"])
        made["named_by"] = {
            "identifier": found["named_by"]["identifier"],
            "because": self.words(found["named_by"]["because"])}
        made["neighbours"] = self.links(found["neighbours"])
        return made


def fits(want, got, known):
    """An event may be one of several, and its id one that was made up."""
    if isinstance(want, set):
        channel, event, name, source = got
        sent = event if event in known else ""
        return (channel, sent, name, source) in want
    if isinstance(want, dict):
        return isinstance(got, dict) and set(want) == set(got) and all(
            fits(want[key], got[key], known) for key in want)
    if isinstance(want, list):
        return isinstance(got, list) and len(want) == len(got) and all(
            fits(*both, known) for both in zip(want, got))
    return want == got


def questions(derived, rng):
    """Some tuples of one identifier or two, in one profile or not."""
    state = derived.why
    nodes = sorted(state.whole)
    if not nodes:
        return []
    made = [tuple(rng.choices(nodes, k=2)) for _ in range(2)]
    made += [(node, rng.choice(sorted(state.whole[node])))
             for node in rng.choices(nodes, k=2)]
    apart = [pair for pair in sorted(state.pairs)
             if state.whole[pair[0]] is not state.whole[pair[1]]]
    made += rng.sample(apart, min(3, len(apart)))
    stated = [(a, b) for _, _, _, (a, b) in state.statements
              if a in state.whole and b in state.whole]
    made += rng.sample(stated, min(1, len(stated)))
    return made + [(rng.choice(nodes),), (rng.choice(made[-1]),)]


def differences(derived, answers):
    """(question, expected, found) of each answer that is not as it should
    be; a question is a tuple of one or two identifiers."""
    state = prepare(derived)
    known = {c.sent_id for e in state.all_events for c in e.copies}
    for question, got in answers:
        if not set(question) <= set(state.whole):
            yield question, "somebody", "nobody"
            continue
        want = (explain if len(question) == 2 else explain_one)(
            state, *question)
        if not fits(want, got, known):
            yield question, want, got
