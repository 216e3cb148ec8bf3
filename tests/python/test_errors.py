"""The Python binding: bad use, and what it says of it."""

import errno
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import omni
import pytest
from support import buy, environment


def assert_bad(words: str, use: Callable[[], object]) -> None:
    with pytest.raises(omni.ArgumentError, match=words) as caught:
        use()
    assert isinstance(caught.value, ValueError)
    assert caught.value.status == omni.Status.ERR_ARGUMENT


def test_a_value_that_is_no_text_is_named_with_its_namespace(
    store: omni.Store,
) -> None:
    for value in (None, 5):
        with pytest.raises(omni.ArgumentError, match="value of email"):
            store.append("A", {"email": value})  # type: ignore


def test_what_cannot_be_opened(store: omni.Store, folder: Path) -> None:
    nothing = folder / "nothing"
    with pytest.raises(omni.StoreNotFound) as caught:
        omni.Store(nothing)
    assert str(nothing) in str(caught.value)
    assert isinstance(caught.value, (FileNotFoundError, omni.NotFound))
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename == str(nothing)
    file = folder / "file"
    file.write_text("hello")
    with pytest.raises(omni.NotStoreError):
        omni.Store(file)
    with pytest.raises(omni.ConflictError):
        omni.Store(store.path)
    store.close()
    with pytest.raises(omni.ConflictError):
        omni.Store(store.path, create=True, exclusive=True)


def test_a_store_for_reading_takes_nothing(store: omni.Store) -> None:
    buy(store, "loyalty_id:L-1", "1")
    store.close()
    with omni.Store(store.path, read_only=True) as reading:
        assert reading.find("loyalty_id:L-1") is not None
        with pytest.raises(omni.ReadOnlyError):
            reading.append("A", "loyalty_id:L-1")


def test_bad_names_of_people(store: omni.Store) -> None:
    find = store.find
    assert_bad("neither", lambda: find("anna"))
    assert_bad("neither", lambda: find("f" * 31))
    assert_bad("person is named by", lambda: find(None))
    assert_bad("person is named by", lambda: find(("a", "b", "c")))
    assert_bad("is not a str", lambda: find(("user_id", 7)))
    assert_bad("NUL", lambda: find("user_id:a\0b"))
    assert_bad("Unicode", lambda: find("user_id:\ud800"))
    assert_bad("", lambda: find("No Such:x"))
    assert_bad("", lambda: find("user_id:" + "x" * 2000))
    assert_bad(
        "an identifier is needed",
        lambda: store.merge("0" * 32, "user_id:b", "x"),
    )


def test_bad_statements(store: omni.Store) -> None:
    merge = store.merge
    assert_bad("", lambda: merge("user_id:a", "user_id:a", "x"))
    assert_bad("", lambda: merge("user_id:a", "user_id:b", ""))
    assert_bad("", lambda: merge("user_id:a", "email:null", "x"))


def test_bad_events(store: omni.Store) -> None:
    add = store.append
    who = "user_id:u-1"
    naive = datetime(2026, 1, 1)
    assert_bad("no time zone", lambda: add("A", who, time=naive))
    assert_bad("neither datetime", lambda: add("A", who, time="now"))
    assert_bad("64 bits", lambda: add("A", who, time=1 << 70))
    assert_bad("1970", lambda: add("A", who, time=0))
    assert_bad("type is none of", lambda: add("A", who, type="buy"))
    assert_bad("NUL", lambda: add("A\0B", who))
    assert_bad("is not a str", lambda: add("A", {"user_id": [7]}))
    assert_bad("no identifiers", lambda: add("A", 7))
    with pytest.raises(TypeError, match="chanel"):
        add("A", who, chanel="web")
    assert store.stats().facts == 0


def test_bad_properties(store: omni.Store) -> None:
    def add(properties: object):
        return lambda: store.append("A", "user_id:u-1", properties=properties)

    endless: list[object] = []
    endless.append(endless)
    assert_bad("not a mapping", add([1]))
    assert_bad(
        r"properties\.a\[1\]\.b is nothing", add({"a": [0, {"b": {1, 2}}]})
    )
    assert_bad("no number", add({"a": float("nan")}))
    assert_bad("no number", add({"a": Decimal("Infinity")}))
    assert_bad("not a str", add({1: 2}))
    assert_bad("Unicode", add({"a": "\udfff"}))
    assert_bad("time zone", add({"a": datetime(2026, 1, 1)}))
    assert_bad("holds itself", add({"a": endless}))


