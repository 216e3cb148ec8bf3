"""Contested devices (design, I9): which they are, and whose the anonymous
events on them are."""
import model

ON = True


def signs_out(event):
    return event.winner.type == "track" and event.winner.name == "Signed Out"


def names_person(event):
    return any(model.is_a(model.PERSON, node) for node in event.identifiers)


def is_login(event):
    """Of the devices that it carries; not where devices are shared."""
    return (names_person(event) and not signs_out(event) and
            event.winner.channel not in model.policy.device_free_channels)


def quarrels(held):
    """Nodes with a link held apart for another reason than being generic."""
    return {node for (pair, _), rule in held.items() if rule != "generic"
            for node in pair}


def devices(events, held, generic):
    """Those that are contested."""
    signed = {node for event in events if signs_out(event)
              for node in event.identifiers}
    return {node for node in signed | quarrels(held)
            if may_be_contested(node, generic)}


def may_be_contested(node, generic):
    return model.is_a(model.DEVICE, node) and node not in generic


def boundaries(device, events):
    """Logins and Signed Outs on a device, in order."""
    return sorted((event for event in events if device in event.identifiers
                   and (is_login(event) or signs_out(event))),
                  key=lambda event: event.order)


def owner(event, device, limits):
    """The node whose profile an anonymous event is of; None: nobody's."""
    before = [limit for limit in limits if limit.order < event.order]
    if before:
        return owner_after(before)
    logins = [limit for limit in limits if not signs_out(limit)]
    return owner_at_first(logins, limits, device)


def owner_after(before):
    """Who signed out is there no more."""
    return None if signs_out(before[-1]) else before[-1].anchor


def owner_at_first(logins, limits, device):
    """Before the first boundary."""
    return logins[0].anchor if logins else device


def places(events, held, generic):
    """Event, by id, to the node whose profile it is of; None: nobody's."""
    at = {id(event): event.anchor for event in events}
    if not ON:
        return at
    for device in devices(events, held, generic):
        limits = boundaries(device, events)
        for event in events:
            if event.anchor == device and not names_person(event):
                at[id(event)] = owner(event, device, limits)
    return at


def ties(events, held, generic):
    """Events of the same order as another one, where one of the two cuts the
    time of a device."""
    for device in devices(events, held, generic):
        before = {}
        for event in events:
            cuts = is_login(event) or signs_out(event)
            if device in event.identifiers and (
                    cuts or event.anchor == device):
                if cuts or before.get(event.order):
                    if event.order in before:
                        yield event
                        continue
                before[event.order] = cuts or before.get(event.order, False)
