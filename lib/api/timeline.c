/* omni/timeline.h: walks over a profile's events. */
#include "omni/timeline.h"

#include "api/handle.h"
#include "fold/place.h"
#include "formats/event_read.h"
#include "formats/profile_json.h"
#include "platform/sized.h"

/* Take over a string option; false without memory. */
static bool
copy_text(omni__arena *arena, const char *text, omni__slice *out)
{
    const omni__slice given = omni__slice_text(text);
    *out = omni__arena_copy(arena, given);
    return out->size == given.size;
}

static omni_status
set_filter(omni_timeline *timeline, const omni_timeline_options *options)
{
    omni__timeline_filter *filter = &timeline->walk.filter;
    if (options == NULL) {
        return OMNI_OK;
    }
    filter->oldest_first = options->oldest_first;
    filter->has_since = options->has_since;
    filter->has_until = options->has_until;
    filter->since_us = options->since_us;
    filter->until_us = options->until_us;
    return copy_text(&timeline->own, options->name, &filter->name) &&
                   copy_text(&timeline->own, options->channel, &filter->channel)
               ? OMNI_OK
               : OMNI_ERR_NO_MEMORY;
}

/* The nodes of a profile that a walk over profiles stands on, copied for the
   timeline, which may outlast them; OMNI_NOT_FOUND. */
