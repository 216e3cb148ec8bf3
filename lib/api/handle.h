/* What the handles of the public API are made of. */
#ifndef OMNI__API_HANDLE_H
#define OMNI__API_HANDLE_H

#include "events/make.h"
#include "events/timeline.h"
#include "fold/as_of.h"
#include "fold/engine.h"
#include "formats/profiles.h"
#include "omni/omni.h"
#include "profile/view.h"
#include "segments/feed.h"
#include "segments/scan.h"

struct omni_store {
    omni__engine *engine;
    omni__hooks hooks;
    omni__scan_memory *scanned; /* NULL: nothing was; under the engine's lock */
};

/* What an import that writes nothing works with. */
typedef struct omni__rehearsal omni__rehearsal;

struct omni_import {
    omni_store *store;
    char *source;
    uint64_t line; /* lines read so far */
    omni__ordinals ordinals;
    omni__rehearsal *rehearsal; /* NULL: it is no rehearsal */
};

#define OMNI__NO_WRITE SIZE_MAX

/* One thing that was added to a batch, as its result needs it. */
typedef struct omni__thing omni__thing;

/* What came of each thing of a batch: kept where it is asked for. */
typedef struct omni__results {
    bool wanted;
    bool committed; /* nothing was added since */
    omni__changes changes;
    omni__thing *things;
    size_t count;
    size_t capacity;
    uint32_t *refs; /* nodes of each, in `changes` */
    size_t ref_count;
    size_t ref_capacity;
    omni_fact_id *facts; /* by their number in the group */
    size_t fact_capacity;
    omni__arena texts; /* reasons of refusals */
} omni__results;

/* Where a record comes from. */
typedef struct omni__origin {
    omni_import *import;
    uint64_t line; /* 0: of no text */
    omni__slice text;
} omni__origin;

