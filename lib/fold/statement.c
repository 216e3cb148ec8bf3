/* Statements: rows at both nodes, and the components that they may change. */
#include "codec/body.h"
#include "fold/fold.h"
#include "identity/statements.h"

/* The node of one end: it is named now, and its component is to be looked at
   again. NULL where no event knows it. */
static omni_status
touch(omni__fold *fold, const omni_id *id, omni__work_node **out)
{
    *out = NULL;
    const omni_status status = omni__workset_get(&fold->set, id, out);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_OK : status;
    }
    (*out)->node.flags |= OMNI__NODE_STATED;
    (*out)->dirty = true;
    return OMNI_OK;
}

omni_status
omni__fold_state(omni__fold *fold, const omni__statement *statement, bool comes)
{
    omni__work_node *a;
    omni__work_node *b;
    omni_status status = touch(fold, &statement->a, &a);
    if (status == OMNI_OK) {
        status = touch(fold, &statement->b, &b);
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (a != NULL && b != NULL) {
        a->seeded = true;
        b->seeded = true;
    }
    fold->counts.statements += comes ? 1 : UINT64_MAX;
    return comes ? omni__statement_put(&fold->set, statement)
                 : omni__statement_remove(&fold->set, statement);
}

omni_status
omni__fold_statement(omni__fold *fold, const omni__fact *fact,
                     uint64_t position)
{
    omni__statement_body body;
    const omni_status status = omni__statement_body_decode(fact->body, &body);
    if (status != OMNI_OK) {
        return status;
    }
    const omni__slice none = omni__slice_of(NULL, 0);
    omni__statement statement = {
        .a = omni__public_id(fold->secret, &body.ends[0].token, none),
        .b = omni__public_id(fold->secret, &body.ends[1].token, none),
        .kind = fact->kind == OMNI__FACT_PART ? OMNI__STATEMENT_PART
                                              : OMNI__STATEMENT_LINK,
        .time_us = body.time_us,
        .position = position};
    omni__statement_order_fact(&statement, fact->hlc, fact->group->replica,
                               fact->sequence);
    return omni__fold_state(fold, &statement, true);
}
