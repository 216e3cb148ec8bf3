"""What a store answers with: plain immutable values, free of any snapshot.

Times are kept as the library has them, `…_us`: microseconds since 1970 UTC.
The property without the suffix is the same instant as an aware datetime.
Texts that are absent are empty, as in C.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from . import _html
from .enums import EventType, FactKind, Outcome, RefusedCode

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(time_us: int) -> datetime:
    """An instant in UTC; OverflowError outside of the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=time_us)


def when(time_us: int) -> str:
    """An instant for a person to read, whatever year it is in."""
    try:
        return instant(time_us).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError):
        return f"{time_us} µs"


def parse_json(text: str) -> Any:
    """JSON with every digit kept: a number with a point is a Decimal."""
    return json.loads(text, parse_float=Decimal)


def _object(text: str) -> dict[str, Any]:
    return dict(parse_json(text)) if text else {}


def _parsed() -> Any:
    """A member that keeps what was parsed, and counts for nothing."""
    return field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name of a person, and where and when it was seen.

    contested: a device that several people use: its events that name nobody
        belong to whoever logged in there last
    """

    namespace: str
    value: str
    first_seen_us: int
    last_seen_us: int
    channels: tuple[str, ...]
    contested: bool = False

    @property
    def first_seen(self) -> datetime:
        return instant(self.first_seen_us)

    @property
    def last_seen(self) -> datetime:
        return instant(self.last_seen_us)

    def __str__(self) -> str:
        return f"{self.namespace}:{self.value}"

    def __repr__(self) -> str:
        seen = f"{when(self.first_seen_us)} to {when(self.last_seen_us)}"
        return f"<Identifier {self} on {', '.join(self.channels)}, {seen}>"


@dataclass(frozen=True, slots=True)
class Trait:
    """The value of a trait that is in force, and where it comes from."""

    name: str
    value_json: str
    source: str
    event_id: str
    time_us: int

    @property
    def value(self) -> Any:
        """The value; parsed when asked for."""
        return parse_json(self.value_json)

    @property
    def time(self) -> datetime:
        return instant(self.time_us)

    def __repr__(self) -> str:
        origin = f", from {self.source}" if self.source else ""
        at = when(self.time_us)
        return f"<Trait {self.name} = {self.value_json}{origin}, {at}>"


@dataclass(frozen=True, slots=True)
class TraitEntry(Trait):
    """A value that a trait was given once, and where it comes from."""

    in_force: bool


@dataclass(frozen=True, slots=True)
class Amount:
    """Exact amounts of one currency; "" where the events name none."""

    currency: str
    sum: Decimal
    min: Decimal
    max: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """How often one kind of event happened, when, and for how much."""

    name: str
    count: int
    first_us: int
    last_us: int
    amounts: Mapping[str, Amount]

    @property
    def first(self) -> datetime:
        return instant(self.first_us)

    @property
    def last(self) -> datetime:
        return instant(self.last_us)


@dataclass(frozen=True, slots=True)
class Group:
    """A household, a company, an account: who belongs to it, and its traits.

    figures: of what all members did together
    """

    id: str
    first_us: int
    last_us: int
    members: tuple[str, ...]
    traits: tuple[Trait, ...]
    figures: tuple[Figure, ...]

    @property
    def first_seen(self) -> datetime:
        return instant(self.first_us)

    @property
    def last_seen(self) -> datetime:
        return instant(self.last_us)


@dataclass(frozen=True, slots=True)
class HeldApart:
    """A link to another profile that was not accepted, and the rule."""

    namespace: str
    value: str
    other_namespace: str
    other_value: str
    rule: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One person, as all channels know them.

    events: the last ones, newest first, if they were asked for
    """

    id: str
    first_seen_us: int
    last_seen_us: int
    channels: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    traits: Mapping[str, Trait]
    figures: Mapping[str, Figure]
    events: tuple["TimelineEvent", ...] = ()

    @property
    def first_seen(self) -> datetime:
        return instant(self.first_seen_us)

    @property
    def last_seen(self) -> datetime:
        return instant(self.last_seen_us)

    def values(self, namespace: str) -> tuple[str, ...]:
        """The person's identifiers in one namespace."""
        return tuple(
            each.value
            for each in self.identifiers
            if each.namespace == namespace
        )

    def __repr__(self) -> str:
        names = ", ".join(map(str, self.identifiers[:4]))
        more = ", …" if len(self.identifiers) > 4 else ""
        count = sum(each.count for each in self.figures.values())
        return f"<Profile {self.id}: {names}{more}; {count} events>"

    def _repr_html_(self) -> str:
        return _html.profile(self)


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event of a person.

    identifiers: whom it names, as "namespace:value", sorted; of an event of
        which there are copies, those of all of them
    id: the sender's, or 16 hex digits that stand for one it did not give
    original_time_us: by its sender's clock; 0 if the record had no time
    nobody: it is in no profile: see Snapshot.timeline()
    """

    type: EventType | int
    time_us: int
    original_time_us: int
    id: str
    name: str
    channel: str
    source: str
    group_id: str
    previous_id: str
    traits_json: str
    properties_json: str
    anchor: str
    identifiers: tuple[str, ...]
    nobody: bool = False
    _traits: dict[str, Any] | None = _parsed()
    _properties: dict[str, Any] | None = _parsed()

    @property
    def time(self) -> datetime:
        return instant(self.time_us)

    @property
    def traits(self) -> dict[str, Any]:
        """The traits it carries; parsed when first asked for."""
        if self._traits is None:
            object.__setattr__(self, "_traits", _object(self.traits_json))
        return self._traits or {}

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties; parsed when first asked for."""
        if self._properties is None:
            parsed = _object(self.properties_json)
            object.__setattr__(self, "_properties", parsed)
        return self._properties or {}

    def __repr__(self) -> str:
        told = f"{when(self.time_us)} {self.channel or '-'}: {self.name}"
        return f"<TimelineEvent {told} {self.properties_json or '{}'}>"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that a store took in.

    id: as event results and statements have it
    kind: a FactKind, or the number of a kind that this library lacks
    has_body: False if what it said is gone, by an erasure
    group_end: the last of the facts that were committed together
    made_us: when it was made, by its maker's clock; whole milliseconds
    time_us: of an event, when it happened; of a statement, its place among
        those on the same pair; of a policy or a segment, among those of the
        same name; else 0
    event: of an event, one copy of it as its sender wrote it
    identifiers: of an event all of this copy, of a statement the two
    reason, author: of a statement, a policy, a segment or a retract
    name, value: of a policy or a segment: what is set, and to what; an empty
        value takes it away
    targets: of a retract, ids of the facts that it names
    """

    id: str
    kind: FactKind | int
    has_body: bool
    group_end: bool
    made_us: int
    body_bytes: int
    time_us: int
    event: TimelineEvent | None
    identifiers: tuple[str, ...]
    reason: str
    author: str
    name: str
    value: str
    targets: tuple[str, ...] = ()

    @property
    def made(self) -> datetime:
        return instant(self.made_us)

    @property
    def time(self) -> datetime:
        return instant(self.time_us)

    def __repr__(self) -> str:
        kind = getattr(self.kind, "name", str(self.kind)).lower()
        told = repr(self.event) if self.event else " ".join(self.identifiers)
        told = told or self.name
        return f"<Fact {self.id}, {kind}: {told}>"


@dataclass(frozen=True, slots=True)
class EventResult:
    """What became of one appended event, and of the profiles around it.

    `profile` and `fact` are ids in text form, or None where there is none.
    Whoever keeps ids of profiles replaces those of `joined` by `profile`.
    """

    outcome: Outcome | int
    code: RefusedCode | int
    profile: str | None
    fact: str | None
    line: int = 0  #: Line of its input from 1; 0 if it had none.
    created: bool = False  #: Nothing of the profile was there before.
    joined: tuple[str, ...] = ()  #: Ids that are part of `profile` now.
    made_id: str = ""  #: Id, in hex, of an event that came without one.
    reason: str = ""  #: Why it was refused or flagged.


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What a merge or a split did to the profiles of its two people.

    A profile is None where no event names its person yet: the statement
    waits for one, and is not in effect.
    """

    fact: str
    profile_a: str | None
    profile_b: str | None
    in_effect: bool  #: One profile after a merge, two after a split.
    changed: bool  #: One of them is in another profile than before.
    joined: tuple[str, ...]  #: Ids that are part of another profile now.


