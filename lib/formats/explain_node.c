/* One identifier: what its profile is named after, whether it is generic, and
   what it is linked with; and all links of a profile. */
#include "formats/explain.h"
#include "formats/explain_links.h"
#include "formats/explain_words.h"
#include "identity/crowd.h"

/* A question on its way to an answer. */
typedef struct question {
    omni__explainer explainer;
    const omni__node *node;
    omni__members members;
    omni_identifier_explanation *out;
} question;

static omni_status
show_neighbours(question *q)
{
    omni__neighbours found;
    omni_status status =
        omni__neighbours_find(&q->explainer, &q->members, q->node, &found);
    if (status == OMNI_OK) {
        q->out->neighbour_total = found.count;
        q->out->neighbour_count = found.count < OMNI_EXPLAIN_NEIGHBOURS
                                      ? found.count
                                      : OMNI_EXPLAIN_NEIGHBOURS;
        status =
            omni__neighbours_show(&q->explainer, &found,
                                  q->out->neighbour_count, &q->out->neighbours);
    }
    omni__neighbours_free(&q->explainer, &found);
    return status;
}

/* The member that the profile is named after. */
static omni_status
show_named(question *q)
{
    const omni__node *head = &q->members.nodes[0];
    omni__event_text event;
    omni_status status = omni__explain_sight(&q->explainer, head, &event);
    if (status != OMNI_OK) {
        return status;
    }
    q->out->profile = head->id;
    q->out->profile_size = q->members.count;
    q->out->named_by = omni__identifier_text(head);
    q->out->named_first_seen_us = head->first_us;
    q->out->named_event_name = event.name;
    q->out->named_event_id = event.id;
    q->out->named_channel = event.channel;
    q->out->named_source = event.source;
    return omni__words_named(&q->explainer, &q->members,
                             &q->out->named_because);
}

static omni_status
show_generic(question *q)
{
    omni__crowd crowd;
    q->out->generic = (q->node->flags & OMNI__NODE_GENERIC) != 0;
    if (!q->out->generic) {
        return OMNI_OK;
    }
    const omni_status status =
        omni__links_crowd(q->explainer.source->policy, q->node,
                          q->explainer.source->arena, &crowd);
    if (status != OMNI_OK) {
        return status;
    }
    q->out->generic_ns = omni__text_of(crowd.ns);
    q->out->generic_count = crowd.count;
    q->out->generic_limit = crowd.limit;
    return omni__words_generic(&q->explainer, q->node,
                               &q->out->generic_because);
}

static omni_status
show_self(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    const omni__namespace *entry =
        omni__policy_namespace(source->policy, q->node->ns);
    q->out->identifier = omni__identifier_text(q->node);
    q->out->id = q->node->id;
    q->out->class_name =
        omni__explain_class(&q->explainer, q->out->identifier.ns);
    q->out->rank = entry->rank;
    q->out->first_seen_us = q->node->first_us;
    q->out->last_seen_us = q->node->last_us;
    q->out->contested = (q->node->flags & OMNI__NODE_CONTESTED) != 0;
    omni_text *channels;
    const omni_status status = omni__channels_read(
        q->node, source->arena, &channels, &q->out->channel_count);
    q->out->channels = channels;
    return status;
}

static omni_status
explain(question *q)
{
    const omni__profile_source *source = q->explainer.source;
    omni_status status;
    OMNI_TRY(status, omni__members_read(source->view, q->node, source->arena,
                                        &q->members));
    OMNI_TRY(status, show_neighbours(q));
    OMNI_TRY(status, show_self(q));
    OMNI_TRY(status, show_named(q));
    status = show_generic(q);
done:
    return status;
}

omni_status
omni__explain_node(const omni__profile_source *source, const omni__node *node,
                   omni_identifier_explanation **out)
{
    question q = {.explainer = {.source = source}, .node = node};
    q.out = omni__arena_zero(source->arena, sizeof(*q.out));
    const omni_status status = q.out != NULL ? explain(&q) : OMNI_ERR_NO_MEMORY;
    omni__explainer_end(&q.explainer);
    if (status == OMNI_OK) {
        *out = q.out;
    }
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni__explain_members(const omni__profile_source *source,
                      const omni__members *members, const omni_link **out,
                      size_t *count)
{
    omni__explainer explainer = {.source = source};
    omni__neighbours found;
    omni_status status =
        omni__neighbours_find(&explainer, members, NULL, &found);
    if (status == OMNI_OK) {
        status = omni__neighbours_show(&explainer, &found, found.count, out);
        *count = found.count;
    }
    omni__neighbours_free(&explainer, &found);
    omni__explainer_end(&explainer);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}
