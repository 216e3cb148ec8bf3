"""What the tests of the Python binding share; fixtures are in conftest.py."""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import omni

ROOT = Path(__file__).resolve().parents[2]
BINDING = ROOT / "bindings" / "python"
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)

#: The fixture `open_store`: a new store of that name, with options.
OpenStore = Callable[..., omni.Store]


def later(**delta: float) -> datetime:
    return NOON + timedelta(**delta)


def environment() -> dict[str, str]:
    """For a Python process that imports the same package."""
    return {**os.environ, "PYTHONPATH": str(BINDING)}


def seed() -> int:
    """OMNI_SEED, or one that differs each time and is printed on failure."""
    given = os.environ.get("OMNI_SEED")
    return int(given) if given else random.SystemRandom().getrandbits(32)


def buy(
    store: omni.Store, who: Any, receipt: str, **fields: Any
) -> omni.EventResult:
    """An order that somebody completed in a shop, at noon."""
    fields.setdefault("time", NOON)
    fields.setdefault("channel", "store")
    return store.append("Order Completed", who, id=receipt, **fields)
