"""Tables: what their columns say, and how rows of files are read."""

import csv
import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from ctypes import (
    POINTER,
    byref,
    c_char_p,
    c_void_p,
    cast,
    pointer,
    sizeof,
)
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any
from typing import cast as cast_type

from . import _native as n
from . import _read
from ._convert import to_bytes
from ._handle import finalize
from ._library import lib
from .errors import ArgumentError, check

#: How many of the first characters tell how fields stand apart.
SAMPLE = 1 << 16


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a mapping says that its table is written; None: it does not."""

    delimiter: str | None
    quote: str | None
    header: bool
    encoding: str | None


class Mapping:
    """What the columns of a table are; docs/guide/import.md describes it.

    document: a mapping of Python, the JSON text of one, or the path of a
        file with it (an os.PathLike, such as a pathlib.Path)

    For one thread at a time. Store.import_file() and Store.import_rows() do
    all that is needed with one.
    """

    def __init__(
        self,
        document: "Dict[str, Any] | str | bytes | os.PathLike[str]" = "{}",
    ) -> None:
        if isinstance(document, os.PathLike):
            with open(document, "rb") as file:
                document = file.read()
        elif isinstance(document, Dict):
            document = json.dumps(document)
        text = (
            document
            if isinstance(document, bytes)
            else to_bytes(document, "document")
        )
        self._pointer: Any = POINTER(n.omni_mapping)()
        error = n.omni_error()
        check(
            lib.omni_mapping_parse(
                text, len(text), None, byref(self._pointer), byref(error)
            ),
            "omni_mapping_parse",
            error,
        )
        self._count = 0
        self._end = finalize(self, _Free(self._pointer))

    def close(self) -> None:
        """Forget the mapping."""
        self._end()
        self._pointer = None

    def __enter__(self) -> "Mapping":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pointer(self) -> Any:
        if self._pointer is None:
            raise ArgumentError("the mapping is closed")
        return self._pointer

    def add(self, text: str) -> "Mapping":
        """Say what a column is, in short: "Email=namespace:email"."""
        error = n.omni_error()
        status = lib.omni_mapping_add(
            self.pointer, to_bytes(text, "text"), byref(error)
        )
        check(status, "omni_mapping_add", error)
        return self

    @property
    def form(self) -> TableForm:
        """How the table is written, as far as the mapping says so."""
        raw = n.omni_table_form(size=sizeof(n.omni_table_form))
        check(
            lib.omni_mapping_form(self.pointer, byref(raw)),
            "omni_mapping_form",
        )
        return TableForm(
            raw.delimiter.decode() if raw.delimiter != b"\0" else None,
            raw.quote.decode() if raw.quote != b"\0" else None,
            not raw.no_header,
            _read.text(raw.encoding) or None,
        )

    def bind(self, columns: Sequence[str] | int) -> None:
        """Bind it to a table: the names of its columns, or their number.

        Columns without names are called "1", "2", …
        """
        error = n.omni_error()
        if isinstance(columns, int):
            texts, count, _kept = None, columns, None
        else:
            texts, _kept = to_texts(columns)
            count = len(columns)
        status = lib.omni_mapping_bind(
            self.pointer, texts, count, byref(error)
        )
        check(status, "omni_mapping_bind", error)
        self._count = count

    def uses(self, column: int) -> bool:
        """Whether it speaks of a column of the table, counted from 0."""
        return bool(lib.omni_mapping_uses(self.pointer, column))

    @property
    def skipped(self) -> dict[str, int]:
        """How many rows its rules skipped so far, by their reasons."""
        counts: dict[str, int] = {}
        raw = n.omni_skipped()
        rule = 0
        while (
            lib.omni_mapping_skipped(self.pointer, rule, byref(raw))
            == n.OMNI_OK
        ):
            reason = _read.text(raw.reason)
            counts[reason] = counts.get(reason, 0) + int(raw.count)
            rule += 1
        return counts


class _Free:
    """What frees a mapping, without keeping the object that has it."""

    def __init__(self, pointer: Any) -> None:
        self._pointer = pointer

    def __call__(self) -> None:
        lib.omni_mapping_free(self._pointer)


def to_texts(fields: Iterable[str | None]) -> tuple[Any, object]:
    """Fields as an array of omni_text, and what has to be kept alive."""
    encoded = [
        b"" if field is None else field.encode("utf-8", "surrogatepass")
        for field in map(_to_text, fields)
    ]
    kept = c_char_p(b"".join(encoded))
    at = cast(kept, c_void_p).value or 0
    texts = (n.omni_text * (len(encoded) or 1))()
    for text, field in zip(texts, encoded, strict=False):
        text.bytes, text.size = at, len(field)
        at += len(field)
    return texts, kept


def _to_text(field: object) -> str | None:
    if field is None or isinstance(field, str):
        return field
    raise ArgumentError(f"a field is neither text nor None: {field!r}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its fields, or why it could not be read."""

    fields: Sequence[str | None]
    line: int = 0
    fault: str | None = None

    def to_native(self) -> tuple[n.omni_row, object]:
        texts, kept = to_texts(self.fields)
        raw = n.omni_row(
            size=sizeof(n.omni_row),
            fields=cast(pointer(texts), POINTER(n.omni_text)),
            field_count=len(self.fields),
            line=self.line,
            fault=(
                None if self.fault is None else to_bytes(self.fault, "fault")
            ),
        )
        return raw, (texts, kept)


