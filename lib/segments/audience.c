/* Corrections first, by profiles whose answers are over or not yet there, and
   by the changes that the stored rows do not have; then a merge of them with
   these rows. */
#include "segments/audience.h"

#include "identity/members.h"
#include "segments/feed.h"
#include "segments/standing.h"

#include <stdlib.h>

/* A search for corrections. */
typedef struct search {
    const omni__audience_source *source;
    omni__audience *audiences;
    size_t count;
    int64_t at_us;
    omni__arena arena; /* of one profile */
} search;

static omni_status
push(const omni__alloc *alloc, omni__audience *audience,
     const omni__correction *made)
{
    void *list = audience->list;
    const bool room =
        omni__grow(alloc, &list, &audience->list_capacity, audience->list_count,
                   sizeof(audience->list[0]));
    audience->list = list;
    if (!room) {
        return OMNI_ERR_NO_MEMORY;
    }
    audience->list[audience->list_count++] = *made;
    return OMNI_OK;
}

static omni_status
correct(const omni__alloc *alloc, omni__audience *audience,
        const omni_id *profile, uint8_t was, uint8_t is)
{
    const omni__correction made = {
        .profile = *profile,
        .is = is == OMNI__MEMBER,
        .members = (int8_t)((is == OMNI__MEMBER) - (was == OMNI__MEMBER)),
        .errors = (int8_t)((is == OMNI__MEMBERSHIP_ERROR) -
                           (was == OMNI__MEMBERSHIP_ERROR))};
    return made.members != 0 || made.errors != 0 ? push(alloc, audience, &made)
                                                 : OMNI_OK;
}

