/* Encoding of node rows: a few fields, then sections with their sizes. */
#include "storage/node.h"

#include "codec/word.h"

#define NODE_FORMAT 1
/* In the flags byte: the head is another node; there is the last section. */
#define HAS_HEAD 128
#define HAS_SEGMENTS 64

void
omni__node_encode(const omni__node *node, omni__buffer *out)
{
    const bool is_head = omni__node_is_head(node);
    const omni__slice segments = node->sections[OMNI__SECTION_SEGMENTS];
    omni__buffer_byte(out, NODE_FORMAT);
    omni__buffer_byte(out, (uint8_t)(node->flags | (is_head ? 0 : HAS_HEAD) |
                                     (segments.size != 0 ? HAS_SEGMENTS : 0)));
    if (!is_head) {
        omni__buffer_put(out, node->head.bytes, OMNI__ID_SIZE);
    }
    omni__put_word(out, node->ns);
    omni__put_block(out, node->value);
    omni__put_zigzag(out, node->first_us);
    omni__put_zigzag(
        out, (int64_t)((uint64_t)node->last_us - (uint64_t)node->first_us));
    for (int i = 0; i < OMNI__SECTION_SEGMENTS; ++i) {
        omni__put_block(out, node->sections[i]);
    }
    if (segments.size != 0) {
        omni__put_block(out, segments);
    }
}

omni_status
omni__node_decode(const omni_id *id, omni__slice row, omni__node *out)
{
    omni__reader reader = omni__reader_of(row);
    const uint8_t format = omni__read_byte(&reader);
    const uint8_t flags = omni__read_byte(&reader);
    out->id = *id;
    out->head = *id;
    if ((flags & HAS_HEAD) != 0) {
        const omni__slice head = omni__read_bytes(&reader, OMNI__ID_SIZE);
        if (head.data != NULL) {
            memcpy(out->head.bytes, head.data, OMNI__ID_SIZE);
        }
    }
    out->flags = (uint8_t)(flags & ~(HAS_HEAD | HAS_SEGMENTS));
    out->ns = omni__read_word(&reader);
    out->value = omni__read_block(&reader);
    out->first_us = omni__read_zigzag(&reader);
    out->last_us = (int64_t)((uint64_t)out->first_us +
                             (uint64_t)omni__read_zigzag(&reader));
    for (int i = 0; i < OMNI__SECTION_SEGMENTS; ++i) {
        out->sections[i] = omni__read_block(&reader);
    }
    out->sections[OMNI__SECTION_SEGMENTS] = (flags & HAS_SEGMENTS) != 0
                                                ? omni__read_block(&reader)
                                                : omni__slice_of(NULL, 0);
    return reader.bad || format != NODE_FORMAT ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__node_read(const omni__view *view, const omni_id *id, omni__node *out)
{
    const omni__key key = omni__key_node(OMNI__TABLE_NODE, id);
    omni__slice row;
    const omni_status status = omni__view_get(view, &key, &row);
    return status == OMNI_OK ? omni__node_decode(id, row, out) : status;
}

static omni_status
read_few(const omni__view *view, omni__node **nodes, size_t count, bool *all)
{
    omni__key keys[OMNI__NODES_FEW];
    omni__slice names[OMNI__NODES_FEW];
    omni__slice rows[OMNI__NODES_FEW];
    for (size_t i = 0; i < count; ++i) {
        keys[i] = omni__key_node(OMNI__TABLE_NODE, &nodes[i]->id);
        names[i] = omni__key_slice(&keys[i]);
    }
    omni_status status = omni__view_get_many(view, names, count, rows);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (rows[i].data != NULL) {
            const omni_id id = nodes[i]->id;
            status = omni__node_decode(&id, rows[i], nodes[i]);
        } else {
            nodes[i] = NULL;
            *all = false;
        }
    }
    return status;
}

omni_status
omni__nodes_read(const omni__view *view, omni__node **nodes, size_t count)
{
    bool all = true;
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; i += OMNI__NODES_FEW) {
        status = read_few(
            view, nodes + i,
            count - i < OMNI__NODES_FEW ? count - i : OMNI__NODES_FEW, &all);
    }
    return status == OMNI_OK && !all ? OMNI_NOT_FOUND : status;
}

omni_status
omni__node_add_channel(omni__node *node, omni__slice channel,
                       omni__arena *arena)
{
    const omni__slice old = node->sections[OMNI__SECTION_CHANNELS];
    omni__reader reader = omni__reader_of(old);
    const uint8_t *at = old.data;
    while (reader.at != reader.end) {
        const int order =
            omni__slice_compare(omni__read_word(&reader), channel);
        if (order == 0) {
            return OMNI_OK;
        }
        if (reader.bad) {
            return OMNI_ERR_CORRUPT;
        }
        if (order > 0) {
            break;
        }
        at = reader.at;
    }
    const size_t before = old.size != 0 ? (size_t)(at - old.data) : 0;
    omni__buffer word;
    omni__buffer_init(&word, arena->alloc);
    omni__put_word(&word, channel);
    uint8_t *bytes =
        word.failed ? NULL : omni__arena_get(arena, old.size + word.size);
    if (bytes != NULL) {
        if (old.size != 0) {
            memcpy(bytes, old.data, before);
            memcpy(bytes + before + word.size, old.data + before,
                   old.size - before);
        }
        memcpy(bytes + before, word.data, word.size);
        node->sections[OMNI__SECTION_CHANNELS] =
            omni__slice_of(bytes, old.size + word.size);
    }
    omni__buffer_free(&word);
    return bytes != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
}

omni_status
omni__node_remove_channel(omni__node *node, omni__slice channel,
                          omni__arena *arena)
{
    const omni__slice old = node->sections[OMNI__SECTION_CHANNELS];
    omni__reader reader = omni__reader_of(old);
    while (reader.at != reader.end && !reader.bad) {
        const uint8_t *at = reader.at;
        if (!omni__slice_equal(omni__read_word(&reader), channel)) {
            continue;
        }
        const size_t before = (size_t)(at - old.data);
        const size_t after = (size_t)(reader.end - reader.at);
        /* The row that it is borrowed from is not to be written to. */
        uint8_t *bytes = omni__arena_get(arena, before + after + 1);
        if (bytes == NULL) {
            return OMNI_ERR_NO_MEMORY;
        }
        memcpy(bytes, old.data, before);
        memcpy(bytes + before, reader.at, after);
        node->sections[OMNI__SECTION_CHANNELS] =
            omni__slice_of(bytes, before + after);
        return OMNI_OK;
    }
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}
