"""Devices that several people use."""

from typing import Any

import omni
import pytest
from support import later

DEVICE = "anonymous_id:c1"


@pytest.fixture
def home(open_store: Any) -> omni.Store:
    """Anna, then Bob, who signs out; and somebody behind him."""
    store: omni.Store = open_store("home")
    steps = (
        ("Viewed", None),
        ("Signed In", "user_id:anna"),
        ("Viewed", None),
        ("Signed In", "user_id:bob"),
        ("Viewed", None),
        ("Signed Out", None),
        ("Viewed", None),
    )
    for hour, (name, who) in enumerate(steps):
        names = [DEVICE] if who is None else [who, DEVICE]
        store.append(name, names, id=f"e-{hour}", time=later(hours=hour))
    return store


def test_events_go_by_who_was_signed_in(home: omni.Store) -> None:
    for who, ids in (
        ("user_id:anna", ["e-2", "e-1", "e-0"]),
        ("user_id:bob", ["e-5", "e-4", "e-3"]),
    ):
        assert [event.id for event in home.timeline(who)] == ids
    assert home.segment("events.count('Viewed') == 2").count() == 1


def test_a_device_says_that_it_is_contested(home: omni.Store) -> None:
    anna = home.profile("user_id:anna")
    assert [n.value for n in anna.identifiers if n.contested] == ["c1"]
    assert home.explain_identifier(DEVICE).contested
    assert home.stats().contested == 1


def test_what_is_nobodys_is_told_where_it_is_asked_for(
    home: omni.Store,
) -> None:
    def nobodys(**options: Any) -> list[tuple[str, bool]]:
        return [
            (event.id, event.nobody)
            for event in home.timeline(DEVICE, **options)
        ]

    assert ("e-6", True) not in nobodys()
    assert nobodys(nobody=True)[:2] == [("e-6", True), ("e-2", False)]
    assert nobodys(nobody=True) == nobodys(nobody=DEVICE)
    assert nobodys(nobody=True, oldest_first=True)[-1] == ("e-6", True)
    assert nobodys(nobody=True, name="Signed In") == [("e-1", False)]
    with home.timeline("user_id:bob", nobody=True) as walk:
        assert not any(event.nobody for event in walk)
