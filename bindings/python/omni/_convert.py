"""Python values into C ones: text, instants, numbers, names of people.

What ctypes would cut short in silence (a NUL inside a text, an integer that
does not fit) is an ArgumentError here.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any, TypeVar

from . import _native as n
from ._library import lib
from .enums import Durability
from .errors import ArgumentError
from .model import EPOCH, Identifier

#: A person: "namespace:value", (namespace, value), an Identifier, or the id
#: of a profile, now or in the past.
Who = str | tuple[str, str] | Identifier

#: Several names of one person: a Who or many, or {namespace: value or values}.
Names = Who | Iterable[Who] | Mapping[str, str | Iterable[str]]

#: An aware datetime, or microseconds since 1970 UTC.
Instant = datetime | int

_MICROSECOND = timedelta(microseconds=1)
_Enum = TypeVar("_Enum", bound=IntEnum)


def to_bytes(text: str, what: str) -> bytes:
    """UTF-8 that C can take as a zero-terminated text."""
    if not isinstance(text, str):
        raise ArgumentError(f"{what} is not a str: {text!r}")
    if "\0" in text:
        raise ArgumentError(f"{what} has a NUL in it: {text!r}")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{what} is not Unicode text: {error}") from error


def to_optional(text: str | None, what: str) -> bytes | None:
    return None if text is None else to_bytes(text, what)


def to_path(path: str | bytes | os.PathLike[Any], what: str) -> bytes:
    name = os.fsencode(path)
    if b"\0" in name:
        raise ArgumentError(f"{what} has a NUL in it: {path!r}")
    return name


def to_unsigned(value: int, bits: int, what: str) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise ArgumentError(f"{what} is not from 0 to 2**{bits} - 1: {value!r}")
    return value


def to_us(when: Instant, what: str) -> int:
    """Microseconds since 1970 UTC."""
    if isinstance(when, datetime):
        if when.utcoffset() is None:
            raise ArgumentError(f"{what} has no time zone: {when!r}")
        return (when - EPOCH) // _MICROSECOND
    if not isinstance(when, int) or isinstance(when, bool):
        raise ArgumentError(f"{what} is neither datetime nor int: {when!r}")
    if not -(1 << 63) <= when < 1 << 63:
        raise ArgumentError(f"{what} is beyond 64 bits: {when!r}")
    return when


def to_event_us(when: Instant | None, what: str) -> int:
    """As to_us(), for members where C reads 0 as absent."""
    if when is None:
        return 0
    time_us = to_us(when, what)
    if time_us == 0:
        raise ArgumentError(
            f"{what} cannot be the very instant 1970-01-01T00:00:00Z here;"
            " append_json() takes it"
        )
    return time_us


def to_enum(kind: type[_Enum], value: _Enum | str | int, what: str) -> int:
    """A member of an enumeration, by itself, by its name or its number."""
    try:
        if isinstance(value, str):
            return kind[value.upper()].value
        return kind(value).value
    except (KeyError, ValueError):
        names = ", ".join(member.name.lower() for member in kind)
        raise ArgumentError(f"{what} is none of {names}: {value!r}") from None


def to_durability(value: Durability | str | None) -> int:
    if value is None:
        return n.OMNI_DURABILITY_DEFAULT
    return to_enum(Durability, value, "durability")


def split_who(who: Who) -> tuple[str, str] | str:
    """(namespace, value), or the text of an id."""
    if isinstance(who, Identifier):
        return who.namespace, who.value
    if isinstance(who, str):
        namespace, colon, value = who.partition(":")
        return (namespace, value) if colon else who
    if isinstance(who, tuple) and len(who) == 2:
        return who
    raise ArgumentError(
        'a person is named by "namespace:value", (namespace, value), an'
        f" Identifier or an id, not by {who!r}"
    )


def to_identifier(who: Who) -> n.omni_identifier:
    pair = split_who(who)
    if isinstance(pair, str):
        raise ArgumentError(
            f'an identifier is needed here, "namespace:value": {who!r}'
        )
    return n.omni_identifier(
        to_bytes(pair[0], "namespace"), to_bytes(pair[1], "identifier")
    )


def to_identifiers(names: Names) -> list[n.omni_identifier]:
    """All the names that one event gives of its person."""
    if isinstance(names, Mapping):
        return [
            to_identifier((namespace, value))
            for namespace, values in names.items()
            for value in _values_of(namespace, values)
        ]
    if isinstance(names, (str, Identifier)) or _is_pair(names):
        return [to_identifier(names)]  # type: ignore[arg-type]
    if not isinstance(names, Iterable):
        raise ArgumentError(f"these are no identifiers: {names!r}")
    return [to_identifier(who) for who in names]


def _values_of(namespace: object, values: object) -> Iterable[str]:
    if isinstance(values, str):
        return [values]
    if isinstance(values, Iterable):
        return values
    raise ArgumentError(
        f"the value of {namespace} is neither text nor a list of texts: "
        f"{values!r}"
    )


def _is_pair(names: object) -> bool:
    """Whether it is (namespace, value) and not two "namespace:value"."""
    return (
        isinstance(names, tuple)
        and len(names) == 2
        and all(isinstance(each, str) for each in names)
        and ":" not in names[0]
    )


def to_id(text: str) -> n.omni_id:
    out = n.omni_id()
    status = lib.omni_id_parse(to_bytes(text, "id"), out)
    if status != n.OMNI_OK:
        raise ArgumentError(
            f'neither "namespace:value" nor an id of 32 hex digits: {text!r}'
        )
    return out


def to_fact_id(text: str) -> n.omni_fact_id:
    out = n.omni_fact_id()
    if lib.omni_fact_id_parse(to_bytes(text, "fact"), out) != n.OMNI_OK:
        raise ArgumentError(f'not "REPLICA:SEQUENCE": {text!r}')
    return out


def to_json(value: Any, what: str) -> str:
    """JSON text; Decimals keep their digits, datetimes are RFC 3339."""
    parts: list[str] = []
    try:
        _write_json(value, what, parts)
    except RecursionError:
        raise ArgumentError(
            f"{what} is nested too deep, or holds itself"
        ) from None
    return "".join(parts)


def to_object(value: Mapping[str, Any] | str | None, what: str) -> bytes | None:
    """A JSON object, from a mapping or from text that is one already."""
    if value is None:
        return None
    if isinstance(value, str):
        return to_bytes(value, what)
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{what} is not a mapping: {value!r}")
    return to_bytes(to_json(value, what), what)


def _write_json(value: Any, path: str, parts: list[str]) -> None:
    if isinstance(value, Mapping):
        _write_object(value, path, parts)
    elif isinstance(value, (list, tuple)):
        parts.append("[")
        for index, each in enumerate(value):
            if index:
                parts.append(",")
            _write_json(each, f"{path}[{index}]", parts)
        parts.append("]")
    else:
        parts.append(_scalar(value, path))


def _write_object(
    value: Mapping[Any, Any], path: str, parts: list[str]
) -> None:
    comma = ""
    parts.append("{")
    for key, each in value.items():
        if not isinstance(key, str):
            raise ArgumentError(f"a key of {path} is not a str: {key!r}")
        parts.append(f"{comma}{_string(key, path)}:")
        _write_json(each, f"{path}.{key}", parts)
        comma = ","
    parts.append("}")


def _scalar(value: Any, path: str) -> str:
    if isinstance(value, str):
        return _string(value, path)
    if value is None or isinstance(value, (bool, int, float)):
        try:
            return json.dumps(value, allow_nan=False)
        except ValueError:
            raise ArgumentError(f"{path} is no number: {value!r}") from None
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ArgumentError(f"{path} is no number: {value!r}")
        return str(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ArgumentError(f"{path} has no time zone: {value!r}")
        return json.dumps(value.isoformat())
    raise ArgumentError(f"{path} is nothing that JSON has: {value!r}")


def _string(text: str, path: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{path} is not Unicode text: {error}") from error
    return json.dumps(text, ensure_ascii=False)
