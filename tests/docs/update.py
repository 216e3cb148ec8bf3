#!/usr/bin/env python3
"""Writes into pages what their blocks print now.

    OMNI_BUILD=$PWD/build tests/docs/update.py PAGE...

Lines that are right stay as they are, with their `…`. Look at the difference
before it is committed: what a page shows is what was meant, not what came out.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault(
    "OMNI_LIBRARY", os.path.join(os.environ["OMNI_BUILD"], "lib/libomni.so"))

import pages  # noqa: E402
import runner  # noqa: E402
import shown  # noqa: E402

sys.path.insert(0, str(runner.BINDING))


def merged(old, printed, ids):
    """`printed`, but with lines of `old` where these say the same, and with
    the ids that the page shows for those that were printed."""
    if shown.same(old, printed, ids) is None:
        return old
    before, after = old.splitlines(), printed.splitlines()
    if len(before) != len(after):
        before = after
    lines = []
    for line, new in zip(before, after):
        if shown.same(line, new, ids) is not None or line == new:
            line = re.sub(shown.ID, lambda m: ids.shown.get(m[0], m[0]), new)
        lines.append(line.rstrip() + "\n")
    return "".join(lines)


def update(page):
    lines = pages.read(page).splitlines(keepends=True)
    ids, found = shown.Ids(), []
    with tempfile.TemporaryDirectory(prefix="omni-docs-") as folder:
        for block, printed in runner.outputs(Path(folder), page,
                                             "".join(lines)):
            found.append((block, merged(block.text, printed, ids)))
    for block, text in reversed(found):
        first = block.line - 1
        lines[first:first + block.text.count("\n")] = [text]
    (pages.ROOT / page).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    for path in sys.argv[1:]:
        update(os.path.relpath(path, pages.ROOT))
