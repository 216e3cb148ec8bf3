"""Finds libomni, loads it and gives its functions their prototypes.

ctypes.CDLL (unlike PyDLL) releases the interpreter's lock for the length of
every call, so that other Python threads run while the library works or waits
for the disk.
"""

import os
from ctypes import CDLL
from ctypes.util import find_library

from ._prototypes import PROTOTYPES

VARIABLE = "OMNI_LIBRARY"


def load() -> CDLL:
    """The library that OMNI_LIBRARY names, else the installed one."""
    named = os.environ.get(VARIABLE)
    path = named or find_library("omni")
    if not path:
        raise ImportError(
            "libomni is not installed where the loader looks; install it, or"
            f" set {VARIABLE} to the path of libomni.so"
            " (meson puts it at build/lib/libomni.so)"
        )
    try:
        library = CDLL(path)
    except OSError as error:
        origin = f"{VARIABLE} names" if named else "the loader found"
        raise ImportError(
            f"{origin} {path!r}, which does not load: {error}"
        ) from error
    bind(library, path)
    return library


def bind(library: CDLL, path: str) -> None:
    """Declare every function; all of them must be there."""
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


lib = load()
