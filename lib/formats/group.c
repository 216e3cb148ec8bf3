/* Groups from the rows and bodies of their events. */
#include "formats/group.h"

#include "events/figures.h"
#include "events/groups.h"
#include "events/timeline.h"
#include "formats/json_put.h"
#include "formats/profile_json.h"
#include "profile/traits.h"

#include <stdlib.h>

/* A trait, and the id of the event that gave it. */
typedef struct given {
    omni__trait trait;
    omni_text event_id;
} given;

typedef struct reading {
    const omni__profile_source *source;
    omni_group group;
    omni_id *members; /* heads; with repetitions until sorted */
    size_t member_capacity;
    given *traits;
    size_t trait_count;
    size_t trait_capacity;
    omni_id last; /* node of the row before */
    omni__buffer content;
} reading;

/* The profile that a node is in; rows of one node follow each other. */
static omni_status
add_member(reading *r, const omni_id *node)
{
    omni__node read;
    if (r->group.member_count != 0 && omni__id_equal(&r->last, node)) {
        return OMNI_OK;
    }
    const omni_status status = omni__node_read(r->source->view, node, &read);
    void *members = r->members;
    const bool room =
        omni__grow(r->source->arena->alloc, &members, &r->member_capacity,
                   r->group.member_count, sizeof(r->members[0]));
    r->members = members;
    if (status != OMNI_OK || !room) {
        return status == OMNI_OK          ? OMNI_ERR_NO_MEMORY
               : status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT
                                          : status;
    }
    r->last = *node;
    r->members[r->group.member_count++] = read.head;
    return OMNI_OK;
}

static omni_status
add_traits(reading *r, const omni__event_body *body, uint64_t position)
{
    const omni__secret *secret = r->source->secret;
    omni__slice json;
    const bool some = omni__json_member(body->properties, "traits", &json) &&
                      json.size != 0 && json.data[0] == '{';
    const omni__trait event = {
        .source = body->source,
        .time_us = body->time_us,
        .event_hash = omni__event_hash(secret, body),
        .content_hash = omni__event_content_hash(secret, body, &r->content),
        .position = position};
    omni__trait *traits;
    size_t count = 0;
    omni_text event_id;
    omni_status status = omni__event_id_text(body->id, body->made_id,
                                             r->source->arena, &event_id);
    if (status == OMNI_OK && some) {
        status = omni__traits_of_json(json, &event, r->source->arena, &traits,
                                      &count);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        void *all = r->traits;
        if (!omni__grow(r->source->arena->alloc, &all, &r->trait_capacity,
                        r->trait_count, sizeof(r->traits[0]))) {
            return OMNI_ERR_NO_MEMORY;
        }
        r->traits = all;
        r->traits[r->trait_count++] =
            (given){.trait = traits[i], .event_id = event_id};
    }
    return status != OMNI_OK || !r->content.failed ? status
                                                   : OMNI_ERR_NO_MEMORY;
}

