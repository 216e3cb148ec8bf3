"""What users write, for type checkers: test_typing.py says what is expected.

`is: TYPE` is what reveal_type() shall say, `error: CODE` what the checker
shall find in that line (checkers differ: CODE|CODE); it may find nothing else.
"""

from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import omni


def write(path: Path) -> None:
    with omni.Store(path, create=True, durability="group") as store:
        reveal_type(store)  # is: omni.store.Store
        result = store.append(
            "Order Completed",
            {"loyalty_id": "L-1", "email": ["a@example.org"]},
            time=datetime(2026, 3, 1, tzinfo=timezone.utc),
            properties={"revenue": Decimal("59.90"), "items": [1, 2]},
        )
        reveal_type(result.profile)  # is: Union[builtins.str, None]
        store.append("A", "user_id:u-1", chanel="web")  # error: call-arg
        store.append("A", "user_id:u-1", time="now")  # error: arg-type
        store.append("A", 7)  # error: arg-type
        store.append("A", [("user_id", "u-1"), "email:a@example.org"])
        with store.batch() as batch:
            batch.add("A", "user_id:u-1", channel="web")
            batch.add("A", "user_id:u-1", type=omni.EventType.PAGE)
            batch.merge("user_id:u-1", "user_id:u-2", "told us")
            batch.merge("user_id:u-1", "user_id:u-2")  # error: call-arg
            reveal_type(batch)  # is: omni.batch.Batch
        summary = store.import_file(path / "x.jsonl", source="crm")
        reveal_type(summary.taken)  # is: builtins.int
        store.import_lines([{"event": "A"}, "{}", b"{}"])
        store.import_lines([1])  # error: list-item


def read(store: omni.Store) -> None:
    reveal_type(store.find("user_id:u-1"))  # is: Union[builtins.str, None]
    profile = store.profile("user_id:u-1", events=5)
    reveal_type(profile)  # is: omni.model.Profile
    reveal_type(profile.first_seen)  # is: datetime.datetime
    figure = profile.figures["Order Completed"]
    reveal_type(figure.amounts["CHF"].sum)  # is: decimal.Decimal
    profile.id = "x"  # error: misc|call-arg
    profile.email  # error: attr-defined
    with store.snapshot() as snapshot:
        reveal_type(snapshot)  # is: omni.snapshot.Snapshot
        snapshot.timeline("user_id:u-1", 5)  # error: misc|call-arg
        for event in snapshot.timeline("user_id:u-1", limit=5):
            reveal_type(event)  # is: omni.model.TimelineEvent
            reveal_type(event.time)  # is: datetime.datetime
        for person in snapshot.profiles():
            reveal_type(person)  # is: omni.model.Profile
        trait = snapshot.trait("user_id:u-1", "city")
        trait.value  # error: union-attr
    with store.profiles() as walk:
        reveal_type(walk)  # is: omni.snapshot.Profiles
        walk.to_pandas(decimals="money")  # error: arg-type


def fail(store: omni.Store) -> None:
    try:
        store.check(progress=lambda done, total: print(done, total))
    except omni.CorruptError as error:
        reveal_type(error.offset)  # is: Union[builtins.int, None]
        reveal_type(error.status)  # is: omni.enums.Status
    except OSError as error:
        print(error.errno)


def clock() -> datetime:
    return datetime.now(timezone.utc)


def bad_clock() -> str:
    return "now"


omni.Store("x", clock=clock, log=lambda level, line: print(line))
omni.Store("x", clock=bad_clock)  # error: arg-type
omni.Store("x", True)  # error: misc|call-arg
