"""What the tests of the Python binding share."""

import os
import random
import shutil
import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BINDING = ROOT / "bindings" / "python"
sys.path.insert(0, str(BINDING))

import omni  # noqa: E402

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def later(**delta: float) -> datetime:
    return NOON + timedelta(**delta)


def environment() -> dict[str, str]:
    """For a Python process that imports the same package."""
    return {**os.environ, "PYTHONPATH": str(BINDING)}


def seed() -> int:
    """OMNI_SEED, or one that differs each time and is printed on failure."""
    given = os.environ.get("OMNI_SEED")
    return int(given) if given else random.SystemRandom().getrandbits(32)


class StoreTest(unittest.TestCase):
    """A test with an empty store of its own."""

    maxDiff = None

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="omni-python-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.open("store")

    def open(self, name: str, **options: Any) -> omni.Store:
        store = omni.Store(self.folder / name, create=True, **options)
        self.addCleanup(store.close)
        return store

    def buy(self, who: Any, receipt: str, **fields: Any) -> omni.EventResult:
        fields.setdefault("time", NOON)
        fields.setdefault("channel", "store")
        return self.store.append("Order Completed", who, id=receipt, **fields)
