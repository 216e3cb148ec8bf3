"""The Python binding: data frames."""

import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import omni
import pytest
from support import NOON, buy, environment, later

pandas = pytest.importorskip("pandas", reason="needs python3-pandas")


@pytest.fixture
def shop(store: omni.Store) -> omni.Store:
    """Two people; one buys twice, in two currencies."""
    for number, (revenue, currency) in enumerate(
        [("59.90", "CHF"), ("20.05", "EUR")]
    ):
        buy(
            store,
            {"loyalty_id": "L-1", "email": "anna@example.org"},
            f"r-{number}",
            time=later(hours=number),
            properties={"revenue": Decimal(revenue), "currency": currency},
        )
    store.append(
        type="identify",
        identifiers={"email": ["bob@example.org", "b@example.org"]},
        traits={"city": "Bern", "age": 33},
        channel="web",
        source="crm",
        time=later(hours=5),
    )
    return store


def test_a_row_for_each_profile(shop: omni.Store) -> None:
    frame = shop.profiles().to_pandas()
    assert frame.index.name == "id"
    assert set(frame.index) == {
        shop.find("email:anna@example.org"),
        shop.find("email:bob@example.org"),
    }
    anna = frame.loc[shop.find("loyalty_id:L-1")]
    bob = frame.loc[shop.find("email:b@example.org")]
    assert anna["identifiers.loyalty_id"] == ("L-1",)
    assert bob["identifiers.loyalty_id"] == ()
    assert set(bob["identifiers.email"]) == {
        "b@example.org",
        "bob@example.org",
    }
    assert bob["traits.city"] == "Bern"
    assert anna["channels"] == ("store",)
    assert anna["events.Order Completed.sum.CHF"] == Decimal("59.9")
    assert isinstance(anna["events.Order Completed.sum.EUR"], Decimal)
    assert anna["first_seen"] == NOON
    assert anna["events.Order Completed.last"] == later(hours=1)
    assert frame["events.Order Completed.count"].dtype == "int64"
    assert bob["events.Order Completed.count"] == 0
    assert pandas.isna(bob["events.Order Completed.first"])


def test_amounts_are_exact_or_floats(shop: omni.Store) -> None:
    name = "events.Order Completed.sum.EUR"
    exact = shop.profiles().to_pandas()[name].dropna()
    assert list(exact) == [Decimal("20.05")]
    floats = shop.profiles().to_pandas(decimals="float")[name]
    assert floats.dtype == "float64"
    assert floats.sum() == 20.05
    with pytest.raises(omni.ArgumentError, match="decimals is neither"):
        shop.profiles().to_pandas(decimals="money")  # type: ignore[arg-type]


def test_a_row_for_each_event(shop: omni.Store) -> None:
    frame = shop.timeline("loyalty_id:L-1").to_pandas()
    assert list(frame["name"]) == ["Order Completed"] * 2
    assert list(frame["time"]) == [later(hours=1), NOON]
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]"
    assert list(frame["properties.revenue"]) == [
        Decimal("20.05"),
        Decimal("59.9"),
    ]
    assert frame["identifiers"][0] == (
        "email:anna@example.org",
        "loyalty_id:L-1",
    )
    frame = shop.timeline("email:bob@example.org").to_pandas()
    assert frame["type"][0] == "identify"
    assert frame["source"][0] == "crm"
    assert frame["traits.age"][0] == 33
    frame = shop.timeline("loyalty_id:L-1").to_pandas(decimals="float")
    sums = frame.groupby("properties.currency")["properties.revenue"].sum()
    assert dict(sums) == {"CHF": 59.9, "EUR": 20.05}


def test_a_row_for_each_event_of_all_people(shop: omni.Store) -> None:
    frame = shop.events().to_pandas()
    assert list(frame.columns[:2]) == ["profile", "time"]
    counts = frame.groupby("profile")["id"].count()
    assert counts[shop.find("loyalty_id:L-1")] == 2
    assert counts[shop.find("email:bob@example.org")] == 1
    named = shop.events(name="Order Completed").to_pandas()
    assert named["properties.revenue"].sum() == Decimal("79.95")


def test_microseconds_are_kept(store: omni.Store) -> None:
    odd = 1_772_366_400_000_001
    buy(store, "user_id:a", "1", time=odd)
    buy(store, "user_id:b", "2", time=NOON)
    store.append("Other", "user_id:a", id="3", time=NOON)
    frame = store.profiles().to_pandas()
    first = frame.loc[store.find("user_id:a")]["events.Order Completed.first"]
    assert first.value == odd * 1000


def test_an_empty_frame_has_its_columns(store: omni.Store) -> None:
    frame = store.profiles().to_pandas()
    assert len(frame) == 0
    assert list(frame.columns) == ["first_seen", "last_seen", "channels"]
    buy(store, "user_id:a", "1")
    events = store.timeline("user_id:a", name="None such").to_pandas()
    assert len(events) == 0
    assert list(events.columns[:3]) == ["time", "name", "channel"]


def test_times_that_pandas_does_not_have(store: omni.Store) -> None:
    early = datetime(1502, 3, 1, tzinfo=timezone.utc)
    buy(store, "user_id:a", "1", time=early)
    buy(store, "user_id:b", "2", time=NOON)
    frame = store.timeline("user_id:a").to_pandas()
    assert frame["time"][0] == early
    assert set(store.profiles().to_pandas()["first_seen"]) == {early, NOON}


def test_a_walk_ends_with_its_frame(shop: omni.Store) -> None:
    walk = shop.profiles()
    next(walk)
    assert len(walk.to_pandas()) == 1
    assert walk.to_pandas().empty


def test_without_pandas_it_says_what_to_install(folder: Path) -> None:
    script = (
        "import sys, omni\n"
        "sys.modules['pandas'] = None\n"
        "with omni.Store(sys.argv[1], create=True) as store:\n"
        "    store.profiles().to_pandas()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder / "x")],
        env=environment(),
        capture_output=True,
        text=True,
    )
    said = done.stderr.splitlines()[-1]
    assert said.startswith("ImportError: to_pandas() needs pandas")
    assert "python3-pandas" in said


def test_importing_the_package_does_not_import_pandas() -> None:
    script = "import sys, omni; assert 'pandas' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", script], env=environment(), check=True
    )
