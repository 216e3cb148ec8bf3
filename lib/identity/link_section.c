/* Coding of the section LINKS. Layout: docs/file-format.md. */
#include "identity/link_section.h"

#include "codec/word.h"

uint64_t
omni__links_in_row(const omni__node *node)
{
    const omni__slice section = node->sections[OMNI__SECTION_LINKS];
    omni__reader reader = omni__reader_of(section);
    return section.size != 0 && !omni__links_out(node)
               ? omni__read_varint(&reader)
               : 0;
}

bool
omni__links_single(const omni__node *node)
{
    return omni__links_in_row(node) == 1;
}

static void
read_link(omni__reader *reader, omni__link *link)
{
    const omni__slice id = omni__read_bytes(reader, OMNI__ID_SIZE);
    if (id.data != NULL) {
        memcpy(link->other.bytes, id.data, OMNI__ID_SIZE);
    }
    link->cut = omni__read_byte(reader) != 0;
    link->ns = omni__read_word(reader);
    link->time_us = omni__read_zigzag(reader);
    link->single = false;
}

omni_status
omni__link_section_read(const omni__node *node, omni__arena *arena,
                        omni__link **out, size_t *count)
{
    const omni__slice section = node->sections[OMNI__SECTION_LINKS];
    omni__reader reader = omni__reader_of(section);
    const uint64_t n = section.size != 0 ? omni__read_varint(&reader) : 0;
    if (n > OMNI__LINK_SECTION_MOST) {
        return OMNI_ERR_CORRUPT;
    }
    omni__link *links =
        omni__arena_get(arena, ((size_t)n + 1) * sizeof(*links));
    if (links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; ++i) {
        read_link(&reader, &links[i]);
    }
    *out = links;
    *count = (size_t)n;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__link_section_write(omni__workset *set, omni__work_node *node,
                         const omni__link *links, size_t count)
{
    omni__buffer *bytes = omni__workset_buffer(set);
    if (count != 0) {
        omni__put_varint(bytes, count);
    }
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_put(bytes, links[i].other.bytes, OMNI__ID_SIZE);
        omni__buffer_byte(bytes, links[i].cut);
        omni__put_word(bytes, links[i].ns);
        omni__put_zigzag(bytes, links[i].time_us);
    }
    return bytes->failed ? OMNI_ERR_NO_MEMORY
                         : omni__workset_section(set, node, OMNI__SECTION_LINKS,
                                                 omni__buffer_bytes(bytes));
}

omni_status
omni__link_counts_write(omni__workset *set, omni__work_node *node,
                        const omni__link_count *counts, size_t n)
{
    omni__buffer *bytes = omni__workset_buffer(set);
    omni__put_varint(bytes, n);
    for (size_t i = 0; i < n; ++i) {
        omni__put_word(bytes, counts[i].ns);
        omni__put_varint(bytes, counts[i].count);
        omni__buffer_byte(bytes, counts[i].cut);
    }
    return bytes->failed ? OMNI_ERR_NO_MEMORY
                         : omni__workset_section(set, node, OMNI__SECTION_LINKS,
                                                 omni__buffer_bytes(bytes));
}

void
omni__link_tally(omni__link_count *counts, size_t *used, omni__slice ns)
{
    size_t at = 0;
    while (at < *used && !omni__slice_equal(counts[at].ns, ns)) {
        ++at;
    }
    if (at == *used) {
        counts[(*used)++] = (omni__link_count){.ns = ns};
    }
    ++counts[at].count;
}

omni_status
omni__links_count(const omni__node *node, omni__arena *arena,
                  omni__link_count **out, size_t *count)
{
    const omni__slice section = node->sections[OMNI__SECTION_LINKS];
    omni__reader reader = omni__reader_of(section);
    const uint64_t n = section.size != 0 ? omni__read_varint(&reader) : 0;
    if (n > section.size) {
        return OMNI_ERR_CORRUPT;
    }
    omni__link_count *counts =
        omni__arena_get(arena, ((size_t)n + 1) * sizeof(counts[0]));
    if (counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t used = 0;
    for (uint64_t i = 0; i < n && !reader.bad; ++i) {
        if (omni__links_out(node)) {
            counts[used].ns = omni__read_word(&reader);
            counts[used].count = omni__read_varint(&reader);
            counts[used++].cut = omni__read_byte(&reader);
            continue;
        }
        omni__link link;
        read_link(&reader, &link);
        omni__link_tally(counts, &used, link.ns);
    }
    *out = counts;
    *count = used;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}
