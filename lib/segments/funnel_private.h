/* Inside of segments/: a funnel under way, by nodes or by columns. */
#ifndef OMNI__SEGMENTS_FUNNEL_PRIVATE_H
#define OMNI__SEGMENTS_FUNNEL_PRIVATE_H

#include "segments/funnel.h"
#include "segments/sequence.h"
#include "segments/spread.h"
#include "segments/steps.h"

/* Times of a step: since the step before, and since the first. */
typedef struct omni__funnel_step_times {
    omni__spread before;
    omni__spread first;
} omni__funnel_step_times;

typedef struct omni__funnel {
    const omni__funnel_source *source;
    const omni_funnel_options *options;
    omni_error *error;
    omni__sequence_rule rule;
    omni__steps steps;
    omni__arena arena; /* of one profile */
    void *events;      /* omni__sequence_event, of one profile */
    size_t event_count;
    size_t event_capacity;
    bool again;                          /* only times are wanted */
    uint64_t reached[OMNI_FUNNEL_STEPS]; /* and no further */
    omni__funnel_step_times times[OMNI_FUNNEL_STEPS];
    void *channels; /* counts per channel, by number */
    size_t channel_count;
    size_t channel_capacity;
    uint32_t *sorted; /* numbers of channels by their names */
    uint32_t last;    /* number of the channel that was looked up last */
    uint32_t hints[OMNI_FUNNEL_STEPS]; /* where columns stood */
    int64_t *starts;                   /* by columns: two arrays of so many */
    size_t start_room;
    uint64_t done; /* of `total`, as it is told */
    uint64_t total;
} omni__funnel;

/* One event more of a profile. */
omni_status
omni__funnel_event(omni__funnel *f, int64_t time_us, uint32_t steps,
                   uint32_t tag);

/* Find the chain of the events that were added; they are sorted first if
   `sort`. */
void
omni__funnel_find(omni__funnel *f, bool sort, omni__sequence_chain *chain);

/* Count the chain of a profile that is wanted. */
omni_status
omni__funnel_count(omni__funnel *f, const omni__sequence_chain *chain);

/* Whether columns have all that is asked for. */
bool
omni__funnel_has_columns(const omni__funnel *f);

/* Count the profiles of a block that was scanned. */
omni_status
omni__funnel_columns(omni__funnel *f, omni__scan *scan,
                     const omni__columns *columns);

#endif
