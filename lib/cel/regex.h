/*
   Regular expressions in RE2's syntax (github.com/google/re2/wiki/Syntax),
   searched for in time linear in the text: all threads of an automaton step
   together (Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968;
   Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009).
   Only whether there is a match is told, so groups capture nothing.
*/
#ifndef OMNI__CEL_REGEX_H
#define OMNI__CEL_REGEX_H

#include "cel/run.h"

typedef struct omni__cel_regex omni__cel_regex;

/* NULL: `*why` says what is wrong with it. */
const omni__cel_regex *
omni__cel_regex_compile(omni__slice pattern, omni__arena *arena,
                        const char **why);

/* Search anywhere in well-formed text; false without steps or memory. */
bool
omni__cel_regex_search(const omni__cel_regex *regex, omni__slice text,
                       omni__cel_run *run, bool *found);

#endif
