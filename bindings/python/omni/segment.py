"""Segments: who is in, until when, and why."""

import json
import time
from collections.abc import Iterator
from ctypes import POINTER, byref, pointer, sizeof
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from . import _native as n
from . import _people, _read
from ._convert import Instant, Who, to_bytes, to_id, to_us
from ._handle import PartHandle, ProcessBound, StoreHandle, finalize
from ._library import lib
from .enums import Membership
from .errors import ArgumentError, check
from .model import instant
from .snapshot import Snapshot, Walk, _close

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


@dataclass(frozen=True, slots=True)
class Counts:
    """What a scan over all profiles went through.

    members: who is in
    errors: those for whom the condition has no value; they are not in
    evaluated: those that columns could not tell, one by one
    blocks_made: parts of the store that were not in columns, or not any more
    """

    profiles: int
    members: int
    errors: int
    evaluated: int
    blocks_made: int


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
            self._adopt(store, out)

    def _adopt(self, store: StoreHandle, out: Any) -> None:
        self._handle = PartHandle(store, out, lib.omni_segment_free, "segment")
        finalize(self, self._handle.end)

    @classmethod
    def load(
        cls, store: StoreHandle, owner: Any, name: str, expression: str
    ) -> Self:
        """The condition of a stored segment."""
        made = cls.__new__(cls)
        made._owner = owner
        made.expression = expression
        out = POINTER(n.omni_segment)()
        with Snapshot(store, owner) as snapshot, snapshot._handle as txn:
            status = lib.omni_segment_load(
                txn, to_bytes(name, "name"), byref(out)
            )
            _people.check(txn, status, "omni_segment_load")
        made._adopt(store, out)
        return made

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

    def counts(
        self, *, at: Instant | None = None, snapshot: Snapshot | None = None
    ) -> Counts:
        """How many of all profiles are in it, and what it took to tell."""
        if snapshot is None:
            with self._owner.snapshot() as newest:
                return self.counts(at=at, snapshot=newest)
        out = n.omni_scan_counts(size=sizeof(n.omni_scan_counts))
        with snapshot._handle as txn, self._handle as segment:
            _people.check(
                txn,
                lib.omni_segment_count(
                    txn,
                    segment,
                    _at(at),
                    n.omni_progress_fn(0),
                    None,
                    byref(out),
                ),
                "omni_segment_count",
            )
            return _counts(out)

    def count(
        self, *, at: Instant | None = None, snapshot: Snapshot | None = None
    ) -> int:
        """How many of all profiles are in it."""
        return self.counts(at=at, snapshot=snapshot).members

    def members(
        self,
        *,
        at: Instant | None = None,
        after: str | None = None,
        snapshot: Snapshot | None = None,
    ) -> "Members":
        """Ids of all profiles that are in it, in order.

        Walk to the end, close() it, or use it with `with`.

        after: only ids behind this one, for pages
        """
        if snapshot is not None:
            return Members(self, snapshot, _at(at), after)
        newest = self._owner.snapshot()
        try:
            walk = Members(self, newest, _at(at), after)
        except BaseException:
            newest.close()
            raise
        return walk.own_snapshot()

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


class Members(Walk, Iterator[str]):
    """Ids of the profiles in a segment, read as they are asked for."""

    def __init__(
        self, segment: Segment, snapshot: Snapshot, at: int, after: str | None
    ) -> None:
        self._snapshot = snapshot
        self._segment = segment
        self._pointer = POINTER(n.omni_scan)()
        self._counted: Counts | None = None
        start = None if after is None else pointer(to_id(after))
        with snapshot._handle as txn, segment._handle as compiled:
            status = lib.omni_scan_open(
                txn, compiled, at, start, byref(self._pointer)
            )
            _people.check(txn, status, "omni_scan_open")

    def __next__(self) -> str:
        if not self._pointer:
            raise StopIteration
        out = n.omni_id()
        with self._snapshot._handle as txn, self._segment._handle:
            status = lib.omni_scan_next(self._pointer, byref(out))
            if status == n.OMNI_OK:
                return _read.id_text(out)
            if status != n.OMNI_END:
                _people.check(txn, status, "omni_scan_next")
        self._counted = self.counts()
        self.close()
        raise StopIteration

    def counts(self) -> Counts:
        """What the walk has gone through so far."""
        if not self._pointer:
            if self._counted is None:
                raise ArgumentError("the walk was closed")
            return self._counted
        out = n.omni_scan_counts(size=sizeof(n.omni_scan_counts))
        with self._snapshot._handle as txn:
            status = lib.omni_scan_progress(self._pointer, byref(out))
            _people.check(txn, status, "omni_scan_progress")
            return _counts(out)

    def close(self) -> None:
        """Walk no further."""
        self._pointer = _close(
            self._snapshot, lib.omni_scan_close, self._pointer
        )
        super().close()


def _counts(raw: n.omni_scan_counts) -> Counts:
    return Counts(
        profiles=raw.profiles,
        members=raw.members,
        errors=raw.errors,
        evaluated=raw.evaluated,
        blocks_made=raw.blocks_made,
    )


def _at(at: Instant | None) -> int:
    return time.time_ns() // 1000 if at is None else to_us(at, "at")
