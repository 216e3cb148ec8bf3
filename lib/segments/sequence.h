/*
   Steps in order among the events of one profile: how far the best chain of
   distinct events gets, in time that is linear in the events. Pure.

   Events of one instant have no order: they chain in whichever order leads
   furthest. Where a mode asks what stands *between* two steps, they count in
   the order of the steps that they fit, and others after them.
*/
#ifndef OMNI__SEGMENTS_SEQUENCE_H
#define OMNI__SEGMENTS_SEQUENCE_H

#include "platform/slice.h"

#define OMNI__SEQUENCE_STEPS 16

typedef enum omni__sequence_mode {
    /* Each step strictly later than the one before. */
    OMNI__SEQUENCE_INCREASE = 1,
    /* An event that is not the next step ends a chain, unless it fits a step
       that the chain has reached; one of the first step ends it too, where it
       has reached more. */
    OMNI__SEQUENCE_ORDER = 2,
    /* A second event of a step that was reached (but the first) ends it. */
    OMNI__SEQUENCE_DEDUP = 4,
    /* With ORDER: an event of the first step ends no chain. */
    OMNI__SEQUENCE_REENTRY = 8,
    /* Chains begin at the first event of the first step only. */
    OMNI__SEQUENCE_FIRST = 16,
    OMNI__SEQUENCE_MODES = 31
} omni__sequence_mode;

typedef struct omni__sequence_event {
    int64_t time_us;
    uint32_t steps; /* bit k: fits step k, from 0 */
    uint32_t tag;   /* the caller's */
} omni__sequence_event;

typedef struct omni__sequence_rule {
    size_t steps; /* 1 to OMNI__SEQUENCE_STEPS */
    unsigned modes;
    int64_t within_us; /* of the first event, itself included; INT64_MAX */
} omni__sequence_rule;

/* The chain that got furthest: of those the first to get there, of those the
   one that began last. */
typedef struct omni__sequence_chain {
    size_t length; /* steps that it has; 0: no event fits the first */
    omni__sequence_event events[OMNI__SEQUENCE_STEPS];
    /* When the last of the chains of all steps began; INT64_MIN: none. */
    int64_t latest_us;
} omni__sequence_chain;

/* `events` are sorted by time; those of one time come back in another order.
   The same events give the same chain however they stood. */
void
omni__sequence_find(const omni__sequence_rule *rule,
                    omni__sequence_event *events, size_t count,
                    omni__sequence_chain *out);

#endif
