"""The `omni` command on a terminal, with keys and what is shown."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from command import OMNI

WAIT = 30
SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[=>])")


def plain(text):
    """Without what steers the terminal."""
    return SEQUENCE.sub("", text).replace("\r", "")


class Terminal:
    """A process whose stdin, stdout and stderr are one terminal."""

    def __init__(self, *words, columns=80, stdin=None, stdout=None,
                 stderr=None, **environment):
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        variables = {key: value for key, value in os.environ.items()
                     if key not in ("NO_COLOR", "CLICOLOR_FORCE", "PAGER",
                                    "OMNI_PAGER", "COLUMNS", "LC_ALL")}
        variables.update(TERM="xterm", LANG="C.UTF-8", OMNI_PAGER="cat")
        variables.update(environment)

        def own():
            fcntl.ioctl(inner, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [OMNI, *map(str, words)], env=variables, preexec_fn=own,
            stdin=inner if stdin is None else stdin,
            stdout=inner if stdout is None else stdout,
            stderr=inner if stderr is None else stderr,
            start_new_session=True)
        os.close(inner)
        self.shown = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.fd)

    def _read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def keys(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Wait until something is shown, and forget what was up to it."""
        end = time.monotonic() + WAIT
        while True:
            match = re.search(pattern, plain(self.shown), re.DOTALL)
            if match:
                # What came before in raw form is of no more use.
                self.shown = plain(self.shown)[match.end():]
                return match
            if time.monotonic() > end or not self._read(1.0):
                if self.process.poll() is None and time.monotonic() < end:
                    continue
                raise AssertionError(
                    f"{pattern!r} is not in {plain(self.shown)!r}")

    def end(self):
        """Exit status, with all that was shown since the last match."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end and self._read(0.5 if (
                self.process.poll() is not None) else 5.0):
            pass
        return self.process.wait(WAIT), self.shown
