"""Pointers of the library, held so that no use of them can be wrong.

C has rules that a Python program breaks without noticing: what was borrowed
ends with its owner, a store closes last and under nobody's feet, a snapshot
is for one thread, and nothing of it works in a forked child. They are kept
here: a store waits for the calls inside it before it closes, ends first what
was opened from it, and a snapshot, batch or import lets in a thread at a
time.
"""

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn

from ._hooks import Hooks
from ._library import lib
from .errors import ClosedError, ConflictError, check

_open_stores: "weakref.WeakSet[StoreHandle]" = weakref.WeakSet()


class StoreHandle:
    """An omni_store. `with handle as pointer:` keeps it open meanwhile."""

    def __init__(self, pointer: Any, hooks: Hooks) -> None:
        self.forked = False
        self.hooks = hooks
        self._pointer = pointer
        self._guard = threading.Condition()
        self._inside: dict[int, int] = {}
        self._parts: set[PartHandle] = set()
        _open_stores.add(self)

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def __enter__(self) -> Any:
        thread = threading.get_ident()
        with self._guard:
            if self._pointer is None:
                raise ClosedError("the store is closed")
            self._inside[thread] = self._inside.get(thread, 0) + 1
            pointer = self._pointer
        self.hooks.enter()
        return pointer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        thread = threading.get_ident()
        with self._guard:
            depth = self._inside.pop(thread, 0)
            if depth > 1:
                self._inside[thread] = depth - 1
            elif not self._inside:
                self._guard.notify_all()
        self.hooks.leave()

    @contextmanager
    def calling_back(self) -> Iterator[tuple[Any, Hooks]]:
        """For calls with callbacks: the pointer, and what runs those."""
        with self as pointer:
            self.hooks.shield()
            try:
                yield pointer, self.hooks
            finally:
                self.hooks.unshield()

    def close(self) -> None:
        """Wait for calls under way, end what was opened, close."""
        with self._guard:
            pointer = self._pointer
            if pointer is None:
                return
            if threading.get_ident() in self._inside:
                raise ConflictError("a callback of the store may not close it")
            self._pointer = None
            try:
                while self._inside:
                    self._guard.wait()
            except BaseException:
                self._pointer = pointer
                raise
        for part in list(self._parts):
            part.end()
        if not self.forked:
            self.hooks.enter()
            status = lib.omni_store_close(pointer)
            self.hooks.leave()
            check(status, "omni_store_close")

    def adopt(self, part: "PartHandle") -> None:
        self._parts.add(part)

    def release(self, part: "PartHandle") -> None:
        self._parts.discard(part)

    def after_fork(self) -> None:
        """In the child: the pointer is the parent's, and so is its lock."""
        self.forked = True
        self._guard = threading.Condition()
        self._inside = {}


class PartHandle:
    """A txn, batch, import or walk: ends by itself or with its store."""

    def __init__(
        self,
        store: StoreHandle,
        pointer: Any,
        end: Callable[[Any], None],
        noun: str,
    ) -> None:
        self._store = store
        self._pointer = pointer
        self._end = end
        self._noun = noun
        self._lock = threading.RLock()
        store.adopt(self)

    def sibling(self, pointer: Any) -> "PartHandle":
        """Another of its kind, of the same store."""
        return PartHandle(self._store, pointer, self._end, self._noun)

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def __enter__(self) -> Any:
        if self._store.forked:
            raise ConflictError(
                f"the {self._noun} was opened before this process forked"
            )
        self._lock.acquire()
        if self._pointer is None:
            self._lock.release()
            raise ClosedError(f"the {self._noun} has ended")
        self._store.hooks.enter()
        return self._pointer

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._store.hooks.leave()

    @contextmanager
    def calling_back(self) -> Iterator[tuple[Any, Hooks]]:
        """For calls with callbacks: the pointer, and what runs those."""
        with self as pointer:
            hooks = self._store.hooks
            hooks.shield()
            try:
                yield pointer, hooks
            finally:
                hooks.unshield()

    def end(self) -> None:
        if self._store.forked:
            self._pointer = None
            return
        with self._lock:
            pointer, self._pointer = self._pointer, None
            if pointer is not None:
                self._end(pointer)
        self._store.release(self)


class ProcessBound:
    """What cannot be copied, or sent to another process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} objects belong to this process and cannot"
            " be copied or pickled; pass the path and open the store there"
        )


def end_batch(pointer: Any) -> None:
    lib.omni_batch_free(pointer)


def end_facts(pointer: Any) -> None:
    lib.omni_facts_close(pointer)


def end_import(pointer: Any) -> None:
    lib.omni_import_free(pointer)


def end_txn(pointer: Any) -> None:
    lib.omni_txn_end(pointer)


def finalize(owner: object, close: Callable[[], None]) -> Callable[[], Any]:
    """Close with its owner, or when the interpreter ends; once."""
    return weakref.finalize(owner, close)


def _in_child() -> None:
    for handle in list(_open_stores):
        handle.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
