"""Declarations of the C interface: reading people, and groups of them."""

from ctypes import POINTER, c_char_p, c_int64, c_size_t
from typing import Any

from ._native import (
    omni_error,
    omni_explanation,
    omni_figure,
    omni_group,
    omni_held_apart,
    omni_id,
    omni_identifier,
    omni_identifier_explanation,
    omni_link,
    omni_profile,
    omni_profile_identifier,
    omni_profiles,
    omni_profiles_options,
    omni_status,
    omni_store,
    omni_text,
    omni_trait,
    omni_trait_entry,
    omni_txn,
)

#: As PROTOTYPES.
PEOPLE: dict[str, tuple[Any, list[Any]]] = {
    # group.h
    "omni_group_get": (
        omni_status,
        [POINTER(omni_txn), c_char_p, POINTER(POINTER(omni_group))],
    ),
    "omni_group_next": (
        omni_status,
        [POINTER(omni_txn), c_char_p, POINTER(omni_text)],
    ),
    "omni_group_figures": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_group),
            POINTER(POINTER(omni_figure)),
            POINTER(c_size_t),
        ],
    ),
    "omni_group_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_group), POINTER(omni_text)],
    ),
    "omni_profile_groups": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_profile),
            POINTER(POINTER(omni_text)),
            POINTER(c_size_t),
        ],
    ),
    # txn.h
    "omni_txn_as_of": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            c_size_t,
            c_int64,
            POINTER(POINTER(omni_txn)),
        ],
    ),
    "omni_txn_begin": (
        omni_status,
        [
            POINTER(omni_store),
            POINTER(POINTER(omni_txn)),
            POINTER(omni_error),
        ],
    ),
    "omni_txn_at": (omni_status, [POINTER(omni_txn), c_int64]),
    "omni_txn_end": (None, [POINTER(omni_txn)]),
    "omni_txn_error": (POINTER(omni_error), [POINTER(omni_txn)]),
    # profile.h
    "omni_profile_find": (
        omni_status,
        [POINTER(omni_txn), omni_identifier, POINTER(omni_id)],
    ),
    "omni_profile_resolve": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_id), POINTER(omni_id)],
    ),
    "omni_profile_get": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            POINTER(POINTER(omni_profile)),
        ],
    ),
    "omni_profile_id": (omni_id, [POINTER(omni_profile)]),
    "omni_profile_first_seen": (c_int64, [POINTER(omni_profile)]),
    "omni_profile_last_seen": (c_int64, [POINTER(omni_profile)]),
    "omni_profile_channels": (
        POINTER(omni_text),
        [POINTER(omni_profile), POINTER(c_size_t)],
    ),
    "omni_profile_identifiers": (
        POINTER(omni_profile_identifier),
        [POINTER(omni_profile), POINTER(c_size_t)],
    ),
    "omni_profile_traits": (
        POINTER(omni_trait),
        [POINTER(omni_profile), POINTER(c_size_t)],
    ),
    "omni_profile_figures": (
        POINTER(omni_figure),
        [POINTER(omni_profile), POINTER(c_size_t)],
    ),
    "omni_profile_held_apart": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_profile),
            POINTER(POINTER(omni_held_apart)),
            POINTER(c_size_t),
        ],
    ),
    "omni_profile_trait": (
        omni_status,
        [POINTER(omni_profile), c_char_p, POINTER(omni_trait)],
    ),
    "omni_profile_trait_history": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_profile),
            c_char_p,
            POINTER(POINTER(omni_trait_entry)),
            POINTER(c_size_t),
        ],
    ),
    "omni_profile_figure": (
        omni_status,
        [POINTER(omni_profile), c_char_p, POINTER(omni_figure)],
    ),
    "omni_profile_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_profile), POINTER(omni_text)],
    ),
    # explain.h
    "omni_identifier_find": (
        omni_status,
        [POINTER(omni_txn), omni_identifier, POINTER(omni_id)],
    ),
    "omni_explain": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            POINTER(omni_id),
            POINTER(POINTER(omni_explanation)),
        ],
    ),
    "omni_explain_identifier": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            POINTER(POINTER(omni_identifier_explanation)),
        ],
    ),
    "omni_profile_links": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_id),
            POINTER(POINTER(omni_link)),
            POINTER(c_size_t),
        ],
    ),
    "omni_explanation_json": (
        omni_status,
        [POINTER(omni_txn), POINTER(omni_explanation), POINTER(omni_text)],
    ),
    "omni_identifier_explanation_json": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_identifier_explanation),
            POINTER(omni_text),
        ],
    ),
    # profiles.h
    "omni_profiles_open": (
        omni_status,
        [
            POINTER(omni_txn),
            POINTER(omni_profiles_options),
            POINTER(POINTER(omni_profiles)),
        ],
    ),
    "omni_profiles_next": (
        omni_status,
        [POINTER(omni_profiles), POINTER(POINTER(omni_profile))],
    ),
    "omni_profiles_close": (None, [POINTER(omni_profiles)]),
}
