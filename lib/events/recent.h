/* The events of a profile as their entries, newest first, read as far back as
   they are asked for. Bodies are not looked at. */
#ifndef OMNI__EVENTS_RECENT_H
#define OMNI__EVENTS_RECENT_H

#include "events/entries.h"

typedef struct omni__recent {
    const omni__view *view;
    const omni__node *nodes;
    size_t count;
    omni__arena *arena;
    struct omni__recent_node *rest; /* what is not read yet of each node */
    const omni__entry **list;       /* by time, the newest first */
    size_t size;
    size_t capacity;
    size_t sure; /* so many of the list are known to be the next */
    omni_status status;
} omni__recent;

/* Begin: the newest chunk of each node is read. All of it is the arena's. */
omni_status
omni__recent_init(omni__recent *recent, const omni__view *view,
                  const omni__node *nodes, size_t count, omni__arena *arena);

/* Read on, until `sure` has grown or nothing is left. */
bool
omni__recent_more(omni__recent *recent);

/* The event of a number, from 0, the newest; NULL: there are not so many, or
   `status` tells a fault. */
static inline const omni__entry *
omni__recent_at(omni__recent *recent, size_t number)
{
    while (number >= recent->sure) {
        if (!omni__recent_more(recent)) {
            return NULL;
        }
    }
    return recent->list[number];
}

#endif
