"""A store of a random shop in this process, and its profiles as
segments_model sees them."""
import functools
import json
import operator
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings" / "python"))
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import sanitized
sanitized.ready()

import observe
import omni
import segments_model
from segments_values import EPOCH


ANSWERS = {
    omni.Membership.MEMBER: segments_model.MEMBER,
    omni.Membership.NOT_MEMBER: segments_model.NOT_MEMBER,
    omni.Membership.ERROR: segments_model.ERROR}


def instant(us):
    return EPOCH + timedelta(microseconds=us)


def changes_of(store, after):
    return [(c.sequence, c.segment, c.profile, c.entered, c.instant_us)
            for c in store.segments.changes(after=after)]


class Other:
    """Another process, that opens stores while this one has them open."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def changes(self, path):
        print(path, file=self.process.stdin, flush=True)
        return [tuple(c) for c in json.loads(self.process.stdout.readline())]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class NoExpression(Exception):
    """The library does not take an expression."""


class TooMuch(NoExpression):
    """Its cost may be over the budget."""


class Live:
    """A store in a folder that goes with it; its clock is `now`, and what it
    takes for random comes from the seed."""

    def __init__(self, case, name="store"):
        self.now, self.case = case.now, case
        self.folder = TemporaryDirectory(prefix="omni-segments-")
        self.path = Path(self.folder.name) / name
        self.random = random.Random(f"{case.seed}:random")
        self.store = self.open(create=True)
        self.text, self.segment, self.snapshot = None, None, None

    def open(self, **options):
        return omni.Store(self.path, clock=lambda: instant(self.now),
                          random=self.random.randbytes, calling_code=41,
                          **options)

    def load(self):
        for file in self.case.files:
            self.store.import_lines(file.lines, source=file.source or None,
                                    durability="off")
        for statement in self.case.statements:
            self.state(*statement)

    def state(self, kind, a, b):
        self.now += 1000    # as in the model, a later one is later
        verb = self.store.merge if kind == "link" else self.store.split
        return verb(":".join(a), ":".join(b), "the model says so")

    # Segments with a name

    def define(self, name, text):
        """False if it may cost too much."""
        try:
            self.store.segments.set(name, text)
        except omni.LimitError:
            return False
        return True

    def delete(self, name):
        self.store.segments.delete(name, force=True)

    def append(self, lines):
        """As one group; False if all of it was known."""
        facts = self.store.stats().facts
        self.store.append_json(b"\n".join(lines))
        return self.store.stats().facts != facts

    def tick(self, at, budget):
        """(whether anything was to be done, whether all of it is)."""
        told = self.store.tick(at, budget=budget)
        return told.ticks > 0, told.done

    def changes(self, after):
        return changes_of(self.store, after)

    def members(self, names, operation, at):
        """Ids of who is in several segments, put together by & | or -."""
        sets = [self.store.segments[name] for name in names]
        whole = functools.reduce(getattr(operator, operation), sets)
        members = whole.members(at)
        if whole.count(at) != len(members):
            members.append(f"a count of {whole.count(at)}")
        return set(members)

    def errors(self, names, at):
        return sum(self.store.segments[name].errors(at) for name in names)

    def segments_of(self, id_, at):
        return set(self.store.profile_segments(id_, at=at))

    def reopen(self, rebuild):
        """Open the store again, as another process does; `rebuild`: from
        its log alone."""
        self.store.close()
        for path in self.path.glob("tables.mdb*" if rebuild else "none"):
            path.unlink()
        self.store = self.open()

    # Expressions

    def compiled(self, text):
        """The expression, which is mostly that of the call before."""
        if self.text != text:
            self.forget()
            try:
                self.segment = self.store.segment(text)
            except omni.LimitError as error:
                raise TooMuch(str(error)) from None
            except omni.ParseError as error:
                raise NoExpression(f"{text}: {error}") from None
            self.text, self.snapshot = text, self.store.snapshot()
        return self.segment

    def forget(self):
        if self.text is not None:
            self.segment.close()
            self.snapshot.close()
        self.text = None

    def ask(self, text, id_, now):
        """(answer, since, until) as segments_model.evaluate() has it."""
        answer = self.compiled(text).eval(id_, at=now, snapshot=self.snapshot)
        since, until = answer.valid_since_us, answer.valid_until_us
        return (ANSWERS[answer.membership],
                segments_model.FOR_EVER[0] if since is None else since,
                segments_model.FOR_EVER[1] if until is None else until)

    def scan(self, text, now):
        """Ids of all for whom it is true, and of how many it is an error."""
        segment = self.compiled(text)
        with segment.members(at=now, snapshot=self.snapshot) as walk:
            found = set(walk)
        counts = segment.counts(at=now, snapshot=self.snapshot)
        if counts.members != len(found):
            found.add(f"a count of {counts.members}")
        return found, counts.errors

    def close(self):
        self.forget()
        self.store.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.close()


class Ranks:
    """Which of two events of one time is the later by F6: only a keyed hash
    can tell, so it is taken from the store's timelines."""

    def __init__(self, case, dump, known):
        reader = observe.Reader(case, case.now, case.now)
        self.known, self.at, self.ids = known, {}, {}
        for profile in reader.dump(dump):
            self.ids[frozenset(profile.identifiers)] = profile.id
            timeline = profile.timeline
            if timeline and timeline[0][0] > timeline[-1][0]:
                timeline = timeline[::-1]
            for number, event in enumerate(
                    observe.without_made_up_ids(timeline, known)):
                self.at.setdefault(event[:6] + event[7:], []).append(number)

    def of(self, time, copy):
        """Equal events, without ids, are one after the other."""
        sent = observe.sent((time, copy, ()))
        places = self.at.get(sent[:6] + sent[7:])
        if not places:
            raise LookupError(f"the store has no {sent}")
        return places.pop(0) if len(places) > 1 else places[0]


def subjects_of(case, derived, dump):
    """Members to segments_model.Subject, of all profiles."""
    known = {copy.sent_id for profile in derived.profiles.values()
             for _, copy, _ in profile.timeline}
    ranks = Ranks(case, dump, known)
    made = {}
    for members, profile in derived.profiles.items():
        made[members] = segments_model.subject_of(
            profile, derived.why.seen, ranks.of, ranks.ids.get(members, ""))
    return made


def main():
    """Tell the changes of each store that is named on the input."""
    for line in sys.stdin:
        with omni.Store(line.rstrip("\n")) as store:
            print(json.dumps(changes_of(store, 0)), flush=True)


if __name__ == "__main__":
    main()
