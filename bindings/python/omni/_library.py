"""Finds libomni, loads it and gives its functions their prototypes.

ctypes.CDLL (unlike PyDLL) releases the interpreter's lock for the length of
every call, so that other Python threads run while the library works or waits
for the disk.
"""

import os
import sys
from ctypes import CDLL, c_char_p
from ctypes.util import find_library
from pathlib import Path

from ._prototypes import PROTOTYPES
from ._version import __version__

VARIABLE = "OMNI_LIBRARY"

#: What a wheel brings along: libomni and the libraries that it needs.
PACKAGED = Path(__file__).parent / "_packaged"

FILES = {
    "darwin": ("libomni.0.dylib", "libomni.dylib"),
    "win32": ("omni-0.dll", "libomni-0.dll", "omni.dll"),
}.get(sys.platform, ("libomni.so.0", "libomni.so"))


def load() -> tuple[CDLL, str]:
    """The library, and the path or name under which it was found.

    The one that OMNI_LIBRARY names, else the one in this package, else the
    one that is installed. A choice that does not load is an error: nobody
    wants another library than the one that was asked for.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return _open(named, f"{VARIABLE} names")
    for name in FILES:
        if (PACKAGED / name).exists():
            _open_needed(name)
            return _open(str(PACKAGED / name), "the package has")
    for name in FILES:
        try:
            return _bound(CDLL(name), name), name
        except OSError:
            continue
    found = find_library("omni")
    if found:
        return _open(found, "the loader found")
    raise ImportError(
        "libomni is not installed where the loader looks; install it, or"
        f" set {VARIABLE} to the path of libomni.so"
        " (meson puts it at build/lib/libomni.so)"
    )


def _open(path: str, origin: str) -> tuple[CDLL, str]:
    try:
        library = CDLL(path)
    except OSError as error:
        raise ImportError(
            f"{origin} {path!r}, which does not load: {error}"
        ) from error
    return _bound(library, path), path


def _open_needed(name: str) -> None:
    """First what the packaged libomni needs: the loader goes by its names."""
    for path in sorted(PACKAGED.glob("*.so*")):
        if path.name != name:
            CDLL(str(path))


def _bound(library: CDLL, path: str) -> CDLL:
    """Check the version and declare every function; all must be there."""
    _check_version(library, path)
    for name, (result, arguments) in PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise ImportError(
                f"{path!r} has no {name}(): it is not libomni, or older than"
                " this package; install the two from one release"
            ) from error
        function.restype = result
        function.argtypes = arguments
    return library


def _check_version(library: CDLL, path: str) -> None:
    """Before 1.0 a new minor version may change the interface."""
    try:
        version = library.omni_version
    except AttributeError as error:
        raise ImportError(f"{path!r} is not libomni") from error
    version.restype, version.argtypes = c_char_p, []
    theirs = version().decode("ascii")
    if theirs.split(".")[:2] != __version__.split(".")[:2]:
        raise ImportError(
            f"{path!r} is libomni {theirs}, this package is for"
            f" {__version__}; install the two from one release"
        )


lib, path = load()
