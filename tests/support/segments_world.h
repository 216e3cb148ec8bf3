/*
   A store with segments and a clock that stands still: what tests of stored
   membership share.
*/
#ifndef OMNI__TESTS_SUPPORT_SEGMENTS_WORLD_H
#define OMNI__TESTS_SUPPORT_SEGMENTS_WORLD_H

#include "support/api_world.h"

#include <check.h>

#define DAY (24 * API_HOUR)

extern api_world world;
extern int64_t now; /* what the store's clock says */

void
setup(void);

void
teardown(void);

omni_status
try_set(const char *name, const char *expression);

void
set(const char *name, const char *expression);

/* One step; 0 is the default budget. */
omni_tick_result
tick(int64_t at_us, uint64_t budget);

void
tick_all(int64_t at_us);

/* Somebody buys; each receipt is another one. */
void
buy(const char *who, int64_t time_us, const char *revenue);

omni_id
id_of(const char *who);

typedef struct ids {
    omni_id list[200];
    size_t count;
} ids;

/* An omni_members_fn that adds to `ids`. */
int
take_id(void *user, const omni_id *id);

ids
combine(const char *const *names, size_t count, omni_set_operation operation,
        int64_t at_us);

ids
members(const char *name, int64_t at_us);

bool
has(const ids *list, const char *who);

/* The feed from `after` on, as text: "+a:s@120 " for who entered s at two
   minutes past the beginning of the test, in seconds. */
const char *
feed(uint64_t after, const char *const *people, size_t count);

#endif
