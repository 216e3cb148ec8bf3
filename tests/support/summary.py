"""
Adds up what a run of `meson test` did: checks of C programs, tests of Python
programs (unittest or pytest), what others say of themselves ("N passed,
N failed"), and the rest as one each.

    summary.py BUILD-FOLDER      prints "PASSED FAILED SKIPPED"
"""

import glob
import json
import os
import re
import sys

CHECKS = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)",
                    re.MULTILINE)
RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
TOLD = re.compile(r"^.*?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?",
                  re.MULTILINE)
PYTEST = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)
DETAIL = re.compile(r"\b(failures|errors|skipped)=(\d+)")


def count_text(text):
    """(all, failed, skipped) that a program's output tells, or None."""
    checks = CHECKS.findall(text)
    if checks:
        return (sum(int(c[0]) for c in checks),
                sum(int(c[1]) + int(c[2]) for c in checks), 0)
    ran = RAN.findall(text)
    if ran:
        last = text[text.rindex("Ran "):]
        detail = {key: int(value) for key, value in DETAIL.findall(last)}
        return (int(ran[-1]),
                detail.get("failures", 0) + detail.get("errors", 0),
                detail.get("skipped", 0))
    tested = PYTEST.findall(text)
    if tested:
        return count_pytest(tested[-1])
    told = TOLD.findall(text)
    if told:
        passed, failed, skipped = (int(number or 0) for number in told[-1])
        return passed + failed + skipped, failed, skipped
    return None


def count_pytest(line):
    """(all, failed, skipped) of "1 failed, 3 passed, 2 skipped"."""
    detail = {word.rstrip("s"): int(count) for count, word in
              re.findall(r"(\d+) ([a-z]+)", line)}
    failed = detail.get("failed", 0) + detail.get("error", 0)
    skipped = detail.get("skipped", 0)
    passed = detail.get("passed", 0) + detail.get("xfailed", 0)
    return passed + failed + skipped, failed, skipped


def count_test(test):
    """(passed, failed, skipped) of one entry of the log."""
    result = test["result"]
    good = result in ("OK", "EXPECTEDFAIL")
    if result == "SKIP":
        return 0, 0, 1
    counts = count_text(test.get("stdout", "") + "\n" +
                        test.get("stderr", ""))
    if counts is None:
        return (1, 0, 0) if good else (0, 1, 0)
    everything, failed, skipped = counts
    if not good and failed == 0:
        failed = 1
    return max(everything - failed - skipped, 0), failed, skipped


def main(folder):
    total = [0, 0, 0]
    for path in glob.glob(os.path.join(folder, "meson-logs", "*.json")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                counts = count_test(json.loads(line))
                total = [a + b for a, b in zip(total, counts)]
    print(*total)


if __name__ == "__main__":
    main(sys.argv[1])
