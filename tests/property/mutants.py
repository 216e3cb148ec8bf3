"""Wrong rules: each replaces one function or constant of the model by a
plausible mistake. The oracle must notice every one of them."""
from contextlib import contextmanager

import contested
import facts_model
import model
import policies
import reasons
import records


def generic_at_the_limit(node, neighbours):
    class_, rank, most, above = model.register(node)
    spared, model.register = model.register, lambda other: (
        class_, rank, most, above and above - 1) if other == node \
        else spared(other)
    try:
        return right["is_generic"](node, neighbours)
    finally:
        model.register = spared


def degree_of_live_links(links):
    """Counts only links of nodes that are not generic themselves."""
    generic = right["generic_nodes"](links)
    return {node for node in generic if node in right["generic_nodes"]({
        pair: 0 for pair in links
        if not (set(pair) - {node}) & generic})}


def equal_rank_makes_generic(node, neighbours):
    many = {}
    for other in neighbours:
        if model.is_a(model.PERSON, other) and other[0] != node[0]:
            if model.rank(other) <= model.rank(node):
                many[other[0]] = many.get(other[0], 0) + 1
    above = model.register(node)[3]
    return (right["is_generic"](node, neighbours)
            or above != 0 and max(many.values(), default=0) > above)


def no_staff_card(node, neighbours):
    return right["is_generic"](node, [
        n for n in neighbours if model.rank(n) < model.rank(node)][:400])


def every_neighbour_counts(node, neighbours):
    """Every neighbour counts, not those of one stronger namespace alone."""
    above = model.register(node)[3]
    return above != 0 and len(neighbours) > above


def objections_without(*rules):
    return lambda *known: (rule for rule in right["objections"](*known)
                           if rule not in rules)


def device_rule_for_all(one, other, pair, parts):
    yield from right["objections"](one, other, pair, parts)
    if {n[0] for n in one} & {n[0] for n in other}:
        yield "device"


def stated_obey_all(one, other, pair, parts):
    return list(right["objections"](one, other, pair, parts))


def stated_ignore_parts(one, other, pair, parts):
    return [rule for rule in right["stated_objections"](
        one, other, pair, parts) if rule != "part"]


def component_bound_at_once(links, leaves):
    """Cuts links of every rank where those of the last are too many."""
    raw = {node: {node} for pair in links for node in pair}
    for a, b in links:
        model.join(raw, a, b)
    return {p: len(raw[p[0]]) for p in links
            if len(raw[p[0]]) > model.policy.max_component}


def every_device_counts(links, leaves):
    """Devices with one link count and are cut as any other node."""
    return right["over_component_bound"](links, set())


def each_copy_is_an_event(copies):
    return [[copy] for copy in copies]


def copies_need_no_identifier(copies):
    heaps = {}
    for copy in copies:
        heaps.setdefault((copy.name, copy.id, copy.instant), []).append(copy)
    return list(heaps.values())


def copies_need_no_instant(copies):
    instants = [(copy, copy.instant) for copy in copies]
    for copy in copies:
        copy.instant = 0
    groups = list(right["connected_copies"](copies))
    for copy, instant in instants:
        copy.instant = instant
    return groups


def first_copy_wins(copies):
    return sorted(copies, key=lambda c: c.index[1])[:1]


def copies_link_as_one(events):
    """Links between identifiers that no single copy holds together."""
    events = list(events)
    seen, links = right["observe"](events)
    for event in events:
        whole = model.Thing(identifiers=event.identifiers,
                            channel=event.winner.channel)
        for pair in model.observed_pairs(whole):
            links.setdefault(pair, event.time)
    return seen, links


def sightings_of_winners(events):
    """First and last seen by the event's time, not by each copy's own."""
    events = list(events)
    _, links = right["observe"](events)
    seen = {}
    for event in events:
        for node in event.identifiers:
            seen.setdefault(node, []).append(
                (event.time, event.winner.channel))
    return seen, links


def links_have_their_last_time(events):
    events = list(events)
    seen, links = right["observe"](events)
    for event in events:
        for copy in event.copies:
            for pair in model.observed_pairs(copy):
                links[pair] = max(links[pair], copy.time)
    return seen, links


