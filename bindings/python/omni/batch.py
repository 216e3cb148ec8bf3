"""Writing many facts: batches, imports, and loading a whole input."""

import io
from collections.abc import Iterable
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
from ._library import lib
from .enums import Durability, EventType
from .errors import ArgumentError, LimitError, check
from .model import EventResult, ImportSummary, StatementResult


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
        finalize(self, self._handle.end)

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
        if source is None:
            self._add_lines(lines, None)
            return
        if source._store is not self._store:
            raise ArgumentError("the import is of another store")
        with source._handle as pointer:
            self._add_lines(lines, pointer)

    def _add_lines(self, lines: bytes, source: Any) -> None:
        with self._handle as batch:
            _check(
                batch,
                lib.omni_batch_add_json(batch, source, lines, len(lines)),
                "omni_batch_add_json",
            )

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

    def results(self) -> tuple[EventResult | StatementResult, ...]:
        """What the last commit did, thing by thing in the order added.

        Each record (refused ones too), merge and split is one. Empty for a
        batch that was made without `results`, and once something is added.
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


def _result(batch: Any, index: int) -> EventResult | StatementResult:
    event = n.omni_event_result(size=sizeof(n.omni_event_result))
    status = lib.omni_batch_result(batch, index, byref(event))
    if status == n.OMNI_OK:
        return _read.event_result(event)
    stated = n.omni_statement_result(size=sizeof(n.omni_statement_result))
    check(
        lib.omni_batch_statement_result(batch, index, byref(stated)),
        "omni_batch_statement_result",
    )
    return _read.statement_result(stated)


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
