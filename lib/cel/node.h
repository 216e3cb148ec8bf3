/* Expressions as trees: parsed, then names resolved to what they mean. */
#ifndef OMNI__CEL_NODE_H
#define OMNI__CEL_NODE_H

#include "cel/library.h"
#include "platform/error.h"

/* How deep an expression may nest: what walks a tree calls itself as often. */
#define OMNI__CEL_DEPTH 160u

typedef enum omni__cel_node_kind {
    OMNI__CEL_LITERAL,
    OMNI__CEL_NAME,   /* not resolved, or not resolvable */
    OMNI__CEL_LOCAL,  /* `slot` */
    OMNI__CEL_GLOBAL, /* `slot`: number of a declared variable */
    OMNI__CEL_SELECT, /* a.name, a.?name */
    OMNI__CEL_HAS,    /* has(a.name) */
    OMNI__CEL_INDEX,  /* a[b], a[?b] */
    OMNI__CEL_NOT,    /* !a */
    OMNI__CEL_NEGATE, /* -a */
    OMNI__CEL_BINARY, /* a `op` b */
    OMNI__CEL_AND,    /* of all arguments */
    OMNI__CEL_OR,
    OMNI__CEL_CHOICE, /* a ? b : c */
    OMNI__CEL_MAKE_LIST,
    OMNI__CEL_MAKE_MAP, /* arguments: key, value, key, value, … */
    OMNI__CEL_CALL,     /* name(arguments), a.name(arguments) */
    OMNI__CEL_FOLD, /* a macro over the range a: b, and c where it has one */
    OMNI__CEL_BIND, /* slot = a in b */
    OMNI__CEL_BLOCK /* slots from `slot` on = arguments, in a */
} omni__cel_node_kind;

typedef enum omni__cel_op {
    OMNI__CEL_ADD,
    OMNI__CEL_SUBTRACT,
    OMNI__CEL_MULTIPLY,
    OMNI__CEL_DIVIDE,
    OMNI__CEL_MODULO,
    OMNI__CEL_EQUAL,
    OMNI__CEL_UNEQUAL,
    OMNI__CEL_LESS,
    OMNI__CEL_LESS_EQUAL,
    OMNI__CEL_GREATER,
    OMNI__CEL_GREATER_EQUAL,
    OMNI__CEL_IN
} omni__cel_op;

typedef enum omni__cel_fold {
    OMNI__CEL_ALL,          /* b: condition */
    OMNI__CEL_EXISTS,       /* b: condition */
    OMNI__CEL_EXISTS_ONE,   /* b: condition */
    OMNI__CEL_FILTER,       /* b: condition */
    OMNI__CEL_MAP_LIST,     /* b: condition or NULL, c: what becomes of it */
    OMNI__CEL_MAP_MAP,      /* b: condition or NULL, c: the value */
    OMNI__CEL_MAP_OPTIONAL, /* c: what becomes of it */
    OMNI__CEL_FLAT_OPTIONAL /* c: an optional */
} omni__cel_fold;

typedef struct omni__cel_node omni__cel_node;

struct omni__cel_node {
    uint8_t kind;
    uint8_t op;    /* omni__cel_op or omni__cel_fold */
    bool optional; /* of SELECT and INDEX: with a question mark */
    bool rooted;   /* of NAME: with a leading dot */
    bool pairs;    /* of FOLD: two variables */
    uint32_t offset;
    uint32_t end;  /* behind its last byte */
    uint32_t slot; /* of FOLD: of its first variable */
    uint32_t count;
    omni__slice name;
    omni__slice names[2]; /* of FOLD and BIND: variables */
    omni__cel_node *a, *b, *c;
    omni__cel_node **arguments;
    bool *optionals; /* of lists and maps: per element; NULL: none is */
    omni__cel_value value;
    const omni__cel_overload *overloads; /* of CALL; the first of this name */
    uint32_t overload_count;
};

typedef struct omni__cel_source {
    omni__slice text;
    omni__arena *arena;
    omni_error *error;
} omni__cel_source;

/* Note what is wrong at a byte of the source: message, line and caret. */
omni_status
omni__cel_fail(const omni__cel_source *source, uint32_t offset,
               const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with any status; bytes of the message that are no UTF-8 become
   question marks. */
omni_status
omni__cel_fail_as(const omni__cel_source *source, omni_status status,
                  uint32_t offset, char *message);

/* Read an expression: OMNI_ERR_SYNTAX, OMNI_ERR_LIMIT, OMNI_ERR_NO_MEMORY. */
omni_status
omni__cel_parse(const omni__cel_source *source, omni__cel_node **out);

/* If a call is a macro, make it one. `*done` tells. */
omni_status
omni__cel_expand(const omni__cel_source *source, omni__cel_node *call,
                 bool *done);

/* Names to slots, variables, types and functions; `*slots` is how many values
   an evaluation holds at once. What has no meaning stays a NAME, or a call
   without overloads. */
omni_status
omni__cel_resolve(const omni__cel_source *source,
                  const omni__cel_environment *environment,
                  omni__cel_node *root, uint32_t *slots);

/*
   The type of a resolved expression as a letter, `*` where it is only known
   when it is evaluated. An operator or call that no overload takes, and a name
   without a meaning, is OMNI_ERR_SYNTAX at its place; what may turn out well
   is not.
*/
omni_status
omni__cel_check(const omni__cel_source *source,
                const omni__cel_environment *environment,
                const omni__cel_node *root, char *type);

/*
   Steps that an evaluation takes at the most, where lists have their written
   length, else as many items as the call that makes them costs steps, at least
   OMNI__CEL_ITEMS; but for what operators and functions charge by the size of
   texts and lists that they join or search. More than `budget` is
   OMNI_ERR_LIMIT at the clause that most of them are for.
*/
omni_status
omni__cel_cost(const omni__cel_source *source, const omni__cel_node *root,
               uint64_t budget, uint64_t *cost);

#define OMNI__CEL_ITEMS 100u

/* "+", "<=", "in", …. */
const char *
omni__cel_op_mark(omni__cel_op op);

#endif
