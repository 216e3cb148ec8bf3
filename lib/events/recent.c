/* Chunks of nodes, from the newest back, merged into one list. */
#include "events/recent.h"

#include "events/figures.h"
#include "events/run.h"

#include <stdlib.h>

/* A node whose chunks are not all read. */
struct omni__recent_node {
    bool has_more;
    omni__order last; /* that the newest chunk not read ends with */
    size_t chunks;    /* that were read last */
};

static int
newest_first(const void *a, const void *b)
{
    const omni__entry *const *x = a;
    const omni__entry *const *y = b;
    return omni__order_compare(&(*y)->order, &(*x)->order);
}

/* Put the events of a run into the list, the newest first. */
static omni_status
take_run(omni__recent *recent, omni__slice run)
{
    omni__entry *entries;
    size_t count;
    const omni_status status =
        omni__run_decode(run, recent->arena, &entries, &count);
    if (status != OMNI_OK) {
        return status;
    }
    if (recent->size + count > recent->capacity) {
        const size_t capacity = 2 * recent->capacity + count;
        const omni__entry **longer =
            omni__arena_get(recent->arena, capacity * sizeof(longer[0]));
        if (longer == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        if (recent->size != 0) {
            memcpy(longer, recent->list, recent->size * sizeof(longer[0]));
        }
        recent->list = longer;
        recent->capacity = capacity;
    }
    for (size_t i = count; i-- != 0;) {
        if ((entries[i].flags & OMNI__ENTRY_VISIBLE) != 0) {
            recent->list[recent->size++] = &entries[i];
        }
    }
    return OMNI_OK;
}

/* Read chunks of a node: twice as many as the last time. */
static omni_status
read_chunks(omni__recent *recent, const omni__node *node,
            struct omni__recent_node *rest)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_CHUNK, &node->id);
    const omni__key key = omni__chunk_key(&node->id, &rest->last);
    omni__kv_cursor *cursor;
    omni_status status = omni__view_cursor(recent->view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    rest->chunks = 2 * rest->chunks + (rest->chunks == 0);
    status = omni__view_within(
        omni__kv_cursor_seek_last(cursor, omni__key_slice(&key)), cursor,
        &prefix);
    for (size_t i = 0; i < rest->chunks && status == OMNI_OK; ++i) {
        status = take_run(recent, omni__kv_cursor_value(cursor));
        if (status == OMNI_OK) {
            status = omni__view_within(omni__kv_cursor_prev(cursor), cursor,
                                       &prefix);
        }
    }
    if (status == OMNI_OK) {
        rest->last =
            omni__order_of_key(omni__kv_cursor_key(cursor).data + prefix.size);
    }
    rest->has_more = status == OMNI_OK;
    omni__kv_cursor_close(cursor);
    return status == OMNI_END ? OMNI_OK : status;
}

/* The newest of what is not read; NULL: all is. */
static struct omni__recent_node *
newest_rest(const omni__recent *recent)
{
    struct omni__recent_node *newest = NULL;
    for (size_t i = 0; i < recent->count; ++i) {
        struct omni__recent_node *rest = &recent->rest[i];
        if (rest->has_more &&
            (newest == NULL ||
             omni__order_compare(&rest->last, &newest->last) > 0)) {
            newest = rest;
        }
    }
    return newest;
}

/* How many of the list are newer than all that is not read. */
static void
count_sure(omni__recent *recent)
{
    const struct omni__recent_node *rest = newest_rest(recent);
    size_t low = 0;
    size_t high = recent->size;
    while (rest != NULL && low < high) {
        const size_t middle = (low + high) / 2;
        if (omni__order_compare(&recent->list[middle]->order, &rest->last) >
            0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    recent->sure = high;
}

static inline bool
is_newer(const omni__entry *a, const omni__entry *b)
{
    return a->order.time_us != b->order.time_us
               ? a->order.time_us > b->order.time_us
               : omni__order_compare(&a->order, &b->order) > 0;
}

/* Let the list be in order, of which the first `sorted` are, and the rest
   mostly. */
static void
arrange(omni__recent *recent, size_t sorted)
{
    enum { MOVES = 64 }; /* an entry: beyond, all are sorted at once */
    const omni__entry **list = recent->list;
    size_t moves = MOVES * (recent->size - sorted);
    for (size_t i = sorted; i < recent->size; ++i) {
        const omni__entry *entry = list[i];
        size_t at = i;
        for (; at > 0 && is_newer(entry, list[at - 1]) && moves != 0; --at) {
            list[at] = list[at - 1];
            --moves;
        }
        list[at] = entry;
    }
    if (moves == 0 && sorted != recent->size) {
        qsort(list, recent->size, sizeof(list[0]), newest_first);
    }
}

bool
omni__recent_more(omni__recent *recent)
{
    const size_t before = recent->sure;
    struct omni__recent_node *rest;
    while (recent->status == OMNI_OK && recent->sure == before &&
           (rest = newest_rest(recent)) != NULL) {
        const size_t size = recent->size;
        recent->status =
            read_chunks(recent, &recent->nodes[rest - recent->rest], rest);
        if (recent->status == OMNI_OK) {
            arrange(recent, size);
            count_sure(recent);
        }
    }
    return recent->status == OMNI_OK && recent->sure != before;
}

omni_status
omni__recent_init(omni__recent *recent, const omni__view *view,
                  const omni__node *nodes, size_t count, omni__arena *arena)
{
    *recent = (omni__recent){
        .view = view, .nodes = nodes, .count = count, .arena = arena};
    recent->rest = omni__arena_zero(arena, count * sizeof(recent->rest[0]));
    if (recent->rest == NULL) {
        recent->status = OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count && recent->status == OMNI_OK; ++i) {
        /* Most entries of some nodes are of events anchored elsewhere. */
        if (nodes[i].sections[OMNI__SECTION_FIGURES].size != 0) {
            const omni__slice run = omni__head_run(
                &nodes[i], &recent->rest[i].has_more, &recent->rest[i].last);
            recent->status = take_run(recent, run);
        }
    }
    if (recent->status == OMNI_OK) {
        arrange(recent, 0);
        count_sure(recent);
    }
    return recent->status;
}
