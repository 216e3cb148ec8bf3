/* Rows of LINK. Layout: docs/file-format.md. */
#include "identity/link_rows.h"

#include "codec/word.h"

#include <xxhash.h>

/* A hash stands for the namespace in the key; the value has its name. */
static omni__key
prefix_of(const omni_id *node, omni__slice ns, bool single)
{
    const uint64_t hash = XXH3_64bits(ns.data, ns.size);
    const uint8_t group[3] = {(uint8_t)(hash >> 8), (uint8_t)hash, single};
    omni__key key = omni__key_node(OMNI__TABLE_LINK, node);
    omni__key_add(&key, group, sizeof(group));
    return key;
}

static omni__key
key_of(const omni__link_row *row)
{
    const omni__slice value = row->other->value;
    omni__key key = prefix_of(row->node, row->other->ns, row->single);
    if (row->single) {
        uint8_t start[OMNI__LINK_VALUE_START] = {0};
        memcpy(start, value.data,
               value.size < sizeof(start) ? value.size : sizeof(start));
        omni__key_add_u64(&key, omni__ordered(row->time_us));
        omni__key_add(&key, start, sizeof(start));
    }
    omni__key_add(&key, row->other->id.bytes, OMNI__ID_SIZE);
    return key;
}

omni_status
omni__link_row_put(omni__workset *set, const omni__link_row *row)
{
    const omni__key key = key_of(row);
    omni__buffer *value = omni__workset_buffer(set);
    omni__put_word(value, row->other->ns);
    omni__put_zigzag(value, row->time_us);
    return value->failed ? OMNI_ERR_NO_MEMORY
                         : omni__kv_put(set->kv, omni__key_slice(&key),
                                        omni__buffer_bytes(value));
}

omni_status
omni__link_row_delete(omni__workset *set, const omni__link_row *row)
{
    const omni__key key = key_of(row);
    return omni__kv_delete(set->kv, omni__key_slice(&key));
}

static omni_status
read_value(omni__slice value, omni__link *link)
{
    omni__reader reader = omni__reader_of(value);
    link->ns = omni__read_word(&reader);
    link->time_us = omni__read_zigzag(&reader);
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__link_row_find(const omni__view *view, const omni__node *node,
                    const omni__node *other, omni__arena *arena,
                    omni__link *out)
{
    const omni__link_row row = {.node = &node->id, .other = other};
    const omni__key key = key_of(&row);
    omni__link link = {.other = other->id};
    omni__link_count *counts;
    size_t count = 0;
    omni__slice value;
    omni_status status = omni__view_get(view, &key, &value);
    if (status == OMNI_OK) {
        status = read_value(value, &link);
    }
    if (status == OMNI_OK) {
        status = omni__links_count(node, arena, &counts, &count);
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        link.cut |= (counts[i].cut & OMNI__CUT_MANY) != 0 &&
                    omni__slice_equal(counts[i].ns, other->ns);
    }
    if (status == OMNI_OK) {
        *out = link;
    }
    return status;
}

/* One group; two namespaces of one hash share their rows. */
static omni_status
visit_group(omni__kv_cursor *cursor, const omni__key *prefix, omni__link *link,
            const omni__link_visitor *visitor)
{
    const omni__slice ns = link->ns;
    omni_status status = omni__kv_cursor_seek(cursor, omni__key_slice(prefix));
    while ((status = omni__view_within(status, cursor, prefix)) == OMNI_OK) {
        const omni__slice key = omni__kv_cursor_key(cursor);
        status = key.size >= prefix->size + OMNI__ID_SIZE
                     ? read_value(omni__kv_cursor_value(cursor), link)
                     : OMNI_ERR_CORRUPT;
        if (status == OMNI_OK && omni__slice_equal(link->ns, ns)) {
            memcpy(link->other.bytes, key.data + key.size - OMNI__ID_SIZE,
                   OMNI__ID_SIZE);
            status = visitor->link(visitor->user, link);
        }
        if (status != OMNI_OK) {
            break;
        }
        status = omni__kv_cursor_next(cursor);
    }
    return status == OMNI_END ? OMNI_OK : status;
}

omni_status
omni__link_rows_visit(const omni__view *view, const omni__node *node,
                      omni__arena *arena, const omni__link_visitor *visitor)
{
    omni__link_count *counts;
    size_t count;
    omni__kv_cursor *cursor;
    omni_status status = omni__links_count(node, arena, &counts, &count);
    if (status == OMNI_OK) {
        status = omni__view_cursor(view, &cursor);
    }
    if (status != OMNI_OK) {
        return status;
    }
    for (size_t i = 0; i < 2 * count && status == OMNI_OK; ++i) {
        const omni__link_count *of = &counts[i / 2];
        omni__link link = {.ns = of->ns, .single = i % 2 != 0};
        link.cut =
            (of->cut & (link.single ? OMNI__CUT_SINGLE : OMNI__CUT_MANY)) != 0;
        if (visitor->group(visitor->user, of->ns, link.single, link.cut)) {
            const omni__key prefix = prefix_of(&node->id, of->ns, link.single);
            status = visit_group(cursor, &prefix, &link, visitor);
        }
    }
    omni__kv_cursor_close(cursor);
    return status;
}

typedef struct reading {
    omni__arena *arena;
    void *links;
    size_t count;
    size_t capacity;
} reading;

static bool
any_group(void *user, omni__slice ns, bool single, bool cut)
{
    (void)user;
    (void)ns;
    (void)single;
    (void)cut;
    return true;
}

static omni_status
keep_link(void *user, const omni__link *link)
{
    reading *r = user;
    const omni__slice ns = omni__arena_copy(r->arena, link->ns);
    if (ns.size != link->ns.size ||
        !omni__grow(r->arena->alloc, &r->links, &r->capacity, r->count,
                    sizeof(omni__link))) {
        return OMNI_ERR_NO_MEMORY;
    }
    omni__link *kept = (omni__link *)r->links + r->count++;
    *kept = *link;
    kept->ns = ns;
    return OMNI_OK;
}

omni_status
omni__link_rows_read(const omni__view *view, const omni__node *node,
                     omni__arena *arena, omni__link **out, size_t *count)
{
    reading r = {.arena = arena};
    const omni__link_visitor visitor = {any_group, keep_link, &r};
    omni_status status = omni__link_rows_visit(view, node, arena, &visitor);
    if (status == OMNI_OK) {
        *count = r.count;
        *out = omni__arena_get(arena, (r.count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
    }
    if (status == OMNI_OK && r.count != 0) {
        memcpy(*out, r.links, r.count * sizeof(**out));
    }
    omni__free(arena->alloc, r.links);
    return status;
}
