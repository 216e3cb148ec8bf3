/* Functions and variables that expressions may use: CEL's own and a host's. */
#ifndef OMNI__CEL_LIBRARY_H
#define OMNI__CEL_LIBRARY_H

#include "cel/value.h"

typedef struct omni__cel_run omni__cel_run;

typedef omni__cel_value (*omni__cel_function)(omni__cel_run *run,
                                              const omni__cel_value *arguments,
                                              size_t count);

/*
   One way to call a function. `pattern` has a letter per argument:

       n null  b bool  i int  u uint  d double  s string  y bytes
       t timestamp  r duration  L list  M map  T type  O optional
       p IP  c CIDR  m decimal  * anything
       1 s, y, L or M  2 i, u, d, m or s  3 b, i, u, d, m, y, t, r, p or c

   a leading `.` means that the first one stands before the name; a trailing
   `+` that the last letter may come again. `result` is a letter too. Overloads
   of a name stand together; one without a function ends a table. Texts stand in
   the table itself, which needs fewer relocations so.
*/
/* In `cost`: the function knows of values that move, as its first argument, as
   its last if that moves as now does, or as any. */
#define OMNI__CEL_LIVE 0x8000u
#define OMNI__CEL_LIVE_LAST 0x4000u
#define OMNI__CEL_LIVE_ALL (OMNI__CEL_LIVE | OMNI__CEL_LIVE_LAST)

typedef struct omni__cel_overload {
    char name[24];
    char pattern[8];
    char result;
    uint16_t cost; /* of a call, in steps, below 0x4000; what depends on sizes
                      is charged by the function */
    omni__cel_function function;
} omni__cel_overload;

/* A variable that is declared; its type by a letter as above. */
typedef struct omni__cel_variable {
    const char *name; /* may have dots */
    char type;
} omni__cel_variable;

typedef struct omni__cel_environment {
    omni__slice container; /* names are looked up in it first */
    const omni__cel_variable *variables;
    size_t variable_count;
    const omni__cel_overload *functions; /* of the host; may be NULL */
    bool closed; /* a variable of which parts are declared (`a` and `a.b`) has
                    no others */
} omni__cel_environment;

extern const omni__cel_overload omni__cel_core_functions[];
extern const omni__cel_overload omni__cel_time_functions[];
extern const omni__cel_overload omni__cel_string_functions[];
extern const omni__cel_overload omni__cel_math_functions[];
extern const omni__cel_overload omni__cel_optional_functions[];
extern const omni__cel_overload omni__cel_net_functions[];

/* First overload of a name among CEL's own and the host's, or NULL. */
const omni__cel_overload *
omni__cel_function_find(const omni__cel_environment *environment,
                        omni__slice name);

/* Names of all functions, each once, as far as there is room; how many. */
size_t
omni__cel_function_names(const omni__cel_environment *environment,
                         const char **out, size_t most);

/* How many overloads the name of the first one has. */
uint32_t
omni__cel_overload_count(const omni__cel_overload *first);

extern const char omni__cel_letters[OMNI__CEL_KINDS + 1];

/* The letter of a kind. */
static inline char
omni__cel_letter(omni__cel_kind kind)
{
    return omni__cel_letters[kind];
}

/* The name of the type of a letter; of `*` "dyn". */
const char *
omni__cel_letter_name(char letter);

/* True for a letter that one of the digits of patterns stands for. */
bool
omni__cel_letter_among(char digit, char letter);

/* True if an overload takes arguments of these letters (`*`: not known). */
static inline bool
omni__cel_overload_takes(const omni__cel_overload *overload, bool member,
                         const char *letters, size_t count)
{
    const char *pattern = overload->pattern;
    if ((*pattern == '.') != member) {
        return false;
    }
    pattern += member;
    for (size_t i = 0; i < count; ++i) {
        if (*pattern != '*' && *pattern != letters[i] &&
            (*pattern == '\0' ||
             (letters[i] != '*' &&
              !omni__cel_letter_among(*pattern, letters[i])))) {
            return false;
        }
        if (pattern[1] != '+') {
            ++pattern;
        } else if (i + 1 == count) {
            pattern += 2;
        }
    }
    return *pattern == '\0';
}

#endif
