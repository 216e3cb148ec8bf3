/* The language once more, slowly: a walk over the parser's tree as langdef.md
   reads, on values of its own. It knows no time and no decimals. */
#ifndef TESTS_CEL_NAIVE_H
#define TESTS_CEL_NAIVE_H

#include "cel/node.h"

typedef struct naive naive;

struct naive {
    omni__cel_kind kind; /* ERROR is the only error there is */
    bool truth;
    int64_t number;
    uint64_t natural;
    double real;
    omni__slice text;
    naive *items; /* of a list; of a map key, value, key, …; an optional's */
    size_t count; /* of items */
};

/* A name and what it stands for, and the ones before it. */
typedef struct naive_name {
    const struct naive_name *before;
    omni__slice name;
    naive value;
} naive_name;

/* The value of an expression that is parsed and not resolved. `globals` are
   found by their longest name. `*unsure` where it has no value to compare, for
   the text of a double that is hard to write. */
naive
naive_evaluate(const omni__cel_node *node, const naive_name *globals,
               omni__arena *arena, bool *unsure);

/* Whether two values are the same in all that can be told of them. */
bool
naive_same(naive a, omni__cel_value b, omni__arena *arena);

/* A value of the library as one of these. */
naive
naive_of(omni__cel_value value, omni__arena *arena);

#endif
