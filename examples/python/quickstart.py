"""One person over three channels: from nothing to a profile.

    python3 examples/python/quickstart.py

It makes a store in a folder of its own and removes it in the end.
"""

import tempfile
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import omni


def hour(number: int) -> datetime:
    return datetime(2026, 3, 2, number, tzinfo=timezone.utc)


def fill(store: omni.Store) -> None:
    """What shop, web and newsletter know, each under a name of its own."""
    store.append(
        "Product Viewed",
        "anonymous_id:c-77",
        channel="web",
        time=hour(8),
        properties={"product": "Espresso machine"},
    )
    store.append(
        type="identify",
        identifiers={"anonymous_id": "c-77", "email": "Anna@Example.org"},
        channel="web",
        time=hour(9),
        traits={"first_name": "Anna"},
    )
    store.append(
        "Order Completed",
        {"loyalty_id": "L-4711", "email": "anna@example.org"},
        id="receipt-1",
        channel="store",
        time=hour(17),
        properties={"revenue": Decimal("459.90"), "currency": "CHF"},
    )


def show(store: omni.Store) -> None:
    profile = store.profile("loyalty_id:L-4711")
    print(profile.traits["first_name"].value, "is known as")
    for identifier in profile.identifiers:
        print(f"  {identifier} on {', '.join(identifier.channels)}")
    orders = profile.figures["Order Completed"]
    print(f"{orders.count} order, {orders.amounts['CHF'].sum:.2f} CHF")
    for event in store.timeline(profile.id):
        print(f"  {event.time:%H:%M} {event.channel}: {event.name}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.omni"
        with omni.Store(path, create=True, calling_code=41) as store:
            fill(store)
            show(store)


if __name__ == "__main__":
    main()
