"""How notebooks show people and what they did: HTML with its own styles.

Nothing outside of it is needed. Colours are those of the surroundings, and
greys that are seen on light and dark alike. Every text of the store is
escaped: names and properties come from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .explain import Explanation, IdentifierExplanation, Link
    from .model import Amount, Figure, Profile, TimelineEvent, Trait

_LINE = "1px solid rgba(128,128,128,.35)"
_BOX = (
    f"border:{_LINE};border-radius:6px;padding:.8em 1em;margin:.3em 0;"
    "max-width:60em;font:13px/1.5 system-ui,sans-serif;color:inherit"
)
_TABLE = (
    "border-collapse:collapse;width:100%;margin:0;border:0;font:inherit;"
    "color:inherit"
)
_CELL = (
    f"text-align:left;vertical-align:top;padding:.25em .8em .25em 0;"
    f"border:0;border-top:{_LINE};background:none;white-space:normal"
)
_HEAD = "text-align:left;padding:.2em .8em .2em 0;border:0;font-weight:600"
_CHIP = (
    "display:inline-block;border:1px solid rgba(128,128,128,.5);"
    "border-radius:1em;padding:0 .6em;margin:0 .3em .1em 0;font-size:.9em"
)
_FAINT = "opacity:.65"
_CODE = "font-family:ui-monospace,monospace;overflow-wrap:break-word"

#: Longest text of a value that is shown.
SHOWN = 200


def box(title: str, *parts: str) -> str:
    """A frame with a title, which is escaped, and parts, which are HTML."""
    head = f'<div style="font-size:1.15em;font-weight:600">{text(title)}</div>'
    return f'<div style="{_BOX}">{head}{"".join(parts)}</div>'


def part(title: str, html: str) -> str:
    head = f'<div style="margin:.9em 0 .2em;{_FAINT}">{text(title)}</div>'
    return head + html


def table(
    heads: Iterable[str], rows: Iterable[Iterable[str]], right: str = ""
) -> str:
    """A table of cells that are HTML; `right` names heads of numbers."""
    names = list(heads)
    numbers = set(right.split())

    def style(base: str, name: str) -> str:
        return base + (";text-align:right" if name in numbers else "")

    first = "".join(
        f'<th style="{style(_HEAD, name)}">{text(name)}</th>' for name in names
    )
    body = "".join(
        "<tr style='background:none'>"
        + "".join(
            f'<td style="{style(_CELL, name)}">{cell}</td>'
            for name, cell in zip(names, row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<table style="{_TABLE}"><thead><tr>{first}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def text(value: object) -> str:
    """A text as HTML, shortened."""
    told = str(value)
    if len(told) > SHOWN:
        told = told[:SHOWN] + "…"
    return escape(told)


def faint(value: object) -> str:
    return f'<span style="{_FAINT}">{text(value)}</span>'


def code(value: object) -> str:
    return f'<span style="{_CODE}">{text(value)}</span>'


def chips(names: Iterable[str]) -> str:
    return "".join(
        f'<span style="{_CHIP}">{text(name)}</span>' for name in names
    )


def moment(time_us: int) -> str:
    from .model import when

    told = text(when(time_us))
    return f'<span style="white-space:nowrap">{told}</span>'


def profile(given: Profile) -> str:
    """A person: names, traits with where they are from, figures, events."""
    title = " ".join(
        str(trait.value)
        for name, trait in given.traits.items()
        if name in ("name", "first_name", "last_name", "firstName", "lastName")
        and isinstance(trait.value, str)
    )
    seen = f"{moment(given.first_seen_us)} – {moment(given.last_seen_us)} UTC"
    parts = [
        f"<div>{chips(given.channels)} {seen}</div>",
        f"<div>{faint('profile')} {code(given.id)}</div>",
        part("Identifiers", _identifiers(given)),
    ]
    if given.traits:
        parts.append(part("Traits", _traits(given.traits)))
    if given.figures:
        parts.append(part("Events", _figures(given.figures)))
    if given.events:
        parts.append(part("Last events", events(given.events)))
    names = (str(each) for each in given.identifiers)
    return box(title or next(names, given.id), *parts)


def _identifiers(given: Profile) -> str:
    return table(
        ("namespace", "value", "channels", "first seen", "last seen"),
        (
            (
                text(each.namespace),
                code(each.value),
                chips(each.channels),
                moment(each.first_seen_us),
                moment(each.last_seen_us),
            )
            for each in given.identifiers
        ),
    )


def _traits(given: Mapping[str, Trait]) -> str:
    return table(
        ("trait", "value", "source", "event", "since"),
        (
            (
                text(each.name),
                _value(each.value),
                text(each.source) or faint("–"),
                f'<span style="{_CODE};{_FAINT}">{text(each.event_id)}</span>',
                moment(each.time_us),
            )
            for each in given.values()
        ),
    )


def _figures(given: Mapping[str, Figure]) -> str:
    return table(
        ("event", "count", "sum", "first", "last"),
        (
            (
                text(each.name),
                text(each.count),
                "<br>".join(map(_amount, each.amounts.values())),
                moment(each.first_us),
                moment(each.last_us),
            )
            for each in given.values()
        ),
        right="count sum",
    )


def _amount(given: Amount) -> str:
    span = f"{given.min} – {given.max}" if given.min != given.max else ""
    told = f"{given.sum:,} {given.currency}".strip()
    return f'<span title="{escape(span)}">{text(told)}</span>'


def events(given: Iterable[TimelineEvent]) -> str:
    """A table of events."""
    return table(
        ("time", "channel", "event", "properties"),
        (
            (
                moment(each.time_us),
                chips([each.channel] if each.channel else []),
                text(each.name) + chips(["nobody's"] * each.nobody),
                _pairs(each.properties or each.traits),
            )
            for each in given
        ),
    )


def timeline(who: str, given: list[TimelineEvent]) -> str:
    """The events of a walk."""
    return box(f"Timeline of {who}", events(given))


def explanation(given: Explanation) -> str:
    """Why two are one person, or why not: link by link."""
    answer = "one profile" if given.same else "two profiles"
    parts = [f"<div>{chips([answer])} {text(given.summary)}</div>"]
    for title, links in (
        ("Chain", given.chain),
        ("Held apart", given.held),
        ("Statements that keep them apart", given.parts),
        ("Statements that wait for an event", given.waiting),
    ):
        if links:
            parts.append(part(title, _links(links)))
    return box(f"{given.a} – {given.b}", *parts)


def identifier_explanation(given: IdentifierExplanation) -> str:
    """What is known of one identifier."""
    marks = [given.class_name]
    marks += ["generic"] * given.generic + ["contested"] * given.contested
    seen = f"{moment(given.first_seen_us)} – {moment(given.last_seen_us)} UTC"
    parts = [
        f"<div>{chips(marks)} {chips(given.channels)} {seen}</div>",
        f"<div>{faint('profile')} {code(given.profile)} {faint('of')}"
        f" {text(given.profile_size)}: {text(given.named_because)}</div>",
    ]
    if given.generic_because:
        parts.append(f"<div>{text(given.generic_because)}</div>")
    if given.neighbours:
        parts.append(part("Links", _links(given.neighbours)))
    more = given.neighbour_total - len(given.neighbours)
    if more:
        parts.append(f"<div>{faint(f'and {more} more')}</div>")
    return box(given.identifier, *parts)


def _links(given: Iterable[Link]) -> str:
    return table(
        ("a", "b", "time", "channel", "rests on", "because"),
        (
            (
                code(each.a),
                code(each.b),
                moment(each.time_us),
                chips([each.channel] if each.channel else []),
                _origin(each),
                text(each.because),
            )
            for each in given
        ),
    )


def _origin(given: Link) -> str:
    """The event of a link, or who said so and why."""
    if given.fact is None:
        return f"{text(given.event_name)} {faint(given.event_id)}"
    author = f" {faint('by')} {text(given.author)}" if given.author else ""
    return f"{faint(given.fact_word)}{author}: {text(given.reason)}"


def _pairs(given: Mapping[str, Any]) -> str:
    return " &nbsp;".join(
        f"{faint(name)} {_value(value)}" for name, value in given.items()
    )


def _value(value: Any) -> str:
    """A value of JSON as a person writes it."""
    from ._convert import to_json

    if isinstance(value, str):
        return text(value)
    if isinstance(value, (dict, list)):
        return code(to_json(value, "value"))
    if value is None or isinstance(value, bool):
        return code(json.dumps(value))
    return text(value)