def negative(pair):
    return tuple(tuple(-ord(c) for c in "\0".join(n)) for n in pair)


def unknown_nodes_hold_statements(statements, events, seen):
    """A statement speaks although no event knows one of the two."""
    known = set(seen) | {n for s in statements for n in s[3] if s[1] == "part"}
    for event in events:
        known |= {n for f in model.alias_facts(event) for n in f[3]}
    facts, aliases = right["force"](statements, events, known)
    for pair, fact in facts.items():
        for node in pair:
            seen.setdefault(node, [(fact[0][0], "")])
    return facts, aliases


def alias_to_users_only(event):
    return [fact for fact in right["alias_facts"](event)
            if {node[0] for node in fact[3]} == {"user_id"}]


def part_always_wins(facts):
    parts = [fact for fact in facts if fact[1] == "part"]
    return max(parts or facts)


def named_by_any_class(members, seen):
    return min(members, key=lambda n: (min(t for t, _ in seen[n]), n))


def named_by_the_strongest(members, seen):
    return min(members, key=lambda n: (
        model.rank(n), min(t for t, _ in seen[n]), n))


def float_amounts(properties, name="*"):
    copy = {name: records.Decimal(float(value)) if records.is_number(value)
            else value for name, value in properties.items()}
    return right["amount_of"](copy, name)


def half_up(properties, name="*"):
    real = model.ROUND_HALF_EVEN
    model.ROUND_HALF_EVEN = "ROUND_HALF_UP"
    try:
        return right["amount_of"](properties, name)
    finally:
        model.ROUND_HALF_EVEN = real


def value_before_total(properties, name="*"):
    if records.is_number(properties.get("value")):
        properties = {**properties, "total": None}
    return right["amount_of"](properties, name)


def one_currency(properties, name="*"):
    found = right["amount_of"](properties, name)
    return found and ("", found[1])


def earliest_trait_wins(events):
    for event in events:
        event.order = tuple(-part for part in event.order)
    yield from right["traits_of"](events)


def group_traits_are_personal(record, *rest):
    copy = right["records.read"](record, *rest)
    copy.traits = {**copy.group_traits, **copy.traits}
    return copy


def email_keeps_its_case(space, value, code):
    node = right["records.normal"](space, value, code)
    return right["records.normal"]("any", value, code) \
        if node and space == "email" else node


def chains_by_any_link(state):
    """A chain of links whether or not they were accepted."""
    near = right["reasons.accepted_by_node"](state)
    for a, b in state.pairs:
        if state.whole[a] is state.whole[b]:
            near[a].add(b)
            near[b].add(a)
    return near


def latest_copies(state):
    found = right["reasons.first_copies"](state)
    for event in state.all_events:
        for copy in event.copies:
            for pair in model.observed_pairs(copy):
                if copy.time > found[pair][0].time:
                    found[pair] = [copy]
    return found


def winners_tell(state):
    """Not the copy of the link's time, but the one chosen for the event."""
    return {pair: [event.winner for event in state.all_events for copy in
                   event.copies if any(copy is c for c in copies)]
            for pair, copies in right["reasons.first_copies"](state).items()}


def statements_first(state, a, b):
    pair = model.pair_of(a, b)
    return max((kind for p, kind in state.accepted if p == pair),
               key=reasons.KINDS.index)


def all_people_count(state, node):
    people = [n for n in state.near[node] if model.is_a(model.PERSON, n)]
    space, _, limit = right["reasons.crowd"](state, node)
    return space, len(people), limit


def last_rule(rules):
    return max(rules, key=model.RULES.index, default="none")


