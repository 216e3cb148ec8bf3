/*
   Rows of another policy, made beside the tables while these are read and
   written: so that a change of the policy has its rows when it comes, and to
   see what a policy would do.
*/
#ifndef OMNI__FOLD_REFOLD_H
#define OMNI__FOLD_REFOLD_H

#include "fold/engine.h"

typedef struct omni__refold {
    omni__engine *engine;
    omni__kv *kv;
    omni__fold fold;
    omni_progress_fn progress; /* may be NULL */
    void *user;
} omni__refold;

/* Begin; of an engine that is open for reading only, in memory. */
omni_status
omni__refold_begin(omni__refold *refold, omni__engine *engine,
                   omni__policy_box *policy, omni_error *error);

/* Fold what is missing up to `end`, in bounded memory. `position` is where the
   rows are afterwards: further than `end` if they were already.
   OMNI_ERR_BUSY if `progress` stopped it. */
omni_status
omni__refold_run(omni__refold *refold, uint64_t end, uint64_t *position,
                 omni_error *error);

/* What was not flushed is lost. */
void
omni__refold_end(omni__refold *refold);

/*
   Make the rows of a policy that is about to come in force, but for the last
   few groups. Whoever then folds the facts that bring it in force, in any
   process, finds them. Does nothing for a small log, which is folded again as
   quickly.
*/
omni_status
omni__engine_prepare_policy(omni__engine *engine, omni__policy_box *policy,
                            omni_progress_fn progress, void *user,
                            omni_error *error);

#endif
