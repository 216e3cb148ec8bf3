"""The library's binary interface is that of the baseline beside this file.

Added functions are told and are no fault; what was taken away, or has another
type, size or layout, is. tests/abi/accept.sh takes a change over.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BASELINE = HERE / "libomni.abi"
LIBRARY = os.environ.get("OMNI_LIBRARY")
CC = os.environ.get("CC", "cc").split()


def abidiff(old, new, *options):
    """Whether both are the same, and what is said of the difference."""
    done = subprocess.run(["abidiff", *options, str(old), str(new)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def has_types():
    """Whether the library was built with what abidiff reads."""
    done = subprocess.run(["readelf", "-S", LIBRARY], capture_output=True,
                          text=True, check=False)
    return ".debug_info" in done.stdout


@unittest.skipUnless(shutil.which("abidiff"), "no abidiff (abigail-tools)")
class Abi(unittest.TestCase):
    @unittest.skipUnless(LIBRARY, "OMNI_LIBRARY is not set")
    def test_nothing_was_taken_away_or_changed(self):
        if not has_types():
            self.skipTest("the library has no debug information")
        options = ["--drop-private-types", "--headers-dir2",
                   str(ROOT / "include" / "omni")]
        status, said = abidiff(BASELINE, LIBRARY, "--no-added-syms", *options)
        self.assertEqual(status, 0, f"\n{said}\nIf this is meant, run "
                         f"tests/abi/accept.sh and commit what it writes.")
        print(abidiff(BASELINE, LIBRARY, *options)[1])

    def compiled(self, folder, name, text):
        source = Path(folder, f"{name}.c")
        source.write_text(text, encoding="utf-8")
        library = Path(folder, f"{name}.so")
        subprocess.run([*CC, "-g", "-shared", "-fPIC", str(source), "-o",
                        str(library)], check=True)
        return library

    def test_what_is_told_apart(self):
        base = "struct a { int x; };\nint f(struct a *a) { return a->x; }\n"
        changes = {
            "added": (base + "int g(void) { return 1; }\n", 0),
            "removed": ("struct a { int x; };\n", 1),
            "resized": (base.replace("int x;", "int x; long y;"), 1),
            "retyped": (base.replace("int f", "long f"), 1),
        }
        with tempfile.TemporaryDirectory() as folder:
            old = self.compiled(folder, "base", base)
            for name, (text, differs) in changes.items():
                with self.subTest(name):
                    new = self.compiled(folder, name, text)
                    status, said = abidiff(old, new, "--no-added-syms")
                    self.assertEqual(bool(status), bool(differs), said)


if __name__ == "__main__":
    unittest.main()
