"""The part of `_native.py` for policies."""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_int,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)

from ._native_base import (
    omni_fact_id,
    omni_identifier_text,
    omni_progress_fn,
    omni_reason,
    omni_text,
)

# policy.h


class omni_policy_setting(Structure):
    _fields_ = [
        ("name", omni_text),
        ("value", omni_text),
        ("other", omni_text),
        ("is_same", c_bool),
    ]


class omni_policy_invalid(Structure):
    _fields_ = [
        ("name", omni_text),
        ("value", omni_text),
        ("error", omni_text),
        ("author", omni_text),
        ("time_us", c_int64),
        ("fact", omni_fact_id),
    ]


omni_policy_fn = CFUNCTYPE(None, c_void_p, POINTER(omni_policy_setting))


class omni_policy_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("reason", omni_reason),
        ("progress", omni_progress_fn),
        ("changed", omni_policy_fn),
        ("user", c_void_p),
        ("samples", c_uint32),
    ]


class omni_policy_result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("changed", c_uint64),
        ("fact", omni_fact_id),
        ("refolded", c_bool),
    ]


omni_policy_effect = c_int
OMNI_POLICY_JOINED = 0
OMNI_POLICY_SPLIT = 1
OMNI_POLICY_GENERIC = 2
OMNI_POLICY_NOT_GENERIC = 3


class omni_policy_sample(Structure):
    _fields_ = [
        ("effect", omni_policy_effect),
        ("a", omni_identifier_text),
        ("b", omni_identifier_text),
        ("because", omni_text),
    ]


class omni_policy_plan(Structure):
    _fields_ = [
        ("profiles_before", c_uint64),
        ("profiles_after", c_uint64),
        ("joined", c_uint64),
        ("split", c_uint64),
        ("generic", c_uint64),
        ("not_generic", c_uint64),
        ("settings", POINTER(omni_policy_setting)),
        ("setting_count", c_size_t),
        ("samples", POINTER(omni_policy_sample)),
        ("sample_count", c_size_t),
    ]
