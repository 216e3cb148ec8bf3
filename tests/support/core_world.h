/* Tables in memory with a workset over them, and a seeded generator: what the
   tests of the rooms between log and API stand on. */
#ifndef OMNI__SUPPORT_CORE_WORLD_H
#define OMNI__SUPPORT_CORE_WORLD_H

#include "storage/workset.h"

#include <check.h>
#include <stdlib.h>

typedef struct core_world {
    omni__hooks hooks;
    omni__kv *kv;
    omni__workset set;
    uint64_t position;
} core_world;

static inline void
core_world_begin(core_world *w)
{
    memset(w, 0, sizeof(*w));
    ck_assert_int_eq(omni__hooks_init(&w->hooks, NULL), OMNI_OK);
    const omni__kv_options options = {.hooks = &w->hooks, .derive_version = 1};
    ck_assert_int_eq(omni__kv_open(NULL, &options, &w->kv, NULL), OMNI_OK);
    omni__workset_init(&w->set, w->kv, &w->hooks.alloc);
}

static inline void
core_world_end(core_world *w)
{
    omni__workset_free(&w->set);
    omni__kv_close(w->kv);
    w->kv = NULL;
}

/* Write the nodes' rows, publish and forget, as a fold does with a batch. */
static inline void
core_world_flush(core_world *w)
{
    ck_assert_int_eq(omni__workset_write(&w->set), OMNI_OK);
    omni__workset_clear(&w->set);
    omni__kv_publish(w->kv, ++w->position);
}

/* An id told by a number; ids of other numbers are other ids. */
static inline omni_id
core_id(uint64_t number)
{
    omni_id id;
    omni__be64_write(id.bytes, number * UINT64_C(0x9e3779b97f4a7c15));
    omni__be64_write(id.bytes + 8, number);
    return id;
}

/* The node of that number, made where it is missing. */
static inline omni__work_node *
core_node(core_world *w, uint64_t number, const char *ns, const char *value)
{
    const omni_id id = core_id(number);
    omni__work_node *node = NULL;
    omni_status status = omni__workset_get(&w->set, &id, &node);
    if (status == OMNI_NOT_FOUND) {
        status = omni__workset_add(&w->set, &id, omni__slice_text(ns),
                                   omni__slice_text(value), &node);
    }
    ck_assert_int_eq(status, OMNI_OK);
    return node;
}

/* Every row, as blocks of key and value. */
static inline void
core_world_rows(core_world *w, omni__buffer *out)
{
    omni__kv_cursor *cursor;
    ck_assert_int_eq(omni__kv_cursor_writer(w->kv, &cursor), OMNI_OK);
    omni_status status = omni__kv_cursor_seek(cursor, omni__slice_text(""));
    for (; status == OMNI_OK; status = omni__kv_cursor_next(cursor)) {
        omni__put_block(out, omni__kv_cursor_key(cursor));
        omni__put_block(out, omni__kv_cursor_value(cursor));
    }
    ck_assert_int_eq(status, OMNI_END);
    omni__kv_cursor_close(cursor);
    ck_assert(!out->failed);
}

typedef struct core_random {
    uint64_t seed; /* for messages */
    uint64_t state;
} core_random;

static inline core_random
core_random_of(uint64_t seed)
{
    return (core_random){.seed = seed,
                         .state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15)};
}

static inline uint64_t
core_random_next(core_random *random)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t
core_below(core_random *random, uint32_t bound)
{
    return (uint32_t)((core_random_next(random) >> 32) % bound);
}

static inline bool
core_one_in(core_random *random, uint32_t bound)
{
    return core_below(random, bound) == 0;
}

static inline int
core_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
