"""Wrong rules of segments: each replaces a function or constant of the model
by a plausible mistake. The tests must notice every one of them."""
from contextlib import contextmanager

import segments_functions as functions
import segments_model as model
import segments_stored as stored
import segments_values as values


def closed_at_both_ends(time, now, within):
    return model.is_there(time, now) and (
        within is None or time * 1000 >= now * 1000 - within)


def open_at_both_ends(time, now, within):
    return time != now and right["in_window"](time, now, within)


def leaves_a_microsecond_late(time, within):
    yield time
    if within is not None:
        yield -(-(time * 1000 + within) // 1000) + 1


def whole_milliseconds(time, now, within):
    """A window cut to milliseconds."""
    return right["in_window"](time, now, within and within // 10**6 * 10**6)


def numbers_in_text(event, name):
    value = event.properties.get(name)
    if isinstance(value, str) and value.replace(".", "").isdigit():
        return int(values.Decimal(value) * 1000000)
    return right["functions.term"](event, name)


def cut(fraction):
    return fraction.__trunc__()


def strictly_after(names, events, after=None):
    if not names:
        return True
    return any(strictly_after(names[1:], events, event.time)
               for event in events if event.name == names[0]
               and (after is None or event.time > after))


def with_replacement(names, events, after=None):
    if not names:
        return True
    return any(with_replacement(names[1:], events, event.time)
               for event in events if event.name == names[0]
               and (after is None or event.time >= after))


def binary_doubles(real):
    """A double is the decimal that its bits say, rounded."""
    if not abs(real) < 1e30:
        return None
    return round(values.Fraction(real) * 1000000)


def never_a_decimal(real):
    return None


def crossing_rounded_down(now, gap, pace):
    crossing, after = right["turns_of_crossing"](now, gap, pace)
    return crossing - 1, crossing


def first_error_stands(self, deciding, operands):
    for operand in operands:
        value = operand()
        if values.kind(value) != "b":
            raise values.Error("not a bool")
        if value == deciding:
            return value
    return not deciding


def errors_are_false(self, deciding, operands):
    try:
        return right["Evaluation.decided"](self, deciding, operands)
    except values.Error:
        return False


def errors_decide(self, tree):
    answer = right["Evaluation.answer"](self, tree)
    return model.NOT_MEMBER if answer == model.ERROR else answer


def exact_seconds(self, value):
    """What moves is seen as it is, and still for the second."""
    there = right["Evaluation.settle"](self, value)
    return type(there)(value.ns) if there is not value else value


def unmoved(self, test, gap, pace, edges=(0,)):
    """Nobody notes that what moves will cross."""
    return test(gap)


def nulls_are_missing(self, name):
    return [v for v in right["Evaluation.trait"](self, name)
            if v is not None]


def whole_life(self, what):
    """Identity as it is known, whenever a node was seen."""
    return what(self.subject.sightings)


def stays_an_int(exact):
    made = right["values.number_from_json"](exact)
    return float(exact) if isinstance(made, values.Dec) else made


MUTANTS = {
    "closed_at_both_ends": {"in_window": closed_at_both_ends},
    "open_at_both_ends": {"in_window": open_at_both_ends},
    "whole_milliseconds": {"in_window": whole_milliseconds},
    "future_events_count": {"is_there": lambda time, now: True},
    "leaves_a_microsecond_late": {"turns_of": leaves_a_microsecond_late},
    "currencies_mixed": {"functions.mixed": lambda currencies: False},
    "every_number_is_an_amount": {"functions.is_amount": lambda event, name: True},
    "numbers_in_text": {"functions.term": numbers_in_text},
    "average_cut": {"functions.round_even": cut},
    "quotient_cut": {"values.round_even": cut},
    "earliest_trait_wins": {"latest": lambda events: events[0]},
    "oldest_first": {"functions.newest_first": lambda events: list(events)},
    "sequence_strictly_after": {"functions.follow": strictly_after},
    "sequence_with_replacement": {"functions.follow": with_replacement},
    "binary_doubles": {"values.decimal_of_double": binary_doubles},
    "decimals_become_doubles": {"values.decimal_of_double": never_a_decimal},
    "decimals_of_json_are_doubles": {
        "values.number_from_json": stays_an_int},
    "crossing_rounded_down": {"turns_of_crossing": crossing_rounded_down},
    "what_moves_is_not_noted": {"Evaluation.moving": unmoved},
    "first_error_stands": {"Evaluation.decided": first_error_stands},
    "errors_are_false": {"Evaluation.decided": errors_are_false},
    "error_is_not_member": {"Evaluation.answer": errors_decide},
    "exact_seconds": {"Evaluation.settle": exact_seconds},
    "nulls_are_missing": {"Evaluation.trait": nulls_are_missing},
    "nodes_of_later": {"Evaluation.sightings": whole_life},
    "few_are_listed": {"functions.MOST_LISTED": 2},
}


def noticed_when(state, name, id_, clock):
    """The instant of an entry is when somebody noticed."""
    return clock


def since_of_one(state, name, id_, clock):
    """Whether the answer was another one before is not asked."""
    since = state.ask(name, id_, clock)[1]
    return clock if since == model.FOR_EVER[0] else since


def at_the_tick(step, name, id_, entered, instant):
    return instant == step.tick


def a_microsecond_late(state, name, id_, instant, entered):
    return right["stored.turns_at"](state, name, id_, instant - 1, entered)


def before_the_tick(state, name, id_, after, until):
    return right["stored.flips"](state, name, id_, after, until - 1)


def net_of_flips(state, name, id_, after, until):
    """Who enters and leaves between two ticks was never in."""
    found = right["stored.flips"](state, name, id_, after, until)
    return found[-1:] if len(found) % 2 else []


def who_is_gone_stays(self, name, id_, at):
    return id_ not in self.subjects or self.ask(name, id_, at)[0]


def errors_are_members(self, name, id_, at):
    found = right["stored.State.ask"](self, name, id_, at)
    if id_ in self.subjects and name in self.definitions:
        answer = model.evaluate(self.definitions[name], self.subjects[id_],
                                at, self.definitions)[0]
        return (answer != model.NOT_MEMBER,) + found[1:]
    return found


def nothing_follows_facts(step):
    if step.now != step.was:
        yield "facts changed what is stored"


STORED = {
    "noticed_when": {"stored.became": noticed_when},
    "since_of_one": {"stored.became": since_of_one},
    "at_the_tick": {"stored.due_is_right": at_the_tick},
    "a_microsecond_late": {"stored.turns_at": a_microsecond_late},
    "before_the_tick": {"stored.flips": before_the_tick},
    "net_of_flips": {"stored.flips": net_of_flips},
    "time_changes_nothing": {"stored.flips": lambda *what: []},
    "profile_by_profile": {"stored.in_order": lambda entry: (
        entry[2], entry[4])},
    "who_is_gone_stays": {"stored.State.is_member": who_is_gone_stays},
    "errors_are_members": {"stored.State.ask": errors_are_members},
    "nothing_follows_facts": {
        "stored.faults_of_facts": nothing_follows_facts},
    **{name: MUTANTS[name] for name in (
        "closed_at_both_ends", "future_events_count",
        "leaves_a_microsecond_late", "crossing_rounded_down",
        "earliest_trait_wins")},
}
EVERY = {**MUTANTS, **STORED}


def place(name):
    room, _, attribute = name.rpartition(".")
    rooms = {"": model, "values": values, "functions": functions,
             "Evaluation": model.Evaluation, "stored": stored,
             "stored.State": stored.State}
    return rooms[room], attribute


right = {name: getattr(*place(name))
         for changes in EVERY.values() for name in changes}


@contextmanager
def broken(mutant):
    """The model with one rule wrong, for as long as the block lasts."""
    changes = EVERY[mutant]
    for name, wrong in changes.items():
        setattr(*place(name), wrong)
    try:
        yield
    finally:
        for name in changes:
            setattr(*place(name), right[name])