/* What is stored of a profile in a segment. */
static omni_status
read_stand(const omni__node *head, uint32_t number, omni__stand *out)
{
    omni__reader reader =
        omni__reader_of(head->sections[OMNI__SECTION_SEGMENTS]);
    omni__stand stand = {.number = 0};
    omni_status status;
    *out = (omni__stand){.number = number, .until_us = INT64_MAX};
    while ((status = omni__stand_next(&reader, &stand)) == OMNI_OK &&
           stand.number <= number) {
        if (stand.number == number) {
            *out = stand;
        }
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* Evaluate a profile where what is stored of it does not hold. */
static omni_status
look_at(search *s, const omni__node *head)
{
    const omni__audience_source *source = s->source;
    omni__members members;
    omni__subject subject = {.count = 0};
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < s->count && status == OMNI_OK; ++i) {
        omni__audience *audience = &s->audiences[i];
        const omni__definition *definition = audience->definition;
        omni__stand stand;
        omni__segment_answer answer;
        status = read_stand(head, definition->number, &stand);
        if (status != OMNI_OK ||
            (stand.until_us > s->at_us &&
             !omni__definition_ahead(definition, &head->id))) {
            continue;
        }
        if (subject.count == 0) {
            status =
                omni__members_read(source->view, head, &s->arena, &members);
            subject = (omni__subject){.view = source->view,
                                      .log = source->log,
                                      .secret = source->secret,
                                      .policy = source->policy,
                                      .nodes = members.nodes,
                                      .count = members.count,
                                      .arena = &s->arena,
                                      .lookup = omni__definitions_lookup,
                                      .user = source->definitions};
        }
        if (status == OMNI_OK) {
            status = omni__definition_evaluate(definition, &subject, s->at_us,
                                               &answer);
        }
        if (status == OMNI_OK) {
            status = correct(source->alloc, audience, &head->id,
                             stand.membership, answer.membership);
        }
    }
    omni__arena_reset(&s->arena);
    return status;
}

/* Profiles that have answers which are over. */
static omni_status
search_due(search *s)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_DUE);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(s->source->view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        int64_t instant_us;
        omni_id id;
        omni__node head;
        status = omni__due_read(omni__kv_cursor_key(cursor), &instant_us, &id);
        if (status == OMNI_OK && instant_us > s->at_us) {
            status = OMNI_END;
        }
        if (status == OMNI_OK) {
            status = omni__node_read(s->source->view, &id, &head);
        }
        if (status == OMNI_OK) {
            status = look_at(s, &head);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

/* Every profile from a key on. */
static omni_status
search_all(search *s, const omni__key *from)
{
    const omni__key prefix = omni__key_of(OMNI__TABLE_NODE);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(s->source->view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(from));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        omni_id id;
        omni__node node;
        memcpy(id.bytes, omni__kv_cursor_key(cursor).data + 1,
               sizeof(id.bytes));
        status = omni__node_decode(&id, omni__kv_cursor_value(cursor), &node);
        if (status == OMNI_OK && omni__node_is_head(&node)) {
            status = look_at(s, &node);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

static int
compare_corrections(const void *a, const void *b)
{
    const omni__correction *x = a;
    const omni__correction *y = b;
    const int order = omni__id_compare(&x->profile, &y->profile);
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* By profile, each once: an open backfill and DUE may both have led to it, and
   the feed more than once. */
static void
sort_corrections(omni__audience *audience)
{
    omni__correction *list = audience->list;
    size_t used = 0;
    if (audience->list_count > 1) {
        qsort(list, audience->list_count, sizeof(list[0]), compare_corrections);
    }
    for (size_t i = 0; i < audience->list_count; ++i) {
        if (used == 0 ||
            !omni__id_equal(&list[used - 1].profile, &list[i].profile)) {
            list[used++] = list[i];
        }
    }
    audience->list_count = used;
}

/* What the corrections add counts. */
static void
count_corrections(omni__audience *audience)
{
    sort_corrections(audience);
    for (size_t i = 0; i < audience->list_count; ++i) {
        audience->count += (uint64_t)audience->list[i].members;
        audience->errors += (uint64_t)audience->list[i].errors;
    }
}

/* The first profile that the backfill of a segment has not been at. */
static omni__key
filled_to(const omni__definition *definition)
{
    omni__key key = omni__key_of(OMNI__TABLE_NODE);
    if (definition->begun) {
        omni__key_add(&key, definition->passed.bytes, OMNI__ID_SIZE);
        omni__key_add(&key, "", 1);
    }
    return key;
}

omni_status
omni__audiences_read(const omni__audience_source *source,
                     omni__audience *audiences, size_t count, int64_t at_us)
{
    search s = {.source = source,
                .audiences = audiences,
                .count = count,
                .at_us = at_us};
    omni_status status = OMNI_OK;
    omni__key from = omni__key_of(OMNI__TABLE_NODE);
    bool all = false;
    for (size_t i = 0; i < count; ++i) {
        const omni__definition *definition = audiences[i].definition;
        audiences[i].count = definition->members;
        audiences[i].errors = definition->errors;
        const omni__key open = filled_to(definition);
        if (definition->open &&
            (!all || omni__slice_compare(omni__key_slice(&open),
                                         omni__key_slice(&from)) < 0)) {
            from = open;
            all = true;
        }
    }
    omni__arena_init(&s.arena, source->alloc);
    if (all) {
        status = search_all(&s, &from);
    }
    if (status == OMNI_OK) {
        status = search_due(&s);
    }
    omni__arena_free(&s.arena);
    for (size_t i = 0; i < count; ++i) {
        count_corrections(&audiences[i]);
    }
    return status;
}

/* One change, for those of the audiences that it is of. Corrections come of
   what is so after it, and so before it; of changes the last counts. */
static omni_status
take_change(const omni__audience_source *source, omni__audience *audiences,
            size_t count, const omni__feed_entry *entry, uint32_t order)
{
    const omni__correction made = {
        .profile = entry->profile, .order = order, .is = entry->entered};
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (omni__slice_equal(audiences[i].definition->name, entry->segment)) {
            status = push(source->alloc, &audiences[i], &made);
        }
    }
    return status;
}

omni_status
omni__audiences_complete(const omni__audience_source *source,
                         omni__audience *audiences, size_t count)
{
    omni__counts counts;
    omni__feed_walk walk = {.number = 0};
    if (audiences[0].fresh) {
        return OMNI_OK;
    }
    omni_status status = omni__counts_read(source->view, &counts);
    if (status != OMNI_OK || counts.changes == counts.rolled) {
        return status;
    }
    status = omni__feed_find(source->view, counts.rolled + 1, &walk);
    while (status == OMNI_OK) {
        const uint64_t left = counts.changes - walk.number;
        status = take_change(source, audiences, count, &walk.entry,
                             (uint32_t)left + 1);
        if (status == OMNI_OK) {
            status = omni__feed_next(&walk);
        }
    }
    if (status == OMNI_NOT_FOUND ||
        (status == OMNI_END && walk.number != counts.changes)) {
        status = OMNI_ERR_CORRUPT;
    }
    omni__feed_close(&walk);
    for (size_t i = 0; i < count; ++i) {
        sort_corrections(&audiences[i]);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__audience_scan(const omni__scan_source *scanned, omni__audience *audience,
                    int64_t at_us)
{
    const omni__program *program = audience->definition->program;
    omni__scan *scan = NULL;
    omni__counts counts;
    omni_id id;
    audience->fresh = true;
    if (program->segment == NULL) { /* an error, whoever is asked */
        const omni_status status = omni__counts_read(&scanned->view, &counts);
        audience->errors = counts.profiles;
        return status;
    }
    omni_status status =
        omni__scan_open(scanned, program->segment, at_us, NULL, &scan);
    while (status == OMNI_OK &&
           (status = omni__scan_next(scan, &id)) == OMNI_OK) {
        status = correct(scanned->alloc, audience, &id, OMNI__NOT_MEMBER,
                         OMNI__MEMBER);
    }
    if (status == OMNI_END) {
        audience->count = audience->list_count;
        audience->errors = omni__scan_tally_of(scan)->errors;
        status = OMNI_OK;
    }
    omni__scan_close(scan);
    return status;
}

void
omni__audiences_free(const omni__audience_source *source,
                     omni__audience *audiences, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        omni__free(source->alloc, audiences[i].list);
        omni__kv_cursor_close(audiences[i].cursor);
    }
}

/* Note the row of MEMBER that a seek or step led to. */
static omni_status
take_row(omni__audience *audience, omni_status status)
{
    const omni_id none = {{0}};
    omni__key prefix = omni__key_member(audience->definition->number, &none);
    prefix.size -= OMNI__ID_SIZE;
    status = omni__view_within(status, audience->cursor, &prefix);
    audience->has_row = status == OMNI_OK;
    if (status == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(audience->cursor);
        if (key.size != prefix.size + OMNI__ID_SIZE) {
            return OMNI_ERR_CORRUPT;
        }
        memcpy(audience->row.bytes, key.data + prefix.size, OMNI__ID_SIZE);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

/* The least of the row and the next correction, if it is in. */
static omni_status
settle(omni__audience *audience)
{
    omni_status status = OMNI_OK;
    while (status == OMNI_OK) {
        const omni__correction *next = audience->at < audience->list_count
                                           ? &audience->list[audience->at]
                                           : NULL;
        if (next == NULL && !audience->has_row) {
            return OMNI_END;
        }
        int order = next == NULL ? -1 : 1;
        if (next != NULL && audience->has_row) {
            order = omni__id_compare(&audience->row, &next->profile);
        }
        const bool is = order < 0 || next->is;
        audience->profile = order < 0 ? audience->row : next->profile;
        audience->at += order >= 0 ? 1 : 0;
        if (order <= 0) {
            status = take_row(audience, omni__kv_cursor_next(audience->cursor));
        }
        if (is) {
            break;
        }
    }
    return status;
}

omni_status
omni__audience_first(const omni__audience_source *source,
                     omni__audience *audience)
{
    const omni_id none = {{0}};
    const omni__key from =
        omni__key_member(audience->definition->number, &none);
    if (audience->fresh) {
        return settle(audience);
    }
    omni_status status = omni__view_cursor(source->view, &audience->cursor);
    if (status == OMNI_OK) {
        status =
            take_row(audience, omni__kv_cursor_seek(audience->cursor,
                                                    omni__key_slice(&from)));
    }
    return status == OMNI_OK ? settle(audience) : status;
}

omni_status
omni__audience_next(omni__audience *audience)
{
    return settle(audience);
}
