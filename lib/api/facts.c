/* omni/facts.h: the log, fact by fact. */
#include "omni/facts.h"

#include "api/handle.h"
#include "codec/retract.h"
#include "formats/event_read.h"
#include "formats/fact_json.h"
#include "platform/sized.h"

/*
   A position is that of a frame in the log, in the steps that frames are
   aligned to, and the number of a fact in it.
*/
#define INDEX_BITS 17
#define INDEX_MASK ((UINT64_C(1) << INDEX_BITS) - 1)
#define FRAME_STEP 8u

_Static_assert(OMNI_LIMIT_BATCH_FACTS < INDEX_MASK, "facts of a group");

struct omni_facts {
    omni_store *store;
    omni__log *log;
    uint64_t at;           /* frame to read, or that is being read */
    uint64_t index;        /* next fact in it */
    bool in_group;         /* `group` is the one at `at`, before `index` */
    omni__group group;     /* borrowed from the log */
    uint64_t next;         /* frame after it */
    bool on_fact;          /* `fact` is what was given last */
    omni_fact fact;        /* as it was given */
    omni__event_body body; /* of it, if it is an event */
    omni__arena arena;     /* of it */
    omni__buffer json;
    omni_error error;
};

const char *
omni_fact_kind_name(omni_fact_kind kind)
{
    static const char *const names[] = {"unknown", "event",   "link",
                                        "part",    "retract", "consent",
                                        "erase",   "policy",  "segment"};
    const size_t known = sizeof(names) / sizeof(names[0]);
    return (size_t)kind < known ? names[kind] : names[0];
}

/* Stand in the frame that `at` leads to, before fact `index`. */
static omni_status
enter_group(omni_facts *facts, omni_error *error)
{
    omni__log_frame frame;
    omni__fact skipped;
    omni_status status;
    while ((status = omni__log_read(facts->log, facts->at, &frame, error)) ==
               OMNI_OK &&
           frame.control) {
        facts->at = frame.next; /* no facts, and not looked at again */
    }
    if (status == OMNI_OK) {
        status = omni__group_open(frame.group, &facts->group, error);
    }
    if (status == OMNI_OK && facts->group.count > INDEX_MASK) {
        status = omni__fail_at(error, OMNI_ERR_LIMIT, (int64_t)frame.position,
                               "log position %llu: a group of %llu facts",
                               (unsigned long long)frame.position,
                               (unsigned long long)facts->group.count);
    }
    for (uint64_t i = 0; i < facts->index && status == OMNI_OK; ++i) {
        status = omni__group_next(&facts->group, &skipped);
        if (status == OMNI_ERR_CORRUPT) {
            omni__fail_at(error, status, (int64_t)frame.position,
                          "log position %llu: fact is malformed",
                          (unsigned long long)frame.position);
        }
    }
    if (status == OMNI_OK) {
        facts->at = frame.position;
        facts->next = frame.next;
        facts->in_group = true;
    }
    return status;
}

static omni_status
fail_position(uint64_t position, omni_error *error)
{
    return omni__fail(error, OMNI_ERR_ARGUMENT,
                      "position %llu is none of this store's",
                      (unsigned long long)position);
}

/* Go to a position that a caller kept; it may be any number. */
static omni_status
go_to(omni_facts *facts, uint64_t position, omni_error *error)
{
    const uint64_t end = omni__log_end(facts->log);
    const uint64_t frame = (position >> INDEX_BITS) * FRAME_STEP;
    facts->at = frame;
    facts->index = position & INDEX_MASK;
    if (frame < omni__log_start(facts->log) || frame > end ||
        (frame == end && facts->index != 0)) {
        return fail_position(position, error);
    }
    if (frame == end) {
        return OMNI_OK;
    }
    const omni_status status = enter_group(facts, error);
    if (facts->index == 0 && status == OMNI_END) {
        return OMNI_OK; /* the end of a segment, and nothing in the next */
    }
    /* A frame of the next segment stands elsewhere than `position` says. */
    if (status == OMNI_ERR_CORRUPT || status == OMNI_END ||
        (status == OMNI_OK && facts->index != 0 && facts->at != frame)) {
        return fail_position(position, error);
    }
    return status;
}

