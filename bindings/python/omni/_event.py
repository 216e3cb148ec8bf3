"""Events given in Python, as the C struct or as JSON lines."""

from collections.abc import Iterable, Mapping
from ctypes import sizeof
from typing import Any

from . import _native as n
from ._convert import (
    Instant,
    Names,
    to_bytes,
    to_enum,
    to_event_us,
    to_identifiers,
    to_json,
    to_object,
    to_optional,
)
from .enums import EventType
from .errors import ArgumentError

#: A Segment-spec record: its JSON text, or a mapping.
Record = str | bytes | Mapping[str, Any]

#: One record or several; text may be any number of lines.
Records = Record | Iterable[Record]


#: A JSON object, or text that is one. A Decimal keeps every digit.
Json = Mapping[str, Any] | str


def build(
    name: str | None,
    identifiers: Names,
    *,
    type: EventType | str,
    id: str | None,
    time: Instant | None,
    original_time: Instant | None,
    channel: str | None,
    source: str | None,
    traits: Json | None,
    properties: Json | None,
    group_id: str | None,
    previous_id: str | None,
) -> n.omni_event:
    """An omni_event that keeps alive all it points to."""
    names = to_identifiers(identifiers)
    array = (n.omni_identifier * len(names))(*names)
    return n.omni_event(
        size=sizeof(n.omni_event),
        type=to_enum(EventType, type, "type"),
        name=to_optional(name, "name"),
        id=to_optional(id, "id"),
        time_us=to_event_us(time, "time"),
        original_time_us=to_event_us(original_time, "original_time"),
        channel=to_optional(channel, "channel"),
        source=to_optional(source, "source"),
        identifiers=array,
        identifier_count=len(names),
        traits_json=to_object(traits, "traits"),
        properties_json=to_object(properties, "properties"),
        group_id=to_optional(group_id, "group_id"),
        previous_id=to_optional(previous_id, "previous_id"),
    )


def to_line(record: Record) -> bytes:
    """One record as a whole line."""
    if isinstance(record, Mapping):
        return to_bytes(to_json(record, "record"), "record") + b"\n"
    if isinstance(record, str):
        try:
            record = record.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ArgumentError(f"no Unicode text: {error}") from error
    if not isinstance(record, bytes):
        raise ArgumentError(f"neither JSON text nor a mapping: {record!r}")
    return record if record.endswith(b"\n") else record + b"\n"


def to_lines(records: Records) -> bytes:
    """One record or several, as JSON lines."""
    if isinstance(records, (str, bytes, Mapping)):
        return to_line(records)
    if not isinstance(records, Iterable):
        raise ArgumentError(f"neither JSON text nor records: {records!r}")
    several: Iterable[Any] = records
    return b"".join(map(to_line, several))
