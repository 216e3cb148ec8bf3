/*
   Groups of facts: the unit of commit, recovery, replication and of the hash
   chain. A group is a header block, which holds no personal data and is
   hashed, and a body block, from which single bodies may be dropped later.
   The layout is written down in docs/file-format.md.
*/
#ifndef OMNI__CODEC_GROUP_H
#define OMNI__CODEC_GROUP_H

#include "codec/varint.h"
#include "omni/identifier.h"
#include "platform/error.h"

#define OMNI__HASH_SIZE 32
#define OMNI__SALT_SIZE 8
#define OMNI__REPLICA_SIZE 16

typedef enum omni__fact_kind {
    OMNI__FACT_EVENT = 1,
    OMNI__FACT_LINK = 2,
    OMNI__FACT_PART = 3,
    OMNI__FACT_RETRACT = 4,
    OMNI__FACT_CONSENT = 5,
    OMNI__FACT_ERASE = 6,
    OMNI__FACT_POLICY = 7,
    OMNI__FACT_SEGMENT = 8
} omni__fact_kind;

/* Whether a body is there, and how. */
typedef enum omni__body_state {
    OMNI__BODY_DROPPED = 0,
    OMNI__BODY_PLAIN = 1,
    OMNI__BODY_SEALED = 2 /* kept free for bodies encrypted at rest */
} omni__body_state;

/* A fact as it waits for its group: all but its place in history. */
typedef struct omni__fact_draft {
    uint8_t kind; /* omni__fact_kind */
    omni__slice body;
    uint8_t salt[OMNI__SALT_SIZE];
    uint8_t body_hash[OMNI__HASH_SIZE]; /* omni__body_hash(salt, body) */
} omni__fact_draft;

/* Where in history a group goes. */
typedef struct omni__group_place {
    uint8_t replica[OMNI__REPLICA_SIZE];
    uint8_t previous[OMNI__HASH_SIZE]; /* hash of the replica's last group */
    uint64_t first_sequence;
    uint64_t hlc; /* of the first fact; each next one counts one up */
} omni__group_place;

/* The hash that a fact's header holds of its body. */
void
omni__body_hash(const uint8_t salt[OMNI__SALT_SIZE], omni__slice body,
                uint8_t hash[OMNI__HASH_SIZE]);

/*
   Append a group of `count` facts (at least 1) to `out`, and its hash to
   `hash`. Check out->failed.
*/
void
omni__group_encode(const omni__group_place *place,
                   const omni__fact_draft *facts, size_t count,
                   omni__buffer *out, uint8_t hash[OMNI__HASH_SIZE]);

/* A group read from bytes; everything borrowed from them. */
typedef struct omni__group {
    omni__slice bytes;
    omni__slice header; /* the block that is hashed */
    uint8_t replica[OMNI__REPLICA_SIZE];
    uint8_t previous[OMNI__HASH_SIZE];
    uint64_t first_sequence;
    uint64_t count;
    uint64_t hlc;      /* of the first fact */
    uint64_t last_hlc; /* of the last */
    /* where omni__group_next() stands */
    omni__reader headers;
    omni__reader bodies;
    uint64_t next_index;
    uint64_t next_hlc;
} omni__group;

/* A fact of a group; borrowed from the group's bytes. */
typedef struct omni__fact {
    const omni__group *group;
    uint64_t sequence;
    uint64_t hlc;
    uint8_t kind;            /* omni__fact_kind, or a newer one */
    uint8_t body_state;      /* omni__body_state */
    omni__slice header_more; /* header fields of newer kinds */
    const uint8_t *body_hash;
    const uint8_t *salt; /* NULL if the body is dropped */
    omni__slice body;    /* empty if the body is dropped */
    size_t body_offset;  /* of the body record in the group's bytes */
} omni__fact;

/*
   Read a group's header, checking its shape (not its hashes).
   OMNI_ERR_CORRUPT or OMNI_ERR_VERSION otherwise.
*/
omni_status
omni__group_open(omni__slice bytes, omni__group *group, omni_error *error);

/* The next fact in order; OMNI_END after the last; OMNI_ERR_CORRUPT. */
omni_status
omni__group_next(omni__group *group, omni__fact *fact);

/* Hash of a group's header block: what the next group names as previous. */
void
omni__group_hash(const omni__group *group, uint8_t hash[OMNI__HASH_SIZE]);

/* OMNI_OK if every body that is there has the hash its header holds. */
omni_status
omni__group_verify(const omni__group *group, omni_error *error);

/* When it was made, by its maker's clock that never goes back. */
static inline int64_t
omni__fact_made_us(const omni__fact *fact)
{
    return (int64_t)(fact->hlc >> 16) * 1000;
}

/* The public id of a fact. */
omni_fact_id
omni__fact_id(const omni__fact *fact);

/*
   Read the body record at the start of `bytes` (what body_offset points at,
   and what derived tables refer to); the rest of `bytes` is ignored.
   OMNI_NOT_FOUND if the body was dropped.
*/
omni_status
omni__body_open(omni__slice bytes, omni__slice *body);

/* The next hybrid logical clock: 48-bit milliseconds, 16-bit counter; never
   goes back. A group of many facts counts on into the milliseconds. */
uint64_t
omni__hlc_next(uint64_t last, int64_t now_us);

#endif
