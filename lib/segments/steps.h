/* Inside of segments/: which steps of a funnel an event is. */
#ifndef OMNI__SEGMENTS_STEPS_H
#define OMNI__SEGMENTS_STEPS_H

#include "cel/run.h"
#include "events/entries.h"
#include "log/log.h"
#include "omni/funnel.h"

/* Step `k` by its bit. */
typedef struct omni__steps {
    omni__log *log;
    omni__arena *arena;  /* of all of it */
    omni__arena scratch; /* of one condition */
    omni_error *error;
    size_t count;
    omni__slice names[OMNI_FUNNEL_STEPS]; /* data NULL: any */
    omni__slice texts[OMNI_FUNNEL_STEPS];
    omni__cel_node *conditions[OMNI_FUNNEL_STEPS]; /* NULL: none */
    uint32_t conditional;                          /* steps that have one */
    omni__cel_value *slots;
    omni__slice last; /* name that was looked at last, … */
    uint32_t named;   /* … and steps of that name */
} omni__steps;

/* Fill in from zero, but for `log`, `arena`, `error`. End in any case. */
omni_status
omni__steps_compile(omni__steps *steps, const omni_funnel_options *options);

void
omni__steps_end(omni__steps *steps);

/* The steps that a visible entry fits; its texts stay as long as `steps`. */
omni_status
omni__steps_fit(omni__steps *steps, const omni__entry *entry, uint32_t *out);

#endif
