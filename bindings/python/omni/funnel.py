"""How far people get, step by step: plain immutable values."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from ctypes import POINTER, byref, sizeof
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from . import _native as n
from . import _pandas, _read
from ._convert import Instant, to_optional, to_us
from ._handle import PartHandle
from ._hooks import Hooks
from ._library import lib
from .enums import FunnelMode
from .errors import ArgumentError, fail
from .model import instant

if TYPE_CHECKING:
    from .segment import Segment

#: The name of an event, or (name, condition): a condition is CEL over name,
#: time, channel and properties; the name None is any event.
Step = str | tuple[str | None, str | None]
Modes = FunnelMode | str | Iterable[FunnelMode | str]


@dataclass(frozen=True, slots=True)
class FunnelTimes:
    """How long it took those who got to a step.

    Percentiles are exact, by nearest rank: so long it took somebody.
    """

    median_us: int
    p90_us: int
    mean_us: int

    @property
    def median(self) -> timedelta:
        return timedelta(microseconds=self.median_us)

    @property
    def p90(self) -> timedelta:
        return timedelta(microseconds=self.p90_us)

    @property
    def mean(self) -> timedelta:
        return timedelta(microseconds=self.mean_us)


@dataclass(frozen=True, slots=True)
class FunnelCount:
    """What came of a step.

    profiles: that got so far, or further
    of_before, of_first: their share of those at the step before, and at the
        first one; None where nobody was
    from_before, from_first: times since then; None of the first step, and
        where nobody got so far
    """

    step: Step
    profiles: int
    of_before: float | None
    of_first: float | None
    from_before: FunnelTimes | None
    from_first: FunnelTimes | None


@dataclass(frozen=True, slots=True)
class FunnelChannel:
    """A funnel's part on one channel; an element for each step.

    started: of the profiles that took their first step on it, how many got so
        far
    at: profiles that took this step on it
    """

    channel: str
    started: tuple[int, ...]
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far profiles got.

    channels: where asked for, by channel
    until: events before this instant were counted
    """

    steps: tuple[FunnelCount, ...]
    channels: dict[str, FunnelChannel]
    until_us: int

    @property
    def until(self) -> datetime:
        return instant(self.until_us)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> FunnelCount:
        return self.steps[index]

    def to_pandas(self) -> Any:
        """A pandas.DataFrame with a row for each step.

        Columns: name, condition, profiles, of_before, of_first; median, p90
        and mean, since the step before; at.CHANNEL and started.CHANNEL.
        """
        return _pandas.of_funnel(self)


