/* Values of the naive walk, and operators on them. */
#ifndef TESTS_CEL_NAIVE_VALUE_H
#define TESTS_CEL_NAIVE_VALUE_H

#include "support/cel_naive.h"

typedef struct walker {
    const naive_name *globals;
    omni__arena *arena;
    bool *unsure;
} walker;

static const naive error = {.kind = OMNI__CEL_ERROR};

static inline naive
truth(bool is)
{
    return (naive){.kind = OMNI__CEL_BOOL, .truth = is};
}

static inline naive
integer(int64_t number)
{
    return (naive){.kind = OMNI__CEL_INT, .number = number};
}

static inline naive
natural(uint64_t number)
{
    return (naive){.kind = OMNI__CEL_UINT, .natural = number};
}

static inline naive
real(double number)
{
    return (naive){.kind = OMNI__CEL_DOUBLE, .real = number};
}

static inline naive
text(omni__slice bytes)
{
    return (naive){.kind = OMNI__CEL_STRING, .text = bytes};
}

static inline naive
items(const walker *w, omni__cel_kind kind, size_t room)
{
    return (naive){.kind = kind,
                   .items =
                       omni__arena_zero(w->arena, (room + 1) * sizeof(naive))};
}

static inline void
put(naive *list, naive value)
{
    list->items[list->count++] = value;
}

static inline naive
some(const walker *w, naive value)
{
    naive out = items(w, OMNI__CEL_OPTIONAL, 1);
    put(&out, value);
    return value.kind == OMNI__CEL_ERROR ? error : out;
}

static inline bool
is(naive value, bool wanted)
{
    return value.kind == OMNI__CEL_BOOL && value.truth == wanted;
}

static inline bool
named(omni__slice name, const char *wanted)
{
    return omni__slice_equal(name, omni__slice_text(wanted));
}

static inline bool
number(naive a)
{
    return a.kind == OMNI__CEL_INT || a.kind == OMNI__CEL_UINT ||
           a.kind == OMNI__CEL_DOUBLE;
}

static inline double
as_real(naive a)
{
    return a.kind == OMNI__CEL_INT    ? (double)a.number
           : a.kind == OMNI__CEL_UINT ? (double)a.natural
                                      : a.real;
}

/* a < b of numbers, bools and texts; *can tells whether they have an order. */
bool
naive_less(naive a, naive b, bool *can);

bool
naive_equal(naive a, naive b);

const naive *
naive_look_up(naive map, naive key);

naive
naive_joined(const walker *w, naive a, naive b);

naive
naive_operate(const walker *w, omni__cel_op op, naive a, naive b);

/* a[key], a.key; through optionals: of none is none; what is not there is none
   behind a question mark. */
naive
naive_part(const walker *w, naive a, naive key, bool question);

#endif
