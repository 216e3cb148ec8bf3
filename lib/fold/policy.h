/* The policy in force, as registers give it, and as a fold follows it. */
#ifndef OMNI__FOLD_POLICY_H
#define OMNI__FOLD_POLICY_H

#include "fold/fold.h"

/* What holds where no register says another thing. */
typedef struct omni__policy_base {
    const omni__alloc *alloc;
    uint32_t calling_code; /* the store's */
} omni__policy_base;

/* From the latest valid register of each name; one reference. */
omni_status
omni__policy_read(const omni__view *view, omni__log *log,
                  const omni__policy_base *base, omni__policy_box **out);

/* Fold by this policy, whose reference is taken, whatever the registers say
   before `until`: with the next run. */
void
omni__fold_force(omni__fold *fold, omni__policy_box *box, uint64_t until);

/* ---- for the fold ---- */

/* Before the tables are refreshed: take to the policy that was found to be in
   force. */
omni_status
omni__fold_policy_begin(omni__fold *fold, omni_error *error);

/* After that: see that the policy is that of the rows. OMNI_ERR_BUSY: run
   again, by another. */
omni_status
omni__fold_policy_check(omni__fold *fold);

/* After a group that ends at `at`, before which so many registers had come or
   gone. OMNI_ERR_BUSY as above. */
omni_status
omni__fold_policy_follow(omni__fold *fold, uint64_t registers, uint64_t at);

void
omni__fold_policy_free(omni__fold *fold);

#endif
