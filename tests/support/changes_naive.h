/*
   What the feed of profiles has to tell of a group of facts, in the naive way:
   by a comparison of where every identifier is before and after, and, for the
   fact that did it, after each of the facts.
*/
#ifndef OMNI__TESTS_SUPPORT_CHANGES_NAIVE_H
#define OMNI__TESTS_SUPPORT_CHANGES_NAIVE_H

#include "omni/omni.h"

#include <stdbool.h>
#include <stddef.h>

enum { NAMES = 12, THINGS = 6 /* of a group */ };

/* Who is where. */
typedef struct state {
    bool is[NAMES];
    omni_id head[NAMES];
} state;

/* A change that is to be told. */
typedef struct expected {
    omni_profile_change_kind kind;
    omni_id profile;
    omni_id other;
} expected;

extern omni_id naive_ids[NAMES];
extern state naive_steps[THINGS + 1]; /* before each fact, and at the end */

bool
same(const omni_id *a, const omni_id *b);

/* The identifier that has an id; NAMES: none. */
size_t
number_of(const omni_id *id);

/* The changes of a group, in their order; returns how many. */
size_t
expect(const state *before, const state *after, expected *out);

/* The number of the fact, of `count`, by which one came about. */
size_t
cause(const state *before, const state *after, size_t count, const expected *e);

#endif
