/* Counts of the whole store, one row. */
#ifndef OMNI__STORAGE_COUNTS_H
#define OMNI__STORAGE_COUNTS_H

#include "platform/buffer.h"
#include "storage/view.h"

typedef struct omni__counts {
    uint64_t facts;
    uint64_t events;
    uint64_t nodes;
    uint64_t profiles;
    uint64_t links;
    uint64_t statements;
    uint64_t unknown;
    uint64_t registers; /* how often a row of REGISTER came or went */
    uint64_t retracts;  /* rows of RETRACT */
    uint64_t voided;    /* rows of VOID */
    uint64_t segments;  /* rows of SEGMENT */
    uint64_t numbers;   /* of segments, given so far */
    uint64_t changes;   /* entries of FEED */
    uint64_t rolled;    /* so many changes are in the rows of MEMBER */
    uint64_t moves;     /* rows of MOVE */
    uint64_t contested; /* nodes that are */
    /* The segment clock, microseconds: the latest of the clocks of the groups
       folded, each to the end of its millisecond, and of the ticks. */
    int64_t clock_us;
} omni__counts;

/* Zeros where the row is missing. */
omni_status
omni__counts_read(const omni__view *view, omni__counts *out);

omni_status
omni__counts_write(omni__kv *kv, const omni__counts *counts);

#endif
