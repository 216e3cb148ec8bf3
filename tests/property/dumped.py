"""What a store's dump and counts have to be, to the byte, by what the model
derives: canonical JSON as docs/guide and include/omni/store.h describe it."""
import json
from datetime import timedelta

import model
import records


class Text(str):
    """A number as it is written."""


def text(value):
    return json.dumps(value, ensure_ascii=False)


def canonical_text(value):
    """Canonical JSON again of what it was read from."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(text(k) + ":" + canonical_text(value[k])
                              for k in byte_order(value)) + "}"
    return text(value)


def instant(us):
    when = records.EPOCH + timedelta(microseconds=us)
    fraction = when.microsecond
    tail = ("" if not fraction else f".{fraction // 1000:03d}"
            if fraction % 1000 == 0 else f".{fraction:06d}")
    return '"%s%sZ"' % (when.strftime("%Y-%m-%dT%H:%M:%S"), tail)


def decimal(micro):
    sign, whole = "-" if micro < 0 else "", abs(micro)
    digits = f"{whole // 10**6}.{whole % 10**6:06d}".rstrip("0").rstrip(".")
    return text(sign + digits)


def who(node):
    return text(":".join(node))


def texts(values):
    return "[" + ",".join(map(text, values)) + "]"


def byte_order(values):
    return sorted(values, key=lambda v: v.encode())


def figure(value):
    count, first, last, amounts = value
    shown = ",".join(
        '%s:{"max":%s,"min":%s,"sum":%s}' % (
            text(currency), decimal(amounts[currency][2]),
            decimal(amounts[currency][1]), decimal(amounts[currency][0]))
        for currency in byte_order(amounts))
    return '{"amounts":{%s},"count":%d,"first":%s,"last":%s}' % (
        shown, count, instant(first), instant(last))


def event_id(copy):
    return copy.sent_id or f"{copy.id_hash:016x}"


def event(event, fact=None, nobody=False):
    copy, parts = event.winner, []
    if copy.channel:
        parts.append('"channel":' + text(copy.channel))
    if fact:
        parts.append('"fact":' + text(fact))
    if copy.group_id:
        parts.append('"group_id":' + text(copy.group_id))
    parts += ['"id":' + text(event_id(copy)),
              '"identifiers":[%s]' % ",".join(
                  who(n) for n in sorted(event.identifiers)),
              '"name":' + text(copy.name)]
    if nobody:
        parts.append('"nobody":true')
    if copy.alias:
        parts.append('"previous_id":' + text(copy.alias[1]))
    if copy.properties_json:
        parts.append('"properties":' + copy.properties_json)
    if copy.source:
        parts.append('"source":' + text(copy.source))
    parts.append('"time":' + instant(event.time))
    if copy.traits_json:
        parts.append('"traits":' + copy.traits_json)
    parts.append('"type":' + text(copy.type))
    return "{" + ",".join(parts) + "}"


def trait(event, value):
    return '{"event":%s,"source":%s,"time":%s,"value":%s}' % (
        text(event_id(event.winner)), text(event.winner.source),
        instant(event.time), value)


def traits(givers, field):
    return "{" + ",".join(
        text(name) + ":" + trait(givers[name][0], getattr(
            givers[name][0].winner, field)[name])
        for name in byte_order(givers)) + "}"


def seen(span):
    return '"channels":%s,"first_seen":%s,"last_seen":%s' % (
        texts(byte_order(span[2])), instant(span[0]), instant(span[1]))


def timeline(events, **options):
    return "[" + ",".join(event(e, **options) for e in sorted(
        events, key=lambda e: e.order)) + "]"


def identifier(node, span, nobody):
    shown = '{%s,"namespace":%s' % (seen(span), text(node[0]))
    if nobody:
        shown += ',"nobody":' + timeline(nobody)
    return shown + ',"value":%s}' % text(node[1])


def profile(keys, members, found, state, with_timeline=True):
    """A line of a dump; without a timeline, what `profile` says."""
    nobody = state.nobody if with_timeline else {}
    held = ",".join(
        '{"identifier":%s,"other":%s,"rule":%s}' % (who(a), who(b), text(rule))
        for a, b, rule in sorted(found.held))
    line = '{"channels":%s,"consents":[],"events":{%s},"first_seen":%s' % (
        texts(byte_order(found.span[2])), ",".join(
            text(name) + ":" + figure(found.figures[name])
            for name in byte_order(found.figures)), instant(found.span[0]))
    line += ',"held_apart":[%s],"id":%s,"identifiers":[%s],"last_seen":%s' % (
        held, text(keys.id(found.named_by)), ",".join(
            identifier(n, found.identifiers[n], nobody.get(n))
            for n in sorted(members)), instant(found.span[1]))
    line += ',"segments":[]'
    if with_timeline:
        line += ',"timeline":' + timeline(found.events)
    return line + ',"traits":' + traits(found.givers, "traits") + "}"


def group(keys, name, found, state):
    ids = sorted(keys.id(state.profiles[m].named_by) for m in found.members)
    return ('{"group":{"first_seen":%s,"id":%s,"last_seen":%s,"members":%s,'
            '"traits":%s}}' % (
                instant(min(found.times)), text(name),
                instant(max(found.times)), texts(ids),
                traits(found.givers, "group_traits")))


def in_order(lines):
    """Groups are in the order of a keyed hash; that is left open."""
    groups = sorted(x for x in lines if x.startswith('{"group":'))
    return [groups.pop(0) if x.startswith('{"group":') else x for x in lines]


def dump(keys, state):
    """All lines."""
    lines = [(keys.id(found.named_by), profile(keys, members, found, state))
             for members, found in state.profiles.items()]
    made = [line for _, line in sorted(lines)]
    made += [group(keys, name, state.groups[name], state)
             for name in byte_order(state.groups)]
    made += ['{"segment":{"expression":%s,"name":%s}}' % (
        text(state.segments[name]), text(name))
        for name in byte_order(state.segments)]
    made += ['{"policy":{"name":%s,"value":%s}}' % (
        text(name), text(state.force[name].value))
        for name in byte_order(state.force)]
    return made


def stats(state):
    return {"facts": state.facts, "events": state.events,
            "nodes": state.nodes, "profiles": len(state.profiles),
            "links": state.links, "statements": len(state.why.statements)
            + sum(len(set(map(str, model.alias_facts(e))))
                  for e in state.why.all_events),
            "unknown": 0, "voided": state.voided,
            "contested": len(state.contested)}
