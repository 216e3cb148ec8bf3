"""Why two identifiers are one profile, or why not: plain immutable values."""

from dataclasses import dataclass
from datetime import datetime

from . import _html, _read
from . import _native as n
from .enums import LinkKind, LinkState
from .model import instant


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two identifiers, and what it rests on.

    a, b: as "namespace:value"
    a_class, b_class: "person", "device" or "shared"
    rule: which holds it apart; empty if it joins
    because: why it does not join, as a sentence
    event_name, event_id, channel, source: of the event that carries both, or
        of the alias event; empty for a statement of somebody
    author, reason, fact: of a statement; fact is None for an event
    event_fact: fact of the event, to retract it; None for a statement
    """

    a: str
    b: str
    a_class: str
    b_class: str
    kind: LinkKind | int
    state: LinkState | int
    rule: str
    because: str
    time_us: int
    event_name: str
    event_id: str
    channel: str
    source: str
    author: str
    reason: str
    fact: str | None
    event_fact: str | None

    @property
    def time(self) -> datetime:
        return instant(self.time_us)

    def __str__(self) -> str:
        line = f"{self.a} ── {_day(self.time_us)} {self._origin()} ── {self.b}"
        return f"{line}\n    {self.because}" if self.because else line

    @property
    def fact_word(self) -> str:
        """What somebody stated; empty where an event says it."""
        if self.fact is None:
            return ""
        apart = self.kind == LinkKind.PART
        return "stated apart" if apart else "stated one person"

    def _origin(self) -> str:
        if self.fact is not None:
            author = f" by {self.author}" if self.author else ""
            return f"{self.fact_word}{author}: {self.reason}"
        where = f"{self.channel}, " if self.channel else ""
        return f"{where}{self.event_name} '{self.event_id}'"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two identifiers are one profile, or why not.

    chain: if same, the fewest accepted links that lead from a to b
    held: if not, every link between the two profiles, with its rule
    parts: if not, statements in force that keep the profiles apart
    waiting: if not, statements on either profile that have no effect until an
        event names the other identifier
    """

    a: str
    b: str
    a_id: str
    b_id: str
    a_profile: str
    b_profile: str
    same: bool
    summary: str
    chain: tuple[Link, ...]
    held: tuple[Link, ...]
    parts: tuple[Link, ...]
    waiting: tuple[Link, ...]

    def __bool__(self) -> bool:
        """Whether the two are one profile."""
        return self.same

    def __repr__(self) -> str:
        return f"<Explanation {self.a} – {self.b}: {self.summary}>"

    def __str__(self) -> str:
        links = [*self.chain, *self.held]
        told = {(link.a, link.b) for link in links if link.rule == "part"}
        links += [x for x in self.parts if (x.a, x.b) not in told]
        return "\n".join([self.summary, *map(str, links + [*self.waiting])])

    def _repr_html_(self) -> str:
        return _html.explanation(self)


@dataclass(frozen=True, slots=True)
class IdentifierExplanation:
    """What is known of one identifier, and why.

    identifier: in normal form
    class_name: "person", "device" or "shared"
    named_by: the member that gives the profile its id, and why it does
    generic_because: what it is seen with; empty if it is not generic
    contested: a device that links several people
    neighbours: links and statements on it; the first of `neighbour_total`
    """

    identifier: str
    id: str
    class_name: str
    rank: int
    first_seen_us: int
    last_seen_us: int
    channels: tuple[str, ...]
    profile: str
    profile_size: int
    named_by: str
    named_because: str
    named_first_seen_us: int
    named_event_name: str
    named_event_id: str
    named_channel: str
    named_source: str
    generic: bool
    generic_because: str
    generic_namespace: str
    generic_count: int
    generic_limit: int
    contested: bool
    neighbours: tuple[Link, ...]
    neighbour_total: int

    @property
    def first_seen(self) -> datetime:
        return instant(self.first_seen_us)

    @property
    def last_seen(self) -> datetime:
        return instant(self.last_seen_us)

    def __str__(self) -> str:
        lines = [
            f"{self.identifier}: {self.class_name}, rank {self.rank}, "
            f"seen {_day(self.first_seen_us)} to {_day(self.last_seen_us)}",
            f"profile {self.profile} of {self.profile_size}: "
            + self.named_because,
        ]
        if self.generic:
            lines.append(self.generic_because)
        if self.contested:
            lines.append("contested: several people use it")
        lines += map(str, self.neighbours)
        more = self.neighbour_total - len(self.neighbours)
        return "\n".join(lines + [f"and {more} more"] * (more != 0))

    def _repr_html_(self) -> str:
        return _html.identifier_explanation(self)


def _day(time_us: int) -> str:
    try:
        return instant(time_us).strftime("%Y-%m-%d %H:%M")
    except OverflowError:
        return str(time_us)


def link(raw: n.omni_link) -> Link:
    return Link(
        _read.named(raw.a),
        _read.named(raw.b),
        _read.text(raw.a_class),
        _read.text(raw.b_class),
        _read.known(LinkKind, raw.kind),
        _read.known(LinkState, raw.state),
        _read.text(raw.rule),
        _read.text(raw.because),
        raw.time_us,
        _read.text(raw.event_name),
        _read.text(raw.event_id),
        _read.text(raw.channel),
        _read.text(raw.source),
        _read.text(raw.author),
        _read.text(raw.reason),
        _read.fact_text(raw.fact) if raw.fact.sequence else None,
        _read.fact_text(raw.event_fact) if raw.event_fact.sequence else None,
    )


def explanation(raw: n.omni_explanation) -> Explanation:
    return Explanation(
        _read.named(raw.a),
        _read.named(raw.b),
        _read.id_text(raw.a_id),
        _read.id_text(raw.b_id),
        _read.id_text(raw.a_profile),
        _read.id_text(raw.b_profile),
        raw.same,
        _read.text(raw.summary),
        tuple(link(raw.chain[i]) for i in range(raw.chain_count)),
        tuple(link(raw.held[i]) for i in range(raw.held_count)),
        tuple(link(raw.parts[i]) for i in range(raw.part_count)),
        tuple(link(raw.waiting[i]) for i in range(raw.waiting_count)),
    )


def identifier_explanation(
    raw: n.omni_identifier_explanation,
) -> IdentifierExplanation:
    return IdentifierExplanation(
        _read.named(raw.identifier),
        _read.id_text(raw.id),
        _read.text(raw.class_name),
        raw.rank,
        raw.first_seen_us,
        raw.last_seen_us,
        tuple(_read.text(raw.channels[i]) for i in range(raw.channel_count)),
        _read.id_text(raw.profile),
        raw.profile_size,
        _read.named(raw.named_by),
        _read.text(raw.named_because),
        raw.named_first_seen_us,
        _read.text(raw.named_event_name),
        _read.text(raw.named_event_id),
        _read.text(raw.named_channel),
        _read.text(raw.named_source),
        raw.generic,
        _read.text(raw.generic_because),
        _read.text(raw.generic_ns),
        raw.generic_count,
        raw.generic_limit,
        raw.contested,
        tuple(link(raw.neighbours[i]) for i in range(raw.neighbour_count)),
        raw.neighbour_total,
    )
