/* Expressions with a host: variables, functions and an instant. */
#ifndef TESTS_CEL_WORLD_H
#define TESTS_CEL_WORLD_H

#include "cel/run.h"
#include "platform/hooks.h"

#include <check.h>
#include <stdlib.h>

typedef struct cel_world {
    omni__hooks hooks;
    omni__arena arena;
    omni_error error;
    omni__cel_source source;
    omni__cel_node *root;
    uint32_t slots;
    omni__cel_run run;
} cel_world;

static inline void
cel_world_init(cel_world *w)
{
    *w = (cel_world){.root = NULL};
    ck_assert_int_eq(omni__hooks_init(&w->hooks, NULL), OMNI_OK);
    omni__arena_init(&w->arena, &w->hooks.alloc);
}

static inline void
cel_world_free(cel_world *w)
{
    omni__arena_free(&w->arena);
}

/* Parse and resolve; memory of what was compiled before goes. */
static inline omni_status
cel_world_compile(cel_world *w, const char *text,
                  const omni__cel_environment *environment)
{
    omni__arena_reset(&w->arena);
    w->source = (omni__cel_source){
        .text = omni__slice_text(text), .arena = &w->arena, .error = &w->error};
    const omni_status status = omni__cel_parse(&w->source, &w->root);
    return status == OMNI_OK
               ? omni__cel_resolve(&w->source, environment, w->root, &w->slots)
               : status;
}

/* The value at an instant; w->run.since_us and until_us say for how long. */
static inline omni__cel_value
cel_world_run(cel_world *w, omni__cel_variable_fn variable, void *host,
              int64_t now_us)
{
    w->run = (omni__cel_run){.arena = &w->arena,
                             .host = host,
                             .variable = variable,
                             .steps = 1000000,
                             .now_us = now_us,
                             .since_us = INT64_MIN,
                             .until_us = INT64_MAX};
    w->run.slots = omni__arena_zero(&w->arena, (w->slots + (size_t)1) *
                                                   sizeof(w->run.slots[0]));
    return omni__cel_evaluate(&w->run, w->root);
}

#endif
