"""Writing many facts: batches, imports, and loading a whole input."""

import io
from collections.abc import Callable, Iterable, Sequence
from ctypes import POINTER, byref, sizeof
from types import TracebackType
from typing import Any

from . import _event, _read
from . import _native as n
from ._convert import (
    Instant,
    Names,
    Who,
    to_bytes,
    to_durability,
    to_fact_id,
    to_identifier,
    to_optional,
)
from ._event import Json, Record, Records
from ._handle import (
    PartHandle,
    ProcessBound,
    StoreHandle,
    end_batch,
    end_import,
    finalize,
)
from ._hooks import Hooks
from ._library import lib
from .enums import Durability, EventType
from .errors import ArgumentError, LimitError, check
from .mapping import Mapping, Row
from .model import (
    EventResult,
    ImportSummary,
    ParsedEvent,
    RetractResult,
    StatementResult,
)


#: Bytes of lines that an import gathers before it hands them over.
CHUNK_BYTES = 1 << 20


def to_reason(reason: str, author: str | None) -> n.omni_reason:
    return n.omni_reason(
        to_bytes(reason, "reason"), to_optional(author, "author")
    )


class Import(ProcessBound):
    """One input: its name, its line numbers, its equal records without id.

    Pass it to Batch.add_json() for every part of the input, in order.
    Store.import_lines() and Store.import_file() do all of that.
    """

    def __init__(
        self, store: StoreHandle, owner: object, source: str | None
    ) -> None:
        self._owner = owner  # Else it might be dropped, and close.
        name = to_optional(source, "source")
        out = POINTER(n.omni_import)()
        error = n.omni_error()
        with store as pointer:
            check(
                lib.omni_import_new(pointer, name, byref(out), byref(error)),
                "omni_import_new",
                error,
            )
            self._handle = PartHandle(store, out, end_import, "import")
        self._store = store
        self._rehearsal: tuple[Hooks, Any] | None = None
        finalize(self, self._handle.end)

    def rehearse(
        self, callback: Callable[[ParsedEvent], object] | None = None
    ) -> None:
        """Let what is added with this import be judged and not kept.

        callback: is told what would become of each record; a true result
            ends the call that adds
        """
        hooks = Hooks()

        def take(user: int | None, record: Any) -> int:
            parsed = _read.parsed_event(record.contents)
            return hooks.run(lambda: callback and callback(parsed))

        receive = n.omni_parsed_fn(take)
        error = n.omni_error()
        with self._handle as pointer:
            status = lib.omni_import_rehearse(
                pointer, receive, None, byref(error)
            )
        check(status, "omni_import_rehearse", error)
        self._rehearsal = (hooks, receive)

    def rehearsed(self) -> ImportSummary:
        """Counts of what a rehearsal would have done so far."""
        raw = n.omni_import_summary(size=sizeof(n.omni_import_summary))
        with self._handle as pointer:
            status = lib.omni_import_rehearsed(pointer, byref(raw))
        check(status, "omni_import_rehearsed")
        return _read.import_summary(raw)

    def raise_again(self) -> None:
        """Raise what the callback of a rehearsal raised."""
        if self._rehearsal is not None:
            self._rehearsal[0].raise_again()

    def close(self) -> None:
        """End the import; what was committed stays."""
        self._handle.end()

    def __enter__(self) -> "Import":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Batch(ProcessBound):
    """Facts prepared anywhere and committed as one group.

    As a context manager it commits at the end, or, after an exception,
    forgets its facts. It may be used again after a commit.
    """

    def __init__(
        self,
        store: StoreHandle,
        owner: object,
        durability: int,
        results: bool = False,
    ) -> None:
        self._owner = owner  # Else it might be dropped, and close.
        options = n.omni_batch_options(
            size=sizeof(n.omni_batch_options), results=bool(results)
        )
        out = POINTER(n.omni_batch)()
        error = n.omni_error()
        with store as pointer:
            check(
                lib.omni_batch_new(
                    pointer, byref(options), byref(out), byref(error)
                ),
                "omni_batch_new",
                error,
            )
            self._handle = PartHandle(store, out, end_batch, "batch")
        self._store = store
        self._durability = durability
        finalize(self, self._handle.end)

    def add(
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
    ) -> None:
        """Prepare one event, as Store.append() would take it.

        A LimitError says that the batch is full: commit() it first.
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
        with self._handle as batch:
            _check(
                batch,
                lib.omni_batch_add(batch, byref(event)),
                "omni_batch_add",
            )

    def add_json(self, records: Records, source: Import | None = None) -> None:
        """Prepare Segment-spec records: JSON lines, or mappings.

        source: the import that they belong to; else the batch is its own.
        After a LimitError none of them was added.
        """
        lines = _event.to_lines(records)
        self._add_from(
            source,
            "omni_batch_add_json",
            lambda batch, begun: lib.omni_batch_add_json(
                batch, begun, lines, len(lines)
            ),
        )

    def add_row(
        self,
        row: "Row | Sequence[str | None]",
        mapping: Mapping,
        source: Import | None = None,
    ) -> None:
        """Prepare the event that a row of a table is.

        row: its fields, or an omni.Row that also says where it stands
        mapping: bound to the table
        source: the import that it belongs to; else the batch is its own
        """
        given = row if isinstance(row, Row) else Row(row)
        raw, _kept = given.to_native()
        self._add_from(
            source,
            "omni_batch_add_row",
            lambda batch, begun: lib.omni_batch_add_row(
                batch, begun, mapping.pointer, byref(raw)
            ),
        )

    def _add_from(
        self,
        source: Import | None,
        name: str,
        add: Callable[[Any, Any], Any],
    ) -> None:
        if source is None:
            with self._handle as batch:
                _check(batch, add(batch, None), name)
            return
        if source._store is not self._store:
            raise ArgumentError("the import is of another store")
        with source._handle as begun, self._handle as batch:
            status = add(batch, begun)
            source.raise_again()
            _check(batch, status, name)

    def merge(
        self, a: Who, b: Who, reason: str, *, author: str | None = None
    ) -> None:
        """Prepare "these two are the same person"."""
        said = to_reason(reason, author)
        one, other = to_identifier(a), to_identifier(b)
        with self._handle as batch:
            _check(
                batch,
                lib.omni_batch_add_merge(batch, one, other, byref(said)),
                "omni_batch_add_merge",
            )

    def split(
        self, a: Who, b: Who, reason: str, *, author: str | None = None
    ) -> None:
        """Prepare "these two are not the same person"."""
        said = to_reason(reason, author)
        one, other = to_identifier(a), to_identifier(b)
        with self._handle as batch:
            _check(
                batch,
                lib.omni_batch_add_split(batch, one, other, byref(said)),
                "omni_batch_add_split",
            )

    def retract(
        self, fact: str, reason: str, *, author: str | None = None
    ) -> None:
        """Prepare "this was never so", of a fact that the store holds."""
        said, target = to_reason(reason, author), to_fact_id(fact)
        with self._handle as batch:
            _check(
                batch,
                lib.omni_batch_add_retract(batch, target, byref(said)),
                "omni_batch_add_retract",
            )

    def __len__(self) -> int:
        """Facts and refused records that wait."""
        with self._handle as batch:
            return int(lib.omni_batch_count(batch))

    def __bool__(self) -> bool:
        return True

    @property
    def size_bytes(self) -> int:
        """Encoded bytes that wait."""
        with self._handle as batch:
            return int(lib.omni_batch_bytes(batch))

    def commit(
        self, durability: Durability | str | None = None
    ) -> ImportSummary:
        """Commit all that waits as one group, and count what it did.

        If it fails, the facts stay in the batch.
        """
        level = to_durability(durability) or self._durability
        error = n.omni_error()
        with self._handle as batch:
            check(
                lib.omni_batch_commit(batch, level, byref(error)),
                "omni_batch_commit",
                error,
            )
            return self._summary(batch)

    def summary(self) -> ImportSummary:
        """What the last commit did."""
        with self._handle as batch:
            return self._summary(batch)

    def _summary(self, batch: Any) -> ImportSummary:
        raw = n.omni_import_summary(size=sizeof(n.omni_import_summary))
        check(lib.omni_batch_summary(batch, byref(raw)), "omni_batch_summary")
        return _read.import_summary(raw)

    def results(
        self,
    ) -> tuple[EventResult | StatementResult | RetractResult, ...]:
        """What the last commit did, thing by thing in the order added.

        Each record (refused ones too), merge, split and retract is one. Empty
        for a batch that was made without `results`, and once something is added.
        """
        with self._handle as batch:
            count = lib.omni_batch_result_count(batch)
            if lib.omni_batch_count(batch):
                return ()
            return tuple(_result(batch, index) for index in range(count))

    def close(self) -> None:
        """Forget what was not committed."""
        self._handle.end()

    def __enter__(self) -> "Batch":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._handle.closed:
                self.commit()
        finally:
            self.close()


def _check(batch: Any, status: int, call: str) -> None:
    """As check(), in the words that the batch has for a fault."""
    check(status, call, lib.omni_batch_error(batch).contents)


def _result(
    batch: Any, index: int
) -> EventResult | StatementResult | RetractResult:
    event = n.omni_event_result(size=sizeof(n.omni_event_result))
    status = lib.omni_batch_result(batch, index, byref(event))
    if status == n.OMNI_OK:
        return _read.event_result(event)
    stated = n.omni_statement_result(size=sizeof(n.omni_statement_result))
    status = lib.omni_batch_statement_result(batch, index, byref(stated))
    if status == n.OMNI_OK:
        return _read.statement_result(stated)
    taken = n.omni_retract_result(size=sizeof(n.omni_retract_result))
    check(
        lib.omni_batch_retract_result(batch, index, byref(taken)),
        "omni_batch_retract_result",
    )
    return _read.retract_result(taken)


class Loader:
    """Takes one input in batches of about `batch_size` lines."""

    def __init__(self, batch: Batch, source: Import, batch_size: int) -> None:
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ArgumentError(f"batch_size is not positive: {batch_size!r}")
        self._batch = batch
        self._source = source
        self._batch_size = batch_size
        self._waiting = 0
        self._summary = ImportSummary(0, 0, 0, 0, {}, 0)

    def load(self, records: Iterable[Record]) -> ImportSummary:
        if isinstance(records, (str, bytes)):
            records = io.BytesIO(_event.to_line(records))
        lines: list[bytes] = []
        size_bytes = 0
        for record in records:
            lines.append(_event.to_line(record))
            size_bytes += len(lines[-1])
            if len(lines) >= self._batch_size or size_bytes >= CHUNK_BYTES:
                self._add(lines)
                lines, size_bytes = [], 0
                if self._waiting >= self._batch_size:
                    self._commit()
        self._add(lines)
        self._commit()
        return self._summary

    def load_rows(
        self, rows: Iterable[Row], mapping: Mapping
    ) -> ImportSummary:
        for row in rows:
            try:
                self._batch.add_row(row, mapping, self._source)
            except LimitError:
                self._commit()
                self._batch.add_row(row, mapping, self._source)
            self._waiting += 1
            if self._waiting >= self._batch_size:
                self._commit()
        self._commit()
        return self._summary

    def _add(self, lines: list[bytes]) -> None:
        """Add lines; where they are too many for one batch, in halves."""
        parts = [lines] if lines else []
        while parts:
            part = parts.pop()
            try:
                self._batch.add_json(b"".join(part), self._source)
                self._waiting += len(part)
            except LimitError:
                if self._waiting:
                    self._commit()
                    parts.append(part)
                elif len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                else:
                    raise

    def _commit(self) -> None:
        if self._waiting:
            self._summary += self._batch.commit()
            self._waiting = 0