omni_status
omni_facts_open(omni_store *store, const omni_facts_options *options,
                omni_facts **out, omni_error *error)
{
    omni_facts_options wanted = {.size = sizeof(wanted)};
    if (options != NULL) {
        const omni_status fits = omni__sized_read(
            options, &wanted, sizeof(wanted), "options", error);
        if (fits != OMNI_OK) {
            return fits;
        }
    }
    if (wanted.from_end && wanted.position != 0) {
        return omni__fail(error, OMNI_ERR_ARGUMENT,
                          "options.position and options.from_end are both set");
    }
    omni_status status = omni__engine_usable(store->engine, error);
    if (status != OMNI_OK) {
        return status;
    }
    omni_facts *facts = omni__calloc(&store->hooks.alloc, sizeof(*facts));
    if (facts == NULL) {
        return omni__fail_memory(error);
    }
    facts->store = store;
    facts->log = store->engine->log;
    omni__arena_init(&facts->arena, &store->hooks.alloc);
    omni__buffer_init(&facts->json, &store->hooks.alloc);
    facts->at = wanted.from_end ? omni__log_end(facts->log)
                                : omni__log_start(facts->log);
    if (wanted.position != 0) {
        status = go_to(facts, wanted.position, error);
    }
    if (status != OMNI_OK) {
        omni_facts_close(facts);
        return status;
    }
    *out = facts;
    return OMNI_OK;
}

static omni_status
read_event(omni_facts *facts, omni__slice body, omni_fact *out)
{
    omni__engine *engine = facts->store->engine;
    omni_event_copy copy;
    omni__policy_box *policy;
    omni_status status = omni__event_body_decode(body, &facts->body);
    if (status == OMNI_OK) {
        status = omni__engine_policy(engine, &policy, NULL);
    }
    if (status == OMNI_OK) {
        status = omni__copy_view(&engine->file.secret, &policy->policy,
                                 &facts->body, &facts->arena, &copy);
        omni__kv_unshare(&policy->shared);
    }
    if (status == OMNI_OK) {
        out->event = copy.event;
        out->time_us = copy.event.time_us;
        out->identifiers = copy.identifiers;
        out->identifier_count = copy.identifier_count;
    }
    return status;
}

static omni_status
read_statement(omni_facts *facts, omni__slice body, omni_fact *out)
{
    omni__statement_body statement;
    omni_status status = omni__statement_body_decode(body, &statement);
    if (status == OMNI_OK) {
        status = omni__identifiers_read(statement.ends, 2, &facts->arena,
                                        &out->identifiers);
    }
    if (status == OMNI_OK) {
        out->identifier_count = 2;
        out->time_us = statement.time_us;
        out->reason = omni__text_of(statement.reason);
        out->author = omni__text_of(statement.author);
    }
    return status;
}

static omni_status
read_register(omni__slice body, omni_fact *out)
{
    omni__register_body entry;
    const omni_status status = omni__register_body_decode(body, &entry);
    if (status == OMNI_OK) {
        out->time_us = entry.time_us;
        out->name = omni__text_of(entry.name);
        out->value = omni__text_of(entry.value);
        out->reason = omni__text_of(entry.reason);
        out->author = omni__text_of(entry.author);
    }
    return status;
}

static omni_status
read_retract(omni_facts *facts, omni__slice body, omni_fact *out)
{
    omni__retract_body retract;
    const omni_status status = omni__retract_body_decode(body, &retract);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t count = retract.targets.size / OMNI__TARGET_SIZE;
    omni_fact_id *targets =
        omni__arena_get(&facts->arena, (count + 1) * sizeof(targets[0]));
    if (targets == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        targets[i] =
            omni__target_read(retract.targets.data + i * OMNI__TARGET_SIZE);
    }
    out->targets = targets;
    out->target_count = count;
    out->reason = omni__text_of(retract.reason);
    out->author = omni__text_of(retract.author);
    return OMNI_OK;
}

