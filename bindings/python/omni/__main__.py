"""`python -m omni`: which library, package and Python are at work."""

import platform
import sys
from pathlib import Path

from . import library_path, version
from ._version import __version__


def main() -> None:
    print(f"libomni {version()}: {library_path()}")
    print(f"package {__version__}: {Path(__file__).parent}")
    print(f"Python {platform.python_version()}: {sys.executable}")


if __name__ == "__main__":
    main()