static omni_status
add_row(void *user, const omni__group_row *row)
{
    reading *r = user;
    omni__event_body body;
    omni_status status = add_member(r, &row->node);
    if (status == OMNI_OK) {
        status = omni__copy_read(r->source->log, row->order.position, &body);
        status = status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    if (status != OMNI_OK) {
        return status;
    }
    if (body.time_us < r->group.first_us) {
        r->group.first_us = body.time_us;
    }
    if (body.time_us > r->group.last_us) {
        r->group.last_us = body.time_us;
    }
    return add_traits(r, &body, row->order.position);
}

/* By name, the winner first. */
static int
compare_given(const void *a, const void *b)
{
    const given *x = a;
    const given *y = b;
    const int order = omni__slice_compare(x->trait.name, y->trait.name);
    return order != 0 ? order : omni__trait_compare(&y->trait, &x->trait);
}

/* Members and winning traits, each once. */
static omni_status
finish(reading *r, omni_group **out)
{
    omni__arena *arena = r->source->arena;
    omni_group *group = omni__arena_get(arena, sizeof(*group));
    omni_id *members =
        omni__arena_get(arena, r->group.member_count * sizeof(members[0]));
    omni_trait *traits =
        omni__arena_get(arena, (r->trait_count + 1) * sizeof(traits[0]));
    if (group == NULL || members == NULL || traits == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    *group = r->group;
    group->members = members;
    group->traits = traits;
    group->member_count = 0;
    qsort(r->members, r->group.member_count, sizeof(members[0]),
          omni__id_order);
    for (size_t i = 0; i < r->group.member_count; ++i) {
        if (i == 0 || !omni__id_equal(&r->members[i], &r->members[i - 1])) {
            members[group->member_count++] = r->members[i];
        }
    }
    if (r->trait_count != 0) {
        qsort(r->traits, r->trait_count, sizeof(r->traits[0]), compare_given);
    }
    for (size_t i = 0; i < r->trait_count; ++i) {
        const omni__trait *trait = &r->traits[i].trait;
        if (i == 0 ||
            !omni__slice_equal(trait->name, r->traits[i - 1].trait.name)) {
            traits[group->trait_count++] =
                (omni_trait){.name = omni__text_of(trait->name),
                             .value_json = omni__text_of(trait->value),
                             .source = omni__text_of(trait->source),
                             .event_id = r->traits[i].event_id,
                             .time_us = trait->time_us};
        }
    }
    *out = group;
    return OMNI_OK;
}

omni_status
omni__group_read(const omni__profile_source *source, omni__slice id,
                 omni_group **out)
{
    reading r = {.source = source};
    r.group.first_us = INT64_MAX;
    r.group.last_us = INT64_MIN;
    omni__buffer_init(&r.content, source->arena->alloc);
    const omni__slice copy = omni__arena_copy(source->arena, id);
    r.group.id = omni__text_of(copy);
    omni_status status =
        copy.size == id.size
            ? omni__groups_each(source->view, source->secret, id, add_row, &r)
            : OMNI_ERR_NO_MEMORY;
    if (status == OMNI_OK) {
        status = r.group.member_count != 0 ? finish(&r, out) : OMNI_NOT_FOUND;
    }
    omni__free(source->arena->alloc, r.members);
    omni__free(source->arena->alloc, r.traits);
    omni__buffer_free(&r.content);
    return status;
}

omni_status
omni__group_figures(const omni__profile_source *source, const omni_group *group,
                    omni_figure **out, size_t *count)
{
    void *nodes = NULL;
    size_t node_count = 0;
    size_t capacity = 0;
    const omni__alloc *alloc = source->arena->alloc;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < group->member_count && status == OMNI_OK; ++i) {
        omni__node head;
        omni__members members;
        status = omni__node_read(source->view, &group->members[i], &head);
        if (status == OMNI_OK) {
            status = omni__members_read(source->view, &head, source->arena,
                                        &members);
        }
        for (size_t k = 0; status == OMNI_OK && k < members.count; ++k) {
            if (!omni__grow(alloc, &nodes, &capacity, node_count,
                            sizeof(omni__node))) {
                status = OMNI_ERR_NO_MEMORY;
                break;
            }
            ((omni__node *)nodes)[node_count++] = members.nodes[k];
        }
    }
    if (status == OMNI_OK) {
        status = omni__figures_of_nodes(nodes, node_count, source->arena, out,
                                        count);
    }
    omni__free(alloc, nodes);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

omni_status
omni__profile_groups(const omni__profile_source *source,
                     const omni_profile *profile, omni_text **out,
                     size_t *count)
{
    void *texts = NULL;
    size_t found = 0;
    size_t capacity = 0;
    omni__timeline walk;
    omni__timeline_item item;
    omni_status status =
        omni__timeline_init(&walk, source->view, profile->members.nodes,
                            profile->members.count, source->arena);
    walk.log = source->log;
    walk.secret = source->secret;
    walk.filter.name = omni__slice_text("group");
    while (status == OMNI_OK &&
           (status = omni__timeline_next(&walk, &item)) == OMNI_OK) {
        if (item.body.group_id.size == 0) {
            continue;
        }
        if (!omni__grow(source->arena->alloc, &texts, &capacity, found,
                        sizeof(omni_text))) {
            status = OMNI_ERR_NO_MEMORY;
            break;
        }
        ((omni_text *)texts)[found++] = omni__text_of(item.body.group_id);
    }
    omni__timeline_end(&walk);
    omni_text *all = omni__arena_get(source->arena, (found + 1) * sizeof(*all));
    if (status == OMNI_END) {
        status = all != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK && found != 0) {
        qsort(texts, found, sizeof(*all), omni__text_order);
    }
    *count = 0;
    for (size_t i = 0; i < found && status == OMNI_OK; ++i) {
        const omni_text text = ((omni_text *)texts)[i];
        if (i == 0 || omni__text_order(&text, &all[*count - 1]) != 0) {
            all[(*count)++] = text;
        }
    }
    omni__free(source->arena->alloc, texts);
    *out = all;
    return status;
}

/* From `first_seen` on. */
static void
put_rest(const omni_group *group, omni__buffer *out)
{
    omni__buffer_text(out, "\"first_seen\":");
    omni__json_put_time(out, group->first_us);
    omni__buffer_text(out, ",\"id\":");
    omni__json_put_text(out, group->id);
    omni__buffer_text(out, ",\"last_seen\":");
    omni__json_put_time(out, group->last_us);
    omni__buffer_text(out, ",\"members\":[");
    for (size_t i = 0; i < group->member_count; ++i) {
        omni__json_put_comma(out, i);
        omni__json_put_id(out, &group->members[i]);
    }
    omni__buffer_text(out, "],");
    omni__traits_write(group->traits, group->trait_count, out);
    omni__buffer_byte(out, '}');
}

void
omni__group_write(const omni_group *group, omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    put_rest(group, out);
}

void
omni__group_write_whole(const omni_group *group, const omni_figure *figures,
                        size_t count, omni__buffer *out)
{
    omni__buffer_byte(out, '{');
    omni__figures_write(figures, count, out);
    omni__buffer_byte(out, ',');
    put_rest(group, out);
}
