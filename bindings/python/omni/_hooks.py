"""What C calls: clock, randomness, log, and the callbacks of long calls.

C cannot pass an exception on, and ctypes drops those that leave a callback.
So every callback keeps what was raised in it, and it is raised again in the
same thread when C has returned. A signal's handler (that of Ctrl-C, say) may
raise too, even before the first line of a callback: while C may call back,
handlers are wrapped so that their exceptions are kept in the same way.
"""

import signal
import threading
import time
from collections.abc import Callable
from ctypes import memmove, sizeof
from types import FrameType
from typing import Any

from . import _native as n
from ._convert import Instant, to_us
from ._read import known
from .enums import LogLevel

Clock = Callable[[], Instant]
Random = Callable[[int], bytes]
Log = Callable[[LogLevel | int, str], object]

_SIGNALS = tuple(
    getattr(signal, name)
    for name in "SIGINT SIGTERM SIGHUP SIGALRM SIGUSR1 SIGUSR2".split()
    if hasattr(signal, name)
)


class Hooks:
    """An omni_hooks, what keeps its callbacks alive, and what they raised.

    A clock that has raised answers with the system's time; random bytes that
    were not given are missing, which C has to bear.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        random: Random | None = None,
        log: Log | None = None,
    ) -> None:
        self._raised: dict[int, BaseException] = {}
        self._handlers: dict[int, Any] = {}
        self._depth = 0
        self._clock, self._random, self._log = clock, random, log
        self.raw: n.omni_hooks | None = None
        if clock is None and random is None and log is None:
            return
        self.raw = n.omni_hooks(size=sizeof(n.omni_hooks))
        if clock is not None:
            self.raw.clock = n.omni_hooks_clock(self._tell_time)
        if random is not None:
            self.raw.random = n.omni_hooks_random(self._fill)
        if log is not None:
            self.raw.log = n.omni_hooks_log(self._take_line)

    def enter(self) -> None:
        """Before a call that calls no other callbacks than hooks."""
        if self.raw is not None:
            self.shield()

    def leave(self) -> None:
        """After it: raise again what was raised in it."""
        if self.raw is not None:
            self.unshield()
        self.raise_again()

    def raise_again(self) -> None:
        error = self._raised.pop(threading.get_ident(), None)
        if error is not None:
            raise error

    def run(self, body: Callable[[], object]) -> int:
        """A callback's work: 1, which stops C, if it raised or was true."""
        try:
            stop = body()
        except BaseException as error:
            self._keep(error)
        else:
            if stop:
                return 1
        return int(threading.get_ident() in self._raised)

    def progress(self, told: Callable[[int, int], object] | None) -> Any:
        """Python runs in it even if nobody listens: Ctrl-C stops the call."""

        def tell(user: int | None, done: int, total: int) -> int:
            return self.run(lambda: told and told(done, total))

        return n.omni_progress_fn(tell)

    def shield(self) -> None:
        """Keep what handlers of signals raise, from here to unshield()."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth += 1
        if self._depth > 1:
            return
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._handle)

    def unshield(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        if self._depth == 0:
            while self._handlers:
                signal.signal(*self._handlers.popitem())

    def _handle(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handlers[number](number, frame)
        except BaseException as error:
            self._keep(error)

    def _keep(self, error: BaseException, hook: str | None = None) -> None:
        thread = threading.get_ident()
        if thread not in self._raised:
            if hook is not None:
                error.add_note(f"Raised by the {hook} of an omni.Store.")
            self._raised[thread] = error

    def _tell_time(self, user: int | None) -> int:
        try:
            assert self._clock is not None
            return to_us(self._clock(), "the clock's time")
        except BaseException as error:
            self._keep(error, "clock")
            return time.time_ns() // 1000

    def _fill(self, user: int | None, out: Any, size_bytes: int) -> int:
        try:
            assert self._random is not None
            given = bytes(self._random(size_bytes))
            if len(given) != size_bytes:
                raise ValueError(
                    f"{size_bytes} bytes were asked for, not {len(given)}"
                )
            memmove(out, given, size_bytes)
            return 0
        except BaseException as error:
            self._keep(error, "random hook")
            return 1

    def _take_line(
        self, user: int | None, level: int, message: bytes | None
    ) -> None:
        try:
            assert self._log is not None
            line = (message or b"").decode("utf-8", "replace")
            self._log(known(LogLevel, level), line)
        except BaseException as error:
            self._keep(error, "log hook")
