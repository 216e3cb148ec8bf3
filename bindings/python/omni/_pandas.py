"""Profiles and events as data frames. pandas is imported when asked for."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from .errors import ArgumentError
from .model import Figure, Profile, TimelineEvent, instant

if TYPE_CHECKING:
    from .funnel import Funnel

#: "exact" keeps Decimal; "float" is what most of pandas counts with.
Decimals = Literal["exact", "float"]


def load() -> Any:
    try:
        return import_module("pandas")
    except ImportError as error:
        raise ImportError(
            "to_pandas() needs pandas, which this Python does not have:"
            " install python3-pandas (Debian, Ubuntu) or omni[pandas]"
        ) from error


def of_profiles(profiles: Iterable[Profile], decimals: Decimals) -> Any:
    """A row for each profile.

    Columns: first_seen, last_seen, channels; identifiers.NAMESPACE (a tuple);
    traits.NAME; events.NAME.count, .first, .last, .sum.CURRENCY and so on.
    """
    pandas = load()
    number = _converter(decimals)
    rows = [_profile(each, number) for each in profiles]
    frame = pandas.DataFrame.from_records(
        rows, columns=_columns(rows, _PROFILE)
    )
    for name in frame.columns:
        kind = name.rpartition(".")[2]
        if name.startswith("identifiers."):
            frame[name] = [
                value if isinstance(value, tuple) else ()
                for value in frame[name]
            ]
        elif name.startswith("events.") and kind == "count":
            frame[name] = frame[name].fillna(0).astype("int64")
        elif name in ("first_seen", "last_seen") or (
            name.startswith("events.") and kind in ("first", "last")
        ):
            frame[name] = _times(pandas, frame[name])
    return frame.set_index("id")


def of_events(
    events: Iterable[TimelineEvent],
    decimals: Decimals,
    profile: Callable[[], str] | None = None,
) -> Any:
    """A row for each event.

    Columns: profile, where the function tells whose event it is; time, name, channel, type, source, id, identifiers (a tuple),
    group_id; properties.NAME and traits.NAME.
    """
    pandas = load()
    number = _converter(decimals)
    rows, first = [], _EVENT
    if profile is not None:
        first = ("profile", *first)
    for each in events:
        rows.append(_event(each, number))
        if profile is not None:
            rows[-1]["profile"] = profile()
    frame = pandas.DataFrame.from_records(rows, columns=_columns(rows, first))
    frame["time"] = _times(pandas, frame["time"])
    return frame


def of_funnel(given: "Funnel") -> Any:
    """A row for each step."""
    pandas = load()
    rows = []
    for index, each in enumerate(given.steps):
        text = isinstance(each.step, str)
        times = each.from_before
        rows.append(
            {
                "name": each.step if text else each.step[0],
                "condition": None if text else each.step[1],
                "profiles": each.profiles,
                "of_before": each.of_before,
                "of_first": each.of_first,
                "median": times and times.median,
                "p90": times and times.p90,
                "mean": times and times.mean,
            }
        )
        for name, channel in given.channels.items():
            rows[-1][f"at.{name}"] = channel.at[index]
            rows[-1][f"started.{name}"] = channel.started[index]
    frame = pandas.DataFrame.from_records(rows)
    for name in ("of_before", "of_first"):
        frame[name] = frame[name].astype("float64")
    for name in ("median", "p90", "mean"):
        frame[name] = pandas.to_timedelta(frame[name])
    return frame


_PROFILE = ("id", "first_seen", "last_seen", "channels")
_EVENT: tuple[str, ...] = (
    "time",
    "name",
    "channel",
    "type",
    "source",
    "id",
    "identifiers",
    "group_id",
)


def _columns(
    rows: Iterable[Mapping[str, Any]], first: tuple[str, ...]
) -> list[str]:
    """Those that every row has, then the others, sorted."""
    others = {name for row in rows for name in row} - set(first)
    return [*first, *sorted(others)]


def _profile(given: Profile, number: Callable[[Any], Any]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": given.id,
        "first_seen": given.first_seen_us,
        "last_seen": given.last_seen_us,
        "channels": given.channels,
    }
    for each in given.identifiers:
        name = f"identifiers.{each.namespace}"
        row[name] = (*row.get(name, ()), each.value)
    for trait in given.traits.values():
        row[f"traits.{trait.name}"] = number(trait.value)
    for figure in given.figures.values():
        row.update(_figure(figure, number))
    return row


def _figure(given: Figure, number: Callable[[Any], Any]) -> dict[str, Any]:
    start = f"events.{given.name}"
    row: dict[str, Any] = {
        f"{start}.count": given.count,
        f"{start}.first": given.first_us,
        f"{start}.last": given.last_us,
    }
    for amount in given.amounts.values():
        end = f".{amount.currency}" if amount.currency else ""
        row[f"{start}.sum{end}"] = number(amount.sum)
        row[f"{start}.min{end}"] = number(amount.min)
        row[f"{start}.max{end}"] = number(amount.max)
    return row


def _event(
    given: TimelineEvent, number: Callable[[Any], Any]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "time": given.time_us,
        "name": given.name,
        "channel": given.channel,
        "type": getattr(given.type, "name", str(given.type)).lower(),
        "source": given.source,
        "id": given.id,
        "identifiers": given.identifiers,
        "group_id": given.group_id,
    }
    for kind, values in (
        ("properties", given.properties),
        ("traits", given.traits),
    ):
        for name, value in values.items():
            row[f"{kind}.{name}"] = number(value)
    return row


def _converter(decimals: str) -> Callable[[Any], Any]:
    if decimals == "exact":
        return lambda value: value
    if decimals == "float":
        return lambda value: (
            float(value) if isinstance(value, Decimal) else value
        )
    raise ArgumentError(f"decimals is neither exact nor float: {decimals!r}")


def _times(pandas: Any, times_us: Any) -> Any:
    """Instants as pandas has them; before 1677 or after 2262 as Python's."""
    try:
        whole = times_us.astype("Int64")
        return pandas.to_datetime(whole, unit="us", utc=True)
    except (OverflowError, pandas.errors.OutOfBoundsDatetime):
        return times_us.map(_any_year, na_action="ignore").astype(object)


def _any_year(time_us: float) -> Any:
    try:
        return instant(int(time_us))
    except OverflowError:  # Python's own years end, too.
        return int(time_us)
