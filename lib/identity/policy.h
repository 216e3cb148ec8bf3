/*
   The policy: what each namespace means for identity. One register per
   namespace and one per store-wide setting, with design's defaults.
*/
#ifndef OMNI__IDENTITY_POLICY_H
#define OMNI__IDENTITY_POLICY_H

#include "platform/slice.h"

typedef enum omni__class {
    OMNI__CLASS_PERSON = 0,
    OMNI__CLASS_DEVICE = 1,
    OMNI__CLASS_SHARED = 2
} omni__class;

typedef enum omni__normalizer {
    OMNI__NORMALIZER_NONE = 0, /* trim and NFC, as all of them */
    OMNI__NORMALIZER_LOWER = 1,
    OMNI__NORMALIZER_EMAIL = 2,
    OMNI__NORMALIZER_PHONE = 3
} omni__normalizer;

/* Register of one namespace. */
typedef struct omni__namespace {
    omni__slice name; /* empty: any other */
    uint8_t class_;   /* omni__class */
    uint8_t normalizer;
    uint32_t rank;            /* lower is stronger, within a class */
    uint32_t max_per_profile; /* 0: no limit */
    uint32_t generic_above;   /* 0: never */
} omni__namespace;

typedef struct omni__policy {
    const omni__namespace *namespaces;
    size_t namespace_count;
    omni__namespace other; /* of every namespace not listed */
    uint32_t max_identifiers;
    uint32_t max_component;
    uint32_t max_alias_links; /* more of them hold an end's alias links apart */
    uint32_t calling_code;    /* of phone numbers without one; 0: unknown */
} omni__policy;

/* The defaults of design.md, I3. */
extern const omni__policy omni__policy_default;

/* The register that a namespace falls under. */
const omni__namespace *
omni__policy_namespace(const omni__policy *policy, omni__slice name);

/* Rank over all classes: every person before every device before shared. */
static inline uint32_t
omni__namespace_rank(const omni__namespace *ns)
{
    return (uint32_t)ns->class_ << 28 | ns->rank;
}

/* True for channels in which device identifiers do not link. */
bool
omni__policy_channel_shared(const omni__policy *policy, omni__slice channel);

/* I5: whether identifiers of a namespace take part in the links of an event of
   this channel. */
bool
omni__policy_links(const omni__policy *policy, omni__slice ns,
                   omni__slice channel);

/* `[a-z][a-z0-9_]{0,31}` */
bool
omni__namespace_valid(omni__slice name);

#endif
