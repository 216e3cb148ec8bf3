"""A store that an application writes to: what it makes of each call, by the
rules for facts still to be made (design, F6, F7, I1, I2, I3), and what then
follows from the facts. It is read while it changes, and another process writes
to it too."""
import json
from types import SimpleNamespace as Thing

import omni

import asked
import dumped
import facts_model
import factlog
import histories
import model
import policies
import records
from factlog import EVENT, LINK, PART, POLICY, RETRACT, SEGMENT

KINDS = {omni.FactKind.EVENT: EVENT, omni.FactKind.LINK: LINK,
         omni.FactKind.PART: PART, omni.FactKind.RETRACT: RETRACT,
         omni.FactKind.POLICY: POLICY, omni.FactKind.SEGMENT: SEGMENT}
SPELLINGS = {"ann@example.com": (" Ann@EXAMPLE.com", "ann@example.com\t"),
             "\u00e9": ("e\u0301", " \u00e9 ")}


# Facts as the store tells them

def node_of(text):
    return tuple(text.split(":", 1))


def copy_of(event, identifiers, keys):
    """A copy as its fact says it."""
    properties = json.loads(event.properties_json or "{}",
                            parse_float=str, parse_int=str)
    group = event.type.name == "GROUP"
    copy = Thing(
        type=event.type.name.lower(), name=event.name, time=event.time_us,
        instant=event.original_time_us, channel=event.channel,
        source=event.source, group_id=event.group_id,
        identifiers=frozenset(map(node_of, identifiers)),
        traits_json=event.traits_json, properties_json=event.properties_json,
        traits=members(event.traits_json), sent_id=event.id, alias=None,
        group_traits=members(members(event.properties_json).get("traits", ""))
        if group else {},
        properties={k: amount(v) for k, v in members(
            event.properties_json).items()})
    assert properties.keys() == copy.properties.keys()
    if event.previous_id:
        user = min(n for n in copy.identifiers if n[0] == "user_id")
        copy.alias = user, event.previous_id
    return copy


def members(text):
    """Name to the text of its value, of canonical JSON."""
    if not text:
        return {}
    return {name: dumped.canonical_text(value) for name, value in json.loads(
        text, parse_float=dumped.Text, parse_int=dumped.Text).items()}


def amount(text):
    return histories.plain(text)


def fact_of(told, keys, known):
    """A fact of the feed as histories.py has it."""
    replica, sequence, check = told.id.split(":")
    fact = Thing(kind=KINDS[told.kind], id=told.id,
                 replica=bytes.fromhex(replica), sequence=int(sequence),
                 check=bytes.fromhex(check), made=told.made_us, strays=[],
                 reason=told.reason, author=told.author, time=told.time_us)
    if fact.kind == EVENT:
        fact.copy = copy_of(told.event, told.identifiers, keys)
    elif fact.kind in (LINK, PART):
        fact.a, fact.b = map(node_of, told.identifiers)
    elif fact.kind == RETRACT:
        fact.targets = [known[name] for name in told.targets]
    else:
        fact.name, fact.value = told.name, told.value
    return fact


# What an application says

def spelled(rng, node):
    """A value as people write it; the policy brings it into its form."""
    if node[0] == "phone" and node[1].startswith("+41") and \
            rng.random() < 0.3:
        return "0" + node[1][3:5] + " " + node[1][5:]
    return rng.choice(SPELLINGS.get(node[1], (node[1],)) + (node[1],))


def expected_identifiers(policy, nodes):
    """I1, I2: those that name somebody, in the form of now."""
    found = set()
    for space, value in nodes:
        node = records.normal(space, value, policy.code,
                              policy.normalizer(space))
        if node and node[1] not in policy.blocked_of(space):
            found.add(node)
    return found


def as_json(made, nodes):
    """A record of the Segment spec."""
    parts = {"type": made["type"], "timestamp": stamp(made["time"]),
             "context": {"externalIds": [
                 {"type": space, "id": value} for space, value in nodes]}}
    if made["type"] == "track":
        parts["event"] = made["name"]
    for key, name in (("channel", "channel"), ("sent_id", "messageId"),
                      ("group_id", "groupId")):
        if made.get(key):
            parts[name] = made[key]
    if made.get("instant"):
        parts["originalTimestamp"] = stamp(made["instant"])
    if made.get("alias"):
        parts["previousId"] = made["alias"][1]
        parts["userId"] = made["alias"][0][1]
    if made["source"]:
        parts["context"]["source"] = made["source"]
    text = json.dumps(parts)[:-1]
    group = made["type"] == "group"
    traits = made.get("group_traits" if group else "traits")
    if traits:
        where = "" if group or made["type"] == "identify" else "context"
        if where:
            text = text.replace('"context": {', '"context": {"traits":'
                                + histories.canonical(traits) + ",", 1)
        else:
            text += ',"traits":' + histories.canonical(traits)
    if made.get("properties"):
        text += ',"properties":' + histories.canonical(made["properties"])
    return text + "}"


