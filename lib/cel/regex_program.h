/* What a regular expression is compiled to, and how it gets there. */
#ifndef OMNI__CEL_REGEX_PROGRAM_H
#define OMNI__CEL_REGEX_PROGRAM_H

#include "cel/regex.h"

#define OMNI__CEL_REGEX_REPEAT 1000u /* {n,m} */
#define OMNI__CEL_REGEX_SIZE 20000u  /* instructions */
#define OMNI__CEL_REGEX_DEPTH 100u   /* groups in groups */

typedef enum omni__cel_regex_op {
    OMNI__CEL_REGEX_CODE,  /* `code`, of either case if `fold` */
    OMNI__CEL_REGEX_ANY,   /* any code point; not newline unless `fold` */
    OMNI__CEL_REGEX_CLASS, /* one of `class` */
    OMNI__CEL_REGEX_SPLIT, /* go on at `x` and at `y` */
    OMNI__CEL_REGEX_JUMP,  /* go on at `x` */
    OMNI__CEL_REGEX_START, /* start of the text, */
    OMNI__CEL_REGEX_END,
    OMNI__CEL_REGEX_LINE_START, /* or of a line */
    OMNI__CEL_REGEX_LINE_END,
    OMNI__CEL_REGEX_WORD_EDGE,
    OMNI__CEL_REGEX_NO_WORD_EDGE,
    OMNI__CEL_REGEX_MATCH
} omni__cel_regex_op;

/* A part of a class: a range, or general categories of Unicode. */
typedef struct omni__cel_regex_item {
    uint32_t low;
    uint32_t high;
    uint32_t categories; /* bit per utf8proc category; 0: the range counts */
    bool negated;
} omni__cel_regex_item;

typedef struct omni__cel_regex_class {
    const omni__cel_regex_item *items;
    uint32_t count;
    bool negated;
    bool fold;
} omni__cel_regex_class;

typedef struct omni__cel_regex_step {
    uint8_t op;
    bool fold;
    uint32_t x;
    uint32_t y;
    uint32_t code;
    const omni__cel_regex_class *class;
} omni__cel_regex_step;

struct omni__cel_regex {
    const omni__cel_regex_step *steps;
    uint32_t count;
};

typedef enum omni__cel_regex_kind {
    OMNI__CEL_REGEX_EMPTY,
    OMNI__CEL_REGEX_ONE,    /* a step that takes a code point, or an edge */
    OMNI__CEL_REGEX_CAT,    /* a, then b */
    OMNI__CEL_REGEX_OR,     /* a, or b */
    OMNI__CEL_REGEX_REPEATS /* a, `least` to `most` times */
} omni__cel_regex_kind;

#define OMNI__CEL_REGEX_MANY UINT32_MAX

typedef struct omni__cel_regex_node {
    uint8_t kind;
    omni__cel_regex_step step;
    const struct omni__cel_regex_node *a, *b;
    uint32_t least, most;
    uint32_t height;
} omni__cel_regex_node;

/* A pattern as a tree; NULL with `*why`. */
const omni__cel_regex_node *
omni__cel_regex_parse(omni__slice pattern, omni__arena *arena,
                      const char **why);

/* A class at `*at`, behind its opening bracket or on the backslash of \d \pL
   and the like; false with `*why`. `*none`: it is no class after all. */
bool
omni__cel_regex_class_parse(omni__slice pattern, size_t *at, bool fold,
                            omni__arena *arena, omni__cel_regex_class *out,
                            const char **why);

/* An escaped code point behind a backslash: \n \x{10FFFF} \07 \. and so on. */
bool
omni__cel_regex_escape(omni__slice pattern, size_t *at, uint32_t *code);

bool
omni__cel_regex_class_has(const omni__cel_regex_class *class, uint32_t code);

/* The other case of a code point, or the code point itself. */
uint32_t
omni__cel_regex_other_case(uint32_t code);

#endif
