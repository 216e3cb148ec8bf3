"""From a set of facts to all that follows from it (design, F2, F4, F6, I3):
which are void, which policy is in force, and then what model.py makes of what
is left. facts are Things as histories.py makes them."""
from contextlib import contextmanager
from types import SimpleNamespace as Thing

import model
import policies
from factlog import EVENT, LINK, PART, POLICY, RETRACT, SEGMENT


def place(fact):
    """F6: what orders facts whatever they say."""
    return fact.hlc, fact.replica, fact.sequence


def may_retract(retract, fact):
    """F2: only what is smaller than the retract itself."""
    return place(fact) < place(retract)


def judged(retracts):
    """What a retract names was made before it: the last is judged first."""
    return sorted(retracts, key=place, reverse=True)


def is_in_force(retract, void):
    """A retract that is void itself voids nothing."""
    return id(retract) not in void


def named(retract, facts):
    """A name that has another check than the fact is of something else."""
    return retract.targets


def void_facts(facts):
    """Who is void, as ids of facts."""
    here = {id(fact) for fact in facts}
    fact_of = {id(f.copy): f for f in facts if f.kind == EVENT}
    events = {}
    for group in model.connected_copies(
            [f.copy for f in facts if f.kind == EVENT]):
        for copy in group:
            events[id(fact_of[id(copy)])] = group
    void = set()
    retracts = [f for f in facts if f.kind == RETRACT]
    for retract in judged(retracts):
        if not is_in_force(retract, void):
            continue
        for fact in named(retract, facts):
            if id(fact) not in here or not may_retract(retract, fact):
                continue
            if fact.kind == EVENT:
                void |= voided_copies(events[id(fact)], fact, fact_of)
            else:
                void.add(id(fact))
    return void


def voided_copies(group, fact, fact_of):
    """A retract of any copy voids the event."""
    return {id(fact_of[id(copy)]) for copy in group}


def said(facts):
    """Links and parts as model.py has them."""
    return [((fact.time, 1, place(fact)),
             "link" if fact.kind == LINK else "part", False,
             model.pair_of(fact.a, fact.b))
            for fact in facts if fact.kind in (LINK, PART)]


def said_of_policy(facts, live):
    return [fact for fact in live if fact.kind == POLICY]


def derive(facts, policy=None):
    """All that follows; `policy` in place of the one that the facts make."""
    void = void_facts(facts)
    live = [fact for fact in facts if id(fact) not in void]
    force = policies.in_force(said_of_policy(facts, live))
    state = infer(live, policy or force.policy)
    state.policy, state.force = policy or force.policy, force.force
    state.segments = policies.latest([f for f in live if f.kind == SEGMENT])
    state.facts, state.voided, state.void = len(facts), len(void), void
    return state


@contextmanager
def by(policy):
    """The model goes by a policy for as long as the block lasts."""
    before, model.policy = model.policy, policy
    try:
        yield
    finally:
        model.policy = before


def infer(live, policy):
    """What live facts of people make, by a policy."""
    with by(policy):
        return model.infer([f.copy for f in live if f.kind == EVENT],
                           said(live))


def as_of(facts, at, policy):
    """F4: what was stated by then, and not void by now."""
    void = void_facts(facts)
    time = lambda f: f.copy.time if f.kind == EVENT else f.time
    return infer([f for f in facts if f.kind in (EVENT, LINK, PART)
                  and id(f) not in void and time(f) <= at], policy)


# What a policy would do (I12)

def plan(before, after):
    """Counts of what differs between two states of the same facts."""
    generic = [state.why.generic for state in (before, after)]
    sides = [{node: frozenset(members) for node, members in
              state.why.whole.items()} for state in (before, after)]
    torn = lambda one, other: sum(
        len({other[node] for node in members}) > 1
        for members in set(one.values()))
    return Thing(profiles_before=len(before.profiles),
                 profiles_after=len(after.profiles),
                 joined=torn(sides[1], sides[0]),
                 split=torn(sides[0], sides[1]),
                 generic=len(generic[1] - generic[0]),
                 not_generic=len(generic[0] - generic[1]))
