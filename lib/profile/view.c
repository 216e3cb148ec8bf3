/* Identifiers, channels and traits of a profile, from its nodes. */
#include "profile/view.h"

#include "codec/body.h"
#include "codec/word.h"
#include "platform/sort.h"
#include "profile/traits.h"

#include <stdio.h>

omni_status
omni__channels_read(const omni__node *node, omni__arena *arena, omni_text **out,
                    size_t *count)
{
    const omni__slice section = node->sections[OMNI__SECTION_CHANNELS];
    *count = 0;
    *out = omni__arena_get(arena, (section.size + 1) * sizeof(**out));
    if (*out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__reader reader = omni__reader_of(section);
    while (reader.at != reader.end && !reader.bad) {
        (*out)[(*count)++] = omni__text_of(omni__read_word(&reader));
    }
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

static int
compare_identifiers(const void *a, const void *b)
{
    const omni_profile_identifier *x = a;
    const omni_profile_identifier *y = b;
    const int order = omni__text_order(&x->ns, &y->ns);
    return order != 0 ? order : omni__text_order(&x->value, &y->value);
}

static omni_status
fill_identifiers(omni_profile *profile, omni__arena *arena)
{
    const omni__members *members = &profile->members;
    profile->identifiers = omni__arena_get(
        arena, members->count * sizeof(profile->identifiers[0]));
    if (profile->identifiers == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    profile->identifier_count = members->count;
    profile->first_us = INT64_MAX;
    profile->last_us = INT64_MIN;
    for (size_t i = 0; i < members->count; ++i) {
        const omni__node *node = &members->nodes[i];
        omni_text *channels;
        size_t count;
        const omni_status status =
            omni__channels_read(node, arena, &channels, &count);
        if (status != OMNI_OK) {
            return status;
        }
        profile->identifiers[i] = (omni_profile_identifier){
            .ns = omni__text_of(node->ns),
            .value = omni__text_of(node->value),
            .first_seen_us = node->first_us,
            .last_seen_us = node->last_us,
            .channels = channels,
            .channel_count = count,
            .contested = (node->flags & OMNI__NODE_CONTESTED) != 0};
        if (node->first_us < profile->first_us) {
            profile->first_us = node->first_us;
        }
        if (node->last_us > profile->last_us) {
            profile->last_us = node->last_us;
        }
    }
    omni__sort(profile->identifiers, members->count,
               sizeof(profile->identifiers[0]), compare_identifiers);
    return OMNI_OK;
}

/* Channels of all identifiers, each once. */
static omni_status
fill_channels(omni_profile *profile, omni__arena *arena)
{
    size_t total = 0;
    for (size_t i = 0; i < profile->identifier_count; ++i) {
        total += profile->identifiers[i].channel_count;
    }
    omni_text *all = omni__arena_get(arena, (total + 1) * sizeof(all[0]));
    if (all == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t at = 0;
    for (size_t i = 0; i < profile->identifier_count; ++i) {
        const omni_profile_identifier *from = &profile->identifiers[i];
        for (size_t k = 0; k < from->channel_count; ++k) {
            all[at++] = from->channels[k];
        }
    }
    omni__sort(all, total, sizeof(all[0]), omni__text_order);
    profile->channels = all;
    for (size_t i = 0; i < total; ++i) {
        if (i == 0 || omni__text_order(&all[i], &all[i - 1]) != 0) {
            all[profile->channel_count++] = all[i];
        }
    }
    return OMNI_OK;
}

omni_status
omni__event_id_text(omni__slice id, uint64_t made_id, omni__arena *arena,
                    omni_text *out)
{
    if (id.size != 0) {
        *out = omni__text_of(id);
        return OMNI_OK;
    }
    char *text = omni__arena_get(arena, 17);
    if (text == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    snprintf(text, 17, "%016llx", (unsigned long long)made_id);
    *out = (omni_text){.bytes = text, .size = 16};
    return OMNI_OK;
}

/* The id of the event that gives a trait, from its body in the log. */
static omni_status
read_event_id(const omni__profile_source *source, const omni__trait *trait,
              omni_text *out)
{
    omni__slice body;
    omni__event_body event;
    omni_status status = omni__log_body(source->log, trait->position, &body);
    if (status == OMNI_OK) {
        status = omni__event_body_decode(body, &event);
    }
    if (status != OMNI_OK) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    return omni__event_id_text(event.id, event.made_id, source->arena, out);
}

/* Ask for the bodies that fill_traits() is going to read. */
static void
prefetch_events(const omni__profile_source *source, const omni__trait *all,
                size_t total)
{
    omni__slice bytes;
    for (size_t i = 0; i < total; ++i) {
        if (omni__log_bytes(source->log, all[i].position, &bytes) == OMNI_OK) {
            omni__prefetch(bytes.data);
            omni__prefetch(bytes.data + (bytes.size > 64 ? 64 : 0));
        }
    }
}

static omni_status
fill_traits(const omni__profile_source *source, omni_profile *profile,
            const omni__trait *all, size_t total)
{
    omni_status status = OMNI_OK;
    profile->traits = omni__arena_get(source->arena,
                                      (total + 1) * sizeof(profile->traits[0]));
    if (profile->traits == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    const omni__trait *last = NULL;
    for (size_t i = 0; i < total && status == OMNI_OK; ++i) {
        omni_trait *trait = &profile->traits[profile->trait_count];
        *trait = (omni_trait){.name = omni__text_of(all[i].name),
                              .value_json = omni__text_of(all[i].value),
                              .source = omni__text_of(all[i].source),
                              .time_us = all[i].time_us};
        if (last != NULL && all[i].position == last->position) {
            trait->event_id = trait[-1].event_id;
        } else {
            status = read_event_id(source, &all[i], &trait->event_id);
        }
        last = &all[i];
        ++profile->trait_count;
    }
    return status;
}

omni_status
omni__profile_read(const omni__profile_source *source,
                   const omni__members *members, omni_profile **out)
{
    omni_profile *profile = omni__arena_zero(source->arena, sizeof(*profile));
    if (profile == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__trait *traits = NULL;
    size_t trait_count = 0;
    profile->arena = source->arena;
    profile->members = *members;
    profile->id = members->nodes[0].id;
    omni_status status = omni__traits_collect(
        members->nodes, members->count, source->arena, &traits, &trait_count);
    if (status == OMNI_OK) {
        prefetch_events(source, traits, trait_count);
        status = fill_identifiers(profile, source->arena);
    }
    if (status == OMNI_OK) {
        status = fill_channels(profile, source->arena);
    }
    if (status == OMNI_OK) {
        status = fill_traits(source, profile, traits, trait_count);
    }
    if (status == OMNI_OK) {
        *out = profile;
    }
    return status;
}

static bool
is_same_pair(const omni__held *a, const omni__held *b)
{
    return omni__id_equal(&a->member->id, &b->member->id) &&
           omni__id_equal(&a->other.id, &b->other.id);
}

omni_status
omni__profile_read_held(const omni__profile_source *source,
                        omni_profile *profile)
{
    omni__held *held;
    size_t count;
    if (profile->has_held) {
        return OMNI_OK;
    }
    const omni__held_query query = {.view = source->view,
                                    .policy = source->policy,
                                    .summaries = source->summaries,
                                    .members = &profile->members,
                                    .arena = profile->arena};
    const omni_status status = omni__held_read(&query, &held, &count);
    if (status != OMNI_OK) {
        return status;
    }
    omni_held_apart *out =
        omni__arena_get(profile->arena, (count + 1) * sizeof(out[0]));
    if (out == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        if (i != 0 && is_same_pair(&held[i], &held[i - 1])) {
            continue; /* observed and stated: the first rule is told */
        }
        out[used++] = (omni_held_apart){
            .ns = omni__text_of(held[i].member->ns),
            .value = omni__text_of(held[i].member->value),
            .other_ns = omni__text_of(held[i].other.ns),
            .other_value = omni__text_of(held[i].other.value),
            .rule =
                omni__text_of(omni__slice_text(omni__rule_name(held[i].rule)))};
    }
    profile->held = out;
    profile->held_count = used;
    profile->has_held = true;
    return OMNI_OK;
}
