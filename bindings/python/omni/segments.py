"""The segments of a store: who is in them, and who entered and left."""

from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_char_p, c_size_t, sizeof
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import _read
from . import _native as n
from ._convert import (
    Instant,
    to_bytes,
    to_optional,
    to_unsigned,
    to_us,
)
from ._handle import StoreHandle
from ._library import lib
from ._people import check as check_txn
from .changes import FeedPosition, feed_end, to_position
from .errors import ArgumentError, check
from .model import instant
from .segment import Segment
from .snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """Somebody entered or left a segment.

    position: its own; pass it on as `after`
    segment: its name
    profile: id, as it was called then
    entered: otherwise it left
    instant_us: when it became so, not when it was noticed
    """

    position: FeedPosition
    segment: str
    profile: str
    entered: bool
    instant_us: int

    @property
    def sequence(self) -> int:
        return self.position.sequence

    @property
    def instant(self) -> datetime:
        return instant(self.instant_us)

    def __repr__(self) -> str:
        verb = "entered" if self.entered else "left"
        told = f"{self.profile} {verb} {self.segment}"
        return f"<SegmentChange {self.sequence}, {self.instant}: {told}>"


@dataclass(frozen=True, slots=True)
class TickResult:
    """What Store.tick() did.

    ticks: steps that it took
    processed: profiles that were looked at
    entered, left: changes
    due_left: profiles of which an answer is over, and that were not reached
    filling: a new definition has not been through
    done: nothing is left to do up to the instant
    next_us: when the next answer is over; None: none ever is by itself
    """

    ticks: int
    processed: int
    entered: int
    left: int
    due_left: int
    filling: bool
    done: bool
    next_us: int | None

    @property
    def next(self) -> datetime | None:
        return None if self.next_us is None else instant(self.next_us)


class SegmentSet:
    """Some people by segments: one, or several put together by & | -.

    Nothing is read before members() or count() are called.
    """

    _segments: "Segments"

    def members(self, at: Instant | None = None) -> list[str]:
        """Ids of the profiles at an instant (now if left out), sorted."""
        with self._segments._snapshot() as snapshot:
            return self._read(snapshot, at)

    def _read(self, snapshot: Snapshot, at: Instant | None) -> list[str]:
        raise NotImplementedError

    def count(self, at: Instant | None = None) -> int:
        """How many they are."""
        return len(self.members(at))

    def __and__(self, other: "SegmentSet") -> "SegmentSet":
        return self._with(other, n.OMNI_SET_INTERSECTION)

    def __or__(self, other: "SegmentSet") -> "SegmentSet":
        return self._with(other, n.OMNI_SET_UNION)

    def __sub__(self, other: "SegmentSet") -> "SegmentSet":
        return self._with(other, n.OMNI_SET_DIFFERENCE)

    def _with(self, other: "SegmentSet", operation: int) -> "SegmentSet":
        if not isinstance(other, SegmentSet):
            return NotImplemented
        if other._segments._store is not self._segments._store:
            raise ArgumentError("the segments are of two stores")
        return _Combined(self, other, operation)


class _Combined(SegmentSet):
    def __init__(self, a: SegmentSet, b: SegmentSet, operation: int) -> None:
        self._segments = a._segments
        self._operands = (a, b)
        self._operation = operation

    def _names(self) -> list[str] | None:
        """The segments, if they are all that it is about."""
        names: list[str] = []
        for i, operand in enumerate(self._operands):
            if isinstance(operand, StoredSegment):
                names.append(operand.name)
                continue
            # a - (b - c) is something else, and so is (a | b) & c.
            if (
                not isinstance(operand, _Combined)
                or operand._operation != self._operation
                or (i != 0 and self._operation == n.OMNI_SET_DIFFERENCE)
            ):
                return None
            inner = operand._names()
            if inner is None:
                return None
            names += inner
        fits = len(set(names)) == len(names) <= n.OMNI_LIMIT_SET_SEGMENTS
        return names if fits else None

    def _read(self, snapshot: Snapshot, at: Instant | None) -> list[str]:
        names = self._names()
        if names is not None:
            return self._segments.read(
                snapshot, names, self._operation, at
            )[0]
        a, b = (set(operand._read(snapshot, at)) for operand in self._operands)
        if self._operation == n.OMNI_SET_UNION:
            return sorted(a | b)
        if self._operation == n.OMNI_SET_INTERSECTION:
            return sorted(a & b)
        return sorted(a - b)

    def count(self, at: Instant | None = None) -> int:
        names = self._names()
        if names is None:
            return len(self.members(at))
        with self._segments._snapshot() as snapshot:
            counts = self._segments.read(
                snapshot, names, self._operation, at, listed=False
            )[1]
        return int(counts.members)