def stamp(us):
    return json.loads(dumped.instant(us))


class Live:
    """A store under change, and the facts that it told of."""

    def __init__(self, trial, expect):
        self.trial, self.rng, self.expect = trial, trial.rng, expect
        self.keys = trial.keys
        self.path = trial.hosts.empty(trial.history, trial.replica)
        self.wall = histories.MADE * 1000
        self.facts, self.by_id, self.clock = [], {}, 0
        self.open()

    def open(self):
        self.store = omni.Store(self.path, durability="off",
                                clock=lambda: self.wall)
        self.walk = self.store.facts(position=self.clock)

    def close(self):
        self.clock = self.walk.position
        self.walk.close()
        self.store.close()

    def news(self):
        """Facts that came since the last call."""
        made = []
        for told in self.walk:
            fact = fact_of(told, self.keys, self.by_id)
            # Counters are not told: in one replica the order is the number's.
            fact.hlc = fact.sequence
            if fact.kind == EVENT:
                self.finish(fact.copy)
            self.by_id[fact.id] = fact
            made.append(fact)
        self.facts += made
        return made

    def finish(self, copy):
        sent = len(copy.sent_id) != 16 or not self.trial.made_ids
        copy.id_hash = (self.keys.id_hash(copy.sent_id) if sent
                        else int(copy.sent_id, 16))
        copy.sent_id = copy.sent_id if sent else ""
        copy.id, copy.index = copy.id_hash, len(self.facts)
        copy.content = factlog.content_of(copy)
        copy.content_hash = self.keys.content_hash(copy.content)

    def policy(self):
        """In force now."""
        void = facts_model.void_facts(self.facts)
        return policies.in_force([
            f for f in self.facts if f.kind == POLICY
            and id(f) not in void]).policy

    # One call each

    def events(self, said):
        """Records in one commit."""
        policy, lines, want = self.policy(), [], []
        for made in said:
            nodes = [(n[0], spelled(self.rng, n)) for n in made["identifiers"]]
            found = expected_identifiers(policy, nodes + (
                [made["alias"][0]] if made.get("alias") else []))
            lines.append(as_json(made, nodes))
            want.append(found)
        summary = self.store.append_json("\n".join(lines))
        got = self.news()
        blocked = sum(not found for found in want)
        self.expect("refused", blocked, summary.read - summary.taken -
                    summary.duplicates - summary.retracted)
        known = [set(f.copy.identifiers) for f in self.facts
                 if f.kind == EVENT]
        for found in want:
            if found and found not in known:
                self.expect("identifiers made", found, known[-len(want):])
        self.expect("only events", True, all(f.kind == EVENT for f in got))

    def statement(self, kind, a, b):
        policy = self.policy()
        ends = {tuple(expected_identifiers(policy, [n])) for n in (a, b)}
        if () in ends or len(ends) < 2:
            return
        call = self.store.merge if kind == "link" else self.store.split
        before = [f for f in self.facts if f.kind in (LINK, PART)]
        call(":".join(a), ":".join(b), histories.REASON)
        fact, = self.news()
        self.expect("ends", {e[0] for e in ends}, {fact.a, fact.b})
        self.later(fact, [f for f in before if {f.a, f.b} == {fact.a, fact.b}])

    def later(self, fact, others):
        """F6: later than all that the maker holds on the same; what is void
        may count or not."""
        void = facts_model.void_facts(self.facts)
        if not any(id(f) in void for f in others):
            self.expect("time", histories.after(self.wall, others), fact.time)

    def setting(self, name, value):
        """Set one; what is not mentioned of it stays."""
        section, dot, key = name.partition(".")
        before, known = self.policy(), list(self.facts)
        said = value or "null"
        if dot:
            said = "{%s:%s}" % (dumped.text(key), said)
        document = "{%s:%s}" % (dumped.text(section), said)
        try:
            self.store.set_policy(document)
        except omni.ParseError:
            self.trial.tally["live: setting refused"] += 1
            self.expect("nothing", [], self.news())
            return
        made, after = self.news(), self.policy()
        for fact in made:
            self.later(fact, [f for f in known if f.kind == POLICY
                              and f.name == fact.name])
        if section == "namespaces":
            self.expect(name, wanted_row(before, key, json.loads(
                value or "null")),
                        (after.other if key == "*" else after.of(key)))

    def segment(self, name, value):
        if value:
            self.store.segments[name] = value
        elif name in list(self.store.segments):
            del self.store.segments[name]
        self.news()

    def retract(self):
        if not self.facts:
            return
        fact = self.rng.choice(self.facts)
        void = facts_model.void_facts(self.facts)
        live = id(fact) not in void
        try:
            result = self.store.retract(fact.id, histories.REASON)
        except omni.ArgumentError:
            self.expect("cannot be retracted", True,
                        fact.kind in (POLICY, SEGMENT))
            return
        made = self.news()
        self.expect(f"retract of {fact.kind}", live, bool(result.fact))
        self.trial.tally["live: retract"] += len(made)
        if made and fact.kind == EVENT:
            copies, = [group for group in model.connected_copies(
                [f.copy for f in self.facts if f.kind == EVENT])
                if fact.copy in group]
            self.expect("targets", {f.id for f in self.facts
                                    if f.kind == EVENT and any(
                                        f.copy is c for c in copies)},
                        {f.id for f in made[0].targets})

    def elsewhere(self, made):
        """Another process appends one record, and says what it sees."""
        lines, counts = self.trial.hosts.elsewhere(
            path=str(self.path), records=[as_json(made, made["identifiers"])])
        self.news()
        state = facts_model.derive(self.facts)
        self.expect("elsewhere", dumped.in_order(dumped.dump(
            self.keys, state)), lines)

    # All of it

    def step(self, said):
        self.wall += self.rng.choice((0, 0, 1, 7, 1000))
        kind = said[0][0]
        if kind == "event" and self.rng.random() < 0.05:
            self.elsewhere(said[0][1])
        elif kind == "event":
            self.events([made for _, made in said])
        elif kind in ("link", "part"):
            self.statement(*said[0])
        elif kind == "policy":
            self.setting(*said[0][1:])
        elif kind == "segment":
            self.segment(*said[0][1:])
        else:
            self.retract()
        if self.rng.random() < 0.05:
            self.close()
            self.open()
        if self.rng.random() < 0.05:
            self.compare()

    def compare(self):
        state = facts_model.derive(self.facts)
        self.trial.compare("of a live store", self.store, dumped.in_order(
            dumped.dump(self.keys, state)), dumped.stats(state))
        return state

    def run(self, said):
        try:
            self.live(said)
        finally:
            self.close()

    def live(self, said):
        for step in steps(said, self.rng):
            self.step(step)
        state = self.compare()
        if self.rng.random() < 0.3:
            for what, want, got in asked.everything(
                    self.store, self.keys, self.facts, state, self.rng,
                    self.trial.tally):
                self.expect(f"live: {what}", want, got)
        self.store.check()
        self.store.check(rebuild=True)
        self.compare()


