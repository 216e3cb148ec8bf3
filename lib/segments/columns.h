/*
   A block of profiles (storage/touched.h) by columns: what a scan over all
   profiles looks at, one array after the other, so that a condition on one
   figure reads nothing else. A block is made from the rows of its nodes and
   can be made again at any time; kept, it is one row of COLUMNS.

   A row is in the machine's own order of bytes: a head, then arrays that
   begin at multiples of 8 and are named by their place in the row.
*/
#ifndef OMNI__SEGMENTS_COLUMNS_H
#define OMNI__SEGMENTS_COLUMNS_H

#include "platform/buffer.h"
#include "storage/touched.h"

/* Kinds of an event's amount. */
#define OMNI__KIND_NONE 0
#define OMNI__KIND_OTHER 255 /* to be seen in the event alone */

/* Trait values as codes. */
#define OMNI__CODE_LONG UINT16_MAX /* too long to be kept here */

/* Where an array stands in the row, and how many items it has. */
typedef struct omni__column_part {
    uint32_t at;
    uint32_t count;
} omni__column_part;

/* Values that codes stand for: texts one after the other, and where each
   begins; one more start is the end of the last. */
typedef struct omni__column_words {
    omni__column_part starts; /* uint32_t */
    omni__column_part bytes;
} omni__column_words;

/* Of the profiles that have an event of a name, or a trait. */
typedef struct omni__column {
    omni__column_part name; /* bytes */
    omni__column_part who;  /* uint16_t: numbers of profiles; none: all */
    uint32_t count;         /* of those profiles */
    uint32_t uniform;       /* events: the kind of all, where kinds has none */
    int64_t latest_us;      /* of all times */
    /* int64_t. Events: in the order of the profiles, then of time. Traits: of
       the event that gives the value; one per profile. */
    omni__column_part times;
    /* uint32_t. Events: where those of a profile begin; one more is the end. */
    omni__column_part offsets;
    omni__column_part amounts; /* int64_t: events, if any has one; millionths */
    omni__column_part kinds;   /* uint8_t: events; by number from 1: */
    omni__column_part codes;   /* uint16_t: traits; by number from 0: */
    /* Kinds: the source as a letter from `0`, then the currency. Codes:
       canonical JSON. */
    omni__column_words words;
} omni__column;

typedef struct omni__columns {
    uint64_t checksum; /* of all that follows */
    uint64_t position; /* of the log that it was made at */
    uint32_t format;
    uint32_t size;            /* of the row */
    omni__column_part ids;    /* omni_id: profiles, sorted */
    omni__column_part first;  /* int64_t: first seen */
    omni__column_part last;   /* int64_t: last seen */
    omni__column_part events; /* omni__column, by name */
    omni__column_part traits; /* omni__column, by name */
} omni__columns;

/* An array of a column. */
static inline const void *
omni__columns_at(const omni__columns *columns, omni__column_part part)
{
    return (const uint8_t *)columns + part.at;
}

static inline omni__slice
omni__columns_bytes(const omni__columns *columns, omni__column_part part)
{
    return omni__slice_of(omni__columns_at(columns, part), part.count);
}

/* A word by its number, below `starts.count - 1`. */
static inline omni__slice
omni__columns_word(const omni__columns *columns,
                   const omni__column_words *words, uint32_t number)
{
    const uint32_t *starts = omni__columns_at(columns, words->starts);
    const uint8_t *bytes = omni__columns_at(columns, words->bytes);
    return omni__slice_of(bytes + starts[number],
                          starts[number + 1] - starts[number]);
}

/*
   Make a block from the rows of a view that stands at `position`. Puts a row
   into `out`, which is cleared. OMNI_ERR_LIMIT: it has too many profiles,
   names or events to be held so.
*/
omni_status
omni__columns_build(const omni__view *view, uint32_t block, uint64_t position,
                    const omni__alloc *alloc, omni__buffer *out);

/*
   Whether bytes, aligned to 8, are a row that was made here and is whole:
   checksum, places and counts. What passes can be read without a look at any
   number in it.
*/
bool
omni__columns_check(omni__slice row);

/* Whether bytes begin with a head of their size, of a row that was checked
   before. */
bool
omni__columns_is_head(omni__slice row);

/* A column by its name, or NULL. `*hint` is where it stood the last time. */
const omni__column *
omni__columns_find(const omni__columns *columns, omni__column_part list,
                   omni__slice name, uint32_t *hint);

#endif
