"""What a store answers when it is asked, and what the model says: of people,
pairs, traits, groups, of an earlier instant, and of what a policy would do.
Each function yields (what, expected, found) of what differs, and counts what it
compared."""
import copy
import json
import random

import dumped
import facts_model
import histories
import model
import omni
import policies
import reasons
import records


class Clock:
    """Instants as they are: nothing in a history is of now."""

    @staticmethod
    def time(text):
        return records.instant(text)


class Places:
    """Ids of facts to what orders them, as the model has them."""

    def __init__(self, facts):
        self.places = {f"{f.replica.hex()}:{f.sequence}":
                       facts_model.place(f) for f in facts}

    def index(self, fact):
        return self.places[fact]


def name_of(node):
    return ":".join(node)


def or_none(function, *words, **named):
    """What a call says; None for nobody."""
    try:
        return function(*words, **named)
    except omni.NotFound:
        return None


def some(rng, things, most):
    things = sorted(things)
    return rng.sample(things, min(len(things), most))


def askable(policy, node):
    """Whether an identifier is in the form that its namespace has now: what
    is asked for is brought into it, what was recorded stays as it is."""
    form, value = policy.normalizer(node[0]), node[1]
    return form == "none" or (
        value.startswith("+41") if form == "phone" else value == value.lower())


def those_askable(policy, nodes):
    return [node for node in nodes if askable(policy, node)]


# Explanations

def explanations(snapshot, state, facts, rng, most=8):
    questions = [q for q in reasons.questions(state, rng)
                 if len(those_askable(state.policy, q)) == len(q)]
    reader = reasons.Reader(Clock, Places(facts))
    answers = []
    for question in questions[:most]:
        names = list(map(name_of, question))
        if len(question) == 2:
            said = snapshot.explain_json(*names)
            answers.append((question, reader.pair(json.loads(said))))
        else:
            said = snapshot.explain_identifier_json(*names)
            answers.append((question, reader.one(json.loads(said))))
    return answers


def differences_of_answers(state, answers):
    for question, want, got in reasons.differences(state, answers):
        yield f"explanation of {question}", want, got


# People

def profile_of(state, node):
    members = frozenset(state.why.whole[node])
    return members, state.profiles[members]


def as_told(line, state):
    """`profile` marks contested devices and has segments; a dump does not."""
    shown = json.loads(line)
    shown["segments"] = [name for name in dumped.byte_order(state.segments)
                         if state.segments[name] == "true"]
    for found in shown["identifiers"]:
        if (found["namespace"], found["value"]) in state.contested:
            found["contested"] = True
    return shown


def people(snapshot, keys, state, rng, tally):
    chosen = some(rng, those_askable(state.policy, state.why.whole), 3)
    devices = some(rng, those_askable(state.policy, state.contested), 1)
    for node in dict.fromkeys(chosen + devices):
        members, found = profile_of(state, node)
        who = name_of(node)
        yield f"id of {node}", keys.id(found.named_by), snapshot.find(who)
        yield f"profile of {node}", as_told(dumped.profile(
            keys, members, found, state, with_timeline=False), state), \
            json.loads(snapshot.profile_json(who))
        yield from timeline(snapshot, who, found, rng)
        yield from nobodys(snapshot, who, members, found, state)
        yield from history_of_traits(snapshot, who, found)
        teams = {name for name, group in state.groups.items()
                 if members in group.members}
        yield f"groups of {node}", sorted(teams, key=str.encode), list(
            snapshot.groups(who))
        tally["reads"] += 5
    yield "nobody", None, or_none(snapshot.profile_json, "crm:+41009990017")


def shown(event):
    return (event.time_us, event.name, event.id, event.type.name.lower(),
            event.channel)


def sent(event):
    copy_ = event.winner
    return (event.time, copy_.name, dumped.event_id(copy_), copy_.type,
            copy_.channel)