@dataclass(frozen=True, slots=True)
class RetractResult:
    """What a retract did."""

    fact: str | None  #: The retract; None where all was void already.
    count: int  #: Facts that it names: of an event, every copy.


@dataclass(frozen=True, slots=True)
class Voided:
    """A fact that is void, and why.

    retract: the first retract in force that names it; None of a copy that
        came after its event was retracted
    """

    fact: str
    kind: FactKind | int
    made_us: int
    retract: str | None
    retracted_us: int
    author: str
    reason: str

    @property
    def made(self) -> datetime:
        return instant(self.made_us)

    @property
    def retracted(self) -> datetime:
        return instant(self.retracted_us)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """Counts: read = taken + duplicates + retracted + refused + skipped."""

    read: int
    taken: int
    duplicates: int
    refused: int
    refused_by_code: Mapping[RefusedCode | int, int]
    flagged: int
    skipped: int = 0  #: Rows that their mapping leaves out.
    retracted: int = 0  #: Copies of events that are retracted.

    def __add__(self, other: "ImportSummary") -> "ImportSummary":
        if not isinstance(other, ImportSummary):
            return NotImplemented
        codes = dict(self.refused_by_code)
        for code, count in other.refused_by_code.items():
            codes[code] = codes.get(code, 0) + count
        return ImportSummary(
            self.read + other.read,
            self.taken + other.taken,
            self.duplicates + other.duplicates,
            self.refused + other.refused,
            codes,
            self.flagged + other.flagged,
            self.skipped + other.skipped,
            self.retracted + other.retracted,
        )


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """What a record would become, had it been written."""

    outcome: Outcome | int
    code: RefusedCode | int  #: Why refused or flagged; else NONE.
    line: int  #: Of its input, from 1.
    reason: str  #: Why refused or flagged, in words.
    json: str  #: The event as one canonical JSON object; "" if refused.
    record: bytes  #: As it was sent.


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was refused, or taken with a flag."""

    code: RefusedCode | int
    word: str  #: Stable name of the code, such as "no_identifier".
    time_us: int
    line: int  #: Line of its input from 1; 0 if it had none.
    source: str
    reason: str
    record: bytes  #: Its first bytes.

    @property
    def time(self) -> datetime:
        return instant(self.time_us)

    @property
    def taken(self) -> bool:
        """Whether it was flagged only."""
        return self.code >= RefusedCode.FLAGGED_FUTURE


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of a store at one instant."""

    facts: int
    events: int
    nodes: int
    profiles: int
    links: int
    statements: int
    refused: int
    flagged: int
    unknown: int
    voided: int
    policy_invalid: int
    contested: int
    log_bytes: int
    table_bytes: int
    file_bytes: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Digest:
    """Digests, in hex, that two stores of one deployment can compare."""

    facts: str
    state: str
    derive_version: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found."""

    groups: int
    facts: int
    rows: int
    differences: int
    first: str  #: The first difference, in words.


STATS_FIELDS = tuple(field.name for field in fields(Stats))
