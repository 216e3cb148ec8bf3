"""Runs the examples of docs/guide/python.md, which must print what it says."""

import contextlib
import io
import os
import re
import shutil
import tempfile
import unittest

from support import ROOT

GUIDE = ROOT / "docs" / "guide" / "python.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


class Guide(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        folder = tempfile.mkdtemp(prefix="omni-guide-")
        self.addCleanup(shutil.rmtree, folder)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)

    def test_every_example_prints_what_the_guide_says(self) -> None:
        text = GUIDE.read_text(encoding="utf-8")
        names: dict[str, object] = {"__name__": "guide"}
        printed, ran = None, 0
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            if match[1] == "python":
                self.assertFalse(printed, f"not shown, before line {line}")
                printed = self.run_block(match[2], line, names)
                ran += 1
            elif match[1] == "text":
                self.assertEqual(printed, match[2], f"shown in line {line}")
                printed = None
        self.assertFalse(printed, "the last example's output is not shown")
        self.assertGreater(ran, 8)

    def run_block(
        self, code: str, line: int, names: dict[str, object]
    ) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("\n" * (line - 1) + code, GUIDE, "exec"), names)
        return out.getvalue()


if __name__ == "__main__":
    unittest.main()
