/* Reading profiles whole, and keeping the sizes of large ones. */
#include "identity/members.h"

#include "identity/component.h"

#include <stdlib.h>

/* A profile of so many members is quicker read again than kept. */
#define SMALL_PROFILE 16u

/* Summaries kept at once: a power of two. */
#define SLOTS 4096u

omni_status
omni__members_read(const omni__view *view, const omni__node *node,
                   omni__arena *arena, omni__members *out)
{
    omni__node head = *node;
    omni_status status = omni__node_is_head(node)
                             ? OMNI_OK
                             : omni__node_read(view, &node->head, &head);
    omni_id *ids = NULL;
    size_t count = 0;
    if (status == OMNI_OK) {
        status = omni__members_decode(head.sections[OMNI__SECTION_MEMBERS],
                                      arena, &ids, &count);
    }
    if (status != OMNI_OK) {
        return status;
    }
    out->nodes = omni__arena_get(arena, (count + 1) * sizeof(out->nodes[0]));
    omni__node **others =
        omni__arena_get(arena, (count + 1) * sizeof(others[0]));
    if (out->nodes == NULL || others == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->nodes[0] = head;
    out->count = count + 1;
    size_t other_count = 0;
    for (size_t i = 0; i < count; ++i) {
        omni__node *member = &out->nodes[i + 1];
        if (omni__id_equal(&ids[i], &node->id)) {
            *member = *node;
        } else {
            member->id = ids[i];
            others[other_count++] = member;
        }
    }
    status = omni__nodes_read(view, others, other_count);
    return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
}

static int
compare_namespaces(const void *a, const void *b)
{
    const omni__link_count *x = a;
    const omni__link_count *y = b;
    return omni__slice_compare(x->ns, y->ns);
}

omni_status
omni__summary_of(const omni__members *members, omni__arena *arena,
                 omni__summary *out)
{
    const size_t n = members->count;
    omni__link_count *counts = omni__arena_get(arena, n * sizeof(counts[0]));
    if (counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; ++i) {
        counts[i] = (omni__link_count){.ns = members->nodes[i].ns, .count = 1};
    }
    qsort(counts, n, sizeof(counts[0]), compare_namespaces);
    size_t used = 0;
    for (size_t i = 1; i < n; ++i) {
        if (omni__slice_equal(counts[used].ns, counts[i].ns)) {
            ++counts[used].count;
        } else {
            counts[++used] = counts[i];
        }
    }
    *out = (omni__summary){.head = members->nodes[0].id,
                           .size = n,
                           .counts = counts,
                           .count = used + 1};
    return OMNI_OK;
}

uint64_t
omni__summary_count(const omni__summary *summary, omni__slice ns)
{
    for (size_t i = 0; i < summary->count; ++i) {
        if (omni__slice_equal(summary->counts[i].ns, ns)) {
            return summary->counts[i].count;
        }
    }
    return 0;
}

void
omni__summaries_init(omni__summaries *summaries, const omni__alloc *alloc)
{
    *summaries = (omni__summaries){.alloc = alloc};
}

void
omni__summaries_free(omni__summaries *summaries)
{
    for (size_t i = 0; summaries->slots != NULL && i < SLOTS; ++i) {
        omni__free(summaries->alloc, summaries->slots[i]);
    }
    omni__free(summaries->alloc, summaries->slots);
    summaries->slots = NULL;
}

/* Where the summary of a profile is kept; NULL without memory. */
static omni__summary **
slot_of(omni__summaries *summaries, const omni_id *head)
{
    if (summaries->slots == NULL) {
        summaries->slots =
            omni__calloc(summaries->alloc, SLOTS * sizeof(summaries->slots[0]));
    }
    return summaries->slots != NULL
               ? &summaries->slots[omni__le64_read(head->bytes) & (SLOTS - 1)]
               : NULL;
}

/* Keep a copy, in place of what was there. */
static omni_status
keep(omni__summaries *summaries, const omni__summary *summary)
{
    omni__summary **slot = slot_of(summaries, &summary->head);
    const size_t bytes = summary->count * sizeof(summary->counts[0]);
    omni__summary *copy =
        slot != NULL ? omni__malloc(summaries->alloc, sizeof(*copy) + bytes)
                     : NULL;
    if (copy == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    *copy = *summary;
    copy->counts = (omni__link_count *)(copy + 1);
    memcpy(copy->counts, summary->counts, bytes);
    omni__free(summaries->alloc, *slot);
    *slot = copy;
    return OMNI_OK;
}

omni_status
omni__summary_read(omni__summaries *summaries, const omni__view *view,
                   const omni__node *node, omni__arena *arena,
                   omni__summary *out)
{
    if (summaries != NULL && summaries->slots != NULL) {
        const omni__summary *kept = *slot_of(summaries, &node->head);
        if (kept != NULL && omni__id_equal(&kept->head, &node->head)) {
            *out = *kept;
            return OMNI_OK;
        }
    }
    omni__members members;
    omni_status status = omni__members_read(view, node, arena, &members);
    if (status == OMNI_OK) {
        status = omni__summary_of(&members, arena, out);
    }
    return status == OMNI_OK && summaries != NULL && out->size > SMALL_PROFILE
               ? keep(summaries, out)
               : status;
}

/* Statements in force on one member. */
static omni_status
read_stated(const omni__view *view, const omni__node *member,
            omni__arena *arena, void **list, size_t *capacity, size_t *count)
{
    omni__statement *statements;
    size_t total;
    omni_status status = omni__statements_read(
        view, OMNI__TABLE_STATEMENT, &member->id, arena, &statements, &total);
    for (size_t i = 0; i < total && status == OMNI_OK; ++i) {
        if (i + 1 < total &&
            omni__id_equal(&statements[i].b, &statements[i + 1].b)) {
            continue; /* the last on a pair is in force */
        }
        omni__stated stated = {.member = member, .statement = statements[i]};
        status = omni__node_read(view, &statements[i].b, &stated.other);
        stated.known = status == OMNI_OK;
        if (status == OMNI_NOT_FOUND) {
            status = OMNI_OK;
        }
        if (status == OMNI_OK &&
            !omni__grow(arena->alloc, list, capacity, *count, sizeof(stated))) {
            status = OMNI_ERR_NO_MEMORY;
        }
        if (status == OMNI_OK) {
            ((omni__stated *)*list)[(*count)++] = stated;
        }
    }
    return status;
}

static int
compare_stated(const void *a, const void *b)
{
    const omni__stated *x = a;
    const omni__stated *y = b;
    if (x->known != y->known) {
        return x->known ? -1 : 1;
    }
    int order = 0;
    if (x->known) {
        order = omni__id_compare(&x->other.head, &y->other.head);
    }
    if (order == 0) {
        order = omni__node_compare(x->member, y->member);
    }
    if (order == 0 && x->known) {
        order = omni__node_compare(&x->other, &y->other);
    }
    return order != 0 ? order
                      : omni__id_compare(&x->statement.b, &y->statement.b);
}

omni_status
omni__stated_read(const omni__view *view, const omni__members *members,
                  omni__arena *arena, omni__stated **out, size_t *count)
{
    void *list = NULL;
    size_t capacity = 0;
    omni_status status = OMNI_OK;
    *count = 0;
    for (size_t i = 0; i < members->count && status == OMNI_OK; ++i) {
        if ((members->nodes[i].flags & OMNI__NODE_STATED) != 0) {
            status = read_stated(view, &members->nodes[i], arena, &list,
                                 &capacity, count);
        }
    }
    if (status == OMNI_OK) {
        *out = omni__arena_get(arena, (*count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK && *count != 0) {
        memcpy(*out, list, *count * sizeof(**out));
        qsort(*out, *count, sizeof(**out), compare_stated);
    }
    omni__free(arena->alloc, list);
    return status;
}
