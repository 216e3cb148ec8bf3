/* omni/timeline.h: walks over a profile's events. */
#include "omni/timeline.h"

#include "api/handle.h"
#include "formats/profile_json.h"

/* Take over a string option; false without memory. */
static bool
copy_text(omni__arena *arena, const char *text, omni__slice *out)
{
    const omni__slice given = omni__slice_text(text);
    *out = omni__arena_copy(arena, given);
    return out->size == given.size;
}

static omni_status
set_filter(omni_txn *txn, const omni_timeline_options *options,
           omni__timeline_filter *filter)
{
    if (options == NULL) {
        return OMNI_OK;
    }
    if (options->size != sizeof(*options)) {
        return omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                          "options.size is %zu, not %zu", options->size,
                          sizeof(*options));
    }
    filter->oldest_first = options->oldest_first;
    filter->has_since = options->has_since;
    filter->has_until = options->has_until;
    filter->since_us = options->since_us;
    filter->until_us = options->until_us;
    return copy_text(&txn->arena, options->name, &filter->name) &&
                   copy_text(&txn->arena, options->channel, &filter->channel)
               ? OMNI_OK
               : omni__fail_memory(&txn->error);
}

omni_status
omni_timeline_open(omni_txn *txn, const omni_id *id,
                   const omni_timeline_options *options, omni_timeline **out)
{
    omni__members members;
    omni__timeline_filter filter = {.oldest_first = false};
    omni_status status;
    OMNI_TRY(status, set_filter(txn, options, &filter));
    OMNI_TRY(status, omni__txn_members(txn, id, &members));
    omni_timeline *timeline = omni__arena_zero(&txn->arena, sizeof(*timeline));
    if (timeline == NULL) {
        return omni__fail_memory(&txn->error);
    }
    OMNI_TRY(status,
             omni__timeline_init(&timeline->walk, &txn->view, members.nodes,
                                 members.count, &txn->arena));
    omni__buffer_init(&timeline->json, &txn->store->hooks.alloc);
    omni__arena_init(&timeline->arena, &txn->store->hooks.alloc);
    timeline->walk.log = txn->source.log;
    timeline->walk.secret = txn->source.secret;
    timeline->walk.filter = filter;
    timeline->txn = txn;
    timeline->next = txn->timelines;
    txn->timelines = timeline;
    *out = timeline;
done:
    return status;
}

omni_status
omni_timeline_next(omni_timeline *timeline, omni_timeline_event *out)
{
    const omni_status status =
        omni__timeline_next(&timeline->walk, &timeline->item);
    timeline->on_event = status == OMNI_OK;
    if (status == OMNI_OK) {
        const omni__event_body *event = &timeline->item.body;
        *out = (omni_timeline_event){
            .type = (omni_event_type)event->type,
            .time_us = event->time_us,
            .id = omni__text_of(event->id),
            .name = omni__text_of(event->name),
            .channel = omni__text_of(event->channel),
            .source = omni__text_of(event->source),
            .group_id = omni__text_of(event->group_id),
            .traits_json = omni__text_of(event->traits),
            .properties_json = omni__text_of(event->properties),
            .anchor = timeline->item.node->id};
    } else if (status != OMNI_END) {
        omni__fail(&timeline->txn->error, status, "timeline: %s",
                   omni_status_name(status));
    }
    return status;
}

omni_status
omni_timeline_json(omni_timeline *timeline, omni_text *out)
{
    if (!timeline->on_event) {
        return omni__fail(&timeline->txn->error, OMNI_ERR_ARGUMENT,
                          "timeline stands on no event");
    }
    omni__buffer_clear(&timeline->json);
    omni__arena_reset(&timeline->arena);
    omni_status status = omni__event_write(&timeline->walk, &timeline->item,
                                           &timeline->arena, &timeline->json);
    if (timeline->json.failed) {
        status = OMNI_ERR_NO_MEMORY;
    }
    if (status != OMNI_OK) {
        return omni__fail(&timeline->txn->error, status, "event as JSON: %s",
                          omni_status_name(status));
    }
    *out = omni__text_of(omni__buffer_bytes(&timeline->json));
    return OMNI_OK;
}
