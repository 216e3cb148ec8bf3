"""Groups: households, companies, accounts."""

from collections.abc import Iterator
from ctypes import POINTER, byref, c_size_t
from typing import Any

from . import _native as n
from . import _people, _read
from ._convert import Who, to_bytes
from ._handle import PartHandle
from ._library import lib
from ._people import check
from .model import Group


class Groups:
    """What a snapshot tells of groups."""

    _handle: PartHandle

    def groups(self, who: Who | None = None) -> Iterator[str]:
        """Ids of all groups, in no order that means something; or of those
        that a person belongs to, sorted."""
        with self._handle as txn:
            if who is not None:
                yield from _of_profile(txn, _people.get(txn, who))
                return
        last: str | None = None
        while (last := self._group_after(last)) is not None:
            yield last

    def _group_after(self, last: str | None) -> str | None:
        with self._handle as txn:
            return _after(txn, last)

    def group(self, id: str) -> Group:
        """A group with its members, traits and figures; NotFound if none."""
        with self._handle as txn:
            return _group(txn, _get(txn, id))

    def group_json(self, id: str) -> str:
        """The same as one canonical JSON object."""
        with self._handle as txn:
            return _as_json(txn, _get(txn, id))


def _get(txn: Any, id: str) -> Any:
    """The omni_group of an id, borrowed from the txn."""
    out = POINTER(n.omni_group)()
    status = lib.omni_group_get(txn, to_bytes(id, "id"), byref(out))
    check(txn, status, "omni_group_get")
    return out


def _group(txn: Any, pointer: Any) -> Group:
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


def _as_json(txn: Any, pointer: Any) -> str:
    out = n.omni_text()
    status = lib.omni_group_json(txn, pointer, byref(out))
    check(txn, status, "omni_group_json")
    return _read.text(out)


def _after(txn: Any, last: str | None) -> str | None:
    """The id of the group after another one; None behind the last."""
    out = n.omni_text()
    wanted = None if last is None else to_bytes(last, "last")
    status = lib.omni_group_next(txn, wanted, byref(out))
    if status == n.OMNI_END:
        return None
    check(txn, status, "omni_group_next")
    return _read.text(out)


def _of_profile(txn: Any, profile: Any) -> Iterator[str]:
    out = POINTER(n.omni_text)()
    count = c_size_t()
    status = lib.omni_profile_groups(txn, profile, byref(out), byref(count))
    check(txn, status, "omni_profile_groups")
    return iter([_read.text(out[i]) for i in range(count.value)])
