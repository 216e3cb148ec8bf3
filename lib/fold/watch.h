/*
   Stored membership: what the fold knows of the segments while there are any.
   After each group, profiles of which something changed that a segment reads
   are evaluated at the segment clock; a tick evaluates those whose answers
   are over, at the instants they were, and what a new definition has not seen.
*/
#ifndef OMNI__FOLD_WATCH_H
#define OMNI__FOLD_WATCH_H

#include "segments/definitions.h"
#include "segments/feed.h"
#include "storage/workset.h"

/* Segments by what they read, as bits of their numbers modulo 64. */
typedef struct omni__watched_name {
    omni__slice name;  /* of the definition's */
    uint32_t mark;     /* of the name: most others have another one */
    bool channel;      /* a name of a channel, and not of events */
    int64_t length_us; /* so long they are read; INT64_MAX: for ever */
    uint64_t bits;
    uint64_t once; /* of those that read no more than whether there is one */
} omni__watched_name;

typedef struct omni__watch {
    omni__definitions definitions;
    uint64_t position;   /* the log position they are as of, if loaded */
    bool loaded;         /* unless nothing of them is known */
    bool stale;          /* a definition came or went in this group */
    uint64_t first_seen; /* who reads first seen */
    uint64_t last_seen;  /* who reads last seen */
    uint64_t any_event;  /* who reads events by no name */
    uint64_t always;     /* who may have somebody of whom it reads nothing */
    uint64_t traits;     /* who reads traits */
    omni__watched_name *events;
    size_t event_count;
    size_t event_capacity;
    omni__work_node **nodes; /* that are to be looked at */
    size_t node_capacity;
    omni__feed_row feed; /* of the frame */
    omni__buffer row;
} omni__watch;

#endif
