/*
   Where facts stand in this store's log: from an id to the fact, and from the
   position of a body, as rows have it, to the fact it belongs to. A row per
   group leads from its first sequence to its frame, and a row per 64 KiB of
   log to a frame from which to walk on.
*/
#ifndef OMNI__FOLD_PLACE_H
#define OMNI__FOLD_PLACE_H

#include "log/log.h"
#include "storage/view.h"

/* A fact that was found; it points into itself, and is not to be copied. */
typedef struct omni__found_fact {
    omni__group group;
    omni__fact fact;
    uint64_t position; /* of its body in the log */
} omni__found_fact;

/* Note where a group stands. */
omni_status
omni__place_note(omni__kv *kv, const omni__group *group,
                 const omni__log_frame *frame);

/* The fact of a replica by its sequence: OMNI_NOT_FOUND if it is not here. */
omni_status
omni__place_find(const omni__view *view, omni__log *log,
                 const uint8_t replica[OMNI__REPLICA_SIZE], uint64_t sequence,
                 omni__found_fact *out);

/* The fact whose body stands at a position of the log. */
omni_status
omni__place_at(const omni__view *view, omni__log *log, uint64_t position,
               omni__found_fact *out);

/* Its id. */
omni_status
omni__place_id(const omni__view *view, omni__log *log, uint64_t position,
               omni_fact_id *out);

#endif
