/*
   The shared header: a small mapped file through which the processes that
   have a log open tell each other how far it reaches. Layout:
   docs/file-format.md, "Shared header". Its writers hold the ticket lock.
*/
#ifndef OMNI__LOG_SHARED_H
#define OMNI__LOG_SHARED_H

#include "codec/group.h"

#include <stdatomic.h>

#define OMNI__SHARED_NAME "shared"
#define OMNI__SHARED_SIZE 4096u

/* Bytes of the file that locks are held on; bytes need not exist. */
#define OMNI__LOCK_OPEN 0u /* shared by every opener */
#define OMNI__LOCK_WRITERS                                                     \
    1u                     /* shared by those who write; alone: exclusive      \
                            */
#define OMNI__LOCK_TURN 2u /* exclusive, by who is writing */
#define OMNI__LOCK_TICKETS (UINT64_C(1) << 32) /* and 2^32 more */

/* A place in the log, and what the replica's history is up to there. */
typedef struct omni__log_point {
    uint64_t position;
    uint64_t next_sequence;
    uint64_t hlc;
    uint8_t last_hash[OMNI__HASH_SIZE];
} omni__log_point;

/* What a state slot holds. */
typedef struct omni__log_record {
    omni__log_point end;                 /* readers may read up to here */
    omni__log_point synced;              /* this much is durable */
    uint64_t segment;                    /* base of the last segment */
    uint8_t replica[OMNI__REPLICA_SIZE]; /* whose history the points tell */
} omni__log_record;

#define OMNI__SLOT_BYTES 144u
#define OMNI__SLOT_WORDS (OMNI__SLOT_BYTES / 4)

/* Little-endian words on every machine: read and write them by the functions
   below. Words of 32 bits, because wider ones are not lock-free everywhere. */
typedef struct omni__shared {
    uint8_t identity[64];
    _Atomic uint32_t turn; /* its lowest bit names the current slot */
    _Atomic uint32_t next_ticket;
    _Atomic uint32_t writing;   /* somebody is, or died so */
    _Atomic uint32_t failed;    /* a sync failed: nobody writes */
    _Atomic uint32_t epoch;     /* counts recoveries */
    _Atomic uint32_t space_low; /* PID namespace of who recovered */
    _Atomic uint32_t space_high;
    uint8_t reserved1[512 - 92];
    _Atomic uint32_t slot0[OMNI__SLOT_WORDS];
    uint8_t reserved2[512 - OMNI__SLOT_BYTES];
    _Atomic uint32_t slot1[OMNI__SLOT_WORDS];
    uint8_t reserved3[OMNI__SHARED_SIZE - 1024 - OMNI__SLOT_BYTES];
} omni__shared;

uint32_t
omni__shared_word(const _Atomic uint32_t *word);

void
omni__shared_set(_Atomic uint32_t *word, uint32_t value);

/* Whether the header is that of this deployment and format. */
omni_status
omni__shared_check(const omni__shared *shared, const uint8_t *deployment,
                   omni_error *error);

/* The current record; consistent whoever writes meanwhile. */
void
omni__shared_read(const omni__shared *shared, omni__log_record *out);

/* Only its end and its last segment. */
void
omni__shared_view(const omni__shared *shared, uint64_t *end, uint64_t *segment);

/* What a header left by a crash still proves: the sound slot that says the
   most is durable. False if neither is sound. */
bool
omni__shared_salvage(const omni__shared *shared, const uint8_t *deployment,
                     omni__log_record *out);

/* Publish. A writer killed in here leaves the record before. */
void
omni__shared_publish(omni__shared *shared, const uint8_t *deployment,
                     const omni__log_record *record);

/* Begin an epoch: by who is alone. */
void
omni__shared_reset(omni__shared *shared, const uint8_t *deployment,
                   const omni__log_record *record);

/* PID namespace of who began the epoch. */
uint64_t
omni__shared_namespace(const omni__shared *shared);

#endif
