"""The part of `_prototypes.py` for policies."""

from ctypes import POINTER, c_char_p, c_size_t
from typing import Any

from ._native import (
    omni_error,
    omni_policy_invalid,
    omni_policy_options,
    omni_policy_plan,
    omni_policy_result,
    omni_policy_setting,
    omni_status,
    omni_store,
    omni_text,
    omni_txn,
)

POLICY: dict[str, tuple[Any, list[Any]]] = {
    "omni_policy_settings": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(POINTER(omni_policy_setting)),
            POINTER(c_size_t),
        ],
    ),
    "omni_policy_invalid_facts": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(POINTER(omni_policy_invalid)),
            POINTER(c_size_t),
        ],
    ),
    "omni_policy_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_text)],
    ),
    "omni_policy_set_json": (
        omni_status,
        [
            POINTER(omni_store),
            c_char_p,
            c_size_t,
            POINTER(omni_policy_options),
            POINTER(omni_policy_result),
            POINTER(omni_error),
        ],
    ),
    "omni_policy_rehearse": (
        omni_status,
        [
            POINTER(omni_txn),
            c_char_p,
            c_size_t,
            POINTER(omni_policy_options),
            POINTER(POINTER(omni_policy_plan)),
        ],
    ),
    "omni_policy_plan_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_policy_plan), POINTER(omni_text)],
    ),
}
