/* The events of a profile: an ordered merge of its nodes' entries (E1). */
#ifndef OMNI__EVENTS_TIMELINE_H
#define OMNI__EVENTS_TIMELINE_H

#include "events/copy.h"
#include "events/entries.h"

typedef struct omni__timeline_filter {
    bool oldest_first;
    bool has_since;
    bool has_until;
    int64_t since_us;    /* included */
    int64_t until_us;    /* not included */
    omni__slice name;    /* empty: all */
    omni__slice channel; /* empty: all */
} omni__timeline_filter;

typedef struct omni__timeline {
    omni__timeline_filter filter;
    omni__log *log;
    omni__entry_walk *walks; /* one per node */
    bool *ended;
    size_t count;
    bool started;
} omni__timeline;

/* Begin a merge over nodes, which must outlive it; memory from the arena. */
omni_status
omni__timeline_init(omni__timeline *timeline, const omni__view *view,
                    const omni__node *nodes, size_t count, omni__log *log,
                    omni__arena *arena);

/* The next event, and the node it is anchored at; OMNI_END. */
omni_status
omni__timeline_next(omni__timeline *timeline, const omni__node **node,
                    omni__event_body *out);

void
omni__timeline_end(omni__timeline *timeline);

#endif
