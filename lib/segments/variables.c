/* What of a profile is no event: who it is, when it was seen, its traits. */
#include "codec/json.h"
#include "events/copy.h"
#include "segments/functions.h"

#include <stdlib.h>

#define MICRO INT64_C(1000000)

omni__cel_value
omni__evaluation_time(int64_t time_us)
{
    const int64_t seconds = time_us / MICRO - (time_us % MICRO < 0);
    return omni__cel_timestamp(seconds,
                               (uint32_t)(time_us - seconds * MICRO) * 1000u);
}

void
omni__subject_seen(const omni__subject *subject, int64_t *first_us,
                   int64_t *last_us)
{
    *first_us = INT64_MAX;
    *last_us = INT64_MIN;
    for (size_t i = 0; i < subject->count; ++i) {
        const omni__node *node = &subject->nodes[i];
        *first_us = node->first_us < *first_us ? node->first_us : *first_us;
        *last_us = node->last_us > *last_us ? node->last_us : *last_us;
    }
}

/* Nodes first seen later than now are not there. */
static omni__cel_value
first_seen(omni__cel_run *run)
{
    int64_t first_us;
    int64_t last_us;
    omni__subject_seen(omni__evaluation_of(run)->subject, &first_us, &last_us);
    if (first_us > run->now_us) {
        omni__cel_run_hold(run, INT64_MIN, first_us);
        return omni__cel_run_error(run, "the profile was not seen by then");
    }
    omni__cel_run_hold(run, first_us, INT64_MAX);
    return omni__evaluation_time(first_us);
}

/* When a node that was seen later, too, was last seen by now. */
static omni_status
last_seen_by(const omni__subject *subject, const omni__node *node,
             int64_t now_us, int64_t *last_us, int64_t *next_us)
{
    omni__entry_walk walk;
    const omni__order after = {.time_us = now_us + 1};
    omni__entry_walk_init(&walk, subject->view, node, subject->arena->alloc);
    omni_status status = omni__entry_walk_last(&walk, &after);
    while (status == OMNI_OK &&
           (omni__entry_walk_at(&walk)->flags & OMNI__ENTRY_CARRIED) == 0) {
        status = omni__entry_walk_older(&walk);
    }
    if (status == OMNI_OK &&
        omni__entry_walk_at(&walk)->order.time_us > *last_us) {
        *last_us = omni__entry_walk_at(&walk)->order.time_us;
    }
    if (status == OMNI_OK || status == OMNI_END) {
        status = omni__entry_walk_first(&walk, &after);
    }
    while (status == OMNI_OK &&
           (omni__entry_walk_at(&walk)->flags & OMNI__ENTRY_CARRIED) == 0) {
        status = omni__entry_walk_newer(&walk);
    }
    if (status == OMNI_OK &&
        omni__entry_walk_at(&walk)->order.time_us < *next_us) {
        *next_us = omni__entry_walk_at(&walk)->order.time_us;
    }
    omni__entry_walk_end(&walk);
    return status == OMNI_END ? OMNI_OK : status;
}

static omni__cel_value
last_seen(omni__cel_run *run)
{
    const omni__subject *subject = omni__evaluation_of(run)->subject;
    int64_t last_us = INT64_MIN;
    int64_t next_us = INT64_MAX;
    for (size_t i = 0; i < subject->count; ++i) {
        const omni__node *node = &subject->nodes[i];
        if (node->last_us > run->now_us) {
            const omni_status status =
                last_seen_by(subject, node, run->now_us, &last_us, &next_us);
            if (status != OMNI_OK) {
                return omni__evaluation_fault(run, status);
            }
        } else if (node->last_us > last_us) {
            last_us = node->last_us;
        }
    }
    omni__cel_run_hold(run, last_us, next_us);
    return last_us == INT64_MIN
               ? omni__cel_run_error(run, "the profile was not seen by then")
               : omni__evaluation_time(last_us);
}

