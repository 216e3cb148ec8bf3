/*
   The policy in force: made from its registers, and followed by the fold. Rows
   are made by one policy from the log's beginning on; where a group changes
   it, what was folded by the old one is of no use, and the log is folded again
   by the new one up to there: "forced", since the registers do not say so yet.
   Who is about to change the policy has that done beforehand (engine.h).
*/
#include "fold/policy.h"

#include "fold/register.h"

typedef struct reading {
    omni__policy_box *box;
    uint64_t invalid;
} reading;

/* One that is not valid has no effect: the one before it is tried. */
static omni_status
take(void *user, const omni__register *entry)
{
    reading *r = user;
    omni_error ignored;
    const omni_status status = omni__policy_set_register(
        r->box, entry->body.name, entry->body.value, &ignored);
    r->invalid += status == OMNI_ERR_SYNTAX;
    return status == OMNI_ERR_SYNTAX ? OMNI_NOT_FOUND : status;
}

omni_status
omni__policy_read(const omni__view *view, omni__log *log,
                  const omni__policy_base *base, omni__policy_box **out)
{
    omni__policy start = omni__policy_default;
    start.calling_code = base->calling_code;
    start.store_calling_code = base->calling_code;
    reading r = {.box = omni__policy_copy(&start, base->alloc)};
    if (r.box == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni_status status =
        omni__registers_each(view, log, OMNI__FACT_POLICY, take, &r);
    if (status == OMNI_OK) {
        status = omni__policy_finish(r.box);
    }
    r.box->invalid = r.invalid;
    if (status != OMNI_OK) {
        r.box->shared.free(&r.box->shared);
        return status;
    }
    *out = r.box;
    return OMNI_OK;
}

static omni_status
read_registers(const omni__fold *fold, omni__policy_box **out)
{
    const omni__policy_base base = {.alloc = &fold->hooks->alloc,
                                    .calling_code = fold->calling_code};
    return omni__policy_read(&fold->set.view, fold->log, &base, out);
}

static void
give_back(omni__policy_box *box)
{
    if (box != NULL) {
        omni__kv_unshare(&box->shared);
    }
}

/* Fold by this policy from now on; takes the reference. */
static void
hold(omni__fold *fold, omni__policy_box *box)
{
    if (fold->box == NULL || fold->box->policy.digest != box->policy.digest) {
        omni__raw_forget(&fold->set.known, &fold->hooks->alloc);
    }
    give_back(fold->box);
    fold->box = box;
    fold->policy = &box->policy;
}

void
omni__fold_force(omni__fold *fold, omni__policy_box *box, uint64_t until)
{
    give_back(fold->next);
    fold->next = box;
    fold->next_until = until;
}

/* What the registers say is what is folded by, or has to be. */
static omni_status
obey(omni__fold *fold, uint64_t at)
{
    omni__policy_box *box;
    const omni_status status = read_registers(fold, &box);
    if (status != OMNI_OK) {
        return status;
    }
    if (box->policy.digest == omni__kv_policy(fold->kv)) {
        hold(fold, box);
        fold->until = 0;
        return OMNI_OK;
    }
    omni__fold_force(fold, box, at);
    return OMNI_ERR_BUSY;
}

omni_status
omni__fold_policy_begin(omni__fold *fold, omni_error *error)
{
    if (fold->next != NULL) {
        omni__policy_box *box = fold->next;
        const omni_status status = omni__kv_switch(fold->kv, box->policy.digest,
                                                   fold->next_until, error);
        if (status != OMNI_OK) {
            return status;
        }
        fold->next = NULL;
        fold->until = fold->next_until;
        hold(fold, box);
    }
    return OMNI_OK;
}

omni_status
omni__fold_policy_check(omni__fold *fold)
{
    const bool due = fold->until != 0 ? fold->position >= fold->until
                                      : omni__kv_shared_now(fold->kv) == NULL;
    omni_status status = due ? obey(fold, fold->position) : OMNI_OK;
    if (due && status == OMNI_OK) {
        omni__kv_publish_whole(fold->kv, fold->position, &fold->box->shared);
    }
    return status;
}

omni_status
omni__fold_policy_follow(omni__fold *fold, uint64_t registers, uint64_t at)
{
    const bool due = fold->until != 0 ? at >= fold->until
                                      : registers != fold->counts.registers;
    return due ? obey(fold, at) : OMNI_OK;
}

void
omni__fold_policy_free(omni__fold *fold)
{
    omni__fold_force(fold, NULL, 0);
    give_back(fold->box);
}
