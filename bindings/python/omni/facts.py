"""The feed of facts: what a store took in, in the order it came."""

from collections.abc import Iterator
from ctypes import POINTER, byref, sizeof
from types import TracebackType
from typing import Any

from . import _native as n
from . import _read
from ._convert import to_unsigned
from ._handle import (
    PartHandle,
    ProcessBound,
    StoreHandle,
    end_facts,
    finalize,
)
from ._library import lib
from .errors import check, fail
from .model import Fact


class Facts(ProcessBound, Iterator[Fact]):
    """A walk over the facts of a store that can be continued for ever.

    It stops where there is no fact now, and may be asked again later:

        facts = store.facts(position=saved)
        while True:
            for fact in facts:
                ...
                saved = facts.position
            time.sleep(0.1)

    Facts of all threads and processes are seen as soon as they are
    acknowledged. For one thread at a time; others wait their turn.
    """

    def __init__(
        self,
        store: StoreHandle,
        owner: object,
        position: int | None,
        from_end: bool,
    ) -> None:
        self._owner = owner  # Else it might be dropped, and close.
        options = n.omni_facts_options(
            size=sizeof(n.omni_facts_options),
            position=to_unsigned(position or 0, 64, "position"),
            from_end=bool(from_end),
        )
        out = POINTER(n.omni_facts)()
        error = n.omni_error()
        with store as pointer:
            status = lib.omni_facts_open(
                pointer, byref(options), byref(out), byref(error)
            )
            check(status, "omni_facts_open", error)
            self._handle = PartHandle(store, out, end_facts, "walk over facts")
        finalize(self, self._handle.end)

    def __next__(self) -> Fact:
        raw = n.omni_fact()
        with self._handle as facts:
            status = lib.omni_facts_next(facts, byref(raw))
            if status == n.OMNI_OK:
                return _read.fact(raw)
            if status != n.OMNI_END:
                _check(facts, status, "omni_facts_next")
        raise StopIteration

    @property
    def position(self) -> int:
        """Where to go on after the fact given last: of this store alone."""
        with self._handle as facts:
            return int(lib.omni_facts_position(facts))

    def json(self) -> str:
        """The fact given last, as one canonical JSON object."""
        out = n.omni_text()
        with self._handle as facts:
            status = lib.omni_facts_json(facts, byref(out))
            _check(facts, status, "omni_facts_json")
            return _read.text(out)

    @property
    def closed(self) -> bool:
        return self._handle.closed

    def close(self) -> None:
        """Walk no further. Facts read from it stay."""
        self._handle.end()

    def __enter__(self) -> "Facts":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _check(facts: Any, status: int, call: str) -> None:
    if status < 0:
        fail(status, call, lib.omni_facts_error(facts).contents)
