"""What an application takes over: clock, randomness and log, as callbacks."""

import sys
import time
from collections.abc import Callable
from ctypes import memmove, sizeof
from types import SimpleNamespace
from typing import Any

from . import _native as n
from ._convert import Instant, to_us
from ._read import known
from .enums import LogLevel

Clock = Callable[[], Instant]
Random = Callable[[int], bytes]
Log = Callable[[LogLevel | int, str], object]


def build(
    clock: Clock | None, random: Random | None, log: Log | None
) -> n.omni_hooks | None:
    """An omni_hooks that keeps its callbacks alive; None if there are none."""
    if clock is None and random is None and log is None:
        return None
    hooks = n.omni_hooks(size=sizeof(n.omni_hooks))
    if clock is not None:
        hooks.clock = n.omni_hooks_clock(_Clock(clock))
    if random is not None:
        hooks.random = n.omni_hooks_random(_Random(random))
    if log is not None:
        hooks.log = n.omni_hooks_log(_Log(log))
    return hooks


def report(error: BaseException, hook: object) -> None:
    """C cannot pass an exception on: say it where Python says such things."""
    sys.unraisablehook(
        SimpleNamespace(  # type: ignore[arg-type]
            exc_type=type(error),
            exc_value=error,
            exc_traceback=error.__traceback__,
            err_msg="Exception ignored in a hook of an omni.Store",
            object=hook,
        )
    )


class _Clock:
    """A clock that fails is replaced, for that reading, by the system's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, user: int | None) -> int:
        try:
            return to_us(self._clock(), "the clock's time")
        except BaseException as error:
            report(error, self._clock)
            return time.time_ns() // 1000


class _Random:
    def __init__(self, random: Random) -> None:
        self._random = random

    def __call__(self, user: int | None, out: Any, size_bytes: int) -> int:
        try:
            given = self._random(size_bytes)
            if len(given) != size_bytes:
                raise ValueError(f"{size_bytes} bytes were asked for")
            memmove(out, bytes(given), size_bytes)
            return 0
        except BaseException as error:
            report(error, self._random)
            return 1


class _Log:
    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(
        self, user: int | None, level: int, message: bytes | None
    ) -> None:
        try:
            line = (message or b"").decode("utf-8", "replace")
            self._log(known(LogLevel, level), line)
        except BaseException as error:
            report(error, self._log)


class Caught:
    """Runs a callback's body; keeps its exception until C has returned."""

    def __init__(self) -> None:
        self._error: BaseException | None = None

    def run(self, body: Callable[[], object]) -> int:
        """1, which stops the call, if the body raised or was true."""
        try:
            return 1 if body() else 0
        except BaseException as error:
            self._error = error
            return 1

    def raise_again(self) -> None:
        if self._error is not None:
            raise self._error
