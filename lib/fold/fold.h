/*
   The single write path of derived tables: facts of the log, in the order of
   the log, become rows. One fold at a time in a process; the caller's lock
   guards it.
*/
#ifndef OMNI__FOLD_FOLD_H
#define OMNI__FOLD_FOLD_H

#include "codec/keyed.h"
#include "events/entries.h"
#include "fold/watch.h"
#include "identity/policy.h"
#include "log/log.h"
#include "storage/counts.h"
#include "storage/workset.h"

/* What became of the facts of one group, for who committed it. */
typedef struct omni__fold_outcome {
    uint64_t position; /* of its frame */
    bool known;        /* false: another process folded the group */
    uint64_t taken;
    uint64_t duplicates;
    uint64_t retracted; /* copies of events that are void */
    /* Facts that are copies of events: their numbers from 0, ascending, each
       twice over and 1 more for one that is void; listed where somebody waits
       for details. */
    uint32_t *copies;
    size_t copy_count;
    size_t copy_capacity;
} omni__fold_outcome;

typedef struct omni__fold {
    const omni__hooks *hooks;
    omni__log *log;
    omni__kv *kv;
    const omni__secret *secret;
    uint32_t calling_code; /* the store's: base of the policy */
    bool flushes;          /* may flush the tables where they are over budget */
    const omni__policy *policy; /* that of the box */
    omni__policy_box *box;      /* a reference */
    uint64_t until;             /* it is forced up to here; 0: it is not */
    omni__policy_box *next;     /* found to be the one, or NULL */
    uint64_t next_until;
    omni__programs *programs; /* of the segments */
    omni__workset set;
    uint64_t position;        /* of the tables, as this fold knows them */
    omni__counts counts;      /* as of the facts folded, published or not */
    omni__fold_outcome group; /* of the group under way */
    uint32_t fact;            /* number of the fact in it */
    uint64_t groups;          /* folded so far */
    omni__watch watch;        /* of the segments; its programs are borrowed */
    /* Outcomes that somebody is going to ask for: kept while `waiting`. */
    omni__fold_outcome *outcomes;
    size_t outcome_count;
    size_t outcome_capacity;
    uint32_t waiting;
    uint32_t detailed; /* of those waiting, who want to know fact by fact */
} omni__fold;

/* The fold borrows all but the hooks' memory. Cannot fail. */
void
omni__fold_init(omni__fold *fold);

void
omni__fold_free(omni__fold *fold);

/*
   Fold what the log has and the tables lack, up to `end`, publishing as it
   goes, and flushing where it may. `position` is where the tables are
   afterwards. On a fault what was published stays.
*/
omni_status
omni__fold_run(omni__fold *fold, uint64_t end, uint64_t *position,
               omni_error *error);

/* Forget what a run left unpublished, or a commit read ahead of one. */
void
omni__fold_discard(omni__fold *fold);

/* Somebody is about to commit and will ask for the outcome; `detailed`: fact
   by fact. */
void
omni__fold_expect(omni__fold *fold, bool detailed);

/* The outcome of the frame at `position` (UINT64_MAX: the commit failed); its
   `copies` are the caller's to free. Ends one omni__fold_expect(). */
omni__fold_outcome
omni__fold_claim(omni__fold *fold, uint64_t position, bool detailed);

/* ---- inside of fold/ ---- */

/* An event comes to a node or goes: who reads such is to look at it. */
void
omni__fold_changed(omni__fold *fold, omni__work_node *node,
                   const omni__entry *entry, bool comes);

/* One `event` fact; its body stands at `position` in the log. It may be
   retracted already. */
omni_status
omni__fold_event(omni__fold *fold, omni__slice body, uint64_t position,
                 bool retracted);

/* One `link` or `part` fact comes, or goes. */
omni_status
omni__fold_statement(omni__fold *fold, const omni__fact *fact,
                     uint64_t position, bool comes);

/* The fact under way is an event, a copy of one that was there or not; or one
   that is void. */
omni_status
omni__fold_count(omni__fold *fold, bool copy, bool is_void);

/* A node comes or goes: whoever statements name together with it is to be
   looked at again, for an alias counts although it may be overruled. */
omni_status
omni__fold_seed_stated(omni__fold *fold, const omni_id *id, bool *any);

/* The node of an identifier: NULL where no event knows it, or none any more. */
omni_status
omni__fold_node(omni__fold *fold, const omni_id *id, omni__work_node **out);

/* A statement comes or goes: its row, the nodes' flags and seeds. */
struct omni__statement;

omni_status
omni__fold_state(omni__fold *fold, const struct omni__statement *statement,
                 bool comes);

#endif
