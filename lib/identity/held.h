/*
   Links held apart: what is between two profiles and did not join them, and
   the rule that held it. Judged on the profiles as they are; the rule is the
   first that applies (I7).
*/
#ifndef OMNI__IDENTITY_HELD_H
#define OMNI__IDENTITY_HELD_H

#include "identity/members.h"
#include "omni/explain.h"

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
    uint8_t kind; /* omni_link_kind: observed, stated or alias */
    int64_t time_us;
    omni__statement statement; /* unless observed */
    omni__rule rule;
    /* What the rule saw: */
    omni__slice ns;           /* max_per_profile, device: the namespace */
    uint64_t count;           /* max_per_profile, max_identifiers: if joined */
    const omni__stated *part; /* part: the statement */
} omni__held;

typedef struct omni__held_query {
    const omni__view *view;
    const omni__policy *policy;
    omni__summaries *summaries; /* may be NULL */
    const omni__members *members;
    const omni_id *member; /* whose links alone are wanted, or NULL */
    const omni_id *other;  /* head of the only other profile wanted, or NULL */
    omni__arena *arena;
} omni__held_query;

/* Links of a profile that are held apart, by member, other identifier, rule
   and kind. One that is both observed and stated is there twice. */
omni_status
omni__held_read(const omni__held_query *query, omni__held **out, size_t *count);

#endif