/* A fact of the log as applications see it. */
static omni_status
read_fact(omni_facts *facts, const omni__fact *fact, omni_fact *out)
{
    *out =
        (omni_fact){.id = omni__fact_id(fact),
                    .kind = (omni_fact_kind)fact->kind,
                    .has_body = fact->body_state == OMNI__BODY_PLAIN,
                    .group_end = facts->group.next_index == facts->group.count,
                    .made_us = omni__fact_made_us(fact),
                    .body_bytes = fact->body.size};
    if (!out->has_body) {
        return OMNI_OK;
    }
    switch (fact->kind) {
    case OMNI__FACT_EVENT:
        return read_event(facts, fact->body, out);
    case OMNI__FACT_LINK:
    case OMNI__FACT_PART:
        return read_statement(facts, fact->body, out);
    case OMNI__FACT_POLICY:
    case OMNI__FACT_SEGMENT:
        return read_register(fact->body, out);
    case OMNI__FACT_RETRACT:
        return read_retract(facts, fact->body, out);
    default:
        return OMNI_OK;
    }
}

/* The fact under the walk, which then stands behind it. */
static omni_status
take(omni_facts *facts)
{
    /* On a fault the group is entered anew, before the same fact. */
    facts->in_group = false;
    omni__fact fact;
    omni_status status = omni__group_next(&facts->group, &fact);
    if (status == OMNI_OK) {
        status = read_fact(facts, &fact, &facts->fact);
    }
    if (status != OMNI_OK) {
        return omni__fail_at(&facts->error, status, (int64_t)facts->at,
                             "log position %llu: fact %llu of its group: %s",
                             (unsigned long long)facts->at,
                             (unsigned long long)facts->index,
                             omni_status_name(status));
    }
    facts->in_group = !facts->fact.group_end;
    facts->at = facts->in_group ? facts->at : facts->next;
    facts->index = facts->in_group ? facts->index + 1 : 0;
    facts->on_fact = true;
    return OMNI_OK;
}

omni_status
omni_facts_next(omni_facts *facts, omni_fact *out)
{
    omni_status status =
        omni__engine_usable(facts->store->engine, &facts->error);
    facts->on_fact = false;
    if (status != OMNI_OK) {
        return status;
    }
    if (!facts->in_group) {
        if (facts->at >= omni__log_end(facts->log)) {
            return OMNI_END;
        }
        status = enter_group(facts, &facts->error);
    }
    if (status == OMNI_OK) {
        omni__arena_reset(&facts->arena);
        status = take(facts);
    }
    if (status == OMNI_OK) {
        *out = facts->fact;
    }
    return status;
}

uint64_t
omni_facts_position(const omni_facts *facts)
{
    return facts->at / FRAME_STEP << INDEX_BITS | facts->index;
}

omni_status
omni_facts_json(omni_facts *facts, omni_text *out)
{
    if (!facts->on_fact) {
        return omni__fail(&facts->error, OMNI_ERR_ARGUMENT,
                          "the walk stands on no fact");
    }
    omni__buffer_clear(&facts->json);
    omni__fact_write(&facts->fact, &facts->body, &facts->json);
    if (facts->json.failed) {
        return omni__fail_memory(&facts->error);
    }
    *out = omni__text_of(omni__buffer_bytes(&facts->json));
    return OMNI_OK;
}

const omni_error *
omni_facts_error(const omni_facts *facts)
{
    return &facts->error;
}

void
omni_facts_close(omni_facts *facts)
{
    if (facts != NULL) {
        const omni__alloc alloc = facts->store->hooks.alloc;
        omni__arena_free(&facts->arena);
        omni__buffer_free(&facts->json);
        omni__free(&alloc, facts);
    }
}
