"""The Python binding: bad use, and what it says of it.

Needs the library: OMNI_LIBRARY=/path/to/libomni.so, or an installed one.
"""

import pickle
import subprocess
import sys
import unittest
from datetime import datetime
from decimal import Decimal

from support import StoreTest, environment, omni


class Errors(StoreTest):
    def assert_bad(self, words: str, use) -> None:
        with self.assertRaisesRegex(omni.ArgumentError, words) as caught:
            use()
        self.assertIsInstance(caught.exception, ValueError)
        self.assertEqual(
            caught.exception.status, omni.Status.ERR_ARGUMENT
        )

    def test_what_cannot_be_opened(self) -> None:
        nothing = self.folder / "nothing"
        with self.assertRaises(omni.NotFound) as caught:
            omni.Store(nothing)
        self.assertIn(str(nothing), str(caught.exception))
        file = self.folder / "file"
        file.write_text("hello")
        with self.assertRaises(omni.NotStoreError):
            omni.Store(file)
        with self.assertRaises(omni.ConflictError):
            omni.Store(self.store.path)
        self.store.close()
        with self.assertRaises(omni.ConflictError):
            omni.Store(self.store.path, create=True, exclusive=True)

    def test_a_store_for_reading_takes_nothing(self) -> None:
        self.buy("loyalty_id:L-1", "1")
        self.store.close()
        with omni.Store(self.store.path, read_only=True) as store:
            self.assertIsNotNone(store.find("loyalty_id:L-1"))
            with self.assertRaises(omni.ReadOnlyError):
                store.append("A", "loyalty_id:L-1")

    def test_bad_names_of_people(self) -> None:
        find = self.store.find
        self.assert_bad("neither", lambda: find("anna"))
        self.assert_bad("neither", lambda: find("f" * 31))
        self.assert_bad("person is named by", lambda: find(None))
        self.assert_bad("person is named by", lambda: find(("a", "b", "c")))
        self.assert_bad("is not a str", lambda: find(("user_id", 7)))
        self.assert_bad("NUL", lambda: find("user_id:a\0b"))
        self.assert_bad("Unicode", lambda: find("user_id:\ud800"))
        self.assert_bad("", lambda: find("No Such:x"))
        self.assert_bad("", lambda: find("user_id:" + "x" * 2000))
        self.assert_bad(
            "an identifier is needed",
            lambda: self.store.merge("0" * 32, "user_id:b", "x"),
        )

    def test_bad_statements(self) -> None:
        merge = self.store.merge
        self.assert_bad("", lambda: merge("user_id:a", "user_id:a", "x"))
        self.assert_bad("", lambda: merge("user_id:a", "user_id:b", ""))
        self.assert_bad("", lambda: merge("user_id:a", "email:null", "x"))

    def test_bad_events(self) -> None:
        add = self.store.append
        who = "user_id:u-1"
        naive = datetime(2026, 1, 1)
        self.assert_bad("no time zone", lambda: add("A", who, time=naive))
        self.assert_bad("neither datetime", lambda: add("A", who, time="now"))
        self.assert_bad("64 bits", lambda: add("A", who, time=1 << 70))
        self.assert_bad("1970", lambda: add("A", who, time=0))
        self.assert_bad("type is none of", lambda: add("A", who, type="buy"))
        self.assert_bad("NUL", lambda: add("A\0B", who))
        self.assert_bad("is not a str", lambda: add("A", {"user_id": [7]}))
        self.assert_bad("no identifiers", lambda: add("A", 7))
        with self.assertRaisesRegex(TypeError, "chanel"):
            add("A", who, chanel="web")
        self.assertEqual(self.store.stats().facts, 0)

    def test_bad_properties(self) -> None:
        def add(properties: object):
            return lambda: self.store.append(
                "A", "user_id:u-1", properties=properties
            )

        endless: list[object] = []
        endless.append(endless)
        self.assert_bad("not a mapping", add([1]))
        self.assert_bad(r"properties\.a\[1\]\.b is nothing", add(
            {"a": [0, {"b": {1, 2}}]}
        ))
        self.assert_bad("no number", add({"a": float("nan")}))
        self.assert_bad("no number", add({"a": Decimal("Infinity")}))
        self.assert_bad("not a str", add({1: 2}))
        self.assert_bad("Unicode", add({"a": "\udfff"}))
        self.assert_bad("time zone", add({"a": datetime(2026, 1, 1)}))
        self.assert_bad("holds itself", add({"a": endless}))

    def test_bad_options(self) -> None:
        def opened(**options: object):
            return lambda: omni.Store(self.folder / "x", **options)

        self.assert_bad("durability", opened(durability="always"))
        self.assert_bad("calling_code", opened(calling_code=-41))
        self.assert_bad("memory_bytes", opened(memory_bytes=1 << 64))
        self.assert_bad("batch_size", lambda: self.store.import_lines(
            [], batch_size=0
        ))

    def test_errors_may_be_pickled(self) -> None:
        error = omni.IoError("no", system=5, offset=7)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual(type(again), omni.IoError)
        self.assertEqual((str(again), again.system), ("no", 5))
        self.assertEqual((again.offset, again.status), (7, -3))

    def test_every_fault_has_a_class_of_its_own(self) -> None:
        from omni.errors import BY_STATUS, check

        for status in omni.Status:
            fault = status < 0 or status == omni.Status.NOT_FOUND
            self.assertEqual(status in BY_STATUS, fault)
            if fault:
                with self.assertRaises(BY_STATUS[status]) as caught:
                    check(status, "call")
                self.assertIn(omni.status_name(status), str(caught.exception))
            else:
                self.assertEqual(check(status, "call"), status)
        with self.assertRaises(omni.OmniError) as unknown:
            check(-99, "call")
        self.assertEqual(unknown.exception.status, -99)


class Loading(unittest.TestCase):
    def load(self, **variables: str) -> str:
        """What importing the package says where it fails."""
        out = subprocess.run(
            [sys.executable, "-c", "import omni"],
            env={**environment(), **variables},
            capture_output=True,
            text=True,
        )
        self.assertNotEqual(out.returncode, 0)
        return out.stderr.splitlines()[-1]

    def test_a_missing_library_says_what_to_do(self) -> None:
        said = self.load(OMNI_LIBRARY="/no/such/libomni.so")
        self.assertIn("ImportError: OMNI_LIBRARY names '/no/such", said)

    def test_another_library_is_not_taken_for_ours(self) -> None:
        said = self.load(OMNI_LIBRARY="libc.so.6")
        self.assertIn("it is not libomni", said)

    def test_the_version_is_a_version(self) -> None:
        self.assertRegex(omni.version(), r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main()