class Request:
    """Options for C, and what they borrow."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        *,
        within: timedelta | int | None,
        since: Instant | None,
        until: Instant | None,
        modes: Modes,
        segment: "Segment | None",
        by_channel: bool,
    ) -> None:
        self.segment = segment
        self.steps = steps
        self._list = (n.omni_funnel_step * max(len(steps), 1))(
            *map(_step, steps)
        )
        self.raw = n.omni_funnel_options(
            size=sizeof(n.omni_funnel_options),
            steps=self._list,
            step_count=len(steps),
            modes=_modes(modes),
            by_channel=by_channel,
            has_since=since is not None,
            has_until=until is not None,
            since_us=0 if since is None else to_us(since, "since"),
            until_us=0 if until is None else to_us(until, "until"),
            within_us=_within(within),
        )


def _step(step: Step) -> n.omni_funnel_step:
    name, condition = (step, None) if isinstance(step, str) else step
    return n.omni_funnel_step(
        to_optional(name, "step"), to_optional(condition, "condition")
    )


def _modes(modes: Modes) -> int:
    if isinstance(modes, FunnelMode):
        return modes.value
    names = modes.split(",") if isinstance(modes, str) else modes
    value = 0
    for each in names:
        try:
            value |= FunnelMode[each.upper()] if isinstance(each, str) else each
        except KeyError:
            known = ", ".join(str(mode.name).lower() for mode in FunnelMode)
            raise ArgumentError(
                f"modes has none of {known}: {each!r}"
            ) from None
    return value


def _within(within: timedelta | int | None) -> int:
    if within is None:
        return 0
    if isinstance(within, timedelta):
        within = within // timedelta(microseconds=1)
    if not isinstance(within, int) or not 0 < within < 1 << 63:
        raise ArgumentError(f"within is no length of time: {within!r}")
    return within


def _times(raw: n.omni_funnel_times) -> FunnelTimes:
    return FunnelTimes(raw.median_us, raw.p90_us, raw.mean_us)


def _count(steps: tuple[Step, ...], raw: Any, index: int) -> FunnelCount:
    profiles = raw[index].profiles
    before = raw[index - 1].profiles if index else 0
    timed = index and profiles
    return FunnelCount(
        steps[index],
        profiles,
        profiles / before if before else None,
        profiles / raw[0].profiles if index and raw[0].profiles else None,
        _times(raw[index].from_before) if timed else None,
        _times(raw[index].from_first) if timed else None,
    )


def _funnel(steps: tuple[Step, ...], raw: n.omni_funnel) -> Funnel:
    count = raw.step_count
    channels = [raw.channels[i] for i in range(raw.channel_count)]
    return Funnel(
        tuple(_count(steps, raw.steps, i) for i in range(count)),
        {
            _read.text(each.channel): FunnelChannel(
                _read.text(each.channel),
                tuple(each.started[:count]),
                tuple(each.at[:count]),
            )
            for each in channels
        },
        raw.until_us,
    )


def _check(txn: Any, status: int, call: str) -> None:
    if status < 0:
        fail(status, call, lib.omni_txn_error(txn).contents)


class Funnels:
    """What a store and a snapshot of it have in common."""

    def _calling_back(self) -> AbstractContextManager[tuple[Any, Hooks]]:
        """A txn, and what runs callbacks meanwhile."""
        handle: PartHandle = self._handle  # type: ignore[attr-defined]
        return handle.calling_back()

    def funnel(
        self,
        *steps: Step,
        within: timedelta | int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        modes: Modes = (),
        segment: "Segment | None" = None,
        by_channel: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> Funnel:
        """Count how far people get through steps, over all channels.

        steps: names of events, or (name, condition): a condition is CEL over
            name, time, channel and properties; the name None is any event
        within: all steps at most so long after the first, as a timedelta or
            in microseconds
        since: events from this instant on, itself included
        until: events before this instant; up to now if left out
        modes: FunnelMode, or words: "increase", "order", "dedup", "reentry",
            "first"
        segment: only profiles in it, asked at the last instant that counts
        by_channel: tell channels too
        progress: is told (done, total); a true result stops the count, which
            then raises BusyError
        """
        wanted = Request(
            steps,
            within=within,
            since=since,
            until=until,
            modes=modes,
            segment=segment,
            by_channel=by_channel,
        )
        with self._count(wanted, progress) as (_, found):
            return _funnel(steps, found.contents)

    def funnel_json(
        self,
        *steps: Step,
        within: timedelta | int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        modes: Modes = (),
        segment: "Segment | None" = None,
        by_channel: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> str:
        """The same as one canonical JSON object."""
        wanted = Request(
            steps,
            within=within,
            since=since,
            until=until,
            modes=modes,
            segment=segment,
            by_channel=by_channel,
        )
        out = n.omni_text()
        with self._count(wanted, progress) as (txn, found):
            status = lib.omni_funnel_json(txn, found, byref(out))
            _check(txn, status, "omni_funnel_json")
            return _read.text(out)

    @contextmanager
    def _count(
        self,
        wanted: Request,
        progress: Callable[[int, int], object] | None,
    ) -> Iterator[tuple[Any, Any]]:
        """The txn, and the omni_funnel that is borrowed from it."""
        out = POINTER(n.omni_funnel)()
        with ExitStack() as stack:
            txn, callbacks = stack.enter_context(self._calling_back())
            if wanted.segment is not None:
                if not hasattr(wanted.segment, "_handle"):
                    raise ArgumentError(
                        "segment is not of store.segment(): "
                        f"{wanted.segment!r}"
                    )
                wanted.raw.segment = stack.enter_context(
                    wanted.segment._handle
                )
            wanted.raw.progress = callbacks.progress(progress)
            status = lib.omni_funnel_run(txn, byref(wanted.raw), byref(out))
            _check(txn, status, "omni_funnel_run")
            yield txn, out