static omni_status
borrowed_members(const omni_txn *txn, const omni_id *id, omni__arena *own,
                 omni__members *out)
{
    for (omni_profiles *at = txn->profiles; at != NULL; at = at->next) {
        if (at->current == NULL || !omni__id_equal(&at->current->id, id)) {
            continue;
        }
        const omni__members *members = &at->current->members;
        const size_t size = members->count * sizeof(members->nodes[0]);
        out->count = members->count;
        out->nodes = omni__arena_get(own, size);
        if (out->nodes == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        memcpy(out->nodes, members->nodes, size);
        return OMNI_OK;
    }
    return OMNI_NOT_FOUND;
}

/* Have the walk tell of a device too. */
static omni_status
add_device(omni_timeline *timeline, omni_txn *txn, omni_identifier device)
{
    omni__node *node = omni__arena_get(&timeline->own, sizeof(*node));
    if (node == NULL) {
        return omni__fail_memory(&txn->error);
    }
    const omni_status status = omni__txn_find(txn, device, node);
    return status == OMNI_OK
               ? omni__timeline_nobody(&timeline->walk, node, 1, &timeline->own)
               : status;
}

/* Fill in a zeroed timeline. */
static omni_status
fill(omni_timeline *timeline, omni_txn *txn, const omni_id *id,
     const omni_timeline_options *options)
{
    omni__members members;
    omni_status status = borrowed_members(txn, id, &timeline->own, &members);
    if (status == OMNI_NOT_FOUND) {
        status = omni__txn_members(txn, id, &members);
        if (status != OMNI_OK) {
            return status; /* its detail is there */
        }
    }
    if (status == OMNI_OK) {
        status = omni__timeline_init(&timeline->walk, &txn->view, members.nodes,
                                     members.count, &timeline->own);
    }
    if (status == OMNI_OK) {
        timeline->walk.log = txn->source.log;
        timeline->walk.secret = txn->source.secret;
        status = set_filter(timeline, options);
    }
    if (status == OMNI_OK && options->nobody) {
        status = omni__timeline_nobody(&timeline->walk, members.nodes,
                                       members.count, &timeline->own);
    } else if (status == OMNI_OK && options->device != NULL) {
        status = add_device(timeline, txn, *options->device);
        if (status != OMNI_OK) {
            /* A device that is not known has no events. */
            return status == OMNI_NOT_FOUND ? OMNI_OK : status;
        }
    }
    return status == OMNI_OK ? OMNI_OK
                             : omni__fail(&txn->error, status, "timeline: %s",
                                          omni_status_name(status));
}

omni_status
omni_timeline_open(omni_txn *txn, const omni_id *id,
                   const omni_timeline_options *options, omni_timeline **out)
{
    const omni__alloc *alloc = &txn->store->hooks.alloc;
    omni_timeline_options wanted = {.size = sizeof(wanted)};
    if (options != NULL) {
        const omni_status fits = omni__sized_read(
            options, &wanted, sizeof(wanted), "options", &txn->error);
        if (fits != OMNI_OK) {
            return fits;
        }
    }
    omni__arena own;
    omni__arena_init(&own, alloc);
    omni_timeline *timeline = omni__arena_zero(&own, sizeof(*timeline));
    if (timeline == NULL) {
        return omni__fail_memory(&txn->error);
    }
    timeline->own = own;
    timeline->txn = txn;
    timeline->next = txn->timelines;
    txn->timelines = timeline;
    omni__buffer_init(&timeline->json, alloc);
    omni__arena_init(&timeline->arena, alloc);
    const omni_status status = fill(timeline, txn, id, &wanted);
    if (status != OMNI_OK) {
        omni_timeline_close(timeline);
        return status;
    }
    *out = timeline;
    return OMNI_OK;
}

void
omni_timeline_close(omni_timeline *timeline)
{
    if (timeline == NULL) {
        return;
    }
    omni_timeline **at = &timeline->txn->timelines;
    while (*at != timeline) {
        at = &(*at)->next;
    }
    *at = timeline->next;
    omni__timeline_end(&timeline->walk);
    omni__arena_free(&timeline->arena);
    omni__buffer_free(&timeline->json);
    omni__arena own = timeline->own;
    omni__arena_free(&own);
}

omni_status
omni_timeline_next(omni_timeline *timeline, omni_timeline_event *out)
{
    omni__arena_reset(&timeline->arena);
    timeline->identifiers = NULL;
    const omni_status status =
        omni__timeline_next(&timeline->walk, &timeline->item);
    timeline->on_event = status == OMNI_OK;
    if (status == OMNI_OK) {
        *out = omni__event_read(&timeline->item.body);
        out->anchor = timeline->item.node->id;
        out->nobody = timeline->item.nobody;
    } else if (status != OMNI_END) {
        omni__fail(&timeline->txn->error, status, "timeline: %s",
                   omni_status_name(status));
    }
    return status;
}

/* OMNI_OK if the walk stands on an event. */
static omni_status
need_event(omni_timeline *timeline)
{
    return timeline->on_event
               ? OMNI_OK
               : omni__fail(&timeline->txn->error, OMNI_ERR_ARGUMENT,
                            "timeline stands on no event");
}

static omni_status
fail(omni_timeline *timeline, omni_status status, const char *what)
{
    return status == OMNI_OK
               ? OMNI_OK
               : omni__fail(&timeline->txn->error, status, "%s: %s", what,
                            omni_status_name(status));
}

/* Have the identifiers of the event, which may be those of many copies. */
static omni_status
read_identifiers(omni_timeline *timeline)
{
    return timeline->identifiers != NULL
               ? OMNI_OK
               : omni__timeline_identifiers(
                     &timeline->walk, &timeline->item, &timeline->arena,
                     &timeline->identifiers, &timeline->identifier_count);
}

omni_status
omni_timeline_identifiers(omni_timeline *timeline,
                          const omni_identifier_text **out, size_t *count)
{
    omni_status status = need_event(timeline);
    if (status != OMNI_OK) {
        return status;
    }
    const omni_identifier_text *made;
    status = read_identifiers(timeline);
    if (status == OMNI_OK) {
        status = omni__identifiers_read(timeline->identifiers,
                                        timeline->identifier_count,
                                        &timeline->arena, &made);
    }
    if (status == OMNI_OK) {
        *out = made;
        *count = timeline->identifier_count;
    }
    return fail(timeline, status, "identifiers of an event");
}

/* The copies of the event, NULL where it is alone, and room for a struct of
   each. */
static omni_status
read_copies(omni_timeline *timeline, size_t size, omni__copy ***out,
            void **room, size_t *count)
{
    omni_status status = OMNI_OK;
    *out = NULL;
    *count = 1;
    if (timeline->item.merged) {
        status = omni__timeline_copies(&timeline->walk, &timeline->item,
                                       &timeline->arena, out, count);
    }
    if (status == OMNI_OK) {
        *room = omni__arena_get(&timeline->arena, *count * size);
        status = *room != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    return status;
}

/* The copies of the event as public structs. */
static omni_status
view_copies(omni_timeline *timeline, const omni_event_copy **out, size_t *count)
{
    const omni__profile_source *source = &timeline->txn->source;
    omni__copy **copies;
    void *room;
    size_t found;
    omni_status status =
        read_copies(timeline, sizeof(omni_event_copy), &copies, &room, &found);
    omni_event_copy *made = status == OMNI_OK ? room : NULL;
    for (size_t i = 0; i < found && status == OMNI_OK; ++i) {
        status = omni__copy_view(source->secret, source->policy,
                                 copies != NULL ? &copies[i]->body
                                                : &timeline->item.body,
                                 &timeline->arena, &made[i]);
    }
    if (status == OMNI_OK) {
        *out = made;
        *count = found;
    }
    return status;
}

/* The fact whose body stands at a position. */
static omni_status
read_fact(const omni_timeline *timeline, uint64_t position, omni_fact_id *out)
{
    return omni__place_id(&timeline->txn->view, timeline->txn->source.log,
                          position, out);
}

static omni_status
view_facts(omni_timeline *timeline, const omni_fact_id **out, size_t *count)
{
    omni__copy **copies;
    void *room;
    size_t found;
    omni_status status =
        read_copies(timeline, sizeof(omni_fact_id), &copies, &room, &found);
    omni_fact_id *made = status == OMNI_OK ? room : NULL;
    for (size_t i = 0; i < found && status == OMNI_OK; ++i) {
        status = read_fact(timeline,
                           copies != NULL ? copies[i]->position
                                          : timeline->item.position,
                           &made[i]);
    }
    if (status == OMNI_OK) {
        *out = made;
        *count = found;
    }
    return status;
}

omni_status
omni_timeline_facts(omni_timeline *timeline, const omni_fact_id **out,
                    size_t *count)
{
    const omni_status status = need_event(timeline);
    return status != OMNI_OK ? status
                             : fail(timeline, view_facts(timeline, out, count),
                                    "facts of an event");
}

omni_status
omni_timeline_copies(omni_timeline *timeline, const omni_event_copy **out,
                     size_t *count)
{
    const omni_status status = need_event(timeline);
    return status != OMNI_OK ? status
                             : fail(timeline, view_copies(timeline, out, count),
                                    "copies of an event");
}

omni_status
omni_timeline_json(omni_timeline *timeline, omni_text *out)
{
    omni_status status = need_event(timeline);
    if (status != OMNI_OK) {
        return status;
    }
    omni_fact_id fact;
    status = read_identifiers(timeline);
    if (status == OMNI_OK) {
        status = read_fact(timeline, timeline->item.position, &fact);
    }
    if (status == OMNI_OK) {
        omni__buffer_clear(&timeline->json);
        const omni__event_extra extra = {.fact = &fact,
                                         .nobody = timeline->item.nobody};
        omni__event_write(&timeline->item.body, timeline->identifiers,
                          timeline->identifier_count, extra, &timeline->json);
        status = timeline->json.failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    }
    if (status == OMNI_OK) {
        *out = omni__text_of(omni__buffer_bytes(&timeline->json));
    }
    return fail(timeline, status, "event as JSON");
}
