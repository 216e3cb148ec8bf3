"""A store: one directory that holds facts about people."""

import io
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from ctypes import POINTER, byref, pointer, sizeof, string_at
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from . import _event, _hooks, _read
from . import _native as n
from . import policy as _policy
from ._convert import (
    Instant,
    Names,
    Who,
    to_durability,
    to_fact_id,
    to_identifier,
    to_path,
    to_unsigned,
    to_us,
)
from ._event import Json, Record, Records
from ._handle import ProcessBound, StoreHandle, finalize
from ._library import lib
from .batch import Batch, Import, Loader, to_reason
from .enums import Durability, EventType
from .errors import CorruptError, NotFound, StoreNotFound, check
from .mapping import Mapping, Row, open_file, read_rows
from .model import (
    CheckReport,
    Digest,
    EventResult,
    ImportSummary,
    ParsedEvent,
    Refused,
    RetractResult,
    StatementResult,
    Stats,
    Voided,
)
from .policy import PolicyDocument, PolicyResult, Progress
from .reading import Reading
from .segments import TickResult, tick


class Writer(Protocol):
    """What dump() writes to: a file opened for bytes, or the like."""

    def write(self, data: bytes, /) -> object:
        ...


class Store(Reading, ProcessBound):
    """An open store. Threads share it; a forked child must open its own.

    path: directory of the store
    create: make the store if it is not there
    exclusive: with create: it must not be there
    read_only: write nothing, not even tables
    network: allow a network file system (unsafe)
    durability: when a commit is told to be done; default "full"
    memory_bytes: budget of tables not yet on disk; 0 is the default
    map_bytes: most that the tables may grow to; 0 is the default
    calling_code: on creation, of phone numbers without one
    deployment: on creation, a store or key file whose deployment it joins
    clock: gives the time instead of the system
    random: gives so many bytes that nobody can predict
    log: takes a LogLevel and a line; no personal data is passed

    The hooks (clock, random, log) may be called from any thread that is
    inside a call of the store, and may not call the store themselves.

    As a context manager it closes at the end.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        exclusive: bool = False,
        read_only: bool = False,
        network: bool = False,
        durability: Durability | str | None = None,
        memory_bytes: int = 0,
        map_bytes: int = 0,
        calling_code: int = 0,
        deployment: str | os.PathLike[str] | None = None,
        clock: _hooks.Clock | None = None,
        random: _hooks.Random | None = None,
        log: _hooks.Log | None = None,
    ) -> None:
        hooks = _hooks.Hooks(clock, random, log)
        options = n.omni_store_options(
            size=sizeof(n.omni_store_options),
            flags=n.OMNI_STORE_CREATE * bool(create)
            | n.OMNI_STORE_EXCLUSIVE * bool(exclusive)
            | n.OMNI_STORE_READ_ONLY * bool(read_only)
            | n.OMNI_STORE_NETWORK * bool(network),
            durability=to_durability(durability),
            memory_bytes=to_unsigned(memory_bytes, 64, "memory_bytes"),
            map_bytes=to_unsigned(map_bytes, 64, "map_bytes"),
            calling_code=to_unsigned(calling_code, 32, "calling_code"),
        )
        if deployment is not None:
            options.deployment = to_path(deployment, "deployment")
        if hooks.raw is not None:
            options.hooks = pointer(hooks.raw)
        self._path = Path(os.fsdecode(path))
        self._handle = _open(to_path(path, "path"), options, hooks)
        finalize(self, self._handle.close)

    @property
    def path(self) -> Path:
        """Directory of the store, as it was given."""
        return self._path

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def close(self) -> None:
        """Close the store, and end what was opened from it.

        Waits for calls of other threads. Raises what the last flush failed
        of; no acknowledged fact is lost by that.
        """
        self._handle.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " (closed)" if self.closed else ""
        return f"<omni.Store {str(self._path)!r}{state}>"

    # Writing

    def append(
        self,
        name: str | None = None,
        identifiers: Names = (),
        *,
        type: EventType | str = EventType.TRACK,
        id: str | None = None,
        time: Instant | None = None,
        original_time: Instant | None = None,
        channel: str | None = None,
        source: str | None = None,
        traits: Json | None = None,
        properties: Json | None = None,
        group_id: str | None = None,
        previous_id: str | None = None,
    ) -> EventResult:
        """Append one event as a commit of its own.

        name: what happened; needed for "track", the type if none is given
        identifiers: who it is about: "email:a@b.ch", a list of such, or
            {"email": "a@b.ch", "phone": ["+41441234567"]}
        type: EventType or its word; "track" if left out
        id: sender's id; the same id again is a retry
        time: when it happened; now if left out
        original_time: sender's clock before any correction
        channel: web, app, store, kiosk, call_center, email, …
        source: system the event comes from
        traits, properties: mappings, or text that is a JSON object; a
            Decimal keeps every digit
        group_id: group the event speaks of
        previous_id: of an alias, the id before

        A record that cannot be taken is no exception: the result's outcome
        is REFUSED, its code says why, and refused() lists it.
        """
        event = _event.build(
            name,
            identifiers,
            type=type,
            id=id,
            time=time,
            original_time=original_time,
            channel=channel,
            source=source,
            traits=traits,
            properties=properties,
            group_id=group_id,
            previous_id=previous_id,
        )
        result = n.omni_event_result(size=sizeof(n.omni_event_result))
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_event_append(
                store, byref(event), byref(result), byref(error)
            )
        check(status, "omni_event_append", error)
        return _read.event_result(result)

    def append_json(self, records: Records) -> ImportSummary:
        """Append Segment-spec records as one commit.

        records: JSON lines as text or bytes, a mapping, or several of them
        """
        lines = _event.to_lines(records)
        raw = n.omni_import_summary(size=sizeof(n.omni_import_summary))
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_event_append_json(
                store, lines, len(lines), byref(raw), byref(error)
            )
        check(status, "omni_event_append_json", error)
        return _read.import_summary(raw)

    def batch(
        self,
        *,
        durability: Durability | str | None = None,
        results: bool = False,
    ) -> Batch:
        """A batch: facts that are committed together, or not at all.

        results: keep what came of each thing, for Batch.results()
        """
        return Batch(self._handle, self, to_durability(durability), results)

    def start_import(self, source: str | None = None) -> Import:
        """Begin one input, for those who cut it into batches themselves."""
        return Import(self._handle, self, source)

    def import_lines(
        self,
        records: Iterable[Record],
        *,
        source: str | None = None,
        batch_size: int = 1000,
        durability: Durability | str | None = None,
    ) -> ImportSummary:
        """Import Segment-spec records, one by one as they come.

        records: lines of JSON, or mappings; any iterable, read once
        source: `source` of events that name none
        batch_size: records of one commit, about

        If it raises, the batches committed before are in the store; to
        import the same input again is safe.
        """
        with (
            self.start_import(source) as begun,
            closing(self.batch(durability=durability)) as batch,
        ):
            return Loader(batch, begun, batch_size).load(records)

    def import_file(
        self,
        file: str | os.PathLike[str] | IO[bytes] | IO[str],
        *,
        mapping: Mapping | None = None,
        source: str | None = None,
        batch_size: int = 1000,
        durability: Durability | str | None = None,
    ) -> ImportSummary:
        """As import_lines(), from a file: JSON lines, or a table.

        file: a path, whose file may be compressed by gzip, or an open file
        mapping: what the columns of a table (CSV, TSV) are; without one the
            file is of JSON lines
        """
        if isinstance(file, (str, os.PathLike)):
            with open_file(file) as opened:
                return self.import_file(
                    opened,
                    mapping=mapping,
                    source=source,
                    batch_size=batch_size,
                    durability=durability,
                )
        if mapping is None:
            return self.import_lines(
                file,
                source=source,
                batch_size=batch_size,
                durability=durability,
            )
        return self.import_rows(
            read_rows(file, mapping),
            mapping,
            source=source,
            batch_size=batch_size,
            durability=durability,
        )

    def import_rows(
        self,
        rows: "Iterable[Row | Sequence[str | None]]",
        mapping: Mapping,
        *,
        source: str | None = None,
        batch_size: int = 1000,
        durability: Durability | str | None = None,
    ) -> ImportSummary:
        """Import the rows of a table that a mapping is bound to.

        rows: sequences of fields, or omni.Row; any iterable, read once
        """
        with (
            self.start_import(source) as begun,
            closing(self.batch(durability=durability)) as batch,
        ):
            return Loader(batch, begun, batch_size).load_rows(
                (row if isinstance(row, Row) else Row(row) for row in rows),
                mapping,
            )

    def parse_json(self, records: Records) -> list[ParsedEvent]:
        """What records would become if they were appended; writes nothing.

        records: as of append_json(). A store that is only read will do.
        """
        lines = _event.to_lines(records)
        parsed: list[ParsedEvent] = []
        error = n.omni_error()
        with self._handle.calling_back() as (store, callbacks):
            receive = n.omni_parsed_fn(
                lambda user, record: callbacks.run(
                    lambda: parsed.append(_read.parsed_event(record.contents))
                )
            )
            status = lib.omni_event_parse_json(
                store, lines, len(lines), receive, None, None, byref(error)
            )
        check(status, "omni_event_parse_json", error)
        return parsed

    def merge(
        self, a: Who, b: Who, reason: str, *, author: str | None = None
    ) -> StatementResult:
        """State that two identifiers are one person, and what that did."""
        return self._state(lib.omni_profile_merge, a, b, reason, author)

    def split(
        self, a: Who, b: Who, reason: str, *, author: str | None = None
    ) -> StatementResult:
        """State that two identifiers are not one person."""
        return self._state(lib.omni_profile_split, a, b, reason, author)

    def retract(
        self, fact: str, reason: str, *, author: str | None = None
    ) -> RetractResult:
        """Take a fact back: all is as if it had never been stated.

        fact: id of an event, merge, split, or of a retract, which then is
            taken back itself

        Of an event every copy goes, and those that come later are void too.
        """
        said, target = to_reason(reason, author), to_fact_id(fact)
        result = n.omni_retract_result(size=sizeof(n.omni_retract_result))
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_fact_retract(
                store, target, byref(said), byref(result), byref(error)
            )
        check(status, "omni_fact_retract", error)
        return _read.retract_result(result)

    def _state(
        self, function: Any, a: Who, b: Who, reason: str, author: str | None
    ) -> StatementResult:
        said = to_reason(reason, author)
        one, other = to_identifier(a), to_identifier(b)
        result = n.omni_statement_result(size=sizeof(n.omni_statement_result))
        error = n.omni_error()
        with self._handle as store:
            status = function(
                store, one, other, byref(said), byref(result), byref(error)
            )
        check(status, function.__name__, error)
        return _read.statement_result(result)

    def set_policy(
        self,
        policy: PolicyDocument,
        *,
        reason: str = "",
        author: str | None = None,
        progress: Progress | None = None,
    ) -> PolicyResult:
        """Set what a document says, and leave the rest as it is.

        A member that is None goes back to its default. When it returns,
        profiles are as if the policy had always been in force.

        progress: is told (done, total); a true result stops it, and nothing
            is set
        """
        return _policy.set_policy(
            self._handle, policy, reason, author, progress
        )

    # The store as a whole

    def flush(self) -> bool:
        """Make all durable and move new rows to disk; False if none waited."""
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_store_flush(store, byref(error))
        check(status, "omni_store_flush", error)
        return bool(status != n.OMNI_UNCHANGED)

    def stats(self) -> Stats:
        """Counts of what the store holds."""
        raw = n.omni_stats(size=sizeof(n.omni_stats))
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_store_stats(store, byref(raw), byref(error))
        check(status, "omni_store_stats", error)
        return _read.stats(raw)

    def digest(self) -> Digest:
        """Digests of the facts and of everything derived from them."""
        raw = n.omni_digest()
        error = n.omni_error()
        with self._handle as store:
            status = lib.omni_store_digest(store, byref(raw), byref(error))
        check(status, "omni_store_digest", error)
        return _read.digest(raw)

    def tick(
        self,
        now: Instant | None = None,
        *,
        budget: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> TickResult:
        """Tell the segments that time has gone on.

        now: up to when; the store's clock if left out. Segments do not go
            back: to look ahead, ask with `at` instead
        budget: look at no more profiles than that; all if left out
        progress: is told (done, total), where there is no budget; a true
            result stops it, with BusyError
        """
        # To the library 0 is its clock.
        now_us = 0 if now is None else to_us(now, "now") or 1
        return tick(self._handle, now_us, budget, progress)

    def dump(self, file: Writer, *, at: Instant | None = None) -> None:
        """Write all derived state to a file, as canonical JSON lines.

        at: with the segments that each profile is in at an instant
        """
        error = n.omni_error()
        with self._handle.calling_back() as (store, callbacks):

            def write(user: int | None, data: int, size_bytes: int) -> int:
                return callbacks.run(
                    lambda: _write_all(file, string_at(data, size_bytes))
                )

            tail = (n.omni_write_fn(write), None, byref(error))
            if at is None:
                status = lib.omni_store_dump(store, *tail)
            else:
                status = lib.omni_store_dump_at(store, to_us(at, "at"), *tail)
        check(status, "omni_store_dump", error)

    def dumps(self, *, at: Instant | None = None) -> bytes:
        """What dump() writes, as bytes."""
        out = io.BytesIO()
        self.dump(out, at=at)
        return out.getvalue()

    def check(
        self,
        *,
        rebuild: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> CheckReport:
        """Refold the log from nothing and compare it with the tables.

        rebuild: make the tables anew from the log
        progress: is told (done, total); a true result stops the check,
            which then raises BusyError. So does Ctrl-C, as ever, with a
            KeyboardInterrupt.

        If they differ it raises CorruptError, whose `report` says where.
        """
        flags = n.OMNI_CHECK_REBUILD if rebuild else 0
        raw = n.omni_check_report(size=sizeof(n.omni_check_report))
        error = n.omni_error()
        with self._handle.calling_back() as (store, callbacks):
            tell = callbacks.progress(progress)
            status = lib.omni_store_check(
                store, flags, tell, None, byref(raw), byref(error)
            )
        report = _read.check_report(raw)
        try:
            check(status, "omni_store_check", error)
        except CorruptError as fault:
            fault.report = report
            raise
        return report

    def refused(self, *, limit: int | None = None) -> list[Refused]:
        """The refused log, oldest first; at most `limit` of it."""
        records: list[Refused] = []

        def take(record: n.omni_refused) -> bool:
            if limit is None or len(records) < limit:
                records.append(_read.refused(record))
            return limit is not None and len(records) >= limit

        error = n.omni_error()
        with self._handle.calling_back() as (store, callbacks):
            receive = n.omni_refused_fn(
                lambda user, record: callbacks.run(
                    lambda: take(record.contents)
                )
            )
            status = lib.omni_store_refused(store, receive, None, byref(error))
        check(status, "omni_store_refused", error)
        return records

    def voided(self) -> list[Voided]:
        """The facts that retracts void, and why."""
        facts: list[Voided] = []
        error = n.omni_error()
        with self._handle.calling_back() as (store, callbacks):
            receive = n.omni_voided_fn(
                lambda user, fact: callbacks.run(
                    lambda: facts.append(_read.voided(fact.contents))
                )
            )
            status = lib.omni_store_voided(store, receive, None, byref(error))
        check(status, "omni_store_voided", error)
        return facts


def _open(
    path: bytes, options: n.omni_store_options, hooks: _hooks.Hooks
) -> StoreHandle:
    out = POINTER(n.omni_store)()
    error = n.omni_error()
    hooks.enter()
    status = lib.omni_store_open(path, byref(options), byref(out), byref(error))
    try:
        hooks.leave()
        check(status, "omni_store_open", error)
    except NotFound as fault:
        absent = StoreNotFound(str(fault), system=fault.system)
        if os.fsdecode(path) in str(fault):
            absent.filename = os.fsdecode(path)
        raise absent from None
    except BaseException:
        if out:
            lib.omni_store_close(out)
        raise
    return StoreHandle(out, hooks)


def _write_all(file: Writer, data: bytes) -> None:
    """All of it: an unbuffered file may take less at once."""
    view = memoryview(data)
    while view:
        taken = file.write(bytes(view))
        if not isinstance(taken, int) or taken >= len(view):
            return
        view = view[taken:]
