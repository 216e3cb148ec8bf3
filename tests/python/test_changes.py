"""What became of profiles, for whoever keeps their ids."""

from typing import Any

import omni
import pytest
from omni import FeedPosition, ProfileChangeKind
from support import NOON, OpenStore, later


@pytest.fixture
def store(open_store: Any) -> omni.Store:
    made: omni.Store = open_store("store")
    made.append("Viewed", "anonymous_id:c", id="1", time=NOON)
    return made


def login(store: omni.Store) -> tuple[str, str, omni.EventResult]:
    cookie = store.find("anonymous_id:c")
    result = store.append(
        "Viewed", {"anonymous_id": "c", "user_id": "u"}, id="2", time=NOON
    )
    user = store.find("user_id:u")
    assert cookie is not None and user is not None
    return cookie, user, result


def test_a_change_has_what_did_it(store: omni.Store) -> None:
    assert list(store.changes()) == []
    assert store.changes_end().sequence == 0
    cookie, user, result = login(store)
    (change,) = store.changes()
    assert change.kind == ProfileChangeKind.RENAMED
    assert (change.profile, change.other) == (cookie, user)
    assert change.fact == result.fact
    assert (change.sequence, change.word) == (1, "renamed")
    assert change.position == store.changes_end()
    assert repr(change).endswith(f"{cookie} renamed {user}>")
    store.split("anonymous_id:c", "user_id:u", "x")
    (split,) = store.changes(after=change)
    assert (split.word, split.other) == ("split", cookie)
    store.retract(change.fact, "x")
    (ended,) = store.changes(after=split.position)
    assert (ended.word, ended.profile, ended.other) == ("ended", user, None)
    assert list(store.changes(after=3)) == []


def test_a_snapshot_has_its_own_end(store: omni.Store) -> None:
    with store.snapshot() as snapshot:
        login(store)
        assert list(snapshot.changes()) == []
        assert snapshot.changes_end().sequence == 0
    assert len(list(store.changes())) == 1


def test_another_policy_is_told(store: omni.Store) -> None:
    login(store)
    store.segments["all"] = "true"
    store.tick()
    profiles = store.changes_end()
    segments = store.segments.changes()[-1]
    assert segments.position == store.segments.changes_end()
    assert segments.position.epoch == profiles.epoch
    store.set_policy({"max_identifiers": 400})
    for read in (
        lambda: list(store.changes(after=profiles)),
        lambda: store.segments.changes(after=segments),
    ):
        with pytest.raises(omni.ConflictError, match="the policy has changed"):
            read()
    assert len(list(store.changes())) == 1
    store.set_policy({"max_identifiers": None})
    assert list(store.changes(after=profiles)) == []


def test_positions_are_written_and_read() -> None:
    position = FeedPosition(120, 0x8F14E45FCEEA167A)
    assert str(position) == "8f14e45fceea167a:120"
    assert FeedPosition.parse(str(position)) == position
    for wrong in ("", "120", "8f14:1", "g" * 16 + ":1", "0" * 16 + ":x"):
        with pytest.raises(omni.ArgumentError):
            FeedPosition.parse(wrong)


def test_wrong_positions_are_wrong(store: omni.Store) -> None:
    with pytest.raises(omni.ArgumentError):
        list(store.changes(after="1"))  # type: ignore[arg-type]
    with pytest.raises(omni.ArgumentError):
        list(store.changes(after=-1))
    with pytest.raises(omni.ConflictError, match="ends with change 0"):
        end = store.changes_end()
        list(store.changes(after=FeedPosition(7, end.epoch)))


def test_what_is_remembered_of_many_devices_tells_no_row(
    open_store: OpenStore,
) -> None:
    """A process that has met a hub's devices one by one knows of more of them
    than one that comes later and walks no further than it has to."""
    store = open_store("hub")
    store.set_policy(
        {
            "max_identifiers": 40,
            "namespaces": {"anonymous_id": {"generic_above": 0}},
        }
    )

    def visit(batch: omni.Batch, number: int) -> None:
        names = ["user_id:hub", f"anonymous_id:a{number}"]
        batch.add("Seen", names, id=f"v{number}", time=later(seconds=number))

    for number in range(300):
        with store.batch(durability="off") as batch:
            visit(batch, number)
    for number in range(30):
        with store.batch(durability="off") as batch:
            for name in (f"user_id:p{number}", f"email:e{number}@x.ch"):
                batch.add("Seen", name, id=name, time=NOON)
    store.close()
    store = open_store("hub")
    with store.batch() as batch:
        visit(batch, 400)
        for number in range(30):
            names = [f"user_id:p{number}", f"email:e{number}@x.ch"]
            at = later(seconds=500 + number)
            batch.add("Joined", names, id=f"j{number}", time=at)
            visit(batch, 700 + number)
    assert store.check().differences == 0
