"""C values into Python ones. Everything is copied: nothing stays borrowed."""

from collections.abc import Iterator
from ctypes import byref, c_size_t, create_string_buffer, string_at
from decimal import Decimal
from enum import IntEnum
from typing import Any, TypeVar

from . import _native as n
from ._library import lib
from .enums import EventType, FactKind, Outcome, RefusedCode
from .model import (
    STATS_FIELDS,
    Amount,
    CheckReport,
    Digest,
    EventResult,
    Fact,
    Figure,
    HeldApart,
    Identifier,
    ImportSummary,
    ParsedEvent,
    Profile,
    Refused,
    RetractResult,
    StatementResult,
    Stats,
    TimelineEvent,
    Trait,
    TraitEntry,
    Voided,
)

_Enum = TypeVar("_Enum", bound=IntEnum)


def text(raw: n.omni_text) -> str:
    return string_at(raw.bytes, raw.size).decode("utf-8") if raw.size else ""


def known(kind: type[_Enum], value: int) -> _Enum | int:
    """A member, or the bare number that a newer library gave."""
    try:
        return kind(value)
    except ValueError:
        return value


def id_text(raw: n.omni_id) -> str:
    buffer = create_string_buffer(n.OMNI_ID_TEXT_SIZE)
    lib.omni_id_format(byref(raw), buffer)
    return buffer.value.decode("ascii")


def fact_text(raw: n.omni_fact_id) -> str:
    buffer = create_string_buffer(n.OMNI_FACT_ID_TEXT_SIZE)
    lib.omni_fact_id_format(byref(raw), buffer)
    return buffer.value.decode("ascii")


def profile(raw: Any) -> Profile:
    """A whole omni_profile."""
    return Profile(
        id=id_text(lib.omni_profile_id(raw)),
        first_seen_us=lib.omni_profile_first_seen(raw),
        last_seen_us=lib.omni_profile_last_seen(raw),
        channels=tuple(
            text(each) for each in _members(lib.omni_profile_channels, raw)
        ),
        identifiers=tuple(
            identifier(each)
            for each in _members(lib.omni_profile_identifiers, raw)
        ),
        traits={
            each.name: each
            for each in map(trait, _members(lib.omni_profile_traits, raw))
        },
        figures={
            each.name: each
            for each in map(figure, _members(lib.omni_profile_figures, raw))
        },
    )


def _members(function: Any, raw: Any) -> Iterator[Any]:
    count = c_size_t()
    first = function(raw, byref(count))
    return (first[index] for index in range(count.value))


def identifier(raw: n.omni_profile_identifier) -> Identifier:
    return Identifier(
        text(raw.ns),
        text(raw.value),
        raw.first_seen_us,
        raw.last_seen_us,
        tuple(text(raw.channels[i]) for i in range(raw.channel_count)),
        raw.contested,
    )


def trait(raw: n.omni_trait) -> Trait:
    return Trait(
        text(raw.name),
        text(raw.value_json),
        text(raw.source),
        text(raw.event_id),
        raw.time_us,
    )


def trait_entry(raw: n.omni_trait_entry) -> TraitEntry:
    return TraitEntry(
        text(raw.name),
        text(raw.value_json),
        text(raw.source),
        text(raw.event_id),
        raw.time_us,
        raw.in_force,
    )


def figure(raw: n.omni_figure) -> Figure:
    amounts = (amount(raw.amounts[i]) for i in range(raw.amount_count))
    return Figure(
        text(raw.name),
        raw.count,
        raw.first_us,
        raw.last_us,
        {each.currency: each for each in amounts},
    )


def amount(raw: n.omni_amount) -> Amount:
    return Amount(
        text(raw.currency),
        Decimal(text(raw.sum)),
        Decimal(text(raw.min)),
        Decimal(text(raw.max)),
    )


def held_apart(raw: n.omni_held_apart) -> HeldApart:
    return HeldApart(
        text(raw.ns),
        text(raw.value),
        text(raw.other_ns),
        text(raw.other_value),
        text(raw.rule),
    )


def timeline_event(
    raw: n.omni_timeline_event, names: Any, count: int
) -> TimelineEvent:
    """An event, and the `count` identifiers it names."""
    return TimelineEvent(
        known(EventType, raw.type),
        raw.time_us,
        raw.original_time_us,
        text(raw.id) or f"{raw.made_id:016x}",
        text(raw.name),
        text(raw.channel),
        text(raw.source),
        text(raw.group_id),
        text(raw.previous_id),
        text(raw.traits_json),
        text(raw.properties_json),
        id_text(raw.anchor),
        tuple(named(names[i]) for i in range(count)),
        raw.nobody,
    )