static omni__cel_value
profile_id(omni__cel_run *run)
{
    static const char digits[] = "0123456789abcdef";
    const omni_id *id = &omni__evaluation_of(run)->subject->nodes[0].id;
    uint8_t *text = omni__arena_get(run->arena, 2 * OMNI__ID_SIZE);
    if (text == NULL) {
        return omni__cel_run_memory(run);
    }
    for (size_t i = 0; i < OMNI__ID_SIZE; ++i) {
        text[2 * i] = (uint8_t)digits[id->bytes[i] >> 4];
        text[2 * i + 1] = (uint8_t)digits[id->bytes[i] & 15];
    }
    return omni__cel_text(omni__slice_of(text, 2 * OMNI__ID_SIZE));
}

static int
compare_nodes(const void *a, const void *b)
{
    const omni__node *const *x = a;
    const omni__node *const *y = b;
    const int order = omni__slice_compare((*x)->ns, (*y)->ns);
    return order != 0 ? order : omni__slice_compare((*x)->value, (*y)->value);
}

/* Nodes that are there at now, by namespace and value. */
static const omni__node **
nodes_seen(omni__cel_run *run, size_t *count)
{
    const omni__subject *subject = omni__evaluation_of(run)->subject;
    const omni__node **seen =
        omni__arena_get(run->arena, subject->count * sizeof(seen[0]));
    *count = 0;
    for (size_t i = 0; seen != NULL && i < subject->count; ++i) {
        const int64_t first_us = subject->nodes[i].first_us;
        if (first_us > run->now_us) {
            omni__cel_run_hold(run, INT64_MIN, first_us);
        } else {
            omni__cel_run_hold(run, first_us, INT64_MAX);
            seen[(*count)++] = &subject->nodes[i];
        }
    }
    if (*count > 1) {
        qsort(seen, *count, sizeof(seen[0]), compare_nodes);
    }
    return seen;
}

