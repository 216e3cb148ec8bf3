/* Statements: rows at both nodes, and the components that they may change. */
#include "codec/body.h"
#include "fold/fold.h"
#include "identity/statements.h"

omni_status
omni__fold_node(omni__fold *fold, const omni_id *id, omni__work_node **out)
{
    const omni_status status = omni__workset_get(&fold->set, id, out);
    if (status != OMNI_OK) {
        *out = NULL;
    }
    return status == OMNI_NOT_FOUND ? OMNI_OK : status;
}

/* Whether statements name it, once one has come or gone. */
static omni_status
mark(omni__fold *fold, omni__work_node *node, bool comes)
{
    if (node == NULL) {
        return OMNI_OK;
    }
    const omni__key prefix =
        omni__key_node(OMNI__TABLE_STATEMENT, &node->node.id);
    bool any = comes;
    const omni_status status =
        comes ? OMNI_OK : omni__view_any(&fold->set.view, &prefix, &any);
    node->node.flags = (uint8_t)((node->node.flags & ~OMNI__NODE_STATED) |
                                 (any ? OMNI__NODE_STATED : 0));
    node->dirty = true;
    return status;
}

omni_status
omni__fold_seed_stated(omni__fold *fold, const omni_id *id, bool *any)
{
    omni__statement *statements = NULL;
    size_t count = 0;
    omni_status status =
        omni__statements_read(&fold->set.view, OMNI__TABLE_STATEMENT, id,
                              &fold->set.scratch, &statements, &count);
    *any = count != 0;
    fold->set.mixed |= *any;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__work_node *other;
        status = omni__fold_node(fold, &statements[i].b, &other);
        if (status == OMNI_OK && other != NULL) {
            omni__workset_seed(&fold->set, other);
        }
    }
    return status;
}

omni_status
omni__fold_state(omni__fold *fold, const omni__statement *statement, bool comes)
{
    omni__work_node *a;
    omni__work_node *b;
    omni_status status;
    OMNI_TRY(status, omni__fold_node(fold, &statement->a, &a));
    OMNI_TRY(status, omni__fold_node(fold, &statement->b, &b));
    if (a != NULL && b != NULL) {
        omni__workset_seed(&fold->set, a);
        omni__workset_seed(&fold->set, b);
    }
    fold->set.mixed = true;
    fold->counts.statements += comes ? 1 : UINT64_MAX;
    OMNI_TRY(status, comes ? omni__statement_put(&fold->set, statement)
                           : omni__statement_remove(&fold->set, statement));
    OMNI_TRY(status, mark(fold, a, comes));
    status = mark(fold, b, comes);
done:
    return status;
}

omni_status
omni__fold_statement(omni__fold *fold, const omni__fact *fact,
                     uint64_t position, bool comes)
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
    return omni__fold_state(fold, &statement, comes);
}
