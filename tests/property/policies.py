"""The policy the naive way (design, I3, F6, P1, P2): registers with their
defaults, which facts of a register are valid, and which one is in force."""
import json
import re
from decimal import Decimal
from types import SimpleNamespace as Thing

PERSON, DEVICE, SHARED = "0 person", "1 device", "2 shared"
CLASSES = {"person": PERSON, "device": DEVICE, "shared": SHARED}
# class, rank, max_per_profile, generic_above
NAMESPACES = {"user_id": (PERSON, 10, 1, 0), "loyalty_id": (PERSON, 20, 5, 10),
              "email": (PERSON, 30, 5, 10), "phone": (PERSON, 40, 5, 10),
              "device_id": (DEVICE, 60, 0, 10),
              "anonymous_id": (DEVICE, 70, 0, 10)}
OTHER = (PERSON, 50, 5, 10)
FIELDS = ("class", "rank", "max_per_profile", "generic_above")
NUMBERS = {"calling_code": (0, 999), "max_alias_links": (0, 10**6),
           "max_component": (1, 10**6), "max_identifiers": (1, 10**6)}
MOST = {"rank": 2**28 - 1, "max_per_profile": 10**6, "generic_above": 10**6}
NORMALIZERS = ("none", "lower", "email", "phone")
SPACE = re.compile(r"\*|[a-z][a-z0-9_]{0,31}")


class Invalid(Exception):
    """What a register's fact says is not valid."""


class Policy:
    """All registers; `of` gives the one of a namespace."""

    def __init__(self):
        self.namespaces, self.other = dict(NAMESPACES), OTHER
        self.max_identifiers, self.max_component = 500, 2000
        self.max_alias_links = 10
        self.device_free_channels = ("store", "kiosk", "call_center")
        self.source_trust = {}
        self.amounts = {"*": ("revenue", "total", "value")}
        # Of facts still to be made
        self.normalizers = {"*": "none", **dict.fromkeys(NAMESPACES, "none"),
                            "email": "email", "phone": "phone"}
        self.blocked, self.code = {}, "41"

    def of(self, space):
        return self.namespaces.get(space, self.other)

    def normalizer(self, space):
        return self.normalizers.get(space, self.normalizers["*"])

    def blocked_of(self, space):
        """Values that name nobody, as they stand in the register."""
        return self.blocked.get(space, self.blocked.get("*", ()))

    def trust(self, trait, source):
        """How far a source is from the most trusted one."""
        sources = self.source_trust.get(trait, self.source_trust.get("*", ()))
        return sources.index(source) if source in sources else len(sources)

    def amounts_of(self, name):
        return self.amounts.get(name, self.amounts["*"])


# What the facts of a register say

def unique(pairs):
    if len(dict(pairs)) < len(pairs):
        raise Invalid("twice")
    return dict(pairs)


def no_constant(_):
    raise Invalid("constant")


def parse(text):
    """JSON as RFC 8259 has it; numbers exactly."""
    try:
        return json.loads(text, object_pairs_hook=unique, parse_int=Decimal,
                          parse_float=Decimal, parse_constant=no_constant)
    except ValueError:
        raise Invalid("syntax") from None


def whole(value, least, most):
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise Invalid("number")
    if not least <= int(value) <= most:
        raise Invalid("range")
    return int(value)


def words(value):
    if not isinstance(value, list) or len(value) > 1000 or not all(
            type(v) is str and 0 < len(v.encode()) <= 1024 for v in value):
        raise Invalid("words")
    return tuple(value)


def one_of(value, known):
    if type(value) is not str or value not in known:
        raise Invalid("word")
    return value


def base_of(policy, name):
    """What a register does not mention: the default, or that of any other."""
    return OTHER if name == "*" else NAMESPACES.get(name, policy.other)


def namespace(policy, name, value):
    """What a register does not mention is as by default."""
    if not SPACE.fullmatch(name):
        raise Invalid("namespace")
    base = base_of(policy, name)
    form = "none" if name == "*" else Policy().normalizers.get(
        name, policy.normalizers["*"])
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Invalid("object")
    row = dict(zip(FIELDS, base))
    for field, said in value.items():
        if field == "class":
            row[field] = CLASSES[one_of(said, CLASSES)]
        elif field == "normalizer":
            form = one_of(said, NORMALIZERS)
        elif field in MOST:
            row[field] = whole(said, 0, MOST[field])
        else:
            raise Invalid("field")
    return tuple(row[field] for field in FIELDS), form


def set_register(policy, name, text):
    """One register of a policy by one fact; raises Invalid."""
    section, dot, key = name.partition(".")
    if section in ("namespaces", "amounts", "blocked", "source_trust"):
        if not key:
            raise Invalid("needs a name")
    elif section not in NUMBERS and section != "device_free_channels":
        raise Invalid("no such setting")
    elif key:
        raise Invalid("names nothing")
    value = parse(text)
    if section == "namespaces":
        row, form = namespace(policy, key, value) or (None, None)
        if row and key == "*":
            policy.other = row
        elif row:
            policy.namespaces[key] = row
        if row:
            policy.normalizers[key] = form
    elif section in NUMBERS:
        if value is not None:
            number = whole(value, *NUMBERS[section])
            if section == "calling_code":
                policy.code = str(number)
            vars(policy)[section] = number
    elif section == "device_free_channels":
        if value is not None:
            policy.device_free_channels = words(value)
    else:
        if section == "blocked" and not SPACE.fullmatch(key):
            raise Invalid("namespace")
        if len(key.encode()) > 128:
            raise Invalid("name")
        if value is not None:
            vars(policy)[section][key] = words(value)


def replace(policy, name, text):
    """Set one of a policy that has it already; null: as by default."""
    section, _, key = name.partition(".")
    default = Policy()
    if section in NUMBERS or section == "device_free_channels":
        setattr(policy, section, getattr(default, section, None))
    elif section != "blocked" and key != "*":
        rows, usual = getattr(policy, section), getattr(default, section)
        rows.pop(key, None)
        rows.update({key: usual[key]} if key in usual else {})
    elif section in ("source_trust", "amounts"):
        getattr(policy, section).pop("*", None)
        getattr(policy, section).update(
            {k: v for k, v in getattr(default, section).items() if k == "*"})
    set_register(policy, name, text)


def is_valid(fact):
    try:
        set_register(Policy(), fact.name, fact.value)
    except Invalid:
        return False
    return True


def order_of(fact):
    """F6, of policies and segments of one name."""
    return fact.time, fact.hlc, fact.replica, fact.sequence


def registers(facts):
    """Name to its facts, the latest last."""
    named = {}
    for fact in facts:
        named.setdefault(fact.name, []).append(fact)
    return {name: sorted(named[name], key=order_of) for name in sorted(
        named, key=str.encode)}


def choose(facts):
    """Of the facts of a register the one in force: the latest valid one. One
    without a value takes the register away."""
    for fact in reversed(facts):
        if not fact.value:
            return None
        if is_valid(fact):
            return fact
    return None


def in_force(facts):
    """The policy that the facts make, and of each register its fact."""
    policy, force = Policy(), {}
    for name, those in registers(facts).items():
        chosen = choose(those)
        if chosen is not None:
            force[name] = chosen
            set_register(policy, name, chosen.value)
    return Thing(policy=policy, force=force)


def latest(facts):
    """Name to value of what was said last, for kinds that are always valid."""
    said = {name: those[-1].value for name, those in registers(facts).items()}
    return {name: value for name, value in said.items() if value}
