"""Wrong rules of segments: each replaces a function or constant of the model
by a plausible mistake. The tests must notice every one of them."""
from contextlib import contextmanager

import segments_functions as functions
import segments_model as model
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


def place(name):
    room, _, attribute = name.rpartition(".")
    rooms = {"": model, "values": values, "functions": functions,
             "Evaluation": model.Evaluation}
    return rooms[room], attribute


right = {name: getattr(*place(name))
         for changes in MUTANTS.values() for name in changes}


@contextmanager
def broken(mutant):
    """The model with one rule wrong, for as long as the block lasts."""
    changes = MUTANTS[mutant]
    for name, wrong in changes.items():
        setattr(*place(name), wrong)
    try:
        yield
    finally:
        for name in changes:
            setattr(*place(name), right[name])
