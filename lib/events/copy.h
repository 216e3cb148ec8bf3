/*
   Copies of events in the log, and the other copies of the same event (F7):
   those with its name, id and sender's instant that share an identifier,
   directly or through one another.
*/
#ifndef OMNI__EVENTS_COPY_H
#define OMNI__EVENTS_COPY_H

#include "codec/body.h"
#include "events/entries.h"
#include "identity/policy.h"
#include "log/log.h"

/* A copy with the ids of its nodes. */
typedef struct omni__copy {
    uint64_t position; /* of its body in the log */
    omni__event_body body;
    omni_id ids[OMNI_LIMIT_IDENTIFIERS];
    omni_id stated[OMNI__STATED_MAX];
    uint64_t event_hash;
    uint64_t content_hash; /* 0 where nothing is compared by it */
    uint32_t old_cluster;  /* number of the event it was part of */
    bool voided;           /* found among those that are void */
} omni__copy;

/* Where its entries stand. */
static inline omni__order
omni__copy_order(const omni__copy *copy)
{
    return (omni__order){.time_us = copy->body.time_us,
                         .event_hash = omni__order_hash(copy->event_hash),
                         .position = copy->position};
}

/* Its entry at nodes where it speaks for no event. */
static inline omni__entry
omni__copy_entry(const omni__copy *copy)
{
    return (omni__entry){.order = omni__copy_order(copy),
                         .instant_us = copy->body.instant_us,
                         .flags = OMNI__ENTRY_CARRIED};
}

/* Whether it is noted in SKEW. */
static inline bool
omni__copy_skewed(const omni__copy *copy)
{
    return copy->body.instant_us == 0 ||
           copy->body.instant_us != copy->body.time_us;
}

/* Decode a body as a copy; borrows from it. */
omni_status
omni__copy_open(const omni__secret *secret, omni__slice body, uint64_t position,
                omni__copy *out);

/* Decode the body that stands at `position`; borrowed until the log is closed.
   OMNI_NOT_FOUND if it was dropped. */
omni_status
omni__copy_read(omni__log *log, uint64_t position, omni__event_body *out);

/* True if copy `a`, rather than `b`, speaks for the event they are copies of
   (F7): more identifiers, then the smaller content hash. Both hashes must be
   there. */
bool
omni__copy_speaks(const omni__copy *a, const omni__copy *b);

/* True if identifier `a` is stronger than `b` (E1): smaller rank, then
   namespace and value. */
bool
omni__named_stronger(const omni__policy *policy, const omni__named *a,
                     const omni__named *b);

/* Index of the strongest identifier of an event, which anchors it. */
size_t
omni__event_anchor(const omni__policy *policy, const omni__event_body *event);

/* A hint that the body at `position` is going to be read. */
void
omni__copy_prefetch(omni__log *log, uint64_t position);

/* The node of an id, as the one who asks knows it; OMNI_NOT_FOUND. */
typedef omni_status (*omni__node_fn)(void *user, const omni_id *id,
                                     omni__node *out);

/* A search for copies. */
typedef struct omni__copies {
    const omni__secret *secret;
    omni__log *log;
    const omni__view *view; /* for older entries of nodes */
    omni__node_fn node;
    void *user;
    bool voided;        /* look for void ones too */
    omni__arena *arena; /* of the copies */
    omni__copy **list;  /* the first is the one that was asked for */
    size_t count;
    size_t capacity;
} omni__copies;

/* Find the copies of `first`, which need not be in the store itself, nor need
   its nodes. */
omni_status
omni__copies_find(omni__copies *copies, omni__copy *first);

/* Find the copies of the one that stands at `position`, with nodes as the view
   has them unless `node` is set. */
omni_status
omni__copies_at(omni__copies *copies, uint64_t position);

/* An event as copies make it up. */
typedef struct omni__joined {
    const omni__copy *chosen;
    const omni__named *strongest; /* of the identifiers of all (E1) */
    const omni_id *anchor;        /* its node */
    bool carried;                 /* the chosen copy carries it */
    bool merged;                  /* there are other copies */
} omni__joined;

/* The event that those copies make up whose `old_cluster` is this one
   (UINT32_MAX: all). Where there are several, their content hashes must be
   there. */
omni__joined
omni__copies_join(const omni__copies *copies, const omni__policy *policy,
                  uint32_t old_cluster);

/* Content decides between copies (F7); a copy alone needs no hash of it.
   `buffer` is worked in. */
omni_status
omni__copies_hash(const omni__copies *copies, omni__buffer *buffer);

/* Forget the list; the copies are the arena's. */
void
omni__copies_end(omni__copies *copies);

#endif
