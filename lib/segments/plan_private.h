/* A plan from the inside: a tree of filters. */
#ifndef OMNI__SEGMENTS_PLAN_PRIVATE_H
#define OMNI__SEGMENTS_PLAN_PRIVATE_H

#include "segments/functions.h"
#include "segments/plan.h"

/* How many filters a plan may have; what is beyond stays open. */
#define OMNI__PLAN_FILTERS 1024u

/* Answers are worked on so many at a time. */
#define OMNI__PLAN_STRIDE 64u

typedef enum omni__filter_kind {
    OMNI__FILTER_FIXED, /* `absent` for all */
    OMNI__FILTER_AND,
    OMNI__FILTER_OR,
    OMNI__FILTER_NOT,
    OMNI__FILTER_FIRST_SEEN,
    OMNI__FILTER_LAST_SEEN,
    OMNI__FILTER_TRAIT, /* `expression` of the trait `name` */
    OMNI__FILTER_COUNT, /* of the events `name`, as those below */
    OMNI__FILTER_SUM,
    OMNI__FILTER_FIRST,
    OMNI__FILTER_LAST,
    OMNI__FILTER_CHANNEL /* an event in the channel `name`: of glances alone */
} omni__filter_kind;

/* Answers to short values that were met before. */
#define OMNI__MEMO_VALUES 64u
#define OMNI__MEMO_BYTES 30u

typedef struct omni__memo {
    uint8_t answer; /* 0: none */
    uint8_t size;
    uint8_t bytes[OMNI__MEMO_BYTES];
} omni__memo;

typedef struct omni__filter omni__filter;

struct omni__filter {
    uint8_t kind;
    uint8_t absent;   /* answer where the profile has no such event or trait */
    bool outside;     /* true is what is not from low to high */
    bool in_currency; /* SUM: of `currency` alone */
    bool moves;       /* low and high are from now on: of glances alone */
    uint8_t source;   /* SUM: omni__amount_source */
    uint32_t hint;    /* where the column stood */
    int64_t low;
    int64_t high;
    int64_t since_us; /* events are later than this: of a glance from now on */
    omni__slice name;
    omni__slice currency;
    const omni__segment *segment; /* TRAIT: of the expression */
    const omni__cel_node *expression;
    omni__memo *memo;
    omni__filter *inner; /* the first of AND, OR and NOT */
    omni__filter *next;  /* its neighbour */
    uint8_t *answers;
    /* What was met in the first blocks. */
    uint32_t cost;
    uint64_t seen;
    uint64_t settled; /* that decided the AND or OR around it */
};

struct omni__plan {
    const omni__alloc *alloc;
    omni__arena arena;   /* of the filters */
    omni__arena scratch; /* of one evaluation */
    int64_t now_us;      /* 0 of a glance, which is at any instant */
    bool glances;
    omni__segment_lookup lookup;
    void *user;
    omni__filter *root;
    size_t filters;
    size_t columns;  /* filters that look at columns */
    uint64_t blocks; /* run so far */
    size_t room;     /* answers of a filter */
    uint8_t *bytes;
    uint8_t *table; /* answers by code */
    omni_status fault;
};

/* A number: the whole part towards minus infinity, and whether that is all. */
typedef struct omni__bound {
    int64_t floor;
    bool exact;
} omni__bound;

/* What figures of a kind are compared with; false: nothing that a filter
   compares. Counts are whole, sums in millionths, instants in microseconds. */
bool
omni__bound_of(omni__filter_kind kind, omni__cel_value value, omni__bound *out);

/* Let a filter be true where `figure op x` is. */
void
omni__filter_range(omni__filter *filter, omni__cel_op op, omni__bound x);

/* Whose answers matter: those that are not `settled` in `answers`; NULL: all
   do. */
typedef struct omni__needed {
    const uint8_t *answers;
    uint8_t settled;
} omni__needed;

/* Sets of what may come, combined: an error decides nothing by itself. What is
   possible of `a op b` is an error where one side may be and the other need
   not settle it: TRUE and FALSE bits, moved to where ERROR stands. */
static inline uint8_t
omni__answer_and(unsigned x, unsigned y)
{
    return (uint8_t)((x & y & 1) | ((x | y) & 2) |
                     (((x & (y | y << 2)) | (y & (x | x << 2))) & 4));
}

static inline uint8_t
omni__answer_or(unsigned x, unsigned y)
{
    return (uint8_t)(((x | y) & 1) | (x & y & 2) |
                     (((x & (y | y << 1)) | (y & (x | x << 1))) & 4));
}

static inline uint8_t
omni__answer_not(unsigned x)
{
    return (uint8_t)((x & 1) << 1 | (x & 2) >> 1 | (x & 4));
}

/* The value of an expression that reads no more than one trait, whose JSON is
   `trait` (no data: it is missing), at the plan's instant. */
omni__cel_value
omni__plan_value(omni__plan *plan, const omni__segment *segment,
                 const omni__cel_node *node, omni__slice trait);

/* What such a value is as a condition. */
uint8_t
omni__plan_answer(omni__cel_value value);

/* The answer of a TRAIT filter to a value of its trait. */
uint8_t
omni__filter_value(omni__plan *plan, const omni__filter *filter,
                   omni__slice json);

/* Answers of a filter that looks at columns, or is fixed. */
void
omni__filter_run(omni__plan *plan, omni__filter *filter,
                 const omni__columns *columns, const omni__needed *needed);

#endif