static omni__cel_value
identifiers(omni__cel_run *run)
{
    size_t count;
    size_t spaces = 0;
    const omni__node **seen = nodes_seen(run, &count);
    omni__cel_value *values =
        omni__arena_get(run->arena, (count + 1) * sizeof(values[0]));
    omni__cel_entry *entries =
        omni__arena_get(run->arena, (count + 1) * sizeof(entries[0]));
    if (seen == NULL || values == NULL || entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (size_t i = 0; i < count; ++i) {
        values[i] = omni__cel_text(seen[i]->value);
        if (i == 0 || !omni__slice_equal(seen[i]->ns, seen[i - 1]->ns)) {
            entries[spaces++] =
                (omni__cel_entry){.key = omni__cel_text(seen[i]->ns),
                                  .value = omni__cel_list(values + i, 0)};
        }
        ++entries[spaces - 1].value.size;
    }
    return omni__evaluation_map(run, entries, spaces);
}

/* All of it as a map; what has no value at now is not in it. */
static omni__cel_value
profile(omni__cel_run *run)
{
    static const char *const names[] = {"first_seen", "id", "identifiers",
                                        "last_seen"};
    enum { FIELDS = sizeof(names) / sizeof(names[0]) };
    size_t count = 0;
    omni__cel_entry *entries =
        omni__arena_get(run->arena, FIELDS * sizeof(entries[0]));
    if (entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (uint32_t i = 0; i < FIELDS; ++i) {
        const omni__cel_value value = omni__evaluation_read(run, i);
        if (!omni__cel_is_error(value)) {
            entries[count++] = (omni__cel_entry){
                .key = omni__cel_text(omni__slice_text(names[i])),
                .value = value};
        }
    }
    return omni__evaluation_map(run, entries, count);
}

/* ---- traits ---- */

bool
omni__evaluation_member(omni__slice object, omni__slice key, omni__slice *value)
{
    size_t at = 0;
    omni__slice name;
    while (omni__json_each(object, &at, &name, value)) {
        if (omni__slice_equal(name, key)) {
            return true;
        }
    }
    return false;
}

omni__slice
omni__evaluation_key(omni__cel_run *run, omni__slice name)
{
    omni__buffer text;
    omni__buffer_init(&text, run->arena->alloc);
    omni__json_write_text(name, &text);
    omni__slice key = omni__slice_of(NULL, 0);
    if (!text.failed) {
        key = omni__arena_copy(run->arena, omni__buffer_bytes(&text));
    }
    omni__buffer_free(&text);
    return key.data == NULL ? key : omni__slice_of(key.data + 1, key.size - 2);
}

/* A value of a trait that an event gave. */
typedef struct given {
    omni__slice value; /* no data: none */
    int64_t time_us;
    omni__event_body body;
} given;

/* What decides between such values. */
static omni_status
order_of(const omni__subject *subject, omni__slice name, const given *g,
         omni__trait *out)
{
    omni__buffer content;
    omni__buffer_init(&content, subject->arena->alloc);
    out->trust = omni__policy_trust(subject->policy, name, g->body.source);
    out->time_us = g->time_us;
    out->event_hash = omni__event_hash(subject->secret, &g->body);
    out->content_hash =
        omni__event_content_hash(subject->secret, &g->body, &content);
    const omni_status status = content.failed ? OMNI_ERR_NO_MEMORY : OMNI_OK;
    omni__buffer_free(&content);
    return status;
}

/* Let `best` be the one that wins. */
static omni_status
take_better(const omni__subject *subject, omni__slice name, given *best,
            const given *other)
{
    omni__trait a;
    omni__trait b;
    omni_status status = OMNI_OK;
    if (best->value.data != NULL) {
        status = order_of(subject, name, best, &a);
        if (status == OMNI_OK) {
            status = order_of(subject, name, other, &b);
        }
        if (status != OMNI_OK || omni__trait_compare(&a, &b) >= 0) {
            return status;
        }
    }
    *best = *other;
    return OMNI_OK;
}

/* The events of the nodes that have traits. */
static omni_status
with_traits(const omni__subject *subject, omni__recent *out)
{
    size_t count = 0;
    omni__node *nodes =
        omni__arena_get(subject->arena, subject->count * sizeof(nodes[0]));
    if (nodes == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < subject->count; ++i) {
        if (subject->nodes[i].sections[OMNI__SECTION_TRAITS].size != 0) {
            nodes[count++] = subject->nodes[i];
        }
    }
    return omni__recent_init(out, subject->view, nodes, count, subject->arena);
}

/* The value of a trait at now, where the one that is stored is later: found in
   the events. `*value` has no data if there is none. */
static omni_status
earlier_trait(omni__cel_run *run, const omni__trait *trait, omni__slice *value)
{
    omni__subject *subject = omni__evaluation_of(run)->subject;
    const omni__slice key = omni__evaluation_key(run, trait->name);
    omni__recent recent;
    const omni__entry *entry;
    given best = {.time_us = INT64_MIN};
    const bool trusts =
        omni__policy_list_of(subject->policy, OMNI__POLICY_TRUST,
                             trait->name) != NULL;
    omni_status status = with_traits(subject, &recent);
    if (status == OMNI_OK && key.data == NULL) {
        status = OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0;
         status == OMNI_OK && (entry = omni__recent_at(&recent, i)) != NULL &&
         (trusts || entry->order.time_us >= best.time_us);
         ++i) {
        given one = {.time_us = entry->order.time_us};
        const bool later = one.time_us > run->now_us;
        if ((entry->flags & OMNI__ENTRY_TRAITS) == 0) {
            continue;
        }
        if (!omni__cel_run_steps(run, 4)) {
            break;
        }
        if (!later || entry->order.position != trait->position) {
            status =
                omni__copy_read(subject->log, entry->order.position, &one.body);
            if (status != OMNI_OK ||
                !omni__evaluation_member(one.body.traits, key, &one.value)) {
                continue;
            }
        }
        if (later) {
            omni__cel_run_hold(run, INT64_MIN, one.time_us);
        } else {
            status = take_better(subject, trait->name, &best, &one);
        }
    }
    *value = best.value;
    omni__cel_run_hold(run, best.time_us, INT64_MAX);
    return status == OMNI_OK ? recent.status : status;
}

static omni_status
have_traits(omni__subject *subject)
{
    omni_status status = OMNI_OK;
    if (!subject->has_traits) {
        status =
            omni__traits_collect(subject->nodes, subject->count, subject->arena,
                                 &subject->traits, &subject->trait_count);
        subject->has_traits = status == OMNI_OK;
    }
    return status;
}

omni_status
omni__evaluation_trait(omni__cel_run *run, const omni__trait *trait,
                       omni__slice *value)
{
    if (trait->time_us > run->now_us) {
        return earlier_trait(run, trait, value);
    }
    omni__cel_run_hold(run, trait->time_us, INT64_MAX);
    *value = trait->value;
    return OMNI_OK;
}

static const omni__trait *
find_trait(const omni__subject *subject, omni__slice name)
{
    size_t low = 0;
    size_t high = subject->trait_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order =
            omni__slice_compare(subject->traits[middle].name, name);
        if (order == 0) {
            return &subject->traits[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

omni_status
omni__subject_trait(omni__subject *subject, omni__slice name,
                    const omni__trait **out)
{
    const omni_status status = have_traits(subject);
    *out = status == OMNI_OK ? find_trait(subject, name) : NULL;
    return status;
}

/* One trait, or whether it is there. */
static omni__cel_value
one_trait(omni__cel_run *run, omni__slice name, bool has)
{
    omni__subject *subject = omni__evaluation_of(run)->subject;
    omni__slice json = omni__slice_of(NULL, 0);
    const omni__trait *trait;
    omni_status status = omni__subject_trait(subject, name, &trait);
    if (trait != NULL) {
        status = omni__evaluation_trait(run, trait, &json);
    }
    if (status != OMNI_OK) {
        return omni__evaluation_fault(run, status);
    }
    if (run->steps == 0) {
        return omni__cel_run_exhausted(run);
    }
    if (has) {
        return omni__cel_bool(json.data != NULL);
    }
    return json.data != NULL
               ? omni__evaluation_json(run, json)
               : omni__cel_run_error(run, "no such key: %.*s",
                                     name.size > 100 ? 100 : (int)name.size,
                                     (const char *)name.data);
}

static omni__cel_value
all_traits(omni__cel_run *run)
{
    omni__subject *subject = omni__evaluation_of(run)->subject;
    size_t count = 0;
    omni_status status = have_traits(subject);
    omni__cel_entry *entries = omni__arena_get(
        run->arena, (subject->trait_count + 1) * sizeof(entries[0]));
    if (status == OMNI_OK && entries == NULL) {
        status = OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < subject->trait_count && status == OMNI_OK; ++i) {
        omni__slice json;
        status = omni__evaluation_trait(run, &subject->traits[i], &json);
        if (status == OMNI_OK && json.data != NULL) {
            const omni__cel_value value = omni__evaluation_json(run, json);
            if (omni__cel_is_error(value)) {
                return value;
            }
            entries[count++] = (omni__cel_entry){
                .key = omni__cel_text(subject->traits[i].name), .value = value};
        }
    }
    if (status != OMNI_OK) {
        return omni__evaluation_fault(run, status);
    }
    return run->steps != 0 ? omni__evaluation_map(run, entries, count)
                           : omni__cel_run_exhausted(run);
}

omni__cel_value
omni__evaluation_read(omni__cel_run *run, uint32_t number)
{
    switch (number) {
    case OMNI__SEGMENT_FIRST_SEEN:
        return first_seen(run);
    case OMNI__SEGMENT_ID:
        return profile_id(run);
    case OMNI__SEGMENT_IDENTIFIERS:
        return identifiers(run);
    case OMNI__SEGMENT_LAST_SEEN:
        return last_seen(run);
    case OMNI__SEGMENT_NOW:
        return omni__cel_run_now(run);
    case OMNI__SEGMENT_PROFILE:
        return profile(run);
    case OMNI__SEGMENT_TRAITS:
        return all_traits(run);
    default: {
        const omni__segment_reads *reads =
            omni__segment_reads_of(omni__evaluation_of(run)->segment);
        const uint32_t trait = number - OMNI__SEGMENT_TRAIT;
        return one_trait(run, reads->traits[trait / 2], trait % 2 != 0);
    }
    }
}
