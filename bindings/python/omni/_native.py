"""Declarations of the C interface: types and constants of include/omni.

Those of the headers that all others use stand in `_native_base.py`. Every
class, callback type and constant has the name it has in C, so that a test can
hold these files, and the functions in `_prototypes.py`, against the headers
word by word. Finding and loading the library is `_library.py`.

`const char *` is `c_char_p` where the text is zero-terminated. The two
members that are not (omni_text.bytes, omni_refused.record) are `c_void_p`, so
that nobody reads past their end by accident.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)

from ._native_base import *
from ._native_policy import *
from ._native_segments import *

# event.h

omni_event_type = c_int
OMNI_EVENT_TRACK = 0
OMNI_EVENT_IDENTIFY = 1
OMNI_EVENT_PAGE = 2
OMNI_EVENT_SCREEN = 3
OMNI_EVENT_GROUP = 4
OMNI_EVENT_ALIAS = 5


class omni_event(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("type", omni_event_type),
        ("name", c_char_p),
        ("id", c_char_p),
        ("time_us", c_int64),
        ("original_time_us", c_int64),
        ("channel", c_char_p),
        ("source", c_char_p),
        ("identifiers", POINTER(omni_identifier)),
        ("identifier_count", c_size_t),
        ("traits_json", c_char_p),
        ("properties_json", c_char_p),
        ("group_id", c_char_p),
        ("previous_id", c_char_p),
    ]


omni_outcome = c_int
OMNI_OUTCOME_TAKEN = 0
OMNI_OUTCOME_DUPLICATE = 1
OMNI_OUTCOME_REFUSED = 2
OMNI_OUTCOME_RETRACTED = 3

omni_refused_code = c_int
OMNI_REFUSED_NONE = 0
OMNI_REFUSED_JSON = 1
OMNI_REFUSED_EVENT = 2
OMNI_REFUSED_TIME = 3
OMNI_REFUSED_NO_IDENTIFIER = 4
OMNI_REFUSED_BLOCKED = 5
OMNI_REFUSED_LIMIT = 6
OMNI_REFUSED_ROW = 7
OMNI_FLAGGED_FUTURE = 100
OMNI_FLAGGED_IDENTIFIER = 101
OMNI_REFUSED_COUNT = 8


OMNI_MADE_ID_SIZE = 17
OMNI_REASON_SIZE = 160


class omni_event_result(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("outcome", omni_outcome),
        ("code", omni_refused_code),
        ("line", c_uint64),
        ("profile", omni_id),
        ("fact", omni_fact_id),
        ("created", c_bool),
        ("joined_count", c_size_t),
        ("joined", omni_id * OMNI_LIMIT_JOINED),
        ("made_id", c_char * OMNI_MADE_ID_SIZE),
        ("reason", c_char * OMNI_REASON_SIZE),
    ]


class omni_import_summary(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("read", c_uint64),
        ("taken", c_uint64),
        ("duplicates", c_uint64),
        ("refused", c_uint64),
        ("refused_by_code", c_uint64 * OMNI_REFUSED_COUNT),
        ("flagged", c_uint64),
        ("skipped", c_uint64),
        ("retracted", c_uint64),
    ]


class omni_parsed_event(Structure):
    _fields_ = [
        ("outcome", omni_outcome),
        ("code", omni_refused_code),
        ("line", c_uint64),
        ("reason", c_char_p),
        ("event_json", omni_text),
        ("record", omni_text),
    ]


omni_parsed_fn = CFUNCTYPE(c_int, c_void_p, POINTER(omni_parsed_event))


# batch.h


class omni_batch(Structure):
    """Opaque."""


class omni_batch_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("results", c_bool),
    ]


class omni_import(Structure):
    """Opaque."""


# mapping.h


class omni_mapping(Structure):
    """Opaque."""


class omni_table_form(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("delimiter", c_char),
        ("quote", c_char),
        ("no_header", c_bool),
        ("encoding", omni_text),
    ]


class omni_skipped(Structure):
    _fields_ = [
        ("reason", omni_text),
        ("count", c_uint64),
    ]


class omni_row(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("fields", POINTER(omni_text)),
        ("field_count", c_size_t),
        ("line", c_uint64),
        ("fault", c_char_p),
    ]


# txn.h


class omni_txn(Structure):
    """Opaque."""


# profile.h


class omni_profile(Structure):
    """Opaque."""


class omni_profile_identifier(Structure):
    _fields_ = [
        ("ns", omni_text),
        ("value", omni_text),
        ("first_seen_us", c_int64),
        ("last_seen_us", c_int64),
        ("channels", POINTER(omni_text)),
        ("channel_count", c_size_t),
        ("contested", c_bool),
    ]


class omni_trait(Structure):
    _fields_ = [
        ("name", omni_text),
        ("value_json", omni_text),
        ("source", omni_text),
        ("event_id", omni_text),
        ("time_us", c_int64),
    ]


class omni_trait_entry(Structure):
    _fields_ = [
        ("name", omni_text),
        ("value_json", omni_text),
        ("source", omni_text),
        ("event_id", omni_text),
        ("time_us", c_int64),
        ("in_force", c_bool),
    ]


class omni_group(Structure):
    _fields_ = [
        ("id", omni_text),
        ("first_us", c_int64),
        ("last_us", c_int64),
        ("members", POINTER(omni_id)),
        ("member_count", c_size_t),
        ("traits", POINTER(omni_trait)),
        ("trait_count", c_size_t),
    ]


class omni_amount(Structure):
    _fields_ = [
        ("currency", omni_text),
        ("sum", omni_text),
        ("min", omni_text),
        ("max", omni_text),
    ]


class omni_figure(Structure):
    _fields_ = [
        ("name", omni_text),
        ("count", c_uint64),
        ("first_us", c_int64),
        ("last_us", c_int64),
        ("amounts", POINTER(omni_amount)),
        ("amount_count", c_size_t),
    ]


class omni_held_apart(Structure):
    _fields_ = [
        ("ns", omni_text),
        ("value", omni_text),
        ("other_ns", omni_text),
        ("other_value", omni_text),
        ("rule", omni_text),
    ]


# cel.h


class omni_cel(Structure):
    """Opaque."""


# segment.h

omni_membership = c_int
OMNI_MEMBERSHIP_NOT_MEMBER = 0
OMNI_MEMBERSHIP_MEMBER = 1
OMNI_MEMBERSHIP_ERROR = 2


class omni_segment(Structure):
    """Opaque."""


class omni_answer(Structure):
    _fields_ = [
        ("membership", omni_membership),
        ("valid_since_us", c_int64),
        ("valid_until_us", c_int64),
        ("error", c_char_p),
        ("error_begin", c_uint32),
        ("error_end", c_uint32),
    ]


# scan.h


class omni_scan(Structure):
    """Opaque."""


class omni_scan_counts(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("profiles", c_uint64),
        ("members", c_uint64),
        ("errors", c_uint64),
        ("evaluated", c_uint64),
        ("blocks_made", c_uint64),
    ]


# explain.h

omni_link_kind = c_int
OMNI_LINK_OBSERVED = 0
OMNI_LINK_STATED = 1
OMNI_LINK_ALIAS = 2
OMNI_LINK_PART = 3

omni_link_state = c_int
OMNI_LINK_ACCEPTED = 0
OMNI_LINK_HELD = 1
OMNI_LINK_PASSED = 2
OMNI_LINK_PARTED = 3
OMNI_LINK_WAITING = 4


class omni_link(Structure):
    _fields_ = [
        ("a", omni_identifier_text),
        ("b", omni_identifier_text),
        ("a_class", omni_text),
        ("b_class", omni_text),
        ("kind", omni_link_kind),
        ("state", omni_link_state),
        ("rule", omni_text),
        ("because", omni_text),
        ("time_us", c_int64),
        ("event_name", omni_text),
        ("event_id", omni_text),
        ("channel", omni_text),
        ("source", omni_text),
        ("author", omni_text),
        ("reason", omni_text),
        ("fact", omni_fact_id),
        ("event_fact", omni_fact_id),
    ]


class omni_explanation(Structure):
    _fields_ = [
        ("a", omni_identifier_text),
        ("b", omni_identifier_text),
        ("a_id", omni_id),
        ("b_id", omni_id),
        ("a_profile", omni_id),
        ("b_profile", omni_id),
        ("same", c_bool),
        ("summary", omni_text),
        ("chain", POINTER(omni_link)),
        ("chain_count", c_size_t),
        ("held", POINTER(omni_link)),
        ("held_count", c_size_t),
        ("parts", POINTER(omni_link)),
        ("part_count", c_size_t),
        ("waiting", POINTER(omni_link)),
        ("waiting_count", c_size_t),
    ]


OMNI_EXPLAIN_NEIGHBOURS = 1000


class omni_identifier_explanation(Structure):
    _fields_ = [
        ("identifier", omni_identifier_text),
        ("id", omni_id),
        ("class_name", omni_text),
        ("rank", c_uint32),
        ("first_seen_us", c_int64),
        ("last_seen_us", c_int64),
        ("channels", POINTER(omni_text)),
        ("channel_count", c_size_t),
        ("profile", omni_id),
        ("profile_size", c_uint64),
        ("named_by", omni_identifier_text),
        ("named_because", omni_text),
        ("named_first_seen_us", c_int64),
        ("named_event_name", omni_text),
        ("named_event_id", omni_text),
        ("named_channel", omni_text),
        ("named_source", omni_text),
        ("generic", c_bool),
        ("generic_because", omni_text),
        ("generic_ns", omni_text),
        ("generic_count", c_uint64),
        ("generic_limit", c_uint32),
        ("contested", c_bool),
        ("neighbours", POINTER(omni_link)),
        ("neighbour_count", c_size_t),
        ("neighbour_total", c_uint64),
    ]


# funnel.h

OMNI_FUNNEL_STEPS = 16

omni_funnel_mode = c_int
OMNI_FUNNEL_INCREASE = 1
OMNI_FUNNEL_ORDER = 2
OMNI_FUNNEL_DEDUP = 4
OMNI_FUNNEL_REENTRY = 8
OMNI_FUNNEL_FIRST = 16


class omni_funnel_step(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("condition", c_char_p),
    ]


class omni_funnel_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("steps", POINTER(omni_funnel_step)),
        ("step_count", c_size_t),
        ("modes", c_uint32),
        ("by_channel", c_bool),
        ("has_since", c_bool),
        ("has_until", c_bool),
        ("since_us", c_int64),
        ("until_us", c_int64),
        ("within_us", c_int64),
        ("segment", POINTER(omni_segment)),
        ("progress", omni_progress_fn),
        ("user", c_void_p),
    ]


class omni_funnel_times(Structure):
    _fields_ = [
        ("median_us", c_int64),
        ("p90_us", c_int64),
        ("mean_us", c_int64),
    ]


class omni_funnel_count(Structure):
    _fields_ = [
        ("profiles", c_uint64),
        ("from_before", omni_funnel_times),
        ("from_first", omni_funnel_times),
    ]


class omni_funnel_channel(Structure):
    _fields_ = [
        ("channel", omni_text),
        ("started", POINTER(c_uint64)),
        ("at", POINTER(c_uint64)),
    ]


class omni_funnel(Structure):
    _fields_ = [
        ("steps", POINTER(omni_funnel_count)),
        ("step_count", c_size_t),
        ("channels", POINTER(omni_funnel_channel)),
        ("channel_count", c_size_t),
        ("until_us", c_int64),
    ]


# profiles.h


class omni_profiles(Structure):
    """Opaque."""


class omni_profiles_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("after", POINTER(omni_id)),
    ]


# timeline.h


class omni_timeline(Structure):
    """Opaque."""


class omni_timeline_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("oldest_first", c_bool),
        ("has_since", c_bool),
        ("has_until", c_bool),
        ("since_us", c_int64),
        ("until_us", c_int64),
        ("name", c_char_p),
        ("channel", c_char_p),
        ("nobody", c_bool),
        ("device", POINTER(omni_identifier)),
    ]


class omni_timeline_event(Structure):
    _fields_ = [
        ("type", omni_event_type),
        ("time_us", c_int64),
        ("original_time_us", c_int64),
        ("id", omni_text),
        ("made_id", c_uint64),
        ("name", omni_text),
        ("channel", omni_text),
        ("source", omni_text),
        ("group_id", omni_text),
        ("previous_id", omni_text),
        ("traits_json", omni_text),
        ("properties_json", omni_text),
        ("anchor", omni_id),
        ("nobody", c_bool),
    ]


class omni_event_copy(Structure):
    _fields_ = [
        ("event", omni_timeline_event),
        ("identifiers", POINTER(omni_identifier_text)),
        ("identifier_count", c_size_t),
    ]


# facts.h


class omni_facts(Structure):
    """Opaque."""


class omni_facts_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("position", c_uint64),
        ("from_end", c_bool),
    ]


# facts.h

omni_fact_kind = c_int
OMNI_FACT_EVENT = 1
OMNI_FACT_LINK = 2
OMNI_FACT_PART = 3
OMNI_FACT_RETRACT = 4
OMNI_FACT_CONSENT = 5
OMNI_FACT_ERASE = 6
OMNI_FACT_POLICY = 7
OMNI_FACT_SEGMENT = 8


class omni_fact(Structure):
    _fields_ = [
        ("id", omni_fact_id),
        ("kind", omni_fact_kind),
        ("has_body", c_bool),
        ("group_end", c_bool),
        ("made_us", c_int64),
        ("body_bytes", c_size_t),
        ("time_us", c_int64),
        ("event", omni_timeline_event),
        ("identifiers", POINTER(omni_identifier_text)),
        ("identifier_count", c_size_t),
        ("reason", omni_text),
        ("author", omni_text),
        ("name", omni_text),
        ("value", omni_text),
        ("targets", POINTER(omni_fact_id)),
        ("target_count", c_size_t),
    ]
