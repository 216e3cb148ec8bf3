/* From links and statements of the graph to the events and facts that they
   rest on. */
#include "formats/explain_link.h"

#include "fold/place.h"
#include "formats/explain_words.h"

omni_status
omni__explainer_resolve(omni__explainer *explainer, const omni_id *node)
{
    if (explainer->resolved) {
        return OMNI_OK;
    }
    explainer->resolved = true; /* to be freed in any case */
    return omni__component_read(
        explainer->source->view, explainer->source->policy, node,
        explainer->source->arena->alloc, &explainer->component);
}

void
omni__explainer_end(omni__explainer *explainer)
{
    if (explainer->resolved) {
        omni__component_free(&explainer->component);
        explainer->resolved = false;
    }
}

static omni__evidence
evidence_of(const omni__explainer *explainer)
{
    const omni__profile_source *source = explainer->source;
    return (omni__evidence){.view = source->view,
                            .log = source->log,
                            .secret = source->secret,
                            .policy = source->policy,
                            .alloc = source->arena->alloc};
}

static omni_status
show_event(const omni__explainer *explainer, const omni__event_body *event,
           omni__event_text *out)
{
    out->name = omni__text_of(event->name);
    out->channel = omni__text_of(event->channel);
    out->source = omni__text_of(event->source);
    return omni__event_id_text(event->id, event->made_id,
                               explainer->source->arena, &out->id);
}

omni_status
omni__explain_sight(const omni__explainer *explainer, const omni__node *node,
                    omni__event_text *out)
{
    const omni__evidence evidence = evidence_of(explainer);
    omni__event_body event;
    uint64_t position;
    const omni_status status = omni__evidence_find(
        &evidence, node, NULL, node->first_us, &event, &position);
    return status == OMNI_OK ? show_event(explainer, &event, out) : status;
}

omni_text
omni__explain_class(const omni__explainer *explainer, omni_text ns)
{
    static const char *const classes[] = {"person", "device", "shared"};
    const omni__namespace *entry = omni__policy_namespace(
        explainer->source->policy, omni__slice_of_text(ns));
    return omni__text_of(omni__slice_text(classes[entry->class_]));
}

static void
set_names(const omni__explainer *explainer, omni_link *link,
          omni_identifier_text a, omni_identifier_text b)
{
    link->a = a;
    link->b = b;
    link->a_class = omni__explain_class(explainer, a.ns);
    link->b_class = omni__explain_class(explainer, b.ns);
}

static void
set_event(omni_link *link, const omni__event_text *event)
{
    link->event_name = event->name;
    link->event_id = event->id;
    link->channel = event->channel;
    link->source = event->source;
}

omni_status
omni__explain_observed(const omni__explainer *explainer, const omni__node *a,
                       const omni__node *b, int64_t time_us, omni_link *out)
{
    const omni__evidence evidence = evidence_of(explainer);
    omni__event_body event;
    omni__event_text text;
    uint64_t position;
    omni_status status =
        omni__evidence_find(&evidence, a, b, time_us, &event, &position);
    if (status == OMNI_OK) {
        status = show_event(explainer, &event, &text);
    }
    *out = (omni_link){.kind = OMNI_LINK_OBSERVED, .time_us = time_us};
    if (status == OMNI_OK) {
        status = omni__place_id(explainer->source->view, explainer->source->log,
                                position, &out->event_fact);
    }
    if (status != OMNI_OK) {
        return status;
    }
    set_names(explainer, out, omni__identifier_text(a),
              omni__identifier_text(b));
    set_event(out, &text);
    return OMNI_OK;
}

/* The name of an end that no event knows, from the body that names it. */
static omni_identifier_text
find_name(const omni__explainer *explainer, const omni__named *named,
          size_t count, const omni_id *id)
{
    for (size_t i = 0; i < count; ++i) {
        const omni_id own =
            omni__public_id(explainer->source->secret, &named[i].token,
                            omni__slice_of(NULL, 0));
        if (omni__id_equal(&own, id)) {
            return (omni_identifier_text){.ns = omni__text_of(named[i].ns),
                                          .value =
                                              omni__text_of(named[i].value)};
        }
    }
    return (omni_identifier_text){.ns = {.bytes = NULL}};
}

static omni_status
show_alias(const omni__explainer *explainer, const omni__statement *statement,
           omni_link *out)
{
    omni__event_body event;
    omni__event_text text;
    omni_status status =
        omni__copy_read(explainer->source->log, statement->position, &event);
    if (status == OMNI_OK) {
        status = show_event(explainer, &event, &text);
    }
    if (status == OMNI_OK) {
        status = omni__place_id(explainer->source->view, explainer->source->log,
                                statement->position, &out->event_fact);
    }
    if (status == OMNI_OK) {
        out->kind = OMNI_LINK_ALIAS;
        set_event(out, &text);
        out->b = find_name(explainer, event.stated, event.stated_count,
                           &statement->b);
    }
    return status;
}

static omni_status
show_fact(const omni__explainer *explainer, const omni__statement *statement,
          omni_link *out)
{
    omni__slice record;
    omni__slice bytes;
    omni__statement_body body;
    omni_status status;
    OMNI_TRY(status, omni__log_bytes(explainer->source->log,
                                     statement->position, &record));
    OMNI_TRY(status, omni__body_open(record, &bytes));
    OMNI_TRY(status, omni__statement_body_decode(bytes, &body));
    OMNI_TRY(status, omni__statement_fact(statement, record, &out->fact));
    out->kind = statement->kind == OMNI__STATEMENT_PART ? OMNI_LINK_PART
                                                        : OMNI_LINK_STATED;
    out->author = omni__text_of(body.author);
    out->reason = omni__text_of(body.reason);
    out->b = find_name(explainer, body.ends, 2, &statement->b);
done:
    return status;
}

omni_status
omni__explain_stated(const omni__explainer *explainer, const omni__node *a,
                     const omni__statement *statement, const omni__node *b,
                     omni_link *out)
{
    *out = (omni_link){.time_us = statement->time_us};
    omni_status status = statement->kind == OMNI__STATEMENT_ALIAS
                             ? show_alias(explainer, statement, out)
                             : show_fact(explainer, statement, out);
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    set_names(explainer, out, omni__identifier_text(a),
              b != NULL ? omni__identifier_text(b) : out->b);
    if (b == NULL) {
        out->state = OMNI_LINK_WAITING;
        return omni__words_waiting(explainer, out);
    }
    if (out->kind == OMNI_LINK_PART) {
        out->state = OMNI_LINK_PARTED;
        status = omni__words_parted(explainer, out, out, &out->because);
    }
    return status;
}

omni_status
omni__explain_held(omni__explainer *explainer, const omni__held *held,
                   omni_link *out)
{
    const omni_status status =
        held->kind == OMNI_LINK_OBSERVED
            ? omni__explain_observed(explainer, held->member, &held->other,
                                     held->time_us, out)
            : omni__explain_stated(explainer, held->member, &held->statement,
                                   &held->other, out);
    if (status != OMNI_OK) {
        return status;
    }
    out->state = OMNI_LINK_HELD;
    out->rule = omni__text_of(omni__slice_text(omni__rule_name(held->rule)));
    return omni__words_held(explainer, held, out);
}
