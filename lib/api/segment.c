/* omni/segment.h: conditions on profiles. */
#include "omni/segment.h"

#include "api/handle.h"
#include "codec/time.h"
#include "segments/explain_segment.h"

/* Memory that evaluations on one profile may hold on to. */
#define KEPT_BYTES ((size_t)256 * 1024)

omni_status
omni_segment_compile(omni_store *store, const char *expression,
                     size_t size_bytes, omni_segment **out, omni_error *error)
{
    omni_segment *segment = omni__malloc(&store->hooks.alloc, sizeof(*segment));
    if (segment == NULL) {
        return omni__fail_memory(error);
    }
    segment->hooks = store->hooks;
    const omni_status status = omni__segment_compile(
        &segment->hooks.alloc, omni__slice_of(expression, size_bytes),
        &segment->program, error);
    if (status == OMNI_OK) {
        *out = segment;
    } else {
        omni__free(&store->hooks.alloc, segment);
    }
    return status;
}

void
omni_segment_free(omni_segment *segment)
{
    if (segment != NULL) {
        const omni__hooks hooks = segment->hooks;
        omni__segment_free(segment->program);
        omni__free(&hooks.alloc, segment);
    }
}

static bool
is_member(const omni__subject *subject, const omni_id *id)
{
    for (size_t i = 0; i < subject->count; ++i) {
        if (omni__id_equal(&subject->nodes[i].id, id)) {
            return true;
        }
    }
    return false;
}

omni_status
omni_segment_load(omni_txn *txn, const char *name, omni_segment **out)
{
    omni__definition *found;
    omni__slice bytes;
    omni__register_body body;
    omni_status status = omni__txn_definition(txn, name, &found);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__log_body(txn->source.log, found->position, &bytes);
    if (status == OMNI_OK) {
        status = omni__register_body_decode(bytes, &body);
    }
    return status == OMNI_OK
               ? omni_segment_compile(txn->store, (const char *)body.value.data,
                                      body.value.size, out, &txn->error)
               : omni__fail(&txn->error, OMNI_ERR_CORRUPT, "segment %s: %s",
                            name, omni_status_name(status));
}

/* Have a profile as the txn's subject, with what was decoded for others that
   were evaluated on it. */
static omni_status
have_subject(omni_txn *txn, const omni_id *id)
{
    omni__subject *subject = &txn->subject;
    omni__node node;
    omni__members members;
    if (is_member(subject, id) && txn->evaluated.total <= KEPT_BYTES) {
        return OMNI_OK;
    }
    subject->count = 0;
    omni_status status = omni__txn_node(txn, id, &node);
    if (status != OMNI_OK) {
        return status;
    }
    omni__arena_reset(&txn->evaluated);
    status = omni__members_read(&txn->view, &node, &txn->evaluated, &members);
    if (status == OMNI_OK) {
        *subject = (omni__subject){.view = &txn->view,
                                   .log = txn->source.log,
                                   .secret = txn->source.secret,
                                   .policy = txn->source.policy,
                                   .nodes = members.nodes,
                                   .count = members.count,
                                   .arena = &txn->evaluated,
                                   .lookup = omni__definitions_lookup,
                                   .user = &txn->definitions};
    }
    return status;
}

/* The profile at an instant: what both calls below begin with. */
static omni_status
begin(omni_txn *txn, const omni_segment *segment, const omni_id *id,
      int64_t now_us)
{
    if (!omni__time_written(now_us)) {
        return omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                          "the instant %lld is not in the years 1 to 9999",
                          (long long)now_us);
    }
    const omni_status status = omni__txn_asked(txn, segment->program);
    return status == OMNI_OK ? have_subject(txn, id) : status;
}

static omni_status
fail(omni_txn *txn, omni_status status)
{
    /* What was decoded may be half done. */
    txn->subject.count = 0;
    return status == OMNI_NOT_FOUND || status == OMNI_ERR_ARGUMENT
               ? status
               : omni__fail(&txn->error, status, "segment: %s",
                            omni_status_name(status));
}

omni_status
omni_segment_eval(omni_txn *txn, const omni_segment *segment, const omni_id *id,
                  int64_t now_us, omni_answer *out)
{
    omni__segment_answer answer;
    omni_status status = begin(txn, segment, id, now_us);
    if (status == OMNI_OK) {
        status = omni__segment_evaluate(segment->program, &txn->subject, now_us,
                                        &answer);
    }
    if (status != OMNI_OK) {
        return fail(txn, status);
    }
    *out = (omni_answer){.membership = (omni_membership)answer.membership,
                         .valid_since_us = answer.since_us,
                         .valid_until_us = answer.until_us,
                         .error = answer.message,
                         .error_begin = answer.offset,
                         .error_end = answer.end};
    return OMNI_OK;
}

/* Hand a document out as the arena's; false without memory. */
static bool
hand_out(omni_txn *txn, const omni__buffer *from, omni_text *out)
{
    if (out == NULL) {
        return true;
    }
    const omni__slice copy =
        omni__arena_copy(&txn->evaluated, omni__buffer_bytes(from));
    *out = omni__text_of(copy);
    return copy.data != NULL;
}

omni_status
omni_segment_explain(omni_txn *txn, const omni_segment *segment,
                     const omni_id *id, int64_t now_us, omni_text *json,
                     omni_text *text)
{
    omni__buffer documents[2];
    omni__buffer_init(&documents[0], txn->evaluated.alloc);
    omni__buffer_init(&documents[1], txn->evaluated.alloc);
    omni_status status = begin(txn, segment, id, now_us);
    if (status == OMNI_OK) {
        status = omni__segment_explain(segment->program, &txn->subject, now_us,
                                       &documents[0], &documents[1]);
    }
    if (status == OMNI_OK && (!hand_out(txn, &documents[0], json) ||
                              !hand_out(txn, &documents[1], text))) {
        status = OMNI_ERR_NO_MEMORY;
    }
    omni__buffer_free(&documents[0]);
    omni__buffer_free(&documents[1]);
    return status == OMNI_OK ? status : fail(txn, status);
}
