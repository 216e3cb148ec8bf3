/*
   The entries of a node: one for each copy of an event that carries it, and
   for each event anchored at it, in the order of event time. The newest stand
   in the node's row; older ones in rows of CHUNK.

   Where a run of entries is cut does not depend on the order they came in: an
   entry whose event hash has its low bits zero ends its chunk (content-defined
   chunking, as in Muthitacharoen et al., "A low-bandwidth network file
   system", 2001). The section ENTRIES holds what follows the last such entry.
*/
#ifndef OMNI__EVENTS_ENTRIES_H
#define OMNI__EVENTS_ENTRIES_H

#include "codec/int128.h"
#include "storage/workset.h"

typedef enum omni__entry_flag {
    OMNI__ENTRY_CARRIED = 1, /* a copy that carries the node */
    OMNI__ENTRY_VISIBLE = 2, /* an event anchored here; its chosen copy */
    OMNI__ENTRY_TRAITS = 4,  /* which has traits */
    OMNI__ENTRY_AMOUNT = 8,  /* which has an amount */
    OMNI__ENTRY_MERGED = 16, /* made up by more than one copy */
    OMNI__ENTRY_SOURCE = 96, /* with AMOUNT: the omni__amount_source that it
                                is from, shifted by OMNI__ENTRY_SOURCE_AT;
                                without: all, if a number did not fit */
    /* In place of VISIBLE, at a contested device (I9): an event anchored here
       that is visible at the anchor of a login, or to nobody. */
    OMNI__ENTRY_AWAY = 128,
    OMNI__ENTRY_NOBODY = 256,
    OMNI__ENTRY_ANCHORED = 386 /* any of VISIBLE, AWAY, NOBODY */
} omni__entry_flag;

#define OMNI__ENTRY_SOURCE_AT 5

/* The property that an event's amount was read from. */
typedef enum omni__amount_source {
    OMNI__AMOUNT_REVENUE = 0,
    OMNI__AMOUNT_TOTAL = 1,
    OMNI__AMOUNT_VALUE = 2,
    OMNI__AMOUNT_POLICY = 3 /* one that the policy names */
} omni__amount_source;

/* What entries are sorted by: F6 as far as an entry can tell. Events of one
   time and hash stand as they do in the log, which is local; who shows them
   compares their content (events/timeline.h). */
typedef struct omni__order {
    int64_t time_us;
    uint32_t event_hash; /* upper half of the event's id hash */
    uint64_t position;   /* of the copy's body in the log */
} omni__order;

/* The part of an event's id hash that orders entries. */
static inline uint32_t
omni__order_hash(uint64_t event_hash)
{
    return (uint32_t)(event_hash >> 32);
}

typedef struct omni__entry {
    omni__order order;
    int64_t instant_us; /* sender's own; 0: none */
    uint16_t flags;
    omni__slice name;     /* of those with ANCHORED only */
    omni__slice channel;  /* likewise */
    omni__slice currency; /* with AMOUNT */
    omni__int128 amount;  /* millionths; with AMOUNT */
} omni__entry;

int
omni__order_compare(const omni__order *a, const omni__order *b);

/* Add an entry, or replace the one of the same order. */
omni_status
omni__entries_put(omni__workset *set, omni__work_node *node,
                  const omni__entry *entry);

/* Note a carried entry whose time is not its instant, or that has none, in
   SKEW, so that omni__entries_copies() finds it. */
omni_status
omni__entries_skew(omni__workset *set, omni__work_node *node,
                   const omni__entry *entry);

/* Take that back. */
omni_status
omni__entries_unskew(omni__workset *set, omni__work_node *node,
                     const omni__entry *entry);

/* Note that an entry of a node, which need not be there, is one of a copy that
   is void, or that it is none any more. */
omni_status
omni__entries_void(omni__workset *set, const omni_id *node,
                   const omni__entry *entry, bool is_void);

/* Take an entry out. OMNI_NOT_FOUND if there is none of that order. */
omni_status
omni__entries_remove(omni__workset *set, omni__work_node *node,
                     const omni__order *order);

/* A walk over a node's entries. */
typedef struct omni__entry_walk {
    const omni__view *view;
    const omni__node *node;
    omni__arena arena; /* of the run alone */
    omni__entry *run;  /* the decoded run that it stands in */
    size_t count;
    size_t at;
    bool in_head;            /* the run is the section, not a chunk */
    omni__kv_cursor *cursor; /* over chunks; opened when first needed */
} omni__entry_walk;

/* Begin; nothing is read yet. End with omni__entry_walk_end(). */
void
omni__entry_walk_init(omni__entry_walk *walk, const omni__view *view,
                      const omni__node *node, const omni__alloc *alloc);

/* To the newest entry before `order` (NULL: the newest of all); OMNI_END. */
omni_status
omni__entry_walk_last(omni__entry_walk *walk, const omni__order *order);

/* To the oldest entry at or after `order` (NULL: the oldest); OMNI_END. */
omni_status
omni__entry_walk_first(omni__entry_walk *walk, const omni__order *order);

/* To the next newer, or older one; OMNI_END. */
omni_status
omni__entry_walk_newer(omni__entry_walk *walk);

omni_status
omni__entry_walk_older(omni__entry_walk *walk);

/* The entry it stands on; borrowed until the walk moves on. */
static inline const omni__entry *
omni__entry_walk_at(const omni__entry_walk *walk)
{
    return &walk->run[walk->at];
}

void
omni__entry_walk_end(omni__entry_walk *walk);

/* Receives an entry; anything but OMNI_OK ends the search. */
typedef omni_status (*omni__entry_fn)(void *user, const omni__entry *entry);

/*
   Every copy at a node that may be the same event (F7): same event hash, same
   sender's instant. Name and full id are for the caller to compare.
*/
omni_status
omni__entries_copies(const omni__view *view, const omni__node *node,
                     uint32_t event_hash, int64_t instant_us,
                     const omni__alloc *alloc, omni__entry_fn callback,
                     void *user);

/* The same of copies that are void. Their entries bear no flag. */
omni_status
omni__entries_voided(const omni__view *view, const omni_id *node,
                     uint32_t event_hash, int64_t instant_us,
                     omni__entry_fn callback, void *user);

#endif
