"""Doxygen has nothing to complain of in public headers and pages."""

import os
import shutil
import subprocess
import tempfile
import unittest

import pages

BAD = ("/** @file bad.h  Bad. */\n"
       "/** Says nothing of `a`. @param b The second. @return A number. */\n"
       "int omni_bad(int a, int b);\n")


def complaints(*settings):
    """What Doxygen says; the files it writes go away."""
    with open(pages.ROOT / "docs" / "Doxyfile", encoding="utf-8") as file:
        doxyfile = file.read()
    with tempfile.TemporaryDirectory(prefix="omni-doxygen-") as folder:
        doxyfile += f"OUTPUT_DIRECTORY = {folder}\n"
        doxyfile += "".join(line.format(folder) + "\n" for line in settings)
        with open(os.path.join(folder, "bad.h"), "w",
                  encoding="utf-8") as file:
            file.write(BAD)
        done = subprocess.run(
            ["doxygen", "-"], input=doxyfile, cwd=pages.ROOT, check=False,
            env={**os.environ, "PWD": str(pages.ROOT)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout if done.returncode else ""


@unittest.skipUnless(shutil.which("doxygen"), "no doxygen")
class Doxygen(unittest.TestCase):
    maxDiff = None

    def test_it_is_content_with_headers_and_pages(self):
        self.assertEqual(complaints(), "")

    def test_a_parameter_without_a_word_is_found(self):
        self.assertIn("bad.h", complaints("INPUT = {}/bad.h"))


if __name__ == "__main__":
    unittest.main()