class StoredSegment(SegmentSet):
    """A segment of a store, as it was defined when it was asked for.

    name, expression: what it is
    author, reason: who defined it so, and why; may be empty
    since_us: when
    stored: how many are stored to be in it; count() is what is right now
    stored_errors: for how many it is stored that the condition has no value
    filling: not all profiles were evaluated since it was defined so
    error: why the condition has no value for anybody, if it has not: it does
        not compile, or asks for a segment that there is not
    """

    def __init__(
        self, segments: "Segments", raw: n.omni_segment_info
    ) -> None:
        self._segments = segments
        self.name = _read.text(raw.name)
        self.expression = _read.text(raw.expression)
        self.author = _read.text(raw.author)
        self.reason = _read.text(raw.reason)
        self.since_us: int = raw.since_us
        self.stored: int = raw.members
        self.stored_errors: int = raw.errors
        self.filling: bool = raw.filling
        self.error = raw.error.decode() if raw.error else None

    @property
    def since(self) -> datetime:
        return instant(self.since_us)

    def _read(self, snapshot: Snapshot, at: Instant | None) -> list[str]:
        return self._segments.read(
            snapshot, [self.name], n.OMNI_SET_UNION, at
        )[0]

    def _counts(self, at: Instant | None) -> n.omni_members_counts:
        with self._segments._snapshot() as snapshot:
            return self._segments.read(
                snapshot, [self.name], n.OMNI_SET_UNION, at, listed=False
            )[1]

    def count(self, at: Instant | None = None) -> int:
        return int(self._counts(at).members)

    def errors(self, at: Instant | None = None) -> int:
        """For how many profiles the condition has no value."""
        return int(self._counts(at).errors)

    def compiled(self) -> Segment:
        """Its condition, to eval() and explain()."""
        segments = self._segments
        return Segment.load(
            segments._store, segments._owner, self.name, self.expression
        )

    def __repr__(self) -> str:
        return f"<omni.StoredSegment {self.name}: {self.expression}>"


