"""Runs one file of these tests by pytest: run.py FILE [PYTEST-OPTIONS].

Where pytest is missing it says so and asks Meson to count a skipped test.
"""

import sys

SKIP = 77


def main(arguments: list[str]) -> int:
    try:
        import pytest
    except ImportError:
        print(
            f"SKIPPED: {sys.executable} has no pytest; on Debian and Ubuntu"
            " it is the package python3-pytest",
            file=sys.stderr,
        )
        return SKIP
    return int(pytest.main(["-p", "no:cacheprovider", "-ra", *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
