/* The events of a profile: an ordered merge of its nodes' entries (E1). */
#ifndef OMNI__EVENTS_TIMELINE_H
#define OMNI__EVENTS_TIMELINE_H

#include "events/copy.h"

typedef struct omni__timeline_filter {
    bool oldest_first;
    bool with_traits; /* only events that have some */
    bool has_since;
    bool has_until;
    int64_t since_us;    /* included */
    int64_t until_us;    /* not included */
    omni__slice name;    /* empty: all */
    omni__slice channel; /* empty: all */
} omni__timeline_filter;

/* An event of a timeline: its chosen copy, and what all copies carry. */
typedef struct omni__timeline_item {
    const omni__node *node; /* by which it is in the timeline */
    omni__event_body body;
    uint64_t position;
    uint64_t content_hash; /* where it stands among events of one time */
    bool merged;           /* made up by more than one copy */
    bool nobody;           /* in no profile */
} omni__timeline_item;

typedef struct omni__timeline {
    omni__timeline_filter filter;
    const omni__view *view;
    const omni__secret *secret;
    omni__log *log;
    struct omni__timeline_side *sides; /* of the nodes that have events */
    size_t count;
    struct omni__timeline_side *first; /* by what they may come to next */
    bool started;
    omni__arena arena;         /* of the events below */
    omni__timeline_item *tied; /* events of one time and hash, in order */
    size_t tied_count;
    size_t tied_at;
} omni__timeline;

/* Begin a merge over nodes, which must outlive it; memory from the arena. */
omni_status
omni__timeline_init(omni__timeline *timeline, const omni__view *view,
                    const omni__node *nodes, size_t count, omni__arena *arena);

/* Add the events that are nobody's on those of the nodes that are contested
   devices (I9). Before the first step. */
omni_status
omni__timeline_nobody(omni__timeline *timeline, const omni__node *nodes,
                      size_t count, omni__arena *arena);

/* The next event; OMNI_END. Set `log` and `secret` before. */
omni_status
omni__timeline_next(omni__timeline *timeline, omni__timeline_item *out);

void
omni__timeline_end(omni__timeline *timeline);

/* The copies that make up an event, the one that speaks for it first. */
omni_status
omni__timeline_copies(const omni__timeline *timeline,
                      const omni__timeline_item *item, omni__arena *arena,
                      omni__copy ***out, size_t *count);

/* All identifiers of an event, sorted: those of its copies (F7). */
omni_status
omni__timeline_identifiers(const omni__timeline *timeline,
                           const omni__timeline_item *item, omni__arena *arena,
                           const omni__named **out, size_t *count);

#endif