MUTANTS = {
    "generic_at_the_limit": {"is_generic": generic_at_the_limit},
    "degree_of_live_links": {"generic_nodes": degree_of_live_links},
    "equal_rank_makes_generic": {"is_generic": equal_rank_makes_generic},
    "every_neighbour_counts": {"is_generic": every_neighbour_counts},
    "no_staff_card": {"is_generic": no_staff_card},
    "parts_ignored": {"objections": objections_without("part")},
    "no_device_rule": {"objections": objections_without("device")},
    "no_max_per_profile": {
        "objections": objections_without("max_per_profile")},
    "no_max_identifiers": {
        "objections": objections_without("max_identifiers")},
    "device_rule_for_all": {"objections": device_rule_for_all},
    "no_component_bound": {"over_component_bound": lambda links, leaves: {}},
    "component_bound_at_once": {
        "over_component_bound": component_bound_at_once},
    "every_device_counts": {"over_component_bound": every_device_counts},
    "arrival_order": {"order_of_link": lambda pair, time: time},
    "smaller_rank_first": {"order_of_link": lambda pair, time: (
        sorted(map(model.rank, pair)), time, pair)},
    "ties_to_the_larger": {"order_of_link": lambda pair, time: (
        right["order_of_link"](pair, time)[:3], negative(pair))},
    "newest_link_first": {"order_of_link": lambda pair, time: (
        right["order_of_link"](pair, -time))},
    "links_have_their_last_time": {"observe": links_have_their_last_time},
    "devices_link_at_counters": {"links_devices": lambda channel: True},
    "each_copy_is_an_event": {"connected_copies": each_copy_is_an_event},
    "copies_need_no_identifier": {
        "connected_copies": copies_need_no_identifier},
    "copies_need_no_instant": {"connected_copies": copies_need_no_instant},
    "first_copy_wins": {"best_copies": first_copy_wins},
    "copies_link_as_one": {"observe": copies_link_as_one},
    "sightings_of_winners": {"observe": sightings_of_winners},
    "stated_obey_all": {"stated_objections": stated_obey_all},
    "stated_ignore_parts": {"stated_objections": stated_ignore_parts},
    "first_statement_wins": {"in_force": min},
    "part_always_wins": {"in_force": part_always_wins},
    "unknown_nodes_hold_statements": {
        "force": unknown_nodes_hold_statements},
    "alias_to_users_only": {"alias_facts": alias_to_users_only},
    "alias_is_never_generic": {"too_many_aliases": lambda pairs: set()},
    "named_by_any_class": {"named_by": named_by_any_class},
    "named_by_the_strongest": {"named_by": named_by_the_strongest},
    "last_rule_is_told": {"first_rule": last_rule},
    "chains_by_any_link": {"reasons.accepted_by_node": chains_by_any_link},
    "last_way_is_told": {"reasons.first_way": max},
    "latest_copies": {"reasons.first_copies": latest_copies},
    "winners_tell": {"reasons.first_copies": winners_tell},
    "statements_first": {"reasons.joining_kind": statements_first},
    "all_people_count": {"reasons.crowd": all_people_count},
    "any_part_is_told": {"reasons.choose_part": lambda found, pair: found[0]},
    "last_in_order": {"reasons.in_order": lambda things: sorted(
        things, reverse=True)},
    "nothing_waits": {"reasons.waiting": lambda state, members: []},
    "one_profile_is_accepted": {
        "reasons.was_accepted": lambda state, a, b, kind: True},
    "float_amounts": {"amount_of": float_amounts},
    "half_up": {"amount_of": half_up},
    "value_before_total": {"amount_of": value_before_total},
    "one_currency": {"amount_of": one_currency},
    "earliest_trait_wins": {"traits_of": earliest_trait_wins},
    "group_traits_are_personal": {
        "records.read": group_traits_are_personal},
    "email_keeps_its_case": {"records.normal": email_keeps_its_case},
    "junk_is_somebody": {"records.JUNK": set()},
}


def place(name):
    room, _, attribute = name.rpartition(".")
    rooms = {"": model, "contested": contested, "facts_model": facts_model,
             "policies": policies, "Policy": policies.Policy,
             "reasons": reasons, "records": records}
    return rooms[room], attribute


def all_right(mutants):
    """What each name of some mutants stands for while nothing is wrong."""
    return {name: getattr(*place(name))
            for changes in mutants.values() for name in changes}


right = all_right(MUTANTS)


@contextmanager
def broken(changes):
    """The model with one rule wrong, for as long as the block lasts."""
    for name, wrong in changes.items():
        setattr(*place(name), wrong)
    try:
        yield
    finally:
        for name in changes:
            setattr(*place(name), right[name])
