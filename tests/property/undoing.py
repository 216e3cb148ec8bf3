"""Facts that are taken back: a store with retracts is, to the byte, one that
never had what they void, whatever came before and after them (F2, F7)."""
import copy
import json

import model
import records
import streams


def timed_lines(case):
    """(source, line) of the records that are the same events whenever and
    with whatever else they are imported: with times, and with ids."""
    return [(file.source, line) for file in case.files for line in file.lines
            if line.strip() and not streams.is_untimed(line)
            and streams.has_ids(line)]


def of_lines(case, lines, statements):
    """The case with these records alone, each source as one file."""
    sources = sorted({source for source, _ in lines})
    made = copy.copy(case)
    made.statements = statements
    made.files = [type(case)(source=source, lines=[
        line for at, line in lines if at == source]) for source in sources]
    return made


def alone(line):
    """Whether a line is one record that has an id."""
    inside = streams.records_of(line)
    return len(inside) == 1 and streams.has_ids(line)


class Undoing:
    """A store under change, and what was retracted in it so far."""

    def __init__(self, omni, case, rng):
        self.omni, self.case, self.rng = omni, case, rng
        self.store = omni.init(case)
        self.lines, self.statements = [], []
        self.named = {}         # retract -> what it names
        self.stated = {}        # fact -> statement
        self.copies = set()     # lines that a retract named

    def take(self, lines, statements):
        batch = self.rng.choice((1, 3, 1000))
        for source, line in lines:
            self.lines.append((source, line))
        for source in sorted({source for source, _ in lines}):
            summary = self.omni.import_lines(
                self.store, [x for at, x in lines if at == source], source,
                batch=batch)
            told = sum(summary[k] for k in ("taken", "duplicates",
                                            "retracted"))
            assert told + sum(summary["refused"].values()) == summary["read"]
        for fact, statement in zip(self.omni.state(self.store, statements),
                                   statements):
            self.stated[fact] = statement
            self.statements.append((fact, statement))

    def retract(self, fact):
        """The id of the retract; None where the fact was void already."""
        return json.loads(self.omni.run(
            "retract", self.store, fact, "--reason", "undone", "--json"))["fact"]

    def retract_event(self):
        """Some event of somebody, whose copies the model can tell."""
        known = [x for x in self.lines if alone(x[1])]
        if not known:
            return
        source, line = self.rng.choice(known)
        found = [c for c in records.read_case(
            of_lines(self.case, [(source, line)], []))[0]]
        if not found:
            return
        asked = found[0]
        who = ":".join(self.rng.choice(sorted(asked.identifiers)))
        text = self.omni.run("timeline", self.store, who, "--json", "--last",
                             10**6, statuses=(0, 1))
        facts = [event["fact"] for event in map(json.loads, text.splitlines())
                 if event["id"] == asked.sent_id
                 and event["name"] == asked.name
                 and records.instant(event["time"]) == asked.time]
        if len(facts) == 1 and self.is_plain(asked):
            retract = self.retract(facts[0])
            assert retract, "a live event is void"
            self.named[retract] = ("event", (source, line))

    def is_plain(self, asked):
        """Whether no other event can be taken for this one."""
        copies, _ = records.read_case(of_lines(self.case, self.lines, []))
        return len({c.instant for c in copies if c.sent_id == asked.sent_id
                    and c.name == asked.name}) == 1 and len(
            [g for g in model.connected_copies(copies)
             if g[0].sent_id == asked.sent_id and g[0].name == asked.name]) == 1

    def retract_statement(self):
        live = [fact for fact, _ in self.statements]
        if live:
            fact = self.rng.choice(live)
            retract = self.retract(fact)
            if retract:
                self.named[retract] = ("statement", fact)

    def retract_retract(self):
        if self.named:
            fact = self.rng.choice(sorted(self.named))
            retract = self.retract(fact)
            if retract:
                self.named[retract] = ("retract", fact)

    def in_force(self):
        """The retracts that none in force names; later ones name earlier."""
        order = list(self.named)
        void = set()
        for retract in reversed(order):
            what, target = self.named[retract]
            if what == "retract" and retract not in void:
                void.add(target)
        return [self.named[r] for r in order if r not in void]

    def remaining(self):
        """The case as it would be had nothing that is void ever come."""
        force = self.in_force()
        gone = {target for what, target in force if what == "statement"}
        retracted = {target for what, target in force if what == "event"}
        copies, _ = records.read_case(of_lines(self.case, self.lines, []))
        void = {c.index[0] for group in model.connected_copies(copies)
                if model.is_void(group, {line for _, line in retracted})
                for c in group}
        lines = [x for x in self.lines if x[1] not in void]
        return lines, [s for f, s in self.statements if f not in gone], void


def run(omni, case, rng, fail):
    """Import, state and retract by turns; then compare."""
    undoing = Undoing(omni, case, rng)
    lines, statements = timed_lines(case), list(case.statements)
    rng.shuffle(lines)
    steps = rng.randint(2, 4)
    for step in range(steps):
        end = step == steps - 1
        some = len(lines) if end else rng.randint(0, len(lines))
        few = len(statements) if end else rng.randint(0, len(statements))
        undoing.take(lines[:some], statements[:few])
        lines, statements = lines[some:], statements[few:]
        for _ in range(rng.randint(1, 5)):
            rng.choice((undoing.retract_event, undoing.retract_event,
                        undoing.retract_statement,
                        undoing.retract_retract))()
        if rng.random() < 0.2:
            omni.run("check", undoing.store)
    left, stated, void = undoing.remaining()
    if any(not alone(line) for line in void):
        return
    other = omni.init(case, joins=undoing.store)
    for source in sorted({source for source, _ in left}):
        omni.import_lines(other, [x for at, x in left if at == source], source)
    omni.state(other, stated)
    compare(omni, undoing.store, other, fail)
    omni.run("check", undoing.store)
    omni.run("check", undoing.store, "--rebuild")
    compare(omni, undoing.store, other, fail)


def compare(omni, store, other, fail):
    for a, b in zip(omni.run("dump", other).splitlines() + [b""],
                    omni.run("dump", store).splitlines() + [b""]):
        if a != b:
            fail("retracted, and never had", a.decode(), b.decode())
    stats = [json.loads(omni.run("stats", s, "--json"))
             for s in (other, store)]
    for name in ("events", "nodes", "profiles", "links", "statements"):
        if stats[0][name] != stats[1][name]:
            fail(f"{name} of both", stats[0][name], stats[1][name])
