"""A store of a random shop in this process, and its profiles as
segments_model sees them."""
import random
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
