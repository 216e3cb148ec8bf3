/* omni/explain.h: why, and why not. */
#include "formats/explain.h"

#include "api/handle.h"
#include "formats/explain_json.h"

omni_status
omni_identifier_find(omni_txn *txn, omni_identifier identifier, omni_id *out)
{
    omni__node node;
    const omni_status status = omni__txn_find(txn, identifier, &node);
    if (status == OMNI_OK) {
        *out = node.id;
    }
    return status;
}

static omni_status
fail(omni_txn *txn, omni_status status)
{
    return omni__fail(&txn->error, status, "explanation: %s",
                      omni_status_name(status));
}

omni_status
omni_explain(omni_txn *txn, const omni_id *a, const omni_id *b,
             const omni_explanation **out)
{
    omni__node nodes[2];
    omni_explanation *explanation;
    omni_status status = omni__txn_node(txn, a, &nodes[0]);
    if (status == OMNI_OK) {
        status = omni__txn_node(txn, b, &nodes[1]);
    }
    if (status != OMNI_OK) {
        return status;
    }
    status =
        omni__explain_pair(&txn->source, &nodes[0], &nodes[1], &explanation);
    if (status != OMNI_OK) {
        return fail(txn, status);
    }
    *out = explanation;
    return OMNI_OK;
}

omni_status
omni_explain_identifier(omni_txn *txn, const omni_id *id,
                        const omni_identifier_explanation **out)
{
    omni__node node;
    omni_identifier_explanation *explanation;
    omni_status status = omni__txn_node(txn, id, &node);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__explain_node(&txn->source, &node, &explanation);
    if (status != OMNI_OK) {
        return fail(txn, status);
    }
    *out = explanation;
    return OMNI_OK;
}

omni_status
omni_profile_links(omni_txn *txn, const omni_id *id, const omni_link **out,
                   size_t *count)
{
    omni__members members;
    omni_status status = omni__txn_members(txn, id, &members);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_link *links;
    size_t found;
    status = omni__explain_members(&txn->source, &members, &links, &found);
    if (status != OMNI_OK) {
        return fail(txn, status);
    }
    *out = links;
    *count = found;
    return OMNI_OK;
}

omni_status
omni_explanation_json(omni_txn *txn, const omni_explanation *explanation,
                      omni_text *out)
{
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__explanation_write(explanation, &json);
    return omni__txn_hand_out(txn, &json, out);
}

omni_status
omni_identifier_explanation_json(omni_txn *txn,
                                 const omni_identifier_explanation *explanation,
                                 omni_text *out)
{
    omni__buffer json;
    omni__buffer_init(&json, &txn->store->hooks.alloc);
    omni__identifier_explanation_write(explanation, &json);
    return omni__txn_hand_out(txn, &json, out);
}
