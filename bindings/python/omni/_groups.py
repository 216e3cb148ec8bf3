"""Groups as they are read from a txn."""

from collections.abc import Iterator
from ctypes import POINTER, byref, c_size_t
from typing import Any

from . import _native as n
from . import _read
from ._convert import to_bytes
from ._library import lib
from ._people import check
from .model import Group


def get(txn: Any, id: str) -> Any:
    """The omni_group of an id, borrowed from the txn."""
    out = POINTER(n.omni_group)()
    status = lib.omni_group_get(txn, to_bytes(id, "id"), byref(out))
    check(txn, status, "omni_group_get")
    return out


def group(txn: Any, pointer: Any) -> Group:
    figures = POINTER(n.omni_figure)()
    count = c_size_t()
    status = lib.omni_group_figures(txn, pointer, byref(figures), byref(count))
    check(txn, status, "omni_group_figures")
    raw = pointer.contents
    return Group(
        _read.text(raw.id),
        raw.first_us,
        raw.last_us,
        tuple(_read.id_text(raw.members[i]) for i in range(raw.member_count)),
        tuple(_read.trait(raw.traits[i]) for i in range(raw.trait_count)),
        tuple(_read.figure(figures[i]) for i in range(count.value)),
    )


def as_json(txn: Any, pointer: Any) -> str:
    out = n.omni_text()
    status = lib.omni_group_json(txn, pointer, byref(out))
    check(txn, status, "omni_group_json")
    return _read.text(out)


def after(txn: Any, last: str | None) -> str | None:
    """The id of the group after another one; None behind the last."""
    out = n.omni_text()
    wanted = None if last is None else to_bytes(last, "last")
    status = lib.omni_group_next(txn, wanted, byref(out))
    if status == n.OMNI_END:
        return None
    check(txn, status, "omni_group_next")
    return _read.text(out)


def of_profile(txn: Any, profile: Any) -> Iterator[str]:
    out = POINTER(n.omni_text)()
    count = c_size_t()
    status = lib.omni_profile_groups(txn, profile, byref(out), byref(count))
    check(txn, status, "omni_profile_groups")
    return iter([_read.text(out[i]) for i in range(count.value)])
