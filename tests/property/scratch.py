"""Where tests put stores that nobody is to see afterwards."""
import os
import tempfile
from pathlib import Path


def folder(prefix):
    """In memory, where there is a file system for it: nothing has to last."""
    memory = Path("/dev/shm")
    chosen = None if os.environ.get("TMPDIR") or not os.access(
        memory, os.W_OK) else memory
    return Path(tempfile.mkdtemp(prefix=prefix, dir=chosen))
