/* Random programs of any type, most of them well-typed, and their value by the
   library against the one by a naive walk. */
#ifndef TESTS_CEL_PROGRAM_H
#define TESTS_CEL_PROGRAM_H

#include "cel/run.h"
#include "support/cel_text.h"

typedef struct cel_program {
    omni__arena *arena;
    cel_text text;
    char locals[16]; /* types of variables that are bound: A, B, …, or m, which
                        is declared too */
    char names[16];
    unsigned local_count;
} cel_program;

/* Write an expression; what is random comes from `text`. */
void
cel_program_write(cel_program *p);

typedef struct cel_program_result {
    bool parsed; /* else it was too deep */
    bool same;
    omni__cel_kind kind; /* of the library's value */
    omni__cel_kind naive_kind;
    char type; /* what the checker says; 0: it refuses */
} cel_program_result;

/* Evaluate it twice. */
cel_program_result
cel_program_compare(cel_program *p);

#endif
