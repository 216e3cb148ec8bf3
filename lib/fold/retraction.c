/* Making a retract: from the fact that somebody names to all that is to be
   void, and the tokens that it carries. */
#include "codec/retract.h"
#include "events/copy.h"
#include "fold/engine.h"
#include "fold/retract.h"

#include <stdlib.h>

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, OMNI__TOKEN_SIZE);
}

/* Each token once, in order. */
static void
sort_tokens(omni__buffer *tokens)
{
    size_t kept = 0;
    if (tokens->size != 0) {
        qsort(tokens->data, tokens->size / OMNI__TOKEN_SIZE, OMNI__TOKEN_SIZE,
              compare_tokens);
    }
    for (size_t at = 0; at < tokens->size; at += OMNI__TOKEN_SIZE) {
        const uint8_t *token = tokens->data + at;
        if (kept == 0 || compare_tokens(token, tokens->data + kept -
                                                   OMNI__TOKEN_SIZE) != 0) {
            memmove(tokens->data + kept, token, OMNI__TOKEN_SIZE);
            kept += OMNI__TOKEN_SIZE;
        }
    }
    tokens->size = kept;
}

/* A fact more that the retract names. */
static omni_status
add_fact(const omni__fact *fact, omni__buffer *targets, omni__buffer *tokens)
{
    uint8_t target[OMNI__TARGET_SIZE];
    const omni_fact_id id = omni__fact_id(fact);
    omni__target_write(&id, target);
    omni__buffer_put(targets, target, sizeof(target));
    return omni__body_tokens(fact->body, tokens);
}

static omni_status
node_of(void *user, const omni_id *id, omni__node *out)
{
    return omni__node_read(user, id, out);
}

/* F2: of an event, every copy that is here. */
static omni_status
add_copies(omni__engine *engine, const omni__found_fact *found,
           omni__buffer *targets, omni__buffer *tokens)
{
    omni__workset *set = &engine->fold.set;
    omni__copies copies = {.secret = &engine->file.secret,
                           .log = engine->log,
                           .view = &set->view,
                           .node = node_of,
                           .user = &set->view,
                           .arena = &set->scratch};
    omni__copy first;
    omni_status status = omni__copy_open(copies.secret, found->fact.body,
                                         found->position, &first);
    if (status == OMNI_OK) {
        status = omni__copies_find(&copies, &first);
    }
    for (size_t i = 1; i < copies.count && status == OMNI_OK; ++i) {
        omni__found_fact other;
        status = omni__place_at(&set->view, engine->log,
                                copies.list[i]->position, &other);
        if (status == OMNI_OK) {
            status = add_fact(&other.fact, targets, tokens);
        }
    }
    omni__copies_end(&copies);
    return status;
}

static omni_status
collect(omni__engine *engine, omni__write *write, omni__buffer *targets,
        omni__buffer *tokens)
{
    const omni_fact_id *id = &write->retraction->fact;
    const omni__view *view = &engine->fold.set.view;
    omni__found_fact found;
    omni_status status =
        omni__voided(view, id->replica, id->sequence, &write->dropped);
    if (status != OMNI_OK || write->dropped) {
        return status;
    }
    status =
        omni__place_find(view, engine->log, id->replica, id->sequence, &found);
    if (status == OMNI_OK) {
        status = add_fact(&found.fact, targets, tokens);
    }
    return status == OMNI_OK && found.fact.kind == OMNI__FACT_EVENT
               ? add_copies(engine, &found, targets, tokens)
               : status;
}

omni_status
omni__retraction_prepare(omni__engine *engine, omni__write *write,
                         omni__buffer *bodies)
{
    omni__buffer targets;
    omni__buffer tokens;
    omni__buffer_init(&targets, &engine->hooks.alloc);
    omni__buffer_init(&tokens, &engine->hooks.alloc);
    omni_status status = collect(engine, write, &targets, &tokens);
    write->retraction->count = targets.size / OMNI__TARGET_SIZE;
    if (status == OMNI_OK && (targets.failed || tokens.failed)) {
        status = OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK && !write->dropped) {
        sort_tokens(&tokens);
        const omni__retract_body body = {.tokens = omni__buffer_bytes(&tokens),
                                         .targets =
                                             omni__buffer_bytes(&targets),
                                         .author = write->retraction->author,
                                         .reason = write->retraction->reason};
        write->encoded_at = bodies->size;
        omni__retract_body_encode(&body, bodies);
        write->encoded_size = bodies->size - write->encoded_at;
    }
    omni__buffer_free(&targets);
    omni__buffer_free(&tokens);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
