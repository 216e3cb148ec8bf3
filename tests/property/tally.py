"""What a run came across: how often each kind of fact, rule and answer. A
kind that never occurred was not tested."""
import json

import contested
import model
import policies
from factlog import EVENT, LINK, PART, POLICY, RETRACT, SEGMENT, TYPES

KINDS = {EVENT: "event", LINK: "link", PART: "part", RETRACT: "retract",
         POLICY: "policy", SEGMENT: "segment"}
SECTIONS = ("namespaces", "amounts", "blocked", "source_trust",
            "calling_code", "device_free_channels", "max_alias_links",
            "max_component", "max_identifiers")


def facts(history, state):
    """Names of what the facts of a history are."""
    for fact in history.facts:
        kind, void = KINDS[fact.kind], id(fact) in state.void
        yield f"fact: {kind}"
        if void:
            yield f"void: {kind}"
        if fact.kind == EVENT:
            yield f"event: {fact.copy.type}"
            if not fact.copy.sent_id:
                yield "event without an id"
        elif fact.kind == RETRACT:
            yield from retract(fact)
        elif fact.kind == POLICY:
            yield from setting(fact, state)


def retract(fact):
    for target in fact.targets:
        yield f"retract of: {KINDS[target.kind]}"
        if (target.hlc, target.replica, target.sequence) > (
                fact.hlc, fact.replica, fact.sequence):
            yield "retract of a later fact"
    if fact.strays:
        yield "retract of what is not there"


def setting(fact, state):
    section, _, key = fact.name.partition(".")
    if not fact.value:
        yield "setting: taken away"
    elif not policies.is_valid(fact):
        yield "setting: invalid"
    elif state.force.get(fact.name) is fact:
        yield f"in force: {section}"
        if key == "*":
            yield f"in force: {section}.*"
        if json.loads(fact.value) is None:
            yield "in force: null"
    else:
        yield "setting: overruled"


def outcome(state):
    """Names of what followed."""
    why = state.why
    for (_, kind), rule in why.held.items():
        yield f"held apart: {kind}, {rule}"
    for _, kind in why.accepted:
        yield f"accepted: {kind}"
    for _, kind, _, pair in why.facts.values():
        yield f"in force: {kind}"
    for node in why.generic:
        yield f"generic: {model.register(node)[0][2:]}"
    for event in why.all_events:
        if len(event.copies) > 1:
            yield "event of several copies"
            if len({c.time for c in event.copies}) > 1:
                yield "copies at several times"
            if len({c.alias for c in event.copies}) > 1:
                yield "copies of several aliases"
    for profile in state.profiles.values():
        yield "profile of %s" % (
            "one" if len(profile.identifiers) == 1 else "several")
        for name, givers in profile.givers.items():
            latest = max(e.order for e in profile.events
                         if name in e.winner.traits)
            if givers[0].order != latest:
                yield "trait: trust decides"
    for group in state.groups.values():
        yield "group of %s" % (
            "one" if len(group.members) == 1 else "several")
    if contested.ON:
        yield from slices(state)


def slices(state):
    why = state.why
    for node in state.contested:
        yield "contested: " + (
            "held apart" if node in contested.quarrels(why.held)
            else "signed out")
    for event in why.all_events:
        owner = why.owners[id(event)]
        if event.anchor in state.contested and not contested.names_person(
                event):
            out = ", signs out" if contested.signs_out(event) else ""
            yield ("nobody's" if owner is None else "the device's"
                   if owner == event.anchor else "somebody's") + out


RULED = [f"held apart: observed, {rule}" for rule in model.RULES] + [
    f"held apart: {kind}, {rule}" for kind in ("link", "alias")
    for rule in ("part", "max_identifiers")] + ["held apart: alias, generic"]
NEEDED = RULED + [
    f"fact: {kind}" for kind in KINDS.values()] + [
    f"void: {kind}" for kind in KINDS.values()] + [
    f"event: {kind}" for kind in TYPES] + [
    f"retract of: {kind}" for kind in KINDS.values()] + [
    f"in force: {section}" for section in SECTIONS] + [
    f"in force: {section}.*" for section in SECTIONS[:4]] + [
    f"accepted: {kind}" for kind in ("observed", "link", "alias")] + [
    f"generic: {kind}" for kind in ("person", "device")] + [
    f"plan: {name}" for name in ("joined", "split", "generic",
                                 "not_generic")] + [
    "retract of a later fact", "retract of what is not there",
    "setting: taken away", "setting: invalid", "setting: overruled",
    "in force: null", "in force: link", "in force: part",
    "event without an id", "event of several copies",
    "copies at several times", "copies of several aliases",
    "trait: trust decides", "group of one", "group of several",
    "profile of one", "profile of several"]
SLICED = ["contested: held apart", "contested: signed out", "somebody's",
          "nobody's", "the device's", "somebody's, signs out",
          "nobody's, signs out"]


def missing(found):
    """Classes that a run should have come across, and did not."""
    return [name for name in NEEDED + SLICED * contested.ON
            if not found.get(name)]
