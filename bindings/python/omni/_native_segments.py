"""Declarations of the C interface: types and constants of changes.h and
segments.h.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint64,
    c_void_p,
)

from ._native_base import *

# changes.h


class omni_feed_position(Structure):
    _fields_ = [
        ("epoch", c_uint64),
        ("sequence", c_uint64),
    ]


omni_feed = c_int
OMNI_FEED_PROFILES = 1
OMNI_FEED_SEGMENTS = 2

omni_profile_change_kind = c_int
OMNI_PROFILE_JOINED = 1
OMNI_PROFILE_RENAMED = 2
OMNI_PROFILE_SPLIT = 3
OMNI_PROFILE_ENDED = 4


class omni_profile_change(Structure):
    _fields_ = [
        ("position", omni_feed_position),
        ("kind", omni_profile_change_kind),
        ("profile", omni_id),
        ("other", omni_id),
        ("fact", omni_fact_id),
        ("made_us", c_int64),
    ]


# segments.h


class omni_segment_definition(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("expression", c_char_p),
        ("author", c_char_p),
        ("reason", c_char_p),
    ]


class omni_segment_removal(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("author", c_char_p),
        ("reason", c_char_p),
        ("force", c_bool),
    ]


class omni_segment_info(Structure):
    _fields_ = [
        ("name", omni_text),
        ("expression", omni_text),
        ("author", omni_text),
        ("reason", omni_text),
        ("since_us", c_int64),
        ("members", c_uint64),
        ("errors", c_uint64),
        ("filling", c_bool),
        ("error", c_char_p),
    ]


omni_set_operation = c_int
OMNI_SET_UNION = 0
OMNI_SET_INTERSECTION = 1
OMNI_SET_DIFFERENCE = 2


class omni_members_query(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("segments", POINTER(c_char_p)),
        ("segment_count", c_size_t),
        ("operation", omni_set_operation),
        ("has_at", c_bool),
        ("at_us", c_int64),
    ]


class omni_members_counts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("members", c_uint64),
        ("errors", c_uint64),
    ]


omni_members_fn = CFUNCTYPE(c_int, c_void_p, POINTER(omni_id))


class omni_segment_change(Structure):
    _fields_ = [
        ("position", omni_feed_position),
        ("segment", omni_text),
        ("profile", omni_id),
        ("entered", c_bool),
        ("instant_us", c_int64),
    ]


class omni_tick_result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("ticks", c_uint64),
        ("processed", c_uint64),
        ("entered", c_uint64),
        ("left", c_uint64),
        ("due_left", c_uint64),
        ("filling", c_bool),
        ("done", c_bool),
        ("next_us", c_int64),
    ]
