"""Wrong rules of policies, retracts, contested devices and groups: each
replaces one function of the model by a plausible mistake. The histories must
notice every one of them, and those of mutants.py that are about facts."""
from types import SimpleNamespace as Thing

import contested
import dumped
import facts_model
import model
import mutants
import policies
import reasons
from factlog import POLICY


def right(name, *words):
    return mutants.right[name](*words)


# Policies

def first_valid(facts):
    return next((f for f in facts if f.value and policies.is_valid(f)), None)


def latest_or_none(facts):
    """What is not valid takes away what was said before."""
    last = facts[-1]
    return last if last.value and policies.is_valid(last) else None


def nothing_is_taken_away(facts):
    return right("policies.choose", [f for f in facts if f.value])


def null_says_nothing(facts):
    return right("policies.choose", [f for f in facts if f.value != "null"])


def all_but_partial(policy, name, value):
    if isinstance(value, dict) and len(value) < 5:
        raise policies.Invalid("partial")
    return right("policies.namespace", policy, name, value)


def trust_of_any(policy, trait, source):
    return right("Policy.trust", policy, "*", source)


def unlisted_sources_first(policy, trait, source):
    sources = policy.source_trust.get(trait, policy.source_trust.get("*", ()))
    return sources.index(source) if source in sources else -1


def usual_amounts(policy, name):
    return "revenue", "total", "value"


def amounts_add_up(policy, name):
    """Those of the name first, then those of any."""
    return (*policy.amounts.get(name, ()), *policy.amounts["*"])


def retracted_settings_count(facts, live):
    return [fact for fact in facts if fact.kind == POLICY]


# Retracts

def by_place(retract, facts):
    """Without a look at the check."""
    named = {fact[:24] for fact in retract.strays}
    return retract.targets + [
        f for f in facts if f.replica + f.sequence.to_bytes(8, "big") in named]


# Contested devices

def login_anywhere(event):
    return contested.names_person(event) and not contested.signs_out(event)


def signs_out_in_any_type(event):
    return event.winner.name == "Signed Out"


def signs_out_on_the_web(event):
    return right("contested.signs_out", event) and \
        event.winner.channel not in model.policy.device_free_channels


def all_quarrels(held):
    return {node for pair, _ in held for node in pair}


def observed_quarrels(held):
    return right("contested.quarrels", {
        (pair, kind): rule for (pair, kind), rule in held.items()
        if kind == "observed"})


def only_signed_out(held):
    return set()


def only_held_apart(event):
    return False


def stays_with_the_last(before):
    """Signed out or not."""
    logins = [e for e in before if not contested.signs_out(e)]
    return logins[-1].anchor if logins else None


def goes_back_to_the_device(logins, limits, device):
    return device


def nobody_before_a_login(logins, limits, device):
    return None if logins else device


def only_of_a_login_at_once(logins, limits, device):
    """Not where a Signed Out stands between."""
    return right("contested.owner_at_first", [
        login for login in logins if limits[0] is login], limits, device)


def signing_out_is_a_boundary_of_itself(event, device, limits):
    if contested.signs_out(event):
        return None
    return right("contested.owner", event, device, limits)


def all_events_are_sliced(event):
    """Those of a person, too."""
    return event.anchor[0] == "user_id"


def order_of_times(event, device, limits):
    """Without what decides between equal times."""
    by_time = lambda e: Thing(order=(e.time,), winner=e.winner,
                              anchor=e.anchor)
    return right("contested.owner", by_time(event), device,
                 [by_time(limit) for limit in limits])


# Groups

def group_trait_by_trust(name, event):
    return model.trait_order(name, event)


def earliest_group_trait(name, event):
    return tuple(-part for part in event.order)


