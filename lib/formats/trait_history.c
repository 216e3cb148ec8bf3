/* The traits of all events of a profile, from their bodies in the log. */
#include "formats/trait_history.h"

#include "events/timeline.h"
#include "profile/traits.h"

#include <stdlib.h>

/* A value as it came. */
typedef struct value {
    omni_trait_entry entry;
    size_t place; /* the latest is the first */
} value;

static bool
same(omni_text a, omni_text b)
{
    return omni__slice_equal(omni__slice_of_text(a), omni__slice_of_text(b));
}

typedef struct history {
    omni__arena *arena;
    const omni_profile *profile;
    omni__slice name;
    value *values;
    size_t count;
    size_t capacity;
} history;

/* Whether an event gives the value of a trait that is in force. */
static bool
is_in_force(const omni_profile *profile, const omni_trait_entry *entry)
{
    for (size_t i = 0; i < profile->trait_count; ++i) {
        const omni_trait *trait = &profile->traits[i];
        if (same(trait->name, entry->name)) {
            return trait->time_us == entry->time_us &&
                   same(trait->event_id, entry->event_id) &&
                   same(trait->source, entry->source) &&
                   same(trait->value_json, entry->value_json);
        }
    }
    return false;
}

static omni_status
add_event(history *h, const omni__event_body *body)
{
    const omni__trait given = {.source = body->source,
                               .time_us = body->time_us};
    omni__trait *traits;
    size_t count;
    omni_text event_id;
    omni_status status =
        omni__traits_of_json(body->traits, &given, h->arena, &traits, &count);
    if (status == OMNI_OK) {
        status =
            omni__event_id_text(body->id, body->made_id, h->arena, &event_id);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (h->name.data != NULL &&
            !omni__slice_equal(h->name, traits[i].name)) {
            continue;
        }
        void *values = h->values;
        if (!omni__grow(h->arena->alloc, &values, &h->capacity, h->count,
                        sizeof(h->values[0]))) {
            return OMNI_ERR_NO_MEMORY;
        }
        h->values = values;
        omni_trait_entry *entry = &h->values[h->count].entry;
        h->values[h->count].place = h->count;
        ++h->count;
        *entry =
            (omni_trait_entry){.name = omni__text_of(traits[i].name),
                               .value_json = omni__text_of(traits[i].value),
                               .source = omni__text_of(traits[i].source),
                               .time_us = traits[i].time_us,
                               .event_id = event_id};
        entry->in_force = is_in_force(h->profile, entry);
    }
    return status;
}

/* By name, the one in force first, else as they came: the latest first. */
static int
compare_values(const void *a, const void *b)
{
    const value *x = a;
    const value *y = b;
    const int order = omni__slice_compare(omni__slice_of_text(x->entry.name),
                                          omni__slice_of_text(y->entry.name));
    if (order != 0) {
        return order;
    }
    if (x->entry.in_force != y->entry.in_force) {
        return x->entry.in_force ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

/* What was gathered, in order, in memory of the arena. */
static omni_status
hand_out(const history *h, omni_trait_entry **out)
{
    *out = omni__arena_get(h->arena, (h->count + 1) * sizeof(**out));
    if (*out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    if (h->count != 0) {
        qsort(h->values, h->count, sizeof(h->values[0]), compare_values);
    }
    for (size_t i = 0; i < h->count; ++i) {
        (*out)[i] = h->values[i].entry;
    }
    return OMNI_OK;
}

omni_status
omni__trait_history(const omni__profile_source *source,
                    const omni_profile *profile, omni__slice name,
                    omni_trait_entry **out, size_t *count)
{
    history h = {.arena = source->arena, .profile = profile, .name = name};
    omni__timeline walk;
    omni__timeline_item item;
    omni_status status =
        omni__timeline_init(&walk, source->view, profile->members.nodes,
                            profile->members.count, source->arena);
    walk.log = source->log;
    walk.secret = source->secret;
    walk.filter.with_traits = true;
    while (status == OMNI_OK &&
           (status = omni__timeline_next(&walk, &item)) == OMNI_OK) {
        status = add_event(&h, &item.body);
    }
    omni__timeline_end(&walk);
    status = status == OMNI_END ? hand_out(&h, out) : status;
    *count = h.count;
    omni__free(source->arena->alloc, h.values);
    return status;
}
