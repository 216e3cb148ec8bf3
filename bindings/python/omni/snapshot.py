"""Reading: snapshots, and walks over people and over what they did."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from ctypes import POINTER, byref, c_size_t, pointer, sizeof
from dataclasses import replace
from itertools import islice
from types import TracebackType
from typing import Any, Self

from . import _html, _pandas, _people, _read
from . import _native as n
from . import explain as _explain
from ._convert import (
    Instant,
    Who,
    split_who,
    to_bytes,
    to_id,
    to_identifier,
    to_optional,
    to_us,
)
from ._handle import (
    PartHandle,
    ProcessBound,
    StoreHandle,
    end_txn,
    finalize,
)
from ._library import lib
from .changes import Changes
from .errors import ArgumentError, ConflictError, check, fail
from .explain import Explanation, IdentifierExplanation, Link
from .funnel import Funnels
from .group import Groups
from .model import (
    Figure,
    HeldApart,
    Profile,
    TimelineEvent,
    Trait,
    TraitEntry,
)
from .policy import PolicyReading

#: Events that a notebook shows of a timeline.
SHOWN_EVENTS = 20


class Snapshot(Changes, Funnels, Groups, PolicyReading, ProcessBound):
    """Every fact acknowledged before it began, and none after.

    Use it as a context manager and keep it short: while it lasts, space that
    updates free is not used again. Threads may share it; they take turns.
    """

    def __init__(self, store: StoreHandle, owner: object) -> None:
        self._owner = owner  # Else it might be dropped, and close.
        out = POINTER(n.omni_txn)()
        error = n.omni_error()
        with store as pointer:
            check(
                lib.omni_txn_begin(pointer, byref(out), byref(error)),
                "omni_txn_begin",
                error,
            )
            self._handle = PartHandle(store, out, end_txn, "snapshot")
        finalize(self, self._handle.end)

    @classmethod
    def _of(cls, handle: PartHandle, owner: object) -> "Snapshot":
        made = cls.__new__(cls)
        made._owner = owner
        made._handle = handle
        finalize(made, handle.end)
        return made

    def as_of(self, at: Instant, *people: Who) -> "Snapshot":
        """Some people as they were at an instant, as a snapshot of its own.

        It tells what a store would tell that holds nothing later: two that
        were joined afterwards are still two. It knows nobody else.
        """
        out = POINTER(n.omni_txn)()
        ids = (n.omni_id * max(1, len(people)))()
        with self._handle as txn:
            for number, who in enumerate(people):
                ids[number] = _people.identifier(txn, who)
            at_us = to_us(at, "at")
            status = lib.omni_txn_as_of(txn, ids, len(people), at_us, byref(out))
            _people.check(txn, status, "omni_txn_as_of")
        return Snapshot._of(self._handle.sibling(out), self._owner)

    def close(self) -> None:
        """End the snapshot. Profiles and events read from it stay."""
        self._handle.end()

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def __enter__(self) -> "Snapshot":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def find(self, who: Who) -> str | None:
        """Id of the profile that a person is in; None if nobody knows them."""
        with self._handle as txn:
            found = _people.look_up(txn, who)
            return None if found is None else _read.id_text(found)

    def profile(self, who: Who, *, events: int = 0) -> Profile:
        """The whole profile; NotFound if nobody knows them.

        events: with so many of the last events
        """
        with self._handle as txn:
            found = _read.profile(_people.get(txn, who))
        if not events:
            return found
        with self.timeline(found.id, limit=events) as walk:
            return replace(found, events=tuple(walk))

    def profile_json(self, who: Who) -> str:
        """The profile as one canonical JSON object."""
        out = n.omni_text()
        with self._handle as txn:
            status = lib.omni_profile_json(txn, _people.get(txn, who), byref(out))
            _people.check(txn, status, "omni_profile_json")
            return _read.text(out)

    def at(self, when: Instant) -> "Snapshot":
        """Ask for segments at an instant, instead of when it was begun."""
        with self._handle as txn:
            status = lib.omni_txn_at(txn, to_us(when, "when"))
            _people.check(txn, status, "omni_txn_at")
        return self

    def profile_segments(self, who: Who) -> tuple[str, ...]:
        """Names of the segments that a person is in, evaluated."""
        out = POINTER(n.omni_text)()
        count = c_size_t()
        with self._handle as txn:
            status = lib.omni_profile_segments(
                txn, _people.get(txn, who), byref(out), byref(count)
            )
            _people.check(txn, status, "omni_profile_segments")
            return tuple(_read.text(out[i]) for i in range(count.value))

    def trait(self, who: Who, name: str) -> Trait | None:
        """One trait of a profile; None if it has none of that name."""
        wanted = to_bytes(name, "name")
        out = n.omni_trait()
        with self._handle as txn:
            profile = _people.get(txn, who)
            status = lib.omni_profile_trait(profile, wanted, byref(out))
            if status == n.OMNI_NOT_FOUND:
                return None
            _people.check(txn, status, "omni_profile_trait")
            return _read.trait(out)

    def trait_history(
        self, who: Who, name: str | None = None
    ) -> tuple[TraitEntry, ...]:
        """Every value that a trait was given, or that all were.

        By name; of each the value in force first, then the latest first.
        """
        wanted = to_optional(name, "name")
        out = POINTER(n.omni_trait_entry)()
        count = c_size_t()
        with self._handle as txn:
            profile = _people.get(txn, who)
            status = lib.omni_profile_trait_history(
                txn, profile, wanted, byref(out), byref(count)
            )
            _people.check(txn, status, "omni_profile_trait_history")
            return tuple(_read.trait_entry(out[i]) for i in range(count.value))

    def figure(self, who: Who, name: str) -> Figure | None:
        """Figures of one event name; None if there was no such event."""
        wanted = to_bytes(name, "name")
        out = n.omni_figure()
        with self._handle as txn:
            profile = _people.get(txn, who)
            status = lib.omni_profile_figure(profile, wanted, byref(out))
            if status == n.OMNI_NOT_FOUND:
                return None
            _people.check(txn, status, "omni_profile_figure")
            return _read.figure(out)

    def held_apart(self, who: Who) -> tuple[HeldApart, ...]:
        """Links to other profiles that were not accepted, and the rules."""
        with self._handle as txn:
            return _people.held_apart(txn, _people.get(txn, who))

    def explain(self, a: Who, b: Who) -> Explanation:
        """Why two identifiers are one profile, or why not.

        An id of a profile stands for the identifier that it is named after.
        NotFound if nobody knows one of them.
        """
        with self._handle as txn:
            return _explain.explanation(_people.why(txn, a, b).contents)

    def explain_json(self, a: Who, b: Who) -> str:
        """The same as one canonical JSON object."""
        out = n.omni_text()
        with self._handle as txn:
            found = _people.why(txn, a, b)
            status = lib.omni_explanation_json(txn, found, byref(out))
            _people.check(txn, status, "omni_explanation_json")
            return _read.text(out)

    def explain_identifier(self, who: Who) -> IdentifierExplanation:
        """What an identifier is linked with and named after, and why."""
        with self._handle as txn:
            return _explain.identifier_explanation(_people.what(txn, who).contents)

    def links(self, who: Who) -> tuple[Link, ...]:
        """Every link of a profile: accepted, passed over or held apart."""
        out = POINTER(n.omni_link)()
        count = c_size_t()
        with self._handle as txn:
            found = _people.known(txn, who)
            status = lib.omni_profile_links(
                txn, byref(found), byref(out), byref(count)
            )
            _people.check(txn, status, "omni_profile_links")
            return tuple(_explain.link(out[i]) for i in range(count.value))

    def explain_identifier_json(self, who: Who) -> str:
        """The same as one canonical JSON object."""
        out = n.omni_text()
        with self._handle as txn:
            found = _people.what(txn, who)
            status = lib.omni_identifier_explanation_json(
                txn, found, byref(out)
            )
            _people.check(txn, status, "omni_identifier_explanation_json")
            return _read.text(out)

    def timeline(
        self,
        who: Who,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        name: str | None = None,
        channel: str | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        nobody: bool | Who = False,
    ) -> "Timeline":
        """Walk a person's events, newest first; NotFound if unknown.

        since: from this instant on, itself included
        until: before this instant
        limit: at most so many events
        nobody: also what happened on contested devices of the person after
            somebody signed out, and before the next one logged in, marked
            `nobody`; or on one device, which is named here
        """
        options = n.omni_timeline_options(
            size=sizeof(n.omni_timeline_options),
            oldest_first=oldest_first,
            has_since=since is not None,
            has_until=until is not None,
            since_us=0 if since is None else to_us(since, "since"),
            until_us=0 if until is None else to_us(until, "until"),
            name=to_optional(name, "name"),
            channel=to_optional(channel, "channel"),
            nobody=nobody is True,
            device=None
            if isinstance(nobody, bool)
            else pointer(to_identifier(nobody)),
        )
        return Timeline(self, who, options, limit)

    def profiles(self, *, after: str | None = None) -> "Profiles":
        """Walk all profiles in the order of their ids, one at a time.

        after: only those of larger ids: the last one of the page before
        """
        return Profiles(self, after)

    def events(
        self,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        name: str | None = None,
        channel: str | None = None,
        oldest_first: bool = False,
    ) -> "Events":
        """Walk the events of all people, one person after the other.

        The options are those of timeline(), for each of them.
        """
        return Events(
            self,
            lambda profile: self.timeline(
                profile,
                since=since,
                until=until,
                name=name,
                channel=channel,
                oldest_first=oldest_first,
            ),
        )


class Walk(ProcessBound):
    """Reads a snapshot item by item, and keeps it meanwhile.

    Walk to the end, close() it, or use it with `with`.
    """

    _snapshot: Snapshot
    _owns_snapshot = False

    def own_snapshot(self) -> Self:
        """End the snapshot together with this walk."""
        self._owns_snapshot = True
        return self

    def close(self) -> None:
        """Walk no further."""
        if self._owns_snapshot:
            self._snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Profiles(Walk, Iterator[Profile]):
    """All profiles of a snapshot, read as they are asked for."""

    def __init__(self, snapshot: Snapshot, after: str | None) -> None:
        options = n.omni_profiles_options(
            size=sizeof(n.omni_profiles_options),
            after=None if after is None else pointer(to_id(after)),
        )
        self._snapshot = snapshot
        self._pointer = POINTER(n.omni_profiles)()
        self._current = POINTER(n.omni_profile)()
        with snapshot._handle as txn:
            status = lib.omni_profiles_open(
                txn, byref(options), byref(self._pointer)
            )
            _people.check(txn, status, "omni_profiles_open")

    def __next__(self) -> Profile:
        if not self._pointer:
            raise StopIteration
        self._current = POINTER(n.omni_profile)()
        with self._snapshot._handle as txn:
            status = lib.omni_profiles_next(self._pointer, byref(self._current))
            if status == n.OMNI_OK:
                return _read.profile(self._current)
            if status != n.OMNI_END:
                _people.check(txn, status, "omni_profiles_next")
        self.close()
        raise StopIteration

    def json(self) -> str:
        """The profile given last, as one canonical JSON object."""
        out = n.omni_text()
        with self._snapshot._handle as txn:
            status = lib.omni_profile_json(txn, self._needed(), byref(out))
            _people.check(txn, status, "omni_profile_json")
            return _read.text(out)

    def held_apart(self) -> tuple[HeldApart, ...]:
        """Links of the profile given last that were not accepted."""
        with self._snapshot._handle as txn:
            return _people.held_apart(txn, self._needed())

    def _needed(self) -> Any:
        if not self._current:
            raise ArgumentError("the walk stands on no profile")
        return self._current

    def close(self) -> None:
        """Walk no further."""
        self._current = POINTER(n.omni_profile)()
        self._pointer = _close(
            self._snapshot, lib.omni_profiles_close, self._pointer
        )
        super().close()

    def to_pandas(self, *, decimals: _pandas.Decimals = "exact") -> Any:
        """The rest of the walk as a pandas.DataFrame, a row for a profile.

        decimals: "exact" keeps Decimal, "float" is what pandas counts with
        """
        with self:
            return _pandas.of_profiles(self, decimals)


class Timeline(Walk, Iterator[TimelineEvent]):
    """Events of one person, read as they are asked for."""

    def __init__(
        self,
        snapshot: Snapshot,
        who: Who,
        options: n.omni_timeline_options,
        limit: int | None,
    ) -> None:
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            raise ArgumentError(f"limit is not a count: {limit!r}")
        self._snapshot = snapshot
        self._who, self._options, self._limit = who, options, limit
        self._left = limit
        self._pointer = POINTER(n.omni_timeline)()
        self._stands = False
        with snapshot._handle as txn:
            found = _people.known(txn, who)
            status = lib.omni_timeline_open(
                txn, byref(found), byref(options), byref(self._pointer)
            )
            _people.check(txn, status, "omni_timeline_open")

    def __next__(self) -> TimelineEvent:
        if self._left == 0:
            self.close()
            raise StopIteration
        raw = n.omni_timeline_event()
        with self._snapshot._handle as txn:
            status = lib.omni_timeline_next(self._pointer, byref(raw))
            self._stands = status == n.OMNI_OK
            if self._stands:
                names, count = self._list(
                    txn, n.omni_identifier_text, lib.omni_timeline_identifiers
                )
                event = _read.timeline_event(raw, names, count)
            elif status != n.OMNI_END:
                _people.check(txn, status, "omni_timeline_next")
        if not self._stands:
            self.close()
            raise StopIteration
        if self._left is not None:
            self._left -= 1
        return event

    def _list(self, txn: Any, kind: Any, function: Any) -> tuple[Any, int]:
        """What a function lists of the event that the walk stands on."""
        out = POINTER(kind)()
        count = c_size_t()
        status = function(self._pointer, byref(out), byref(count))
        _people.check(txn, status, function.__name__)
        return out, count.value

    def copies(self) -> tuple[TimelineEvent, ...]:
        """The copies that make up the event given last.

        First the one that gives it its time, traits and properties. A retry
        is a copy, and may name other identifiers.
        """
        if not self._stands:
            raise ArgumentError("the timeline stands on no event")
        with self._snapshot._handle as txn:
            copies, count = self._list(
                txn, n.omni_event_copy, lib.omni_timeline_copies
            )
            return tuple(
                _read.timeline_event(
                    each.event, each.identifiers, each.identifier_count
                )
                for each in copies[:count]
            )

    def facts(self) -> tuple[str, ...]:
        """Ids of the facts of these copies; Store.retract() takes any."""
        if not self._stands:
            raise ArgumentError("the timeline stands on no event")
        with self._snapshot._handle as txn:
            facts, count = self._list(
                txn, n.omni_fact_id, lib.omni_timeline_facts
            )
            return tuple(_read.fact_text(each) for each in facts[:count])

    def json(self) -> str:
        """The event given last, as one canonical JSON object."""
        if not self._stands:
            raise ArgumentError("the timeline stands on no event")
        out = n.omni_text()
        with self._snapshot._handle as txn:
            status = lib.omni_timeline_json(self._pointer, byref(out))
            _people.check(txn, status, "omni_timeline_json")
            return _read.text(out)

    def close(self) -> None:
        """Walk no further."""
        self._left = 0
        self._stands = False
        self._pointer = _close(
            self._snapshot, lib.omni_timeline_close, self._pointer
        )
        super().close()

    def to_pandas(self, *, decimals: _pandas.Decimals = "exact") -> Any:
        """The rest of the walk as a pandas.DataFrame, a row for an event.

        decimals: "exact" keeps Decimal, "float" is what pandas counts with
        """
        with self:
            return _pandas.of_events(self, decimals)

    def _repr_html_(self) -> str | None:
        """The first events; the walk itself stays where it is."""
        if self._snapshot.closed:
            return None
        again = Timeline(self._snapshot, self._who, self._options, None)
        limit = SHOWN_EVENTS if self._limit is None else self._limit
        shown = list(islice(again, min(limit, SHOWN_EVENTS)))
        again.close()
        return _html.timeline(str(self._who), shown)


class Events(Walk, Iterator[TimelineEvent]):
    """Events of all people, one person after the other.

    profile: id of the person whose event was given last
    """

    profile: str

    def __init__(
        self, snapshot: Snapshot, timeline: Callable[[str], Timeline]
    ) -> None:
        self._snapshot = snapshot
        self._timeline = timeline
        self._profiles = Profiles(snapshot, None)
        self._walk: Iterator[TimelineEvent] = iter(())

    def __next__(self) -> TimelineEvent:
        while True:
            for event in self._walk:
                return event
            try:
                person = next(self._profiles)
            except StopIteration:
                self.close()
                raise
            self.profile = person.id
            self._walk = self._timeline(person.id)

    def close(self) -> None:
        self._profiles.close()
        self._walk = iter(())
        super().close()

    def to_pandas(self, *, decimals: _pandas.Decimals = "exact") -> Any:
        """The rest of the walk as a pandas.DataFrame, a row for an event.

        The column `profile` says whose event it is.

        decimals: "exact" keeps Decimal, "float" is what pandas counts with
        """
        with self:
            return _pandas.of_events(self, decimals, lambda: self.profile)


def _close(snapshot: Snapshot, function: Any, walk: Any) -> Any:
    """End a walk, unless it has ended with its snapshot; a null pointer."""
    if walk:
        with suppress(ArgumentError, ConflictError), snapshot._handle:
            function(walk)
    return type(walk)()
