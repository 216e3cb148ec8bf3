/*
   An open store from the inside: log, tables, refused log and the fold that
   leads from one to the other, with the lock that guards it. Every write goes
   through omni__engine_commit().
*/
#ifndef OMNI__FOLD_ENGINE_H
#define OMNI__FOLD_ENGINE_H

#include "codec/body.h"
#include "codec/register.h"
#include "fold/changes.h"
#include "fold/fold.h"
#include "log/refused.h"
#include "platform/registry.h"
#include "storage/store_file.h"

#include <pthread.h>
#include <stdatomic.h>

/* Tables that a check makes are called this and a number. */
#define OMNI__CHECK_PREFIX "check-"

typedef struct omni__engine {
    omni__hooks hooks;
    char *path;
    uint32_t flags; /* OMNI_STORE_… */
    omni_durability durability;
    omni__store_file file;
    omni__log *log;
    omni__kv *kv;
    omni__refused_log *refused;
    omni__registry_entry entry;
    bool entered;
    pthread_mutex_t lock; /* of fold, and of the writer's side of kv */
    bool locked_made;     /* the mutex is there */
    omni__fold fold;
    omni__programs programs; /* compiled segments */
    _Atomic uint64_t folded; /* log position that tables reflect */
} omni__engine;

/* Make an empty store at `path`, whole or not at all. */
omni_status
omni__engine_create(const char *path, const omni_store_options *options,
                    const omni__hooks *hooks, omni_error *error);

/* Open and fold what the tables lack. */
omni_status
omni__engine_open(const char *path, const omni_store_options *options,
                  const omni__hooks *hooks, omni__engine **out,
                  omni_error *error);

/* Flush and close; NULL is allowed. Returns why the flush failed. */
omni_status
omni__engine_close(omni__engine *engine);

/* OMNI_ERR_CONFLICT in a forked child. */
omni_status
omni__engine_usable(const omni__engine *engine, omni_error *error);

/* Fold everything that is acknowledged; a load and a compare if that is done
   already. */
omni_status
omni__engine_catch_up(omni__engine *engine, omni_error *error);

/* A snapshot that sees everything acknowledged before the call. */
omni_status
omni__engine_snapshot(omni__engine *engine, omni__kv_snapshot **out,
                      omni_error *error);

/* The policy in force, to be given back by omni__kv_unshare(). */
omni_status
omni__engine_policy(omni__engine *engine, omni__policy_box **out,
                    omni_error *error);

/* A retract on its way into the log. */
typedef struct omni__retraction {
    omni_fact_id fact; /* that it is about */
    omni__slice author;
    omni__slice reason;
    uint64_t count; /* out: facts that it names; 0: they are void already */
} omni__retraction;

/* One fact on its way into the log. */
typedef struct omni__write {
    uint8_t kind;  /* omni__fact_kind */
    bool dropped;  /* out: it says nothing new; not written */
    bool copy;     /* out, with changes: of an event that was there */
    bool voided;   /* out, with changes: of an event that is void */
    uint32_t fact; /* out: its number in the group, from 1; 0: not written */
    /* An event: */
    omni__slice body;
    omni_id node; /* of its first identifier */
    uint64_t event_hash;
    int64_t instant_us;
    /* A statement or a register (kind `policy` or `segment`): its time is
       set, and it is encoded, by the commit. */
    omni__statement_body *statement;
    omni__register_body *named;
    omni__retraction *retraction; /* what it names is found by the commit */
    size_t encoded_at; /* of its body, among those that the commit encodes */
    size_t encoded_size;
} omni__write;

/* Said of a fault that came after a commit was in the log. */
#define OMNI__COMMITTED "; the facts are in the log all the same"

/* Facts to commit, and what came of it. */
typedef struct omni__commit {
    omni__write *writes;
    size_t count;
    omni__slice refused; /* records for the refused log */
    omni_durability durability;
    omni__changes *changes; /* nodes to tell of; NULL: nobody asks */
    /* Out: */
    uint64_t position; /* of the group's frame; UINT64_MAX: none was written */
    uint64_t taken;
    uint64_t duplicates;
    uint64_t retracted;  /* copies of events that are void */
    omni__buffer bodies; /* that the commit encodes; inside of fold/ */
} omni__commit;

/*
   Append the facts as one group, and refused records; durable as asked. Folds
   them, and flushes the tables where they are over their budget. A fault that
   comes when the facts are in the log says so.
*/
omni_status
omni__engine_commit(omni__engine *engine, omni__commit *commit,
                    omni_error *error);

/* The ids of the first `count` facts of the group at `position`. */
omni_status
omni__engine_fact_ids(const omni__engine *engine, uint64_t position,
                      omni_fact_id *out, size_t count, omni_error *error);

/* What a tick did. */
typedef struct omni__tick_outcome {
    uint64_t position;  /* of its frame */
    uint64_t processed; /* profiles looked at; 0 where another process did */
} omni__tick_outcome;

/* Append a tick (codec/tick.h) and fold it. */
omni_status
omni__engine_tick(omni__engine *engine, int64_t instant_us, uint64_t budget,
                  omni__tick_outcome *out, omni_error *error);

/* Make the log durable and move rows into LMDB. */
omni_status
omni__engine_flush(omni__engine *engine, omni_error *error);

/* Refold the log from nothing and compare, or keep what came of it. */
omni_status
omni__engine_check(omni__engine *engine, uint32_t flags,
                   omni_progress_fn progress, void *user,
                   omni_check_report *report, omni_error *error);

/* ---- inside of fold/ ---- */

/* Find what a retract is to name, every copy of an event, and encode its body;
   drop it where all of that is void already. */
omni_status
omni__retraction_prepare(omni__engine *engine, omni__write *write,
                         omni__buffer *bodies);

#endif
