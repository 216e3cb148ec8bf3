"""Declarations of the C interface: the functions of mapping.h."""

from ctypes import POINTER, c_bool, c_char_p, c_size_t
from typing import Any

from ._native import (
    omni_batch,
    omni_error,
    omni_hooks,
    omni_import,
    omni_mapping,
    omni_row,
    omni_skipped,
    omni_status,
    omni_table_form,
    omni_text,
)

#: As PROTOTYPES.
TABLES: dict[str, tuple[Any, list[Any]]] = {
    # mapping.h
    "omni_mapping_parse": (
        omni_status,
        [
            c_char_p,
            c_size_t,
            POINTER(omni_hooks),
            POINTER(POINTER(omni_mapping)),
            POINTER(omni_error),
        ],
    ),
    "omni_mapping_free": (None, [POINTER(omni_mapping)]),
    "omni_mapping_add": (
        omni_status,
        [POINTER(omni_mapping), c_char_p, POINTER(omni_error)],
    ),
    "omni_mapping_form": (
        omni_status,
        [POINTER(omni_mapping), POINTER(omni_table_form)],
    ),
    "omni_mapping_bind": (
        omni_status,
        [
            POINTER(omni_mapping),
            POINTER(omni_text),
            c_size_t,
            POINTER(omni_error),
        ],
    ),
    "omni_mapping_uses": (c_bool, [POINTER(omni_mapping), c_size_t]),
    "omni_mapping_skipped": (
        omni_status,
        [POINTER(omni_mapping), c_size_t, POINTER(omni_skipped)],
    ),
    "omni_batch_add_row": (
        omni_status,
        [
            POINTER(omni_batch),
            POINTER(omni_import),
            POINTER(omni_mapping),
            POINTER(omni_row),
        ],
    ),
}