class Segments:
    """The segments of a store by name, as a dictionary has them.

    store.segments["vip"] = 'events.sum("Order Completed", "revenue") > 500'
    """

    def __init__(self, store: StoreHandle, owner: object) -> None:
        self._store = store
        self._owner = owner

    def _snapshot(self) -> Snapshot:
        return Snapshot(self._store, self._owner)

    def _all(self) -> dict[str, StoredSegment]:
        out = POINTER(n.omni_segment_info)()
        count = c_size_t()
        with self._snapshot() as snapshot, snapshot._handle as txn:
            status = lib.omni_segments_read(txn, byref(out), byref(count))
            check_txn(txn, status, "omni_segments_read")
            found = [StoredSegment(self, out[i]) for i in range(count.value)]
        return {segment.name: segment for segment in found}

    def __getitem__(self, name: str) -> StoredSegment:
        return self._all()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def values(self) -> list[StoredSegment]:
        """All of them, by name."""
        return list(self._all().values())

    def __setitem__(self, name: str, expression: str) -> None:
        self.set(name, expression)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self.delete(name)

    def set(
        self,
        name: str,
        expression: str,
        *,
        author: str | None = None,
        reason: str | None = None,
    ) -> str:
        """Define a segment, or redefine it; the id of the fact."""
        given = n.omni_segment_definition(
            size=sizeof(n.omni_segment_definition),
            name=to_bytes(name, "name"),
            expression=to_bytes(expression, "expression"),
            author=to_optional(author, "author"),
            reason=to_optional(reason, "reason"),
        )
        fact = n.omni_fact_id()
        error = n.omni_error()
        with self._store as store:
            status = lib.omni_segment_set(
                store, byref(given), byref(fact), byref(error)
            )
        check(status, "omni_segment_set", error)
        return _read.fact_text(fact)

    def delete(
        self,
        name: str,
        *,
        author: str | None = None,
        reason: str | None = None,
        force: bool = False,
    ) -> str:
        """Take a segment away; the id of the fact. NotFound if there is none.

        ConflictError if other segments ask for it through segment().

        force: all the same; that is an error in them from then on
        """
        given = n.omni_segment_removal(
            size=sizeof(n.omni_segment_removal),
            name=to_bytes(name, "name"),
            author=to_optional(author, "author"),
            reason=to_optional(reason, "reason"),
            force=force,
        )
        fact = n.omni_fact_id()
        error = n.omni_error()
        with self._store as store:
            status = lib.omni_segment_delete(
                store, byref(given), byref(fact), byref(error)
            )
        check(status, "omni_segment_delete", error)
        return _read.fact_text(fact)

    def changes(
        self,
        *,
        after: FeedPosition | SegmentChange | int | None = None,
        limit: int | None = None,
    ) -> list[SegmentChange]:
        """Who entered and left, in the order in which it was noticed.

        after: what was dealt with last; a number alone is not checked
        limit: no more than so many

        ConflictError: the feed was written anew, by another policy, in
        another store, or after one was restored. Read the members, and go on
        from changes_end().
        """
        found: list[SegmentChange] = []
        out = n.omni_segment_change()
        at = to_position(after)
        with self._snapshot() as snapshot, snapshot._handle as txn:
            while limit is None or len(found) < limit:
                status = lib.omni_segment_change_next(
                    txn, byref(at), byref(out)
                )
                if status == n.OMNI_END:
                    break
                check_txn(txn, status, "omni_segment_change_next")
                position = FeedPosition._of(out.position)
                at = to_position(position)
                found.append(
                    SegmentChange(
                        position,
                        _read.text(out.segment),
                        _read.id_text(out.profile),
                        out.entered,
                        out.instant_us,
                    )
                )
        return found

    def changes_end(self) -> FeedPosition:
        """Where changes() ends now: for who begins to follow."""
        with self._snapshot() as snapshot:
            return feed_end(snapshot._handle, n.OMNI_FEED_SEGMENTS)

    def read(
        self,
        snapshot: Snapshot,
        names: list[str],
        operation: int,
        at: Instant | None,
        *,
        listed: bool = True,
    ) -> tuple[list[str], n.omni_members_counts]:
        """Who is in segments put together, and how many they are."""
        query = n.omni_members_query(
            size=sizeof(n.omni_members_query),
            segments=(c_char_p * len(names))(
                *(to_bytes(name, "name") for name in names)
            ),
            segment_count=len(names),
            operation=operation,
            has_at=at is not None,
            at_us=0 if at is None else to_us(at, "at"),
        )
        found: list[str] = []
        counts = n.omni_members_counts(size=sizeof(n.omni_members_counts))

        def take(user: int | None, profile: Any) -> int:
            return callbacks.run(
                lambda: found.append(_read.id_text(profile.contents))
            )

        with (
            self._store.calling_back() as (_, callbacks),
            snapshot._handle as txn,
        ):
            receive = (
                n.omni_members_fn(take) if listed else n.omni_members_fn(0)
            )
            status = lib.omni_segments_members(
                txn, byref(query), receive, None, byref(counts)
            )
            check_txn(txn, status, "omni_segments_members")
        return found, counts


def tick(
    handle: StoreHandle,
    now_us: int,
    budget: int | None,
    progress: Callable[[int, int], object] | None,
) -> TickResult:
    """One step where there is a budget, else all of them."""
    raw = n.omni_tick_result(size=sizeof(n.omni_tick_result))
    error = n.omni_error()
    with handle.calling_back() as (store, callbacks):
        if budget is not None:
            status = lib.omni_store_tick(
                store,
                now_us,
                to_unsigned(budget, 64, "budget"),
                byref(raw),
                byref(error),
            )
        else:
            tell = callbacks.progress(progress)
            status = lib.omni_store_tick_all(
                store, now_us, tell, None, byref(raw), byref(error)
            )
    check(status, "omni_store_tick", error)
    never = raw.next_us == 2**63 - 1
    return TickResult(
        raw.ticks,
        raw.processed,
        raw.entered,
        raw.left,
        raw.due_left,
        raw.filling,
        raw.done,
        None if never else raw.next_us,
    )
