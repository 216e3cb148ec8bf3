"""The part of `_native.py` that every header of the C interface uses."""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)

# limits.h

OMNI_LIMIT_IDENTIFIERS = 16
OMNI_LIMIT_IDENTIFIER_BYTES = 1024
OMNI_LIMIT_NAMESPACE_BYTES = 32
OMNI_LIMIT_NAME_BYTES = 128
OMNI_LIMIT_JOINED = 32
OMNI_LIMIT_EVENT_ID_BYTES = 1024
OMNI_LIMIT_EVENT_BYTES = 65536
OMNI_LIMIT_TRAITS = 512
OMNI_LIMIT_JSON_DEPTH = 32
OMNI_LIMIT_LINE_BYTES = 16777216
OMNI_LIMIT_REASON_BYTES = 1024
OMNI_LIMIT_SEGMENT_NAME_BYTES = 64
OMNI_LIMIT_SET_SEGMENTS = 16
OMNI_LIMIT_BATCH_FACTS = 65536
OMNI_LIMIT_BATCH_BYTES = 67108864

# status.h

omni_status = c_int
OMNI_OK = 0
OMNI_NOT_FOUND = 1
OMNI_END = 2
OMNI_UNCHANGED = 3
OMNI_ERR_ARGUMENT = -1
OMNI_ERR_NO_MEMORY = -2
OMNI_ERR_IO = -3
OMNI_ERR_FULL = -4
OMNI_ERR_BUSY = -5
OMNI_ERR_CORRUPT = -6
OMNI_ERR_VERSION = -7
OMNI_ERR_SYNTAX = -8
OMNI_ERR_LIMIT = -9
OMNI_ERR_READ_ONLY = -10
OMNI_ERR_CONFLICT = -11
OMNI_ERR_NOT_STORE = -12


class omni_error(Structure):
    _fields_ = [
        ("status", omni_status),
        ("system", c_int32),
        ("offset", c_int64),
        ("message", c_char * 256),
    ]


# identifier.h

OMNI_ID_TEXT_SIZE = 33
OMNI_FACT_ID_TEXT_SIZE = 72


class omni_identifier(Structure):
    _fields_ = [
        ("ns", c_char_p),
        ("value", c_char_p),
    ]


class omni_text(Structure):
    _fields_ = [
        ("bytes", c_void_p),
        ("size", c_size_t),
    ]


class omni_identifier_text(Structure):
    _fields_ = [
        ("ns", omni_text),
        ("value", omni_text),
    ]


class omni_id(Structure):
    _fields_ = [
        ("bytes", c_uint8 * 16),
    ]


class omni_fact_id(Structure):
    _fields_ = [
        ("replica", c_uint8 * 16),
        ("sequence", c_uint64),
        ("check", c_uint8 * 8),
    ]


# store.h


class omni_store(Structure):
    """Opaque."""


omni_durability = c_int
OMNI_DURABILITY_DEFAULT = 0
OMNI_DURABILITY_FULL = 1
OMNI_DURABILITY_GROUP = 2
OMNI_DURABILITY_OFF = 3

omni_log_level = c_int
OMNI_LOG_ERROR = 0
OMNI_LOG_WARNING = 1
OMNI_LOG_INFO = 2

omni_hooks_allocate = CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_size_t)
omni_hooks_clock = CFUNCTYPE(c_int64, c_void_p)
omni_hooks_random = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
omni_hooks_log = CFUNCTYPE(None, c_void_p, omni_log_level, c_char_p)


class omni_hooks(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("allocate", omni_hooks_allocate),
        ("clock", omni_hooks_clock),
        ("random", omni_hooks_random),
        ("log", omni_hooks_log),
        ("user", c_void_p),
    ]


OMNI_STORE_CREATE = 1
OMNI_STORE_EXCLUSIVE = 2
OMNI_STORE_READ_ONLY = 4
OMNI_STORE_NETWORK = 8


class omni_store_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("flags", c_uint32),
        ("durability", omni_durability),
        ("memory_bytes", c_uint64),
        ("map_bytes", c_uint64),
        ("calling_code", c_uint32),
        ("deployment", c_char_p),
        ("hooks", POINTER(omni_hooks)),
    ]


class omni_stats(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("facts", c_uint64),
        ("events", c_uint64),
        ("nodes", c_uint64),
        ("profiles", c_uint64),
        ("links", c_uint64),
        ("statements", c_uint64),
        ("refused", c_uint64),
        ("flagged", c_uint64),
        ("unknown", c_uint64),
        ("voided", c_uint64),
        ("policy_invalid", c_uint64),
        ("contested", c_uint64),
        ("log_bytes", c_uint64),
        ("table_bytes", c_uint64),
        ("file_bytes", c_uint64),
        ("memory_bytes", c_uint64),
    ]


class omni_digest(Structure):
    _fields_ = [
        ("facts", c_uint8 * 16),
        ("state", c_uint8 * 16),
        ("derive_version", c_uint32),
    ]


omni_write_fn = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
omni_progress_fn = CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)

OMNI_CHECK_REBUILD = 1


class omni_check_report(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("groups", c_uint64),
        ("facts", c_uint64),
        ("rows", c_uint64),
        ("differences", c_uint64),
        ("first", c_char * 160),
    ]


class omni_refused(Structure):
    _fields_ = [
        ("code", c_int32),
        ("time_us", c_int64),
        ("line", c_uint64),
        ("source", c_char_p),
        ("reason", c_char_p),
        ("record", c_void_p),
        ("record_bytes", c_size_t),
    ]


omni_refused_fn = CFUNCTYPE(c_int, c_void_p, POINTER(omni_refused))


class omni_voided(Structure):
    _fields_ = [
        ("fact", omni_fact_id),
        ("kind", c_int32),
        ("made_us", c_int64),
        ("retract", omni_fact_id),
        ("retracted_us", c_int64),
        ("author", omni_text),
        ("reason", omni_text),
    ]


omni_voided_fn = CFUNCTYPE(c_int, c_void_p, POINTER(omni_voided))


# statement.h


class omni_reason(Structure):
    _fields_ = [
        ("text", c_char_p),
        ("author", c_char_p),
    ]


class omni_statement_result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("fact", omni_fact_id),
        ("profile_a", omni_id),
        ("profile_b", omni_id),
        ("in_effect", c_bool),
        ("changed", c_bool),
        ("joined_count", c_size_t),
        ("joined", omni_id * 2),
    ]


class omni_retract_result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("fact", omni_fact_id),
        ("count", c_uint64),
    ]
