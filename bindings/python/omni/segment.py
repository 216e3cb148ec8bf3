"""Segments: who is in, until when, and why."""

import json
import time
from ctypes import POINTER, byref
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from . import _native as n
from . import _people, _read
from ._convert import Instant, Who, to_bytes, to_us
from ._handle import PartHandle, ProcessBound, StoreHandle, finalize
from ._library import lib
from .enums import Membership
from .errors import check
from .model import instant
from .snapshot import Snapshot

_EVER = -(1 << 63)
_NEVER = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether somebody is in a segment.

    valid_since_us, valid_until_us: without a new fact everything that was
        read is the same from here up to, but not including, there; None: ever,
        for ever
    error: why the condition has no value; None: it has one
    error_part: the part of the expression that the error is about
    """

    membership: Membership | int
    valid_since_us: int | None
    valid_until_us: int | None
    error: str | None = None
    error_part: str | None = None

    @property
    def member(self) -> bool:
        """Somebody whose condition is an error is no member."""
        return self.membership == Membership.MEMBER

    @property
    def valid_since(self) -> datetime | None:
        since = self.valid_since_us
        return None if since is None else instant(since)

    @property
    def valid_until(self) -> datetime | None:
        until = self.valid_until_us
        return None if until is None else instant(until)

    def __bool__(self) -> bool:
        return self.member


class Segment(ProcessBound):
    """A condition that is compiled. Any thread may use it.

    Calls without a snapshot see what is newest; `at` is now if it is not
    given.
    """

    def __init__(
        self, store: StoreHandle, owner: Any, expression: str
    ) -> None:
        self._owner = owner
        self.expression = expression
        text = to_bytes(expression, "expression")
        out = POINTER(n.omni_segment)()
        error = n.omni_error()
        with store as pointer:
            check(
                lib.omni_segment_compile(
                    pointer, text, len(text), byref(out), byref(error)
                ),
                "omni_segment_compile",
                error,
            )
            self._handle = PartHandle(
                store, out, lib.omni_segment_free, "segment"
            )
        finalize(self, self._handle.end)

    def close(self) -> None:
        """Free it, before Python would."""
        self._handle.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Segment({self.expression!r})"

    def eval(
        self,
        who: Who,
        *,
        at: Instant | None = None,
        snapshot: Snapshot | None = None,
    ) -> Answer:
        """Whether somebody is in it; NotFound if nobody knows them."""
        if snapshot is None:
            with self._owner.snapshot() as newest:
                return self.eval(who, at=at, snapshot=newest)
        out = n.omni_answer()
        with snapshot._handle as txn, self._handle as segment:
            found = _people.known(txn, who)
            _people.check(
                txn,
                lib.omni_segment_eval(
                    txn, segment, byref(found), _at(at), byref(out)
                ),
                "omni_segment_eval",
            )
            return self._answer(out)

    def explain(
        self,
        who: Who,
        *,
        at: Instant | None = None,
        snapshot: Snapshot | None = None,
    ) -> dict[str, Any]:
        """The same, with the parts that decided and what they read."""
        found: dict[str, Any] = json.loads(self._explain(who, at, snapshot)[0])
        return found

    def explain_text(
        self,
        who: Who,
        *,
        at: Instant | None = None,
        snapshot: Snapshot | None = None,
    ) -> str:
        """As explain(), in lines for a person."""
        return self._explain(who, at, snapshot)[1]

    def _explain(
        self, who: Who, at: Instant | None, snapshot: Snapshot | None
    ) -> tuple[str, str]:
        if snapshot is None:
            with self._owner.snapshot() as newest:
                return self._explain(who, at, newest)
        document, text = n.omni_text(), n.omni_text()
        with snapshot._handle as txn, self._handle as segment:
            found = _people.known(txn, who)
            _people.check(
                txn,
                lib.omni_segment_explain(
                    txn,
                    segment,
                    byref(found),
                    _at(at),
                    byref(document),
                    byref(text),
                ),
                "omni_segment_explain",
            )
            return _read.text(document), _read.text(text)

    def _answer(self, raw: n.omni_answer) -> Answer:
        since, until = raw.valid_since_us, raw.valid_until_us
        error = None if raw.error is None else raw.error.decode("utf-8")
        part = self.expression.encode("utf-8")[raw.error_begin : raw.error_end]
        return Answer(
            membership=_read.known(Membership, raw.membership),
            valid_since_us=None if since == _EVER else since,
            valid_until_us=None if until == _NEVER else until,
            error=error,
            error_part=None if error is None else part.decode("utf-8"),
        )


def _at(at: Instant | None) -> int:
    return time.time_ns() // 1000 if at is None else to_us(at, "at")