def steps(said, rng):
    """One by one; events now and then several at once."""
    said = list(said)
    while said:
        size = 1
        while size < min(len(said), 4) and rng.random() < 0.3 and all(
                kind == "event" for kind, *_ in said[:size + 1]):
            size += 1
        yield said[:size]
        said = said[size:]


def wanted_row(policy, space, said):
    """What a namespace is once this was said of it."""
    old = policy.other if space == "*" else policy.of(space)
    if said is None:
        return policies.OTHER if space == "*" else policies.NAMESPACES.get(
            space, policy.other)
    row = dict(zip(policies.FIELDS, old))
    for field, value in said.items():
        if field != "normalizer":
            row[field] = policies.CLASSES[value] if field == "class" else value
    return tuple(row[field] for field in policies.FIELDS)


def sayable(said):
    """What an application can say: every record has a time, and the form that
    makes numbers of names is for phones alone."""
    for kind, *rest in said:
        if kind == "event":
            made = dict(rest[0])
            if made.get("instant") == 0:
                del made["instant"]
            made.pop("id_hash", None)
            if made.get("alias"):   # one form in both namespaces
                user, previous = made["alias"]
                made["alias"] = user, previous.lower()
            yield kind, made
        elif kind == "policy" and '"phone"' in rest[1]:
            yield kind, rest[0], rest[1].replace('"phone"', '"lower"')
        else:
            yield (kind, *rest)
