"""Fixtures of the tests of the Python binding.

Needs the library: OMNI_LIBRARY=/path/to/libomni.so, or an installed one.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2] / "bindings" / "python")
)

import omni  # noqa: E402
from support import OpenStore  # noqa: E402


@pytest.fixture
def folder() -> Iterator[Path]:
    """A fresh folder, removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="omni-python-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def open_store(folder: Path) -> Iterator[OpenStore]:
    """Opens stores in the folder, and closes them afterwards."""
    with ExitStack() as opened:

        def open_store(name: str, **options: Any) -> omni.Store:
            store = omni.Store(folder / name, create=True, **options)
            opened.callback(store.close)
            return store

        yield open_store


@pytest.fixture
def store(open_store: OpenStore) -> omni.Store:
    """An empty store."""
    return open_store("store")
