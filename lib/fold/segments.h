/* The parts of the fold that keep membership: see fold/watch.h. */
#ifndef OMNI__FOLD_SEGMENTS_H
#define OMNI__FOLD_SEGMENTS_H

#include "fold/fold.h"

/* Know the segments as of `fold->position`; nothing is read where that is so
   already, or where there are none. */
omni_status
omni__watch_load(omni__fold *fold);

/* Nothing is known any more. */
void
omni__watch_forget(omni__fold *fold);

void
omni__watch_free(omni__fold *fold);

/* Bring the definitions in line with the registers in force. */
omni_status
omni__watch_define(omni__fold *fold);

/* Note who reads what, after a definition came, went or changed. */
omni_status
omni__watch_index(omni__fold *fold);

/* After a group was resolved: evaluate what it touched at the clock. */
omni_status
omni__watch_settle(omni__fold *fold);

/* Which answers of a profile are asked for anew. */
typedef enum omni__cause {
    OMNI__CAUSE_FACTS,    /* of those that read what changed */
    OMNI__CAUSE_BACKFILL, /* of those whose backfill has not been there */
    OMNI__CAUSE_DUE       /* of those that are over by then */
} omni__cause;

typedef struct omni__asked {
    omni__cause cause;
    uint64_t changed; /* of facts: as of a node of the set */
    uint64_t grown;
    int64_t tick_us; /* of what is due: the tick's instant */
} omni__asked;

/* Evaluate a profile by its head, which is in the set, at an instant. */
omni_status
omni__watch_evaluate(omni__fold *fold, omni__work_node *head, omni__asked asked,
                     int64_t now_us);

/* What is no profile any more, by a node of the set, leaves all segments. */
omni_status
omni__watch_leave(omni__fold *fold, omni__work_node *node);

/* Write the row of FEED that is being made, if any; and where MEMBER is behind
   by as much as it may be, roll it. */
omni_status
omni__watch_feed(omni__fold *fold);

/* Bring MEMBER up to the last entry of FEED. */
omni_status
omni__watch_roll(omni__fold *fold);

/* A tick; `fold->group` is of its frame, and counts what it evaluated. */
omni_status
omni__watch_tick(omni__fold *fold, omni__slice control);

#endif