def timeline(snapshot, who, found, rng):
    """Newest first, whole and by one of its filters."""
    events = sorted(found.events, key=lambda e: e.order, reverse=True)
    with snapshot.timeline(who) as walk:
        yield f"timeline of {who}", list(map(sent, events)), [
            shown(e) for e in walk]
    if not events:
        return
    one = rng.choice(events)
    for words, fits in (
            ({"name": one.winner.name}, lambda e: e.winner.name ==
             one.winner.name),
            ({"since": one.time}, lambda e: e.time >= one.time),
            ({"until": one.time}, lambda e: e.time < one.time))[
                rng.randrange(3):][:1]:
        with snapshot.timeline(who, oldest_first=True, **words) as walk:
            yield f"timeline of {who} {words}", [
                sent(e) for e in events[::-1] if fits(e)], [
                shown(e) for e in walk]


def nobodys(snapshot, who, members, found, state):
    """A timeline with what is nobody's on the devices of a profile, or on one
    of them, marked so."""
    devices = {node: state.nobody[node] for node in members
               if state.nobody.get(node)}
    chosen = [(True, [e for those in devices.values() for e in those])]
    chosen += [(name_of(node), those) for node, those in devices.items()
               if askable(state.policy, node)][:1]
    for words, others in chosen:
        events = [(e, False) for e in found.events] + [
            (e, True) for e in others]
        with snapshot.timeline(who, nobody=words) as walk:
            yield f"timeline of {who} with nobody's {words}", [
                (*sent(e), alone) for e, alone in sorted(
                    events, key=lambda one: one[0].order, reverse=True)], [
                (*shown(e), e.nobody) for e in walk]


def history_of_traits(snapshot, who, found):
    """The value in force first, then by time, the latest first."""
    want = []
    for name in dumped.byte_order(found.givers):
        those = sorted((e for e in found.events if name in e.winner.traits),
                       key=lambda e: e.order, reverse=True)
        told = lambda e: (e.winner.traits[name], e.winner.source,
                          dumped.event_id(e.winner), e.time)
        force = told(found.givers[name][0])
        for entry in sorted(map(told, those), key=lambda t: t != force):
            want.append((name, *entry, entry == force))
    yield f"trait history of {who}", want, [
        (e.name, e.value_json, e.source, e.event_id, e.time_us, e.in_force)
        for e in snapshot.trait_history(who)]


def groups(snapshot, keys, state, rng, tally):
    yield "groups", set(state.groups), set(snapshot.groups())
    for name in some(rng, state.groups, 2):
        group, found = state.groups[name], snapshot.group(name)
        events = [e for members in group.members
                  for e in state.profiles[members].events]
        want = {name: (count, first, last, amounts) for name, (
            count, first, last, amounts) in model.figures_of(events)}
        got = {f.name: (f.count, f.first_us, f.last_us, {
            currency: tuple(int(getattr(a, k) * 10**6)
                            for k in ("sum", "min", "max"))
            for currency, a in f.amounts.items()}) for f in found.figures}
        yield f"figures of group {name}", want, got
        tally["groups asked"] += 1


# Earlier instants

def instants(facts):
    return sorted({f.copy.time for f in facts if f.kind == 1} |
                  {f.time for f in facts if f.kind in (2, 3)})


def as_of(snapshot, keys, facts, state, rng, tally):
    known = {node for f in facts if f.kind == 1 for node in f.copy.identifiers
             if id(f) not in state.void}
    known = those_askable(state.policy, known)
    times = instants(facts)
    for at in rng.sample(times, min(2, len(times))) if known else ():
        then = facts_model.as_of(facts, at, state.policy)
        then.segments = state.segments
        for node in some(rng, known, 2):
            other = rng.choice(sorted(known))
            with snapshot.as_of(at, name_of(node), name_of(other)) as past:
                yield from in_the_past(past, keys, facts, then, node, other,
                                       f"at {at}: ")
            tally["instants asked"] += 1


