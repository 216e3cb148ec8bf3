/* What the handles of the public API are made of. */
#ifndef OMNI__API_HANDLE_H
#define OMNI__API_HANDLE_H

#include "events/make.h"
#include "events/timeline.h"
#include "fold/engine.h"
#include "formats/profiles.h"
#include "omni/omni.h"
#include "profile/view.h"

struct omni_store {
    omni__engine *engine;
    omni__hooks hooks;
};

struct omni_import {
    omni_store *store;
    char *source;
    uint64_t line; /* lines read so far */
    omni__ordinals ordinals;
};

struct omni_batch {
    omni_store *store;
    omni_import own;     /* of records that belong to no import */
    omni__arena arena;   /* of statements: lives until the commit */
    omni__arena scratch; /* of one record */
    omni__buffer bodies; /* of events, one after the other */
    omni__write *writes; /* bodies by offset until the commit */
    size_t count;
    size_t capacity;
    uint32_t *seen; /* hash set of writes, by number from 1 */
    size_t seen_capacity;
    omni__buffer refused; /* encoded records */
    size_t refused_count;
    omni_import_summary waiting;   /* what was added since the last commit */
    omni_import_summary committed; /* what the last commit did */
    omni__refusal last_refusal;    /* of the last event added */
};

struct omni_timeline {
    omni_txn *txn;
    omni_timeline *next; /* of the same txn */
    omni__arena own;     /* it lives there itself */
    omni__timeline walk;
    omni__timeline_item item;
    bool on_event;
    omni__arena arena;              /* of the event that it stands on */
    const omni__named *identifiers; /* of the event, if they were asked for */
    size_t identifier_count;
    omni__buffer json;
};

struct omni_profiles {
    omni_txn *txn;
    omni_profiles *next; /* of the same txn */
    omni__profiles walk;
    omni_profile *current; /* that it stands on, or NULL */
};

struct omni_txn {
    omni_store *store;
    omni__kv_snapshot *snapshot;
    omni__view view;
    omni__arena arena;
    omni__profile_source source;
    omni__summaries summaries;
    omni_timeline *timelines;
    omni_profiles *profiles;
    omni__node found; /* the node that was read last, if any */
    bool has_found;
    omni__members members; /* the profile that was read last */
    omni_error error;
};

/* An empty batch, in place. */
void
omni__batch_init(omni_batch *batch, omni_store *store);

void
omni__batch_release(omni_batch *batch);

/* As omni_batch_commit(), with what was written. */
omni_status
omni__batch_commit(omni_batch *batch, omni_durability durability,
                   omni__write_result *result, omni_error *error);

/* Begin and end a txn in place. */
omni_status
omni__txn_init(omni_txn *txn, omni_store *store, omni_error *error);

void
omni__txn_release(omni_txn *txn);

/* Read a node by the identifier that it is; detail in the txn's error. */
omni_status
omni__txn_find(omni_txn *txn, omni_identifier identifier, omni__node *out);

/* Read a node by an id that may be anybody's; detail in the txn's error. */
omni_status
omni__txn_node(omni_txn *txn, const omni_id *id, omni__node *out);

/* The nodes of the profile that an id belongs to, read once while one profile
   after the other is looked at. */
omni_status
omni__txn_members(omni_txn *txn, const omni_id *id, omni__members *out);

#endif
