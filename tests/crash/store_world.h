/*
   A store of numbered events, by the public API alone: event n has the id
   `eN` and belongs to one of a few people.
*/
#ifndef OMNI__TESTS_CRASH_STORE_WORLD_H
#define OMNI__TESTS_CRASH_STORE_WORLD_H

#include "omni/omni.h"

#include <stdbool.h>

#define STORE_WORLD_PEOPLE 5

/* Add event n to a batch. */
omni_status
store_world_add(omni_batch *batch, uint64_t number);

/* Commit `count` events from `first` as one group. */
omni_status
store_world_commit(omni_store *store, uint64_t first, uint64_t count,
                   omni_durability durability, omni_error *error);

/* A bit for each event below `limit` that is in a timeline. */
typedef struct store_world_events {
    uint8_t *seen;
    uint64_t limit;
    uint64_t count;
    uint64_t repeated;
    uint64_t strange; /* ids that no event here has */
} store_world_events;

omni_status
store_world_collect(omni_store *store, store_world_events *events,
                    omni_error *error);

bool
store_world_has(const store_world_events *events, uint64_t number);

/*
   Open what a crash left, check all of it, compare it with what was begun and
   acknowledged, and go on with it. Zero if all is well; `aloud`: say what is
   not. `limit`: above every number, and free to be used.
*/
typedef struct store_world_claims {
    const char *path;
    const uint64_t *begun;
    size_t begun_count;
    const uint64_t *done;
    size_t done_count;
    uint64_t limit;
    bool aloud;
} store_world_claims;

int
store_world_verify(const store_world_claims *claims);

#endif
