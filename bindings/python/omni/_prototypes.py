"""Declarations of the C interface: the functions of include/omni."""

from ctypes import (
    POINTER,
    c_char_p,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from ._native import (
    omni_answer,
    omni_batch,
    omni_batch_options,
    omni_cel,
    omni_check_report,
    omni_digest,
    omni_durability,
    omni_error,
    omni_event,
    omni_event_copy,
    omni_event_result,
    omni_fact,
    omni_fact_id,
    omni_fact_kind,
    omni_facts,
    omni_facts_options,
    omni_funnel,
    omni_funnel_options,
    omni_hooks,
    omni_id,
    omni_identifier,
    omni_identifier_text,
    omni_import,
    omni_import_summary,
    omni_parsed_fn,
    omni_progress_fn,
    omni_reason,
    omni_refused_code,
    omni_refused_fn,
    omni_retract_result,
    omni_statement_result,
    omni_scan,
    omni_scan_counts,
    omni_segment,
    omni_stats,
    omni_status,
    omni_store,
    omni_store_options,
    omni_text,
    omni_timeline,
    omni_timeline_event,
    omni_timeline_options,
    omni_txn,
    omni_voided_fn,
    omni_write_fn,
)
from ._prototypes_people import PEOPLE
from ._prototypes_policy import POLICY
from ._prototypes_segments import SEGMENTS
from ._prototypes_tables import TABLES

#: Every public function: what it returns, and what it takes.
PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    **PEOPLE,
    **SEGMENTS,
    **TABLES,
    # status.h
    "omni_status_name": (c_char_p, [omni_status]),
    "omni_version": (c_char_p, []),
    # identifier.h
    "omni_id_format": (None, [POINTER(omni_id), c_char_p]),
    "omni_id_parse": (omni_status, [c_char_p, POINTER(omni_id)]),
    "omni_fact_id_format": (None, [POINTER(omni_fact_id), c_char_p]),
    "omni_fact_id_parse": (omni_status, [c_char_p, POINTER(omni_fact_id)]),
    # store.h
    "omni_store_open": (
        omni_status,
        [
            c_char_p,
            POINTER(omni_store_options),
            POINTER(POINTER(omni_store)),
            POINTER(omni_error),
        ],
    ),
    "omni_store_close": (omni_status, [POINTER(omni_store)]),
    "omni_store_flush": (
        omni_status,
        [POINTER(omni_store), POINTER(omni_error)],
    ),
    "omni_store_stats": (
        omni_status,
        [POINTER(omni_store), POINTER(omni_stats), POINTER(omni_error)],
    ),
    "omni_store_digest": (
        omni_status,
        [POINTER(omni_store), POINTER(omni_digest), POINTER(omni_error)],
    ),
    "omni_store_dump": (
        omni_status,
        [POINTER(omni_store), omni_write_fn, c_void_p, POINTER(omni_error)],
    ),
    "omni_store_dump_at": (
        omni_status,
        [
            POINTER(omni_store),
            c_int64,
            omni_write_fn,
            c_void_p,
            POINTER(omni_error),
        ],
    ),
    "omni_store_check": (
        omni_status,
        [
            POINTER(omni_store),
            c_uint32,
            omni_progress_fn,
            c_void_p,
            POINTER(omni_check_report),
            POINTER(omni_error),
        ],
    ),
    "omni_store_refused": (
        omni_status,
        [POINTER(omni_store), omni_refused_fn, c_void_p, POINTER(omni_error)],
    ),
    "omni_store_voided": (
        omni_status,
        [POINTER(omni_store), omni_voided_fn, c_void_p, POINTER(omni_error)],
    ),
    # event.h
    "omni_refused_name": (c_char_p, [omni_refused_code]),
    "omni_event_append": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_event),
            POINTER(omni_event_result),
            POINTER(omni_error),
        ],
    ),
    "omni_event_append_json": (
        omni_status,
        [
            POINTER(omni_store),
            c_char_p,
            c_size_t,
            POINTER(omni_import_summary),
            POINTER(omni_error),
        ],
    ),
    "omni_event_parse_json": (
        omni_status,
        [
            POINTER(omni_store),
            c_char_p,
            c_size_t,
            omni_parsed_fn,
            c_void_p,
            POINTER(omni_import_summary),
            POINTER(omni_error),
        ],
    ),
    # statement.h
    "omni_profile_merge": (
        omni_status,
        [
            POINTER(omni_store),
            omni_identifier,
            omni_identifier,
            POINTER(omni_reason),
            POINTER(omni_statement_result),
            POINTER(omni_error),
        ],
    ),
    "omni_profile_split": (
        omni_status,
        [
            POINTER(omni_store),
            omni_identifier,
            omni_identifier,
            POINTER(omni_reason),
            POINTER(omni_statement_result),
            POINTER(omni_error),
        ],
    ),
    "omni_fact_retract": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_fact_id),
            POINTER(omni_reason),
            POINTER(omni_retract_result),
            POINTER(omni_error),
        ],
    ),
    # batch.h
    "omni_import_new": (
        omni_status,
        [
            POINTER(omni_store),
            c_char_p,
            POINTER(POINTER(omni_import)),
            POINTER(omni_error),
        ],
    ),
    "omni_import_free": (None, [POINTER(omni_import)]),
    "omni_import_rehearse": (
        omni_status,
        [
            POINTER(omni_import),
            omni_parsed_fn,
            c_void_p,
            POINTER(omni_error),
        ],
    ),
    "omni_import_rehearsed": (
        omni_status,
        [POINTER(omni_import), POINTER(omni_import_summary)],
    ),
    "omni_batch_new": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_batch_options),
            POINTER(POINTER(omni_batch)),
            POINTER(omni_error),
        ],
    ),
    "omni_batch_free": (None, [POINTER(omni_batch)]),
    "omni_batch_add": (
        omni_status,
        [POINTER(omni_batch), POINTER(omni_event)],
    ),
    "omni_batch_add_json": (
        omni_status,
        [POINTER(omni_batch), POINTER(omni_import), c_char_p, c_size_t],
    ),
    "omni_batch_add_merge": (
        omni_status,
        [
            POINTER(omni_batch),
            omni_identifier,
            omni_identifier,
            POINTER(omni_reason),
        ],
    ),
    "omni_batch_add_split": (
        omni_status,
        [
            POINTER(omni_batch),
            omni_identifier,
            omni_identifier,
            POINTER(omni_reason),
        ],
    ),
    "omni_batch_add_retract": (
        omni_status,
        [POINTER(omni_batch), POINTER(omni_fact_id), POINTER(omni_reason)],
    ),
    "omni_batch_error": (POINTER(omni_error), [POINTER(omni_batch)]),
    "omni_batch_count": (c_size_t, [POINTER(omni_batch)]),
    "omni_batch_bytes": (c_size_t, [POINTER(omni_batch)]),
    "omni_batch_commit": (
        omni_status,
        [POINTER(omni_batch), omni_durability, POINTER(omni_error)],
    ),
    "omni_batch_summary": (
        omni_status,
        [POINTER(omni_batch), POINTER(omni_import_summary)],
    ),
    "omni_batch_result_count": (c_size_t, [POINTER(omni_batch)]),
    "omni_batch_result": (
        omni_status,
        [POINTER(omni_batch), c_size_t, POINTER(omni_event_result)],
    ),
    "omni_batch_statement_result": (
        omni_status,
        [POINTER(omni_batch), c_size_t, POINTER(omni_statement_result)],
    ),
    "omni_batch_retract_result": (
        omni_status,
        [POINTER(omni_batch), c_size_t, POINTER(omni_retract_result)],
    ),
    # funnel.h
    "omni_funnel_run": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_funnel_options),
            POINTER(POINTER(omni_funnel)),
        ],
    ),
    "omni_funnel_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_funnel), POINTER(omni_text)],
    ),
    # cel.h
    "omni_cel_new": (
        omni_status,
        [POINTER(omni_hooks), POINTER(POINTER(omni_cel)), POINTER(omni_error)],
    ),
    "omni_cel_free": (None, [POINTER(omni_cel)]),
    "omni_cel_eval_json": (
        omni_status,
        [POINTER(omni_cel), c_char_p, c_size_t, POINTER(omni_text)],
    ),
    # scan.h
    "omni_scan_close": (None, [POINTER(omni_scan)]),
    "omni_scan_next": (omni_status, [POINTER(omni_scan), POINTER(omni_id)]),
    "omni_scan_open": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_segment),
            c_int64,
            POINTER(omni_id),
            POINTER(POINTER(omni_scan)),
        ],
    ),
    "omni_scan_progress": (
        omni_status,
        [POINTER(omni_scan), POINTER(omni_scan_counts)],
    ),
    "omni_segment_count": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_segment),
            c_int64,
            omni_progress_fn,
            c_void_p,
            POINTER(omni_scan_counts),
        ],
    ),
    # segment.h
    "omni_segment_compile": (
        omni_status,
        [
            POINTER(omni_store),
            c_char_p,
            c_size_t,
            POINTER(POINTER(omni_segment)),
            POINTER(omni_error),
        ],
    ),
    "omni_segment_free": (None, [POINTER(omni_segment)]),
    "omni_segment_eval": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_segment),
            POINTER(omni_id),
            c_int64,
            POINTER(omni_answer),
        ],
    ),
    "omni_segment_explain": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_segment),
            POINTER(omni_id),
            c_int64,
            POINTER(omni_text),
            POINTER(omni_text),
        ],
    ),
    # policy.h
    **POLICY,
    # timeline.h
    "omni_timeline_open": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            POINTER(omni_timeline_options),
            POINTER(POINTER(omni_timeline)),
        ],
    ),
    "omni_timeline_close": (None, [POINTER(omni_timeline)]),
    "omni_timeline_next": (
        omni_status,
        [POINTER(omni_timeline), POINTER(omni_timeline_event)],
    ),
    "omni_timeline_identifiers": (
        omni_status,
        [
            POINTER(omni_timeline),
            POINTER(POINTER(omni_identifier_text)),
            POINTER(c_size_t),
        ],
    ),
    "omni_timeline_copies": (
        omni_status,
        [
            POINTER(omni_timeline),
            POINTER(POINTER(omni_event_copy)),
            POINTER(c_size_t),
        ],
    ),
    "omni_timeline_facts": (
        omni_status,
        [
            POINTER(omni_timeline),
            POINTER(POINTER(omni_fact_id)),
            POINTER(c_size_t),
        ],
    ),
    "omni_timeline_json": (
        omni_status,
        [POINTER(omni_timeline), POINTER(omni_text)],
    ),
    # facts.h
    "omni_fact_kind_name": (c_char_p, [omni_fact_kind]),
    "omni_facts_open": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(omni_facts_options),
            POINTER(POINTER(omni_facts)),
            POINTER(omni_error),
        ],
    ),
    "omni_facts_next": (
        omni_status,
        [POINTER(omni_facts), POINTER(omni_fact)],
    ),
    "omni_facts_position": (c_uint64, [POINTER(omni_facts)]),
    "omni_facts_json": (
        omni_status,
        [POINTER(omni_facts), POINTER(omni_text)],
    ),
    "omni_facts_error": (POINTER(omni_error), [POINTER(omni_facts)]),
    "omni_facts_close": (None, [POINTER(omni_facts)]),
}
