/*
   The policy: what each namespace means for identity, and what else a store
   can be told about how its facts are to be read. One register per namespace
   and one per setting, with design's defaults; a policy in memory is all of
   them, and does not change.
*/
#ifndef OMNI__IDENTITY_POLICY_H
#define OMNI__IDENTITY_POLICY_H

#include "codec/json.h"
#include "platform/error.h"
#include "storage/kv.h"

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
    omni__slice name;         /* empty: any other */
    uint32_t class_;          /* omni__class */
    uint32_t normalizer;      /* omni__normalizer; of facts still to be made */
    uint32_t rank;            /* lower is stronger, within a class */
    uint32_t max_per_profile; /* 0: no limit */
    uint32_t generic_above;   /* 0: never */
} omni__namespace;

/* Settings that are lists of words, by what each word is. */
typedef enum omni__policy_section {
    OMNI__POLICY_AMOUNTS = 0,  /* of an event's name: properties, the first
                                  that is a number counts */
    OMNI__POLICY_BLOCKED = 1,  /* of a namespace: values that name nobody; of
                                  facts still to be made */
    OMNI__POLICY_CHANNELS = 2, /* in which devices do not link; no name */
    OMNI__POLICY_TRUST = 3     /* of a trait: sources, most trusted first */
} omni__policy_section;

typedef struct omni__policy_list {
    omni__policy_section section;
    omni__slice name; /* "*": of any that has no list of its own */
    const omni__slice *words;
    size_t count;
    bool usual; /* as by default for any name */
} omni__policy_list;

typedef struct omni__policy {
    const omni__namespace *namespaces; /* by name */
    size_t namespace_count;
    omni__namespace other; /* of every namespace not listed */
    uint32_t max_identifiers;
    uint32_t max_component;
    uint32_t max_alias_links; /* more of them hold an end's alias links apart */
    uint32_t calling_code;    /* of phone numbers without one; 0: unknown; of
                                 facts still to be made */
    uint32_t store_calling_code;    /* where no register says another */
    const omni__policy_list *lists; /* by section and name */
    size_t list_count;
    /* Of all that decides about derived rows: see storage/kv.h, "policies". */
    uint64_t digest;
} omni__policy;

/* The defaults of design.md, I3; the first of its lists are the amounts. */
extern const omni__policy omni__policy_default;

/* A policy with the memory it lives in, lent with the rows it made. */
typedef struct omni__policy_box {
    omni__kv_shared shared;
    omni__arena arena;
    omni__policy policy;
    size_t namespace_capacity;
    size_t list_capacity;
    uint64_t invalid; /* registers whose latest fact is not valid */
} omni__policy_box;

static inline omni__policy_box *
omni__policy_box_of(omni__kv_shared *shared)
{
    return (omni__policy_box *)shared;
}

/* ---- making one (identity/policy_make.c) ---- */

/* A copy of `base`, one reference; NULL without memory. */
omni__policy_box *
omni__policy_copy(const omni__policy *base, const omni__alloc *alloc);

/*
   Set a register: `section` is that of the JSON form, `name` empty where the
   section is one setting. What an object does not mention stays; NULL or JSON
   null: back to the default. OMNI_ERR_SYNTAX, its message led by the path of
   what is wrong; OMNI_ERR_NO_MEMORY.
*/
omni_status
omni__policy_set(omni__policy_box *box, omni__slice section, omni__slice name,
                 const omni__json *value, omni_error *error);

/* The same of a register's fact: its name is `SECTION` or `SECTION.NAME`. */
omni_status
omni__policy_set_register(omni__policy_box *box, omni__slice name,
                          omni__slice value, omni_error *error);

/* When all is set, before use. OMNI_ERR_NO_MEMORY. */
omni_status
omni__policy_finish(omni__policy_box *box);

/* ---- writing one (identity/policy_form.c) ---- */

typedef struct omni__policy_register {
    const char *section;
    omni__slice name;  /* empty where the section is one setting */
    omni__slice value; /* canonical JSON */
} omni__policy_register;

/* Whether a section is a map by name. */
bool
omni__policy_is_map(omni__slice section);

/* Every register of a policy, sections and names in the order of bytes;
   `derived`: only those, and of those only what, rows depend on. Names are the
   policy's. OMNI_ERR_NO_MEMORY. */
omni_status
omni__policy_registers(const omni__policy *policy, bool derived,
                       omni__arena *arena, omni__policy_register **out,
                       size_t *count);

/* What omni__policy_finish() sets. */
omni_status
omni__policy_digest(const omni__policy *policy, const omni__alloc *alloc,
                    uint64_t *out);

/* ---- look-ups ---- */

/* The register that a namespace falls under. */
const omni__namespace *
omni__policy_namespace(const omni__policy *policy, omni__slice name);

/* The list of a name, else that of any other; NULL if there is neither. */
const omni__policy_list *
omni__policy_list_of(const omni__policy *policy, omni__policy_section section,
                     omni__slice name);

/* Where a word stands in a list; its count if it does not, 0 of no list. */
size_t
omni__policy_place(const omni__policy_list *list, omni__slice word);

/* How far a source is from being the most trusted for a trait. */
static inline size_t
omni__policy_trust(const omni__policy *policy, omni__slice trait,
                   omni__slice source)
{
    return omni__policy_place(
        omni__policy_list_of(policy, OMNI__POLICY_TRUST, trait), source);
}

/* Rank over all classes: every person before every device before shared. */
static inline uint32_t
omni__namespace_rank(const omni__namespace *ns)
{
    return ns->class_ << 28 | ns->rank;
}

/* I5: whether identifiers of a namespace take part in the links of an event of
   this channel. */
bool
omni__policy_links(const omni__policy *policy, omni__slice ns,
                   omni__slice channel);

/* `[a-z][a-z0-9_]{0,31}` */
bool
omni__namespace_valid(omni__slice name);

#endif