def in_the_past(past, keys, facts, then, node, other, at):
    got = or_none(past.profile_json, name_of(node))
    if node not in then.why.whole:
        yield f"{at}profile of {node}", None, got
        return
    members, found = profile_of(then, node)
    yield f"{at}profile of {node}", as_told(dumped.profile(
        keys, members, found, then, with_timeline=False), then), json.loads(
            got or "{}")
    yield from timeline(past, name_of(node), found, random.Random(at))
    questions = [(node,), (node, other)][:1 + (other in then.why.whole)]
    reader = reasons.Reader(Clock, Places(facts))
    answers = [(q, (reader.pair if len(q) == 2 else reader.one)(json.loads(
        (past.explain_json if len(q) == 2 else past.explain_identifier_json)(
            *map(name_of, q))))) for q in questions]
    for what, want, said in differences_of_answers(then, answers):
        yield at + what, want, said


# Policies

def settings(snapshot, state):
    """What is in force, by name."""
    want = {}
    for space, row in state.policy.namespaces.items():
        want[f"namespaces.{space}"] = row
    want["namespaces.*"] = state.policy.other
    got = {}
    for setting in snapshot.policy_settings():
        name, value = setting.name, setting.value
        if name.startswith("namespaces."):
            got[name] = (policies.CLASSES[value["class"]],) + tuple(
                value[field] for field in policies.FIELDS[1:])
        elif name in ("max_identifiers", "max_component", "max_alias_links"):
            want[name], got[name] = vars(state.policy)[name], value
        elif name == "device_free_channels":
            want[name], got[name] = (
                list(state.policy.device_free_channels), value)
    yield "settings", want, got


def a_document(rng):
    """A policy to rehearse, each setting in full."""
    document = {}
    for _ in range(rng.randint(1, 3)):
        name, value = histories.setting(rng)
        section, _, key = name.partition(".")
        if section == "namespaces":
            key = "erp" if key == "*" else key
            value = json.dumps({**json.loads(histories.namespace_value(rng)),
                                "class": rng.choice(("person", "device")),
                                "rank": rng.choice((5, 25, 65)),
                                "max_per_profile": rng.randint(0, 2),
                                "generic_above": rng.randint(0, 3)})
        if key:
            document.setdefault(section, {})[key] = json.loads(value)
        else:
            document[section] = json.loads(value)
    return document


def by_document(policy, document):
    made = copy.copy(policy)
    for field in ("namespaces", "source_trust", "amounts"):
        setattr(made, field, dict(getattr(policy, field)))
    for section, said in document.items():
        if section in ("namespaces", "amounts", "blocked", "source_trust"):
            for key, value in said.items():
                policies.replace(made, f"{section}.{key}", json.dumps(value))
        else:
            policies.replace(made, section, json.dumps(said))
    return made


def plan(snapshot, facts, state, rng, tally):
    document = a_document(rng)
    after = facts_model.derive(facts, by_document(state.policy, document))
    want = facts_model.plan(state, after)
    got = snapshot.plan_policy(document, samples=0)
    for name, count in sorted(vars(want).items()):
        yield f"{name} of plan {document}", count, getattr(got, name)
        if name in ("joined", "split", "generic", "not_generic"):
            tally[f"plan: {name}"] += count > 0
    tally["plans"] += 1


def everything(store, keys, facts, state, rng, tally):
    """All of these; the model's policy is that of the state."""
    with store.snapshot() as snapshot, facts_model.by(state.policy):
        yield from people(snapshot, keys, state, rng, tally)
        yield from groups(snapshot, keys, state, rng, tally)
        yield from settings(snapshot, state)
        yield from as_of(snapshot, keys, facts, state, rng, tally)
        state.answers = explanations(snapshot, state, facts, rng)
        yield from differences_of_answers(state, state.answers)
        tally["explanations"] += len(state.answers)
    with store.snapshot() as snapshot:
        yield from plan(snapshot, facts, state, rng, tally)