def test_bad_options(store: omni.Store, folder: Path) -> None:
    def opened(**options: object):
        return lambda: omni.Store(folder / "x", **options)

    assert_bad("durability", opened(durability="always"))
    assert_bad("calling_code", opened(calling_code=-41))
    assert_bad("memory_bytes", opened(memory_bytes=1 << 64))
    assert_bad("batch_size", lambda: store.import_lines([], batch_size=0))


def test_errors_may_be_pickled() -> None:
    error = omni.IoError("no", system=5, offset=7)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is omni.IoError
    assert (str(again), again.system) == ("no", 5)
    assert (again.offset, again.status) == (7, -3)
    assert again.errno == 5
    corrupt = omni.CorruptError("no")
    corrupt.report = "what"
    assert pickle.loads(pickle.dumps(corrupt)).report == "what"


def test_faults_are_what_python_has_for_them() -> None:
    for kind, builtin in (
        (omni.NotFound, LookupError),
        (omni.StoreNotFound, FileNotFoundError),
        (omni.StoreNotFound, omni.NotFound),
        (omni.ArgumentError, ValueError),
        (omni.ClosedError, ValueError),
        (omni.LimitError, ValueError),
        (omni.ParseError, ValueError),
        (omni.NotStoreError, ValueError),
        (omni.NoMemoryError, MemoryError),
        (omni.IoError, OSError),
        (omni.FullError, OSError),
        (omni.ReadOnlyError, PermissionError),
    ):
        assert issubclass(kind, builtin) and issubclass(kind, omni.OmniError)
        assert str(kind("in words")) == "in words"
    assert omni.FullError("full").errno == errno.ENOSPC
    assert omni.ReadOnlyError("no").errno == errno.EROFS
    assert omni.IoError("no", system=errno.EPERM).errno == errno.EPERM


def test_every_fault_has_a_class_of_its_own() -> None:
    from omni.errors import BY_STATUS, check

    for status in omni.Status:
        fault = status < 0 or status == omni.Status.NOT_FOUND
        assert (status in BY_STATUS) == fault
        if fault:
            with pytest.raises(BY_STATUS[status]) as caught:
                check(status, "call")
            assert omni.status_name(status) in str(caught.value)
        else:
            assert check(status, "call") == status
    with pytest.raises(omni.OmniError) as unknown:
        check(-99, "call")
    assert unknown.value.status == -99


def load(**variables: str) -> str:
    """What importing the package says where it fails."""
    out = subprocess.run(
        [sys.executable, "-c", "import omni"],
        env={**environment(), **variables},
        capture_output=True,
        text=True,
    )
    assert out.returncode != 0
    return out.stderr.splitlines()[-1]


def test_a_missing_library_says_what_to_do() -> None:
    said = load(OMNI_LIBRARY="/no/such/libomni.so")
    assert "ImportError: OMNI_LIBRARY names '/no/such" in said


def test_another_library_is_not_taken_for_ours() -> None:
    said = load(OMNI_LIBRARY="libc.so.6")
    assert "libc.so.6' is not libomni" in said


def test_a_library_of_another_version_is_not_taken(folder: Path) -> None:
    source = folder / "other.c"
    source.write_text('const char *omni_version(void) { return "9.8.7"; }\n')
    other = folder / "libother.so"
    compiler = os.environ.get("CC", "cc").split()
    if not shutil.which(compiler[0]):
        pytest.skip("no C compiler")
    subprocess.run(
        [*compiler, "-shared", "-fPIC", str(source), "-o", str(other)],
        check=True,
    )
    said = load(OMNI_LIBRARY=str(other))
    assert f"is libomni 9.8.7, this package is for {omni.__version__}" in said


def test_the_package_tells_what_is_at_work() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "omni"],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert out[0] == f"libomni {omni.version()}: {omni.library_path()}"
    assert out[1].startswith(f"package {omni.__version__}: ")
    assert omni.__version__ == omni.version()


def test_the_version_is_a_version() -> None:
    assert re.search(r"^\d+\.\d+\.\d+$", omni.version())
