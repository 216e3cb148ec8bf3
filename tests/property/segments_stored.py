"""What the stored membership of segments has to be after each step of a
store's life, and what its feed of changes may tell: a naive model, over the
answers of segments_model. A step is judged by what was before it and after.
"""
import functools
import operator

from segments_model import ERROR, FOR_EVER, MEMBER, evaluate

WALK_BACK = 256


class State:
    """Facts as they are: profiles by id, definitions, and the clock."""

    def __init__(self, subjects, definitions, clock):
        self.subjects, self.clock = subjects, clock
        self.definitions = definitions
        self.known = {}
        self.failed = set()

    def ask(self, name, id_, at):
        """(is a member, since, until); a profile that is not is in none."""
        key = name, id_, at
        if key not in self.known:
            if id_ not in self.subjects or name not in self.definitions:
                self.known[key] = (False,) + FOR_EVER
            else:
                answer, since, until = evaluate(
                    self.definitions[name], self.subjects[id_], at,
                    self.definitions)
                self.known[key] = answer == MEMBER, since, until
                if answer == ERROR:
                    self.failed.add(key)
        return self.known[key]

    def is_member(self, name, id_, at):
        return self.ask(name, id_, at)[0]

    def members(self, name, at):
        return {id_ for id_ in self.subjects if self.is_member(name, id_, at)}

    def errors(self, name, at):
        """For how many there is no answer."""
        self.members(name, at)
        return sum((name, id_, at) in self.failed for id_ in self.subjects)


def became(state, name, id_, clock):
    """The last instant up to the clock at which the answer, as the facts now
    tell it, turned to what it is; the clock if it never was otherwise; None
    if that is too far away."""
    is_member, since, _ = state.ask(name, id_, clock)
    for _ in range(WALK_BACK):
        if since == FOR_EVER[0]:
            return clock
        other, before, _ = state.ask(name, id_, since - 1)
        if other != is_member:
            return since
        since = before
    return None


def turns_at(state, name, id_, instant, entered):
    """Whether the answer turns at an instant, to this."""
    return state.is_member(name, id_, instant) == entered and \
        state.is_member(name, id_, instant - 1) != entered


def flips(state, name, id_, after, until):
    """(instant, entered) of all turns in (after, until]."""
    found, at = [], after
    is_member, _, end = state.ask(name, id_, at)
    while end <= until:
        now_member, _, after_that = state.ask(name, id_, end)
        if now_member != is_member:
            found.append((end, now_member))
        is_member, end = now_member, after_that
    return found


def must_follow(before, after, name, id_):
    """Whether facts changed the answer: then it is stored at once."""
    if (id_ in before.subjects) != (id_ in after.subjects):
        return True
    clock = after.clock
    return before.is_member(name, id_, clock) != after.is_member(
        name, id_, clock)


def replay(stored, entries):
    """What a feed's entries make of the members of each segment; a fault
    where somebody enters twice, or leaves without being in."""
    now = {name: set(ids) for name, ids in stored.items()}
    faults = []
    for _, name, id_, entered, _ in entries:
        members = now.setdefault(name, set())
        if entered == (id_ in members):
            faults.append(f"{id_} {'entered' if entered else 'left'} {name}"
                          " twice")
        (members.add if entered else members.discard)(id_)
    return now, faults


def told(instant, entered):
    return f"{'entered' if entered else 'left'} at {instant}"


def instant_of_facts(step, name, id_):
    """When an answer that facts changed became what it is."""
    if id_ not in step.after.subjects:
        return step.after.clock
    return became(step.after, name, id_, step.after.clock)


def faults_of_facts(step):
    """Of a group: who must have followed, and when it became so."""
    for name in set(step.after.definitions) - step.open:
        was, is_ = step.was.get(name, set()), step.now.get(name, set())
        for id_ in {*step.before.subjects, *step.after.subjects}:
            want = step.after.is_member(name, id_, step.after.clock)
            if (id_ in is_) != want and ((id_ in is_) != (id_ in was)
                                         or must_follow(step.before,
                                                        step.after, name,
                                                        id_)):
                yield f"{id_} in {name}: expected {want}, found {not want}"
    for _, name, id_, entered, instant in step.entries:
        want = instant_of_facts(step, name, id_)
        if want is not None and instant != want:
            yield (f"{id_} in {name}: expected {told(want, entered)},"
                   f" found {told(instant, entered)}")


def due_is_right(step, name, id_, entered, instant):
    return instant <= step.tick and turns_at(
        step.after, name, id_, instant, entered)


def of_backfill(step, name, id_, instant):
    """Of a definition that is new, another or gone."""
    return name in step.open and instant in (
        step.after.clock, became(step.after, name, id_, step.after.clock))


def faults_of_tick(step):
    for _, name, id_, entered, instant in step.entries:
        if not (of_backfill(step, name, id_, instant) or due_is_right(
                step, name, id_, entered, instant)):
            yield (f"{id_} in {name}: {told(instant, entered)}, which is"
                   " not when it turns")
    if not step.done:
        return
    for name in sorted({*step.after.definitions, *step.now}):
        if step.tick < step.before.clock and name in step.after.definitions:
            continue
        want = step.after.members(name, step.tick)
        if step.now.get(name, set()) != want:
            yield (f"members of {name} after a tick at {step.tick}:"
                   f" expected {sorted(want)},"
                   f" found {sorted(step.now.get(name, set()))}")
    if not step.open and step.tick > step.before.clock:
        yield from faults_of_time(step)


def in_order(entry):
    """The order in which time is worked off: by instant, then by profile."""
    return entry[4], entry[2]


def faults_of_time(step):
    """All turns since the clock, each once, in their order."""
    want = {(instant, id_, name, entered)
            for name in step.after.definitions for id_ in step.after.subjects
            for instant, entered in flips(step.after, name, id_,
                                          step.before.clock, step.tick)}
    late = [e for e in step.entries if e[4] > step.before.clock]
    got = {(instant, id_, name, entered)
           for _, name, id_, entered, instant in late}
    if want != got:
        yield (f"turns of a tick at {step.tick}: missing"
               f" {sorted(want - got)}, too many {sorted(got - want)}")
    if late != sorted(late, key=in_order):
        yield f"turns of a tick at {step.tick}: not in their order"


def faults(step):
    """All that a step did and should not have done, or the other way."""
    yield from step.doubled
    numbers = [entry[0] for entry in step.entries]
    if numbers != list(range(step.last + 1, step.last + 1 + len(numbers))):
        yield f"changes are numbered {numbers} after {step.last}"
    if step.tick is None:
        yield from faults_of_facts(step)
    else:
        yield from faults_of_tick(step)
    for names, operation, at, members, errors in step.listed:
        failed = sum(step.after.errors(name, at) for name in names)
        if errors != failed:
            yield (f"errors of {names} at {at}: expected {failed}, found"
                   f" {errors}")
        want = functools.reduce(getattr(operator, operation), [
            step.after.members(name, at) for name in names])
        if members != want:
            yield (f"{operation} of {names} at {at}: expected"
                   f" {sorted(want)}, found {sorted(members)}")
    for id_, at, names in step.told:
        want = {name for name in step.after.definitions
                if step.after.is_member(name, id_, at)}
        if names != want:
            yield (f"segments of {id_} at {at}: expected {sorted(want)},"
                   f" found {sorted(names)}")
