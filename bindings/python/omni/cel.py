"""The Common Expression Language, on its own.

    >>> import omni
    >>> omni.cel.evaluate("size(name) > limit", {"name": "Anna", "limit": 3})
    True

An `int` of Python is CEL's int, a `UInt` its uint; a `Decimal` is rounded to
millionths on its way in, half to even. Timestamps and durations are cut to
microseconds when they come back.
"""

import base64
import json
import math
import threading
from collections.abc import Mapping, Sequence
from ctypes import POINTER, byref, string_at
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ._library import lib
from ._native import omni_cel, omni_error, omni_text
from .errors import ParseError
from .errors import check as check_status

__all__ = ["Checked", "Type", "UInt", "check", "evaluate"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TYPES = "type.googleapis.com/google.protobuf."


class UInt(int):
    """An unsigned integer of CEL."""


class Type(str):
    """A type of CEL, by its name."""


@dataclass(frozen=True)
class Checked:
    """What is known of an expression before it is evaluated."""

    type: str
    """The name of its type; "dyn" if it depends."""
    cost: int
    """The most steps that an evaluation takes."""


def _time(kind: str, microseconds: int) -> dict[str, Any]:
    seconds, rest = divmod(abs(microseconds), 1_000_000)
    if microseconds < 0 and kind == "Timestamp":
        seconds, rest = divmod(microseconds, 1_000_000)
    sign = -1 if microseconds < 0 and kind == "Duration" else 1
    return {
        "objectValue": {
            "@type": _TYPES + kind,
            "nanos": sign * rest * 1000,
            "seconds": str(sign * seconds),
        }
    }


def _double(value: float) -> Any:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"


def _encode(value: object) -> dict[str, Any]:
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"boolValue": value}
        case UInt():
            return {"uint64Value": str(int(value))}
        case int():
            return {"int64Value": str(value)}
        case float():
            return {"doubleValue": _double(value)}
        case Decimal():
            return {"decimalValue": str(value)}
        case Type():
            return {"typeValue": str(value)}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case datetime():
            if value.tzinfo is None:
                raise TypeError("a datetime of CEL has a time zone")
            since = (value - _EPOCH) // timedelta(microseconds=1)
            return _time("Timestamp", since)
        case timedelta():
            return _time("Duration", value // timedelta(microseconds=1))
        case Mapping():
            entries = [
                {"key": _encode(key), "value": _encode(item)}
                for key, item in value.items()
            ]
            return {"mapValue": {"entries": entries}}
        case Sequence():
            return {"listValue": {"values": [_encode(item) for item in value]}}
    raise TypeError(f"CEL has no kind for {type(value).__name__}")


def _decode_object(value: dict[str, Any]) -> Any:
    kind = value["@type"].removeprefix(_TYPES)
    if kind not in ("Timestamp", "Duration"):
        inner = value["value"]
        return _decode(inner) if isinstance(inner, dict) else inner
    nanos = int(value["seconds"]) * 1_000_000_000 + int(value["nanos"])
    since = timedelta(microseconds=nanos // 1000)
    return _EPOCH + since if kind == "Timestamp" else since


def _decode(value: dict[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    match kind:
        case "int64Value":
            return int(inner)
        case "uint64Value":
            return UInt(inner)
        case "doubleValue":
            return float(inner)
        case "decimalValue":
            return Decimal(inner)
        case "bytesValue":
            return base64.b64decode(inner)
        case "typeValue":
            return Type(inner)
        case "listValue":
            return [_decode(item) for item in inner["values"]]
        case "mapValue":
            return {
                _decode(entry["key"]): _decode(entry["value"])
                for entry in inner["entries"]
            }
        case "objectValue":
            return _decode_object(inner)
        case _:
            return inner


class _Evaluator:
    """An evaluator of the library, for one thread."""

    def __init__(self) -> None:
        self.pointer = POINTER(omni_cel)()
        error = omni_error()
        status = lib.omni_cel_new(None, byref(self.pointer), byref(error))
        check_status(status, "omni_cel_new", error)

    def __del__(self) -> None:
        lib.omni_cel_free(self.pointer)


class _Own(threading.local):
    """Each thread's own, which ends with it."""

    def __init__(self) -> None:
        self.evaluator = _Evaluator()


_own = _Own()


def _ask(
    expression: str,
    bindings: Mapping[str, object] | None,
    container: str,
    **more: object,
) -> Any:
    request = json.dumps(
        {
            "expr": expression,
            "bindings": {
                name: _encode(value)
                for name, value in (bindings or {}).items()
            },
            "container": container,
            **more,
        }
    ).encode()
    out = omni_text()
    status = lib.omni_cel_eval_json(
        _own.evaluator.pointer, request, len(request), byref(out)
    )
    check_status(status, "omni_cel_eval_json")
    answer = json.loads(string_at(out.bytes, out.size))
    if "error" in answer:
        raise ParseError(answer["error"])
    return answer


def evaluate(
    expression: str,
    bindings: Mapping[str, object] | None = None,
    *,
    container: str = "",
) -> Any:
    """The value of an expression, over variables by name.

    Raises `omni.ParseError` where there is no value: text that is no
    expression, a variable that is missing, a division by zero, ….
    """
    return _decode(_ask(expression, bindings, container)["value"])


def check(
    expression: str,
    bindings: Mapping[str, object] | None = None,
    *,
    container: str = "",
) -> Checked:
    """The type and the cost of an expression, without evaluating it.

    Variables have the types of the values given. Raises `omni.ParseError`
    where it cannot have a value: `1 + "a"`, a name that is unknown, ….
    """
    return Checked(**_ask(expression, bindings, container, check=True))