def named(raw: n.omni_identifier_text) -> str:
    return f"{text(raw.ns)}:{text(raw.value)}"


def fact(raw: n.omni_fact) -> Fact:
    is_event = raw.kind == n.OMNI_FACT_EVENT and raw.has_body
    names, count = raw.identifiers, raw.identifier_count
    return Fact(
        fact_text(raw.id),
        known(FactKind, raw.kind),
        raw.has_body,
        raw.group_end,
        raw.made_us,
        raw.body_bytes,
        raw.time_us,
        timeline_event(raw.event, names, count) if is_event else None,
        tuple(named(names[i]) for i in range(count)),
        text(raw.reason),
        text(raw.author),
        text(raw.name),
        text(raw.value),
        tuple(fact_text(raw.targets[i]) for i in range(raw.target_count)),
    )


def voided(raw: n.omni_voided) -> Voided:
    return Voided(
        fact_text(raw.fact),
        known(FactKind, raw.kind),
        raw.made_us,
        fact_text(raw.retract) if raw.retract.sequence else None,
        raw.retracted_us,
        text(raw.author),
        text(raw.reason),
    )


def retract_result(raw: n.omni_retract_result) -> RetractResult:
    return RetractResult(
        fact_text(raw.fact) if raw.fact.sequence else None, raw.count
    )


def event_result(raw: n.omni_event_result) -> EventResult:
    return EventResult(
        known(Outcome, raw.outcome),
        known(RefusedCode, raw.code),
        _profile_id(raw.profile),
        fact_text(raw.fact) if raw.fact.sequence else None,
        raw.line,
        raw.created,
        _joined(raw),
        raw.made_id.decode("ascii"),
        raw.reason.decode("utf-8", "replace"),
    )


def statement_result(raw: n.omni_statement_result) -> StatementResult:
    return StatementResult(
        fact_text(raw.fact),
        _profile_id(raw.profile_a),
        _profile_id(raw.profile_b),
        raw.in_effect,
        raw.changed,
        _joined(raw),
    )


def _profile_id(raw: n.omni_id) -> str | None:
    return id_text(raw) if any(raw.bytes) else None


def _joined(
    raw: n.omni_event_result | n.omni_statement_result,
) -> tuple[str, ...]:
    return tuple(id_text(raw.joined[i]) for i in range(raw.joined_count))


def import_summary(raw: n.omni_import_summary) -> ImportSummary:
    return ImportSummary(
        raw.read,
        raw.taken,
        raw.duplicates,
        raw.refused,
        {
            known(RefusedCode, code): count
            for code, count in enumerate(raw.refused_by_code)
            if count
        },
        raw.flagged,
        raw.skipped,
        raw.retracted,
    )


def parsed_event(raw: n.omni_parsed_event) -> ParsedEvent:
    return ParsedEvent(
        known(Outcome, raw.outcome),
        known(RefusedCode, raw.code),
        raw.line,
        raw.reason.decode("utf-8", "replace"),
        text(raw.event_json),
        string_at(raw.record.bytes, raw.record.size)
        if raw.record.size
        else b"",
    )


def refused(raw: n.omni_refused) -> Refused:
    return Refused(
        known(RefusedCode, raw.code),
        lib.omni_refused_name(raw.code).decode("ascii"),
        raw.time_us,
        raw.line,
        (raw.source or b"").decode("utf-8", "replace"),
        (raw.reason or b"").decode("utf-8", "replace"),
        string_at(raw.record, raw.record_bytes) if raw.record_bytes else b"",
    )


def stats(raw: n.omni_stats) -> Stats:
    return Stats(**{name: getattr(raw, name) for name in STATS_FIELDS})


def digest(raw: n.omni_digest) -> Digest:
    return Digest(
        bytes(raw.facts).hex(), bytes(raw.state).hex(), raw.derive_version
    )


def check_report(raw: n.omni_check_report) -> CheckReport:
    return CheckReport(
        raw.groups,
        raw.facts,
        raw.rows,
        raw.differences,
        raw.first.decode("utf-8", "replace"),
    )