struct omni_batch {
    omni_store *store;
    omni_import own;          /* of records that belong to no import */
    omni__policy_box *policy; /* that facts are made by; NULL: none yet */
    uint64_t policy_at;       /* how far the log was folded then */
    omni__arena arena;        /* of statements: lives until the commit */
    omni__arena scratch;      /* of one record */
    omni__buffer bodies;      /* of events, one after the other */
    omni__write *writes;      /* bodies by offset until the commit */
    size_t count;
    size_t capacity;
    uint32_t *seen; /* hash set of writes, by number from 1 */
    size_t seen_capacity;
    omni__buffer refused; /* encoded records */
    size_t refused_count;
    omni_import_summary waiting;   /* what was added since the last commit */
    omni_import_summary committed; /* what the last commit did */
    omni__refusal last_refusal;    /* of the last event added */
    omni__results results;
    omni_error error; /* of the last call that failed */
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

struct omni_segment {
    omni__hooks hooks; /* the store's: it may be closed by then */
    omni__segment *program;
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
    omni_scan *scans;
    omni__node found; /* the node that was read last, if any */
    bool has_found;
    omni__members members;         /* the profile that was read last */
    omni__as_of as_of;             /* what it reads, if it is of an instant */
    int64_t at_us;                 /* instant at which segments are asked for */
    omni__definitions definitions; /* read when they are asked for */
    omni__arena evaluated; /* of the subject and of what was evaluated on it */
    omni__subject subject; /* the profile evaluated last; count 0: none */
    omni__feed_walk changes; /* at the change of a segment that was read last */
    omni_error error;
};

/* An empty batch, in place. */
void
omni__batch_init(omni_batch *batch, omni_store *store);

void
omni__batch_release(omni_batch *batch);

/* See that the batch makes facts by the policy in force. */
omni_status
omni__batch_policy(omni_batch *batch);

/* A batch of one call: added to, committed and released by it. */
omni_status
omni__batch_finish(omni_batch *batch, omni_status added, omni_error *error);

/* OMNI_ERR_LIMIT if no event more fits. */
omni_status
omni__batch_check_room(omni_batch *batch);

/* Room for one write more, zeroed; NULL without memory. */
omni__write *
omni__batch_new_write(omni_batch *batch);

/* Add one record, from whatever it came as; whole or not at all. */
omni_status
omni__batch_add_record(omni_batch *batch, const omni__record *record,
                       const omni__origin *origin);

omni_status
omni__batch_add_refused(omni_batch *batch, const omni__refusal *refusal,
                        const omni__origin *origin);

/* What records of one input share, in place. OMNI_ERR_NO_MEMORY. */
omni_status
omni__import_init(omni_import *import, omni_store *store, const char *source);

void
omni__import_release(omni_import *import);

/* Tell a rehearsal what would become of a record: an event, or a refusal
   (no event). OMNI_END if that was enough. */
omni_status
omni__rehearsal_show(omni__rehearsal *rehearsal, const omni__origin *origin,
                     const omni__event_body *event,
                     const omni__refusal *refusal);

void
omni__rehearsal_skip(omni__rehearsal *rehearsal);

void
omni__rehearsal_free(omni__rehearsal *rehearsal);

void
omni__results_init(omni__results *results, const omni__alloc *alloc);

void
omni__results_free(omni__results *results);

/* Forget what the last commit did. */
void
omni__results_clear(omni__results *results);

/* Note an event that was added as the batch's write `write`, an equal copy
   (OMNI__NO_WRITE), or what was refused (no event either). */
omni_status
omni__results_add_event(omni__results *results, const omni_batch *batch,
                        uint64_t line, const omni__event_body *event,
                        size_t write);

/* Note a statement on `a` and `b`, in the caller's order. */
omni_status
omni__results_add_statement(omni__results *results, const omni_batch *batch,
                            const omni__named ends[2], size_t write);

/* Note a retract. */
omni_status
omni__results_add_retract(omni__results *results, size_t write);

/* Memory for what a commit of so many writes is going to tell. */
omni_status
omni__results_reserve(omni__results *results, size_t write_count);

/* Read what a commit did. */
omni_status
omni__results_read(omni__results *results, const omni_batch *batch,
                   const omni__commit *commit, omni_error *error);

/* The results of one thing by its number. */
void
omni__results_event(const omni__results *results, size_t index,
                    omni_event_result *out);

void
omni__results_statement(const omni__results *results, size_t index,
                        omni_statement_result *out);

void
omni__results_retract(const omni__results *results, size_t index,
                      omni_retract_result *out);

/* Begin and end a txn in place. */
omni_status
omni__txn_init(omni_txn *txn, omni_store *store, omni_error *error);

void
omni__txn_release(omni_txn *txn);

/* Check text and author: their size, that they are UTF-8, and where `needed`
   that there is a text. OMNI_ERR_ARGUMENT. */
omni_status
omni__reason_check(const omni_reason *reason, bool needed, omni_error *error);

/* Read a node by the identifier that it is; detail in the txn's error. */
omni_status
omni__txn_find(omni_txn *txn, omni_identifier identifier, omni__node *out);

/* Read a node by an id that may be anybody's; detail in the txn's error. */
omni_status
omni__txn_node(omni_txn *txn, const omni_id *id, omni__node *out);

/* Have the txn's `definitions`; detail in the txn's error. */
omni_status
omni__txn_definitions(omni_txn *txn);

/* Have them where a segment (NULL: none) asks for others: what it looks up
   there cannot fail then. */
omni_status
omni__txn_asked(omni_txn *txn, const omni__segment *segment);

/* A definition that is in force, by name; detail in the txn's error. */
omni_status
omni__txn_definition(omni_txn *txn, const char *name, omni__definition **out);

/* Note in a profile of the txn the names of the segments it is in. */
omni_status
omni__txn_segments(omni_txn *txn, omni_profile *profile, int64_t at_us);

/* The nodes of the profile that an id belongs to, read once while one profile
   after the other is looked at. */
omni_status
omni__txn_members(omni_txn *txn, const omni_id *id, omni__members *out);

/* Position of the change behind one, which was checked; OMNI_END if there is
   none yet; detail in the txn's error. */
omni_status
omni__txn_after(omni_txn *txn, omni_feed feed, const omni_feed_position *after,
                omni_feed_position *next);

/* OMNI_ERR_ARGUMENT where the txn knows some people only. */
omni_status
omni__txn_knows_all(omni_txn *txn);

/* What scans of all profiles read from; detail in the txn's error. */
omni_status
omni__txn_scan(omni_txn *txn, const omni__segment *segment,
               omni__scan_source *out);

/* Move a document to the txn, and free the buffer. */
omni_status
omni__txn_hand_out(omni_txn *txn, omni__buffer *json, omni_text *out);

#endif
