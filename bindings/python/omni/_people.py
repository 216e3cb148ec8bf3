"""Finding people in a txn, and what is read of them there."""

from ctypes import POINTER, byref, c_size_t
from typing import Any

from . import _native as n
from . import _read
from ._convert import Who, split_who, to_id, to_identifier
from ._library import lib
from .errors import fail
from .model import HeldApart


def check(txn: Any, status: int, call: str) -> None:
    if status < 0 or status == n.OMNI_NOT_FOUND:
        fail(status, call, lib.omni_txn_error(txn).contents)


def held_apart(txn: Any, profile: Any) -> tuple[HeldApart, ...]:
    out = POINTER(n.omni_held_apart)()
    count = c_size_t()
    status = lib.omni_profile_held_apart(txn, profile, byref(out), byref(count))
    check(txn, status, "omni_profile_held_apart")
    return tuple(_read.held_apart(out[i]) for i in range(count.value))


def look_up(txn: Any, who: Who) -> n.omni_id | None:
    """Id of the profile that somebody is in."""
    named = split_who(who)
    out = n.omni_id()
    if isinstance(named, str):
        call = "omni_profile_resolve"
        status = lib.omni_profile_resolve(txn, byref(to_id(named)), byref(out))
    else:
        call = "omni_profile_find"
        status = lib.omni_profile_find(txn, to_identifier(who), byref(out))
    if status == n.OMNI_NOT_FOUND:
        return None
    check(txn, status, call)
    return out


def known(txn: Any, who: Who) -> n.omni_id:
    """As look_up(), for calls that need somebody to be there."""
    found = look_up(txn, who)
    if found is None:
        fail(n.OMNI_NOT_FOUND, f"no profile of {who!s}")
    return found


def identifier(txn: Any, who: Who) -> n.omni_id:
    """Id of the identifier that somebody is called by."""
    named = split_who(who)
    if isinstance(named, str):
        return to_id(named)
    out = n.omni_id()
    status = lib.omni_identifier_find(txn, to_identifier(who), byref(out))
    check(txn, status, "omni_identifier_find")
    return out


def why(txn: Any, a: Who, b: Who) -> Any:
    """The omni_explanation of two, borrowed from the txn."""
    one, other = identifier(txn, a), identifier(txn, b)
    out = POINTER(n.omni_explanation)()
    status = lib.omni_explain(txn, byref(one), byref(other), byref(out))
    check(txn, status, "omni_explain")
    return out


def what(txn: Any, who: Who) -> Any:
    """The omni_identifier_explanation of one, borrowed from the txn."""
    found = identifier(txn, who)
    out = POINTER(n.omni_identifier_explanation)()
    status = lib.omni_explain_identifier(txn, byref(found), byref(out))
    check(txn, status, "omni_explain_identifier")
    return out


def get(txn: Any, who: Who) -> Any:
    """The omni_profile of somebody, borrowed from the txn."""
    out = POINTER(n.omni_profile)()
    found = known(txn, who)
    status = lib.omni_profile_get(txn, byref(found), byref(out))
    check(txn, status, "omni_profile_get")
    return out
