/*
   Figures of a node: per event name, how often, first and last, and per
   currency the exact sum, least and greatest amount of the events anchored at
   it. A profile's figure is the sum over its nodes (P2, P4).
*/
#ifndef OMNI__EVENTS_FIGURES_H
#define OMNI__EVENTS_FIGURES_H

#include "events/entries.h"
#include "identity/policy.h"
#include "omni/profile.h"

typedef struct omni__money {
    omni__slice currency;
    uint64_t count; /* amounts in it */
    omni__int128 sum;
    omni__int128 min;
    omni__int128 max;
} omni__money;

typedef struct omni__figure {
    omni__slice name;
    uint64_t count;
    int64_t first_us;
    int64_t last_us;
    omni__slice channels; /* of its events, as they stand in the section */
    omni__money *money;   /* by currency; room for one more */
    size_t money_count;
    uint8_t sources; /* a bit for each omni__amount_source of its amounts */
    const omni__node *node; /* of omni__figures_named() alone */
} omni__figure;

/* Figures in a section, by name; room for one more in the array. */
omni_status
omni__figures_decode(omni__slice section, omni__arena *arena,
                     omni__figure **out, size_t *count);

/* Count an event in. */
omni_status
omni__figures_add(omni__workset *set, omni__work_node *node,
                  const omni__entry *entry);

/* Count an event out; its entry is no longer visible at the node. */
omni_status
omni__figures_remove(omni__workset *set, omni__work_node *node,
                     const omni__entry *entry);

/* How many events a node anchors: all that its figures count. */
uint64_t
omni__figures_events(omni__slice section);

/* When a node has events in a channel: none was before `first_us`, and there
   was one by `surely_us`; INT64_MAX of both: there is none. */
typedef struct omni__channel_seen {
    int64_t first_us;
    int64_t surely_us;
} omni__channel_seen;

/* Take what a section tells of a channel into `seen`. A damaged one has all. */
void
omni__figures_channel(omni__slice section, omni__slice channel,
                      omni__channel_seen *seen);

/* Join two figures of one name, all but channels, into `into` (its money array
   has room for every currency of both). */
void
omni__figure_join(omni__figure *into, const omni__figure *other);

/* Figures of a profile by its nodes, sorted by name, in the arena. */
omni_status
omni__figures_of_nodes(const omni__node *nodes, size_t count,
                       omni__arena *arena, omni_figure **out,
                       size_t *out_count);

/* Amount and currency of an event by its properties, into the entry, and its
   flags: the first of the properties wanted that is a number, unless it is
   beyond 1e21. To have none is no fault. Texts may be put into the
   arena. */
omni_status
omni__amount_of(const omni__policy_list *wanted, omni__slice properties,
                omni__arena *arena, omni__entry *entry);

/* The figures of one name: one for each node that has it, by nodes. */
omni_status
omni__figures_named(const omni__node *nodes, size_t count, omni__slice name,
                    omni__arena *arena, omni__figure **out, size_t *out_count);

#endif