OWN = {
    "first_setting_wins": {"policies.choose": first_valid},
    "invalid_takes_away": {"policies.choose": latest_or_none},
    "nothing_is_taken_away": {"policies.choose": nothing_is_taken_away},
    "null_says_nothing": {"policies.choose": null_says_nothing},
    "settings_by_clock_alone": {"policies.order_of": facts_model.place},
    "settings_by_place": {"policies.order_of": lambda fact: (
        fact.replica, fact.sequence)},
    "settings_stand_alone": {"policies.base_of": lambda policy, name: (
        policies.OTHER)},
    "any_other_is_any": {"policies.base_of": lambda policy, name: (
        policy.other)},
    "partial_settings_are_invalid": {"policies.namespace": all_but_partial},
    "any_setting_is_valid": {"policies.whole": lambda value, least, most: (
        int(value))},
    "trust_is_ignored": {"Policy.trust": lambda policy, trait, source: 0},
    "trust_of_any": {"Policy.trust": trust_of_any},
    "unlisted_sources_first": {"Policy.trust": unlisted_sources_first},
    "usual_amounts": {"Policy.amounts_of": usual_amounts},
    "amounts_add_up": {"Policy.amounts_of": amounts_add_up},
    "retracted_settings_count": {
        "facts_model.said_of_policy": retracted_settings_count},
    "one_copy_is_void": {"facts_model.voided_copies": lambda group, fact, of: (
        {id(fact)})},
    "retracts_reach_later_facts": {
        "facts_model.may_retract": lambda retract, fact: True},
    "retracts_are_for_ever": {
        "facts_model.is_in_force": lambda retract, void: True},
    "first_retracts_first": {"facts_model.judged": lambda retracts: sorted(
        retracts, key=facts_model.place)},
    "checks_are_not_looked_at": {"facts_model.named": by_place},
    "group_trait_by_trust": {"group_trait_order": group_trait_by_trust},
    "earliest_group_trait": {"group_trait_order": earliest_group_trait},
    "groups_without_a_name": {"tells_of_group": lambda event: (
        event.winner.type == "group")},
    "groups_of_any_event": {"tells_of_group": lambda event: (
        event.winner.group_id)},
    "parts_without_order": {"facts_model.place": lambda fact: (
        fact.sequence, fact.replica)},
}
SLICED = {
    "logins_anywhere": {"contested.is_login": login_anywhere},
    "signs_out_in_any_type": {"contested.signs_out": signs_out_in_any_type},
    "signs_out_on_the_web": {"contested.signs_out": signs_out_on_the_web},
    "all_quarrels": {"contested.quarrels": all_quarrels},
    "observed_quarrels": {"contested.quarrels": observed_quarrels},
    "only_signed_out": {"contested.quarrels": only_signed_out},
    "only_held_apart": {"contested.signs_out": only_held_apart},
    "stays_with_the_last": {"contested.owner_after": stays_with_the_last},
    "goes_back_to_the_device": {
        "contested.owner_at_first": goes_back_to_the_device},
    "nobody_before_a_login": {
        "contested.owner_at_first": nobody_before_a_login},
    "only_of_a_login_at_once": {
        "contested.owner_at_first": only_of_a_login_at_once},
    "signing_out_is_a_boundary_of_itself": {
        "contested.owner": signing_out_is_a_boundary_of_itself},
    "order_of_times": {"contested.owner": order_of_times},
    "generic_devices": {"contested.may_be_contested": lambda node, generic: (
        model.is_a(model.DEVICE, node))},
    "contested_people": {"contested.may_be_contested": lambda node, generic: (
        node not in generic)},
}
#: Of mutants.py those that records alone show, or streams of other sizes.
ELSEWHERE = {"email_keeps_its_case", "junk_is_somebody",
             "group_traits_are_personal", "float_amounts"}
MUTANTS = {**{name: changes for name, changes in mutants.MUTANTS.items()
              if name not in ELSEWHERE}, **OWN,
           **(SLICED if contested.ON else {})}
mutants.right.update(mutants.all_right(MUTANTS))


def noticed(mutant, trial):
    """Whether what a store was found to say contradicts the wrong rule."""
    with mutants.broken(MUTANTS[mutant]):
        try:
            state = facts_model.derive(trial.facts)
            if (dumped.stats(state) != trial.counts or dumped.in_order(
                    dumped.dump(trial.keys, state)) != trial.lines):
                return True
            with facts_model.by(state.policy):
                return any(reasons.differences(state, trial.state.answers))
        except (ArithmeticError, AttributeError, LookupError, TypeError,
                ValueError):
            return True