def open_file(path: str | os.PathLike[str]) -> IO[bytes]:
    """A file for reading, unpacked if it is one of gzip."""
    file = open(path, "rb")  # noqa: SIM115
    try:
        magic = file.peek(2)[:2]
        if magic == b"\x1f\x8b":
            return cast_type(IO[bytes], _Unpacked(file))
        return file
    except BaseException:
        file.close()
        raise


class _Unpacked(gzip.GzipFile):
    """A gzip file that closes what it reads."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._file = file

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._file.close()


def _decoded(file: IO[bytes], form: TableForm) -> IO[str]:
    raw: Any = file
    buffered = io.BufferedReader(raw)
    mark = buffered.peek(2)[:2]
    encoding = form.encoding
    if encoding is None:
        utf16 = mark in (b"\xff\xfe", b"\xfe\xff")
        encoding = "utf-16" if utf16 else "utf-8-sig"
    return io.TextIOWrapper(buffered, encoding=encoding, newline="")


def _delimiter(header: str, quote: str) -> str:
    """Of comma, semicolon, tab and bar the one that is most in a line."""
    outside = "".join(header.split(quote)[::2])
    return max(",;\t|", key=outside.count)


def read_rows(
    file: IO[bytes] | IO[str], mapping: Mapping
) -> Iterator[Row]:
    """Bind a mapping to a table, and read its rows with Python's csv."""
    form = mapping.form
    text: Any = file
    if isinstance(file.read(0), bytes):
        text = _decoded(file, form)  # type: ignore[arg-type]
    quote = form.quote or '"'
    first = text.readline(SAMPLE)
    reader = csv.reader(
        _Chain(first, text),
        delimiter=form.delimiter or _delimiter(first, quote),
        quotechar=quote,
        strict=True,
        skipinitialspace=False,
    )
    bound = False
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            yield Row((), line, f"line {reader.line_num}: {error}")
            line = reader.line_num + 1
            continue
        if fields is None:
            return
        if fields and not bound:
            mapping.bind(fields if form.header else len(fields))
        if fields and (bound or not form.header):
            yield Row(fields, line)
        bound |= bool(fields)
        line = reader.line_num + 1


class _Chain:
    """Lines of a file, with the first one in front."""

    def __init__(self, first: str, rest: IO[str]) -> None:
        self._first: str | None = first or None
        self._rest = rest

    def __iter__(self) -> "Iterator[str]":
        return self

    def __next__(self) -> str:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._rest)
