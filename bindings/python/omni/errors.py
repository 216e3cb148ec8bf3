"""Faults of the library as exceptions, one class for each status.

Each is also what Python itself would raise, where there is such a thing: a
ValueError, OSError, MemoryError. OMNI_NOT_FOUND is an exception only where a
call promises a value; OMNI_END and OMNI_UNCHANGED are ordinary outcomes and
never raised.
"""

import errno
from typing import Any, NoReturn

from . import _native as n
from ._library import lib
from .enums import Status


class OmniError(Exception):
    """A fault; the base of all others here.

    status: number of the outcome, one of Status (or unknown to this package)
    system: errno of the system call that failed, else 0
    offset: byte offset of the trouble in its input, else None
    """

    status: int = Status.ERR_ARGUMENT

    def __init__(
        self,
        message: str,
        status: int | None = None,
        system: int = 0,
        offset: int | None = None,
    ) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status
        self.system = system
        self.offset = offset

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.args[0], self.status, self.system, self.offset)
        return type(self), given, self.__dict__


class _SystemError(OmniError, OSError):
    """A fault that Python knows as an OSError: it has an `errno`, too."""

    usual_errno: int = errno.EIO

    def __init__(
        self,
        message: str,
        status: int | None = None,
        system: int = 0,
        offset: int | None = None,
    ) -> None:
        super().__init__(message, status, system, offset)
        self.errno = system or self.usual_errno


class NotFound(OmniError, LookupError):
    """Nothing by that name."""

    status = Status.NOT_FOUND


class StoreNotFound(_SystemError, NotFound, FileNotFoundError):
    """There is no store at the path; `create=True` would make one."""

    status = Status.NOT_FOUND
    usual_errno = errno.ENOENT


class ArgumentError(OmniError, ValueError):
    """The caller passed something not allowed."""

    status = Status.ERR_ARGUMENT


class ClosedError(ArgumentError):
    """A store, snapshot, batch or import was used after its end."""


class NoMemoryError(OmniError, MemoryError):
    """The allocator had nothing left."""

    status = Status.ERR_NO_MEMORY


class IoError(_SystemError):
    """The system refused a read or a write; `system` says why."""

    status = Status.ERR_IO


class FullError(_SystemError):
    """Disk or map is full; nothing was lost."""

    status = Status.ERR_FULL
    usual_errno = errno.ENOSPC


class BusyError(OmniError):
    """Another process is in the way; try again."""

    status = Status.ERR_BUSY


class CorruptError(OmniError):
    """Stored bytes are not what was written.

    report: what Store.check() found, where it was that which failed
    """

    status = Status.ERR_CORRUPT
    report: Any = None


class VersionError(OmniError):
    """Written by a newer or unknown format."""

    status = Status.ERR_VERSION


class ParseError(OmniError, ValueError):
    """Text that does not parse (OMNI_ERR_SYNTAX)."""

    status = Status.ERR_SYNTAX


class LimitError(OmniError, ValueError):
    """Over a limit of the library."""

    status = Status.ERR_LIMIT


class ReadOnlyError(_SystemError, PermissionError):
    """The store was opened for reading."""

    status = Status.ERR_READ_ONLY
    usual_errno = errno.EROFS


class ConflictError(OmniError):
    """Opened twice, used after fork, or the like."""

    status = Status.ERR_CONFLICT


class NotStoreError(OmniError, ValueError):
    """The path holds no libomni store."""

    status = Status.ERR_NOT_STORE


BY_STATUS: dict[int, type[OmniError]] = {
    int(kind.status): kind
    for kind in (
        NotFound,
        ArgumentError,
        NoMemoryError,
        IoError,
        FullError,
        BusyError,
        CorruptError,
        VersionError,
        ParseError,
        LimitError,
        ReadOnlyError,
        ConflictError,
        NotStoreError,
    )
}


def check(status: int, call: str, detail: n.omni_error | None = None) -> int:
    """Pass the outcome of `call` on, or raise it if it is a fault."""
    if status < 0 or status == n.OMNI_NOT_FOUND:
        fail(status, call, detail)
    return status


def fail(
    status: int, call: str, detail: n.omni_error | None = None
) -> NoReturn:
    """Raise a status, in the library's words where it gave some."""
    kind = BY_STATUS.get(status, OmniError)
    if detail is not None and detail.status == status and detail.message:
        text = detail.message.decode("utf-8", "replace")
        offset = detail.offset if detail.offset >= 0 else None
        raise kind(text, status, detail.system, offset)
    name = lib.omni_status_name(status).decode()
    raise kind(f"{call}: {name}", status)
