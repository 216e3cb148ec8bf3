/* What the parts of a policy are called in JSON: shared by who reads and who
   writes them. */
#ifndef OMNI__IDENTITY_POLICY_FORM_H
#define OMNI__IDENTITY_POLICY_FORM_H

#include "identity/policy.h"

#define OMNI__POLICY_NUMBERS 4
#define OMNI__POLICY_LISTS 4
#define OMNI__POLICY_SECTIONS 9
#define OMNI__POLICY_FIELDS 5

/* A setting that is a number, or a field of a namespace: a number up to
   `most`, or one of so many words. */
typedef struct omni__policy_field {
    size_t offset; /* of a uint32_t, in omni__policy or omni__namespace */
    uint32_t least;
    uint32_t most;
    const char *const *words;
    bool derived; /* rows depend on it */
} omni__policy_field;

/* By omni__policy_section. */
typedef struct omni__policy_words {
    bool map;
    bool spaces; /* its names are namespaces */
    bool derived;
} omni__policy_words;

extern const char *const omni__policy_number_names[OMNI__POLICY_NUMBERS];
extern const omni__policy_field omni__policy_numbers[OMNI__POLICY_NUMBERS];
extern const char *const omni__policy_field_names[OMNI__POLICY_FIELDS];
extern const omni__policy_field omni__policy_fields[OMNI__POLICY_FIELDS];
extern const char *const omni__policy_list_names[OMNI__POLICY_LISTS];
extern const omni__policy_words omni__policy_lists[OMNI__POLICY_LISTS];
/* All of them, sorted. */
extern const char *const omni__policy_sections[OMNI__POLICY_SECTIONS];

/* Where a name stands among `count`; `count` if it does not. */
size_t
omni__policy_index(const char *const *names, size_t count, omni__slice name);

#endif
