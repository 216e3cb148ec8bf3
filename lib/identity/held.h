/*
   Links held apart: what is between two profiles and did not join them, and
   the rule that held it. Judged on the profiles as they are; the rule is the
   first that applies (I7).
*/
#ifndef OMNI__IDENTITY_HELD_H
#define OMNI__IDENTITY_HELD_H

#include "identity/links.h"
#include "identity/statements.h"

typedef enum omni__rule {
    OMNI__RULE_NONE = 0,
    OMNI__RULE_GENERIC,
    OMNI__RULE_COMPONENT,
    OMNI__RULE_PART,
    OMNI__RULE_MAX_PER_PROFILE,
    OMNI__RULE_MAX_IDENTIFIERS,
    OMNI__RULE_DEVICE
} omni__rule;

/* Stable word of a rule, such as "max_per_profile". */
const char *
omni__rule_name(omni__rule rule);

typedef struct omni__held {
    const omni__node *member;
    omni__node other;
    omni__rule rule;
} omni__held;

/* A profile as its nodes, head first. */
typedef struct omni__members {
    omni__node *nodes;
    size_t count;
} omni__members;

/* Read the profile that a node belongs to; borrows what the view lends. */
omni_status
omni__members_read(const omni__view *view, const omni__node *node,
                   omni__arena *arena, omni__members *out);

/* All links of a profile that are held apart, by member and then by other
   identifier. */
omni_status
omni__held_read(const omni__view *view, const omni__policy *policy,
                const omni__members *members, omni__arena *arena,
                omni__held **out, size_t *count);

#endif
