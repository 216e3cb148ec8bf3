"""What one record says: strict JSON, Segment-spec fields, normal forms, junk
and refusals (design F7-F9, I1, I2, E2, E3). The first half of the model."""
import json
import re
import unicodedata
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from decimal import Context, Decimal, MAX_EMAX, MIN_EMIN
from types import SimpleNamespace as Thing

TYPES = ("identify", "track", "page", "screen", "group", "alias")
JUNK = {"", "null", "none", "undefined", "nan", "anonymous", "guest",
        "unknown", "n/a", "test@test.com", "-1", "[object object]"}
WHITE = ("\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
         "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff\u200b")
INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
    r"(?:[Zz]|([+-])(\d\d):?(\d\d)?)?)?")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
EXACT = Context(prec=1000, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Refused(Exception):
    """A record that cannot be taken; the argument is its code."""


def parse(line, most=34):
    """JSON as RFC 8259 has it, and none of what readers let through."""
    def members(pairs):
        if len(dict(pairs)) < len(pairs):
            raise Refused("bad_json")
        return dict(pairs)

    def no_constant(_):
        raise Refused("bad_json")

    try:
        text = line.decode("utf-8")
        value = json.loads(text, object_pairs_hook=members, parse_int=Decimal,
                           parse_float=Decimal, parse_constant=no_constant)
        # A lone surrogate does not encode, and NUL is in no text of ours.
        if b"\0" in json.dumps(value, default=str,
                               ensure_ascii=False).encode("utf-8"):
            raise Refused("bad_json")
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    if "\\u0000" in text:
        raise Refused("bad_json")
    if depth(value) > most:
        raise Refused("over_limit")
    return value


def depth(value):
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


def is_number(value):
    return isinstance(value, Decimal)


def canonical(value):
    """A value that equals another's exactly if both are the same JSON."""
    if isinstance(value, dict):
        return ("object", tuple(sorted(
            (key, canonical(member)) for key, member in value.items())))
    if isinstance(value, list):
        return ("array", tuple(map(canonical, value)))
    if is_number(value):
        return ("number", str(value.normalize(EXACT)) if value else "0")
    return (type(value).__name__, str(value))


def instant(text):
    """Microseconds since 1970 of an RFC 3339 text; None for no text."""
    if text is None:
        return None
    found = INSTANT.fullmatch(text)
    try:
        year, month, day, hour, minute, second = (
            int(n or 0) for n in found.groups()[:6])
        when = datetime(year, month, day, hour, minute, tzinfo=timezone.utc)
        if second > 60:
            raise ValueError
    except (AttributeError, ValueError):
        raise Refused("bad_time") from None
    fraction, sign, hours, minutes = found.groups()[6:]
    when += timedelta(seconds=second)
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    when += ahead if sign == "-" else -ahead
    whole = (when - EPOCH) // timedelta(seconds=1)
    return whole * 1000000 + int(((fraction or "") + "000000")[:6])


FORMS = {"email": "email", "phone": "phone"}


def normal(space, value, calling_code, form=None):
    """I1: the normal form of an identifier; I2: None if it names nobody."""
    form = form or FORMS.get(space)
    value = unicodedata.normalize("NFC", value.strip(WHITE))
    if len(value.encode()) > 1024:
        raise Refused("over_limit")
    if value.lower() in JUNK or not value.strip("0-"):
        return None
    if form in ("email", "lower"):
        value = "".join(c.lower()[:1] for c in value)
        value = unicodedata.normalize("NFC", value)
    if form == "phone":
        number = "".join(c for c in value if c in "0123456789")
        trunk = "1" if calling_code == "1" else "0"
        if len(set(number)) < 2:
            return None
        if value.startswith("+"):
            value = "+" + number
        elif number.startswith("00"):
            value = "+" + number[2:]
        else:
            value = "+" + calling_code + number.removeprefix(trunk)
    return (space, value)


def field(record, key, kinds, most=10**9):
    """A member, None if it is absent or null; refused if of another kind."""
    value = record.get(key)
    if value is not None and not isinstance(value, kinds):
        raise Refused("bad_json")
    if isinstance(value, str) and len(value.encode()) > most:
        raise Refused("over_limit")
    return value


def label(record, key):
    """A member that names something: text, or the digits of a number."""
    value = field(record, key, (str, Decimal), most=1024)
    return digits(value) if is_number(value) else value


def digits(number):
    return format(number.normalize(EXACT), "f") if number else "0"


def word(record, key):
    return field(record, key, str, most=128)


def named(record, context, person_traits):
    """E3: what a record calls somebody, as (namespace, value) pairs."""
    yield "user_id", label(record, "userId")
    yield "anonymous_id", label(record, "anonymousId")
    yield "device_id", label(field(context, "device", dict) or {}, "id")
    for traits in person_traits:
        if isinstance(traits.get("email"), str):
            yield "email", traits["email"]
        if isinstance(traits.get("phone"), (str, Decimal)):
            yield "phone", label(traits, "phone")
    for other in field(context, "externalIds", list) or []:
        if other is not None and not isinstance(other, dict):
            raise Refused("bad_json")
        if other and other.get("id") is not None:
            if not isinstance(other.get("type"), str):
                raise Refused("bad_json")
            yield other["type"], label(other, "id")


def identifiers_of(pairs, calling_code):
    found, dropped = set(), False
    for space, value in pairs:
        if value is None:
            continue
        usable = re.fullmatch("[a-z][a-z0-9_]{0,31}", space)
        node = normal(space, value, calling_code) if usable else None
        dropped = dropped or node is None
        found.add(node)
    found.discard(None)
    if not found:
        raise Refused("blocked" if dropped else "no_identifier")
    if len(found) > 16:
        raise Refused("over_limit")
    return frozenset(found)


def time_of(record, key):
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise Refused("bad_time")
    return instant(value)


def times_of(record):
    """Event time (None: when it was taken) and the sender's instant."""
    stamped, original, sent, received = (time_of(record, key) for key in (
        "timestamp", "originalTimestamp", "sentAt", "receivedAt"))
    moved = original
    if None not in (original, sent, received):
        moved = original + received - sent
    time = moved if stamped is None else stamped
    first = stamped if original is None else original
    return time, 0 if first is None else first


def alias_of(record, calling_code):
    """The two values that an alias event states to be one, or None."""
    pair = [normal("user_id", label(record, key) or "", calling_code)
            for key in ("userId", "previousId")]
    return (pair[0], pair[1][1]) if None not in pair else None


def name_of(record):
    kind = field(record, "type", str)
    name = word(record, "event") if kind == "track" else kind
    if kind not in TYPES or not name:
        raise Refused("bad_event")
    return kind, name


def read(record, source, calling_code, now):
    """One record as a copy of an event; raises Refused."""
    if not isinstance(record, dict):
        raise Refused("bad_json")
    if depth(record) > 32:
        raise Refused("over_limit")
    context, own, traits, properties = (
        field(where, key, dict) or {} for where, key in (
            (record, "context"), (record.get("context") or {}, "traits"),
            (record, "traits"), (record, "properties")))
    kind, name = name_of(record)
    group = traits if kind == "group" else {}
    if kind in ("page", "screen") and properties.get("name") is None \
            and field(record, "name", str) is not None:
        properties = {**properties, "name": record["name"]}
    if kind == "group" and record.get("traits"):
        properties = {**properties, "traits": traits}
    time, sent_instant = times_of(record)
    outer, inner = word(record, "channel"), word(context, "channel")
    personal = [own] if kind == "group" else [own, traits]
    traits = {k: v for part in personal for k, v in part.items()}
    if len(traits) > 512 or any(len(k.encode()) > 128 for k in traits):
        raise Refused("over_limit")
    copy = Thing(
        type=kind, name=name, sent_id=label(record, "messageId") or "",
        time=now if time is None else time, timed=time is not None,
        instant=sent_instant, id_hash=0, content_hash=0,
        channel=outer or inner or "",
        source=word(context, "source") or source,
        identifiers=identifiers_of(named(record, context, personal),
                                   calling_code),
        traits=traits, group_traits=group, properties=properties,
        group_id=label(record, "groupId") or "",
        alias=alias_of(record, calling_code) if kind == "alias" else None)
    copy.content = (kind, name, copy.time, copy.channel, copy.source,
                    tuple(sorted(copy.identifiers)), canonical(copy.traits),
                    canonical(properties), copy.alias, copy.group_id)
    return copy


def records_in(line):
    """The records of one line: itself, or the members of a wire batch, which
    take from it the times and the members of the context that they lack."""
    value = parse(line)
    if not isinstance(value, dict) or value.get("type") is not None \
            or value.get("batch") is None:
        if len(line.strip()) > 65536:   # no member of a batch here is as long
            raise Refused("over_limit")
        return [value]
    shared = {k: value[k] for k in ("sentAt", "receivedAt") if k in value}
    outer = field(value, "context", dict) or {}
    inside = []
    for record in field(value, "batch", list):
        if isinstance(record, dict):
            record = {**shared, **record}
            context = record.get("context") or {}
            if isinstance(context, dict):   # else it is refused, and no other
                known = {k: v for k, v in context.items() if v is not None}
                record["context"] = {**outer, **known}
        inside.append(record)
    return inside


def read_case(case):
    """All copies of a case, and what an import says of them, file by file."""
    copies, counts, index = [], [], 0
    known = defaultdict(list)
    for file in case.files:
        count = Counter(read=0, taken=0, duplicates=0)
        equals = Counter()
        for line in file.lines:
            if not line.strip():
                continue
            try:
                inside = records_in(line)
            except Refused as refused:
                count.update({"read": 1, str(refused): 1})
                inside = []
            for record in inside:
                index += 1
                count["read"] += 1
                try:
                    copy = read(record, file.source, case.calling_code,
                                case.now)
                except Refused as refused:
                    count[str(refused)] += 1
                    continue
                copy.index, copy.id = (line, index), copy.sent_id
                if not copy.sent_id:
                    copy.id = (copy.content, equals[copy.content])
                    equals[copy.content] += 1
                    if not copy.timed:
                        copy.id = index     # a new event each time
                others = known[copy.name, copy.id, copy.instant]
                again = any(o & copy.identifiers for o in others)
                count["duplicates" if again else "taken"] += 1
                others.append(copy.identifiers)
                copies.append(copy)
        counts.append(dict(count))
    return copies, counts
