"""Declarations of the C interface: the functions of changes.h and
segments.h.
"""

from ctypes import (
    POINTER,
    c_char_p,
    c_int64,
    c_size_t,
    c_uint64,
    c_void_p,
)
from typing import Any

from ._native import (
    omni_error,
    omni_fact_id,
    omni_feed,
    omni_feed_position,
    omni_members_counts,
    omni_members_fn,
    omni_members_query,
    omni_profile,
    omni_profile_change,
    omni_profile_change_kind,
    omni_progress_fn,
    omni_segment,
    omni_segment_change,
    omni_segment_definition,
    omni_segment_info,
    omni_segment_removal,
    omni_status,
    omni_store,
    omni_text,
    omni_tick_result,
    omni_txn,
)

SEGMENTS: dict[str, tuple[Any, list[Any]]] = {
    # changes.h
    "omni_feed_end": (
        omni_status,
        [POINTER(omni_txn), omni_feed, POINTER(omni_feed_position)],
    ),
    "omni_profile_change_name": (c_char_p, [omni_profile_change_kind]),
    "omni_profile_change_next": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_feed_position),
            POINTER(omni_profile_change),
        ],
    ),
    # segments.h
    "omni_segment_load": (
        omni_status,
        [POINTER(omni_txn), c_char_p, POINTER(POINTER(omni_segment))],
    ),
    "omni_segment_set": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_segment_definition),
            POINTER(omni_fact_id),
            POINTER(omni_error),
        ],
    ),
    "omni_segment_delete": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_segment_removal),
            POINTER(omni_fact_id),
            POINTER(omni_error),
        ],
    ),
    "omni_segments_read": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(POINTER(omni_segment_info)),
            POINTER(c_size_t),
        ],
    ),
    "omni_segments_members": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_members_query),
            omni_members_fn,
            c_void_p,
            POINTER(omni_members_counts),
        ],
    ),
    "omni_segment_change_next": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_feed_position),
            POINTER(omni_segment_change),
        ],
    ),
    "omni_profile_segments": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_profile),
            POINTER(POINTER(omni_text)),
            POINTER(c_size_t),
        ],
    ),
    "omni_store_tick": (
        omni_status,
        [
            POINTER(omni_store),
            c_int64,
            c_uint64,
            POINTER(omni_tick_result),
            POINTER(omni_error),
        ],
    ),
    "omni_store_tick_all": (
        omni_status,
        [
            POINTER(omni_store),
            c_int64,
            omni_progress_fn,
            c_void_p,
            POINTER(omni_tick_result),
            POINTER(omni_error),
        ],
    ),
}
