/* Links in the section, or spilled into rows. Layout: docs/file-format.md. */
#include "identity/links.h"

#include "codec/word.h"

static void
put_link_value(omni__buffer *out, const omni__link *link)
{
    omni__buffer_byte(out, link->cut);
    omni__put_word(out, link->ns);
    omni__put_zigzag(out, link->time_us);
}

static void
read_link_value(omni__reader *reader, omni__link *link)
{
    link->cut = omni__read_byte(reader) != 0;
    link->ns = omni__read_word(reader);
    link->time_us = omni__read_zigzag(reader);
}

/* Decode the section of a node whose links are in its row; room for one
   more. */
static omni_status
decode(omni__slice section, omni__arena *arena, omni__link **out, size_t *count)
{
    omni__reader reader = omni__reader_of(section);
    const uint64_t n = section.size != 0 ? omni__read_varint(&reader) : 0;
    if (n > OMNI__LINKS_IN_ROW) {
        return OMNI_ERR_CORRUPT;
    }
    omni__link *links =
        omni__arena_get(arena, ((size_t)n + 1) * sizeof(*links));
    if (links == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; ++i) {
        const omni__slice id = omni__read_bytes(&reader, OMNI__ID_SIZE);
        if (id.data == NULL) {
            return OMNI_ERR_CORRUPT;
        }
        memcpy(links[i].other.bytes, id.data, OMNI__ID_SIZE);
        read_link_value(&reader, &links[i]);
    }
    *out = links;
    *count = (size_t)n;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

static omni_status
write_section(omni__workset *set, omni__work_node *node,
              const omni__link *links, size_t count)
{
    omni__buffer *bytes = omni__workset_buffer(set);
    if (count != 0) {
        omni__put_varint(bytes, count);
    }
    for (size_t i = 0; i < count; ++i) {
        omni__buffer_put(bytes, links[i].other.bytes, OMNI__ID_SIZE);
        put_link_value(bytes, &links[i]);
    }
    const omni_status status =
        bytes->failed ? OMNI_ERR_NO_MEMORY
                      : omni__workset_section(set, node, OMNI__SECTION_LINKS,
                                              omni__buffer_bytes(bytes));
    return status;
}

static omni_status
put_row(omni__workset *set, const omni_id *node, const omni__link *link)
{
    const omni__key key = omni__key_pair(OMNI__TABLE_LINK, node, &link->other);
    omni__buffer *value = omni__workset_buffer(set);
    put_link_value(value, link);
    const omni_status status =
        value->failed ? OMNI_ERR_NO_MEMORY
                      : omni__kv_put(set->kv, omni__key_slice(&key),
                                     omni__buffer_bytes(value));
    return status;
}

/* Count one more link of a namespace in the section of a spilled node, or one
   less (`one` is UINT64_MAX). `total` is how many there are then. */
static omni_status
count_one(omni__workset *set, omni__work_node *node, omni__slice ns,
          uint64_t one, uint64_t *total)
{
    omni__link_count *counts;
    size_t n;
    omni_status status =
        omni__links_count(&node->node, &set->scratch, &counts, &n);
    if (status != OMNI_OK) {
        return status;
    }
    size_t at = 0;
    while (at < n && omni__slice_compare(counts[at].ns, ns) < 0) {
        ++at;
    }
    if (at == n || !omni__slice_equal(counts[at].ns, ns)) {
        memmove(counts + at + 1, counts + at, (n - at) * sizeof(counts[0]));
        counts[at] = (omni__link_count){.ns = ns};
        ++n;
    }
    counts[at].count += one;
    if (counts[at].count == 0) {
        --n;
        memmove(counts + at, counts + at + 1, (n - at) * sizeof(counts[0]));
    }
    omni__buffer *bytes = omni__workset_buffer(set);
    omni__put_varint(bytes, n);
    *total = 0;
    for (size_t i = 0; i < n; ++i) {
        *total += counts[i].count;
        omni__put_word(bytes, counts[i].ns);
        omni__put_varint(bytes, counts[i].count);
    }
    status = bytes->failed
                 ? OMNI_ERR_NO_MEMORY
                 : omni__workset_section(set, node, OMNI__SECTION_LINKS,
                                         omni__buffer_bytes(bytes));
    return status;
}

/* Move all links of a node out of its row. */
static omni_status
spill(omni__workset *set, omni__work_node *node, omni__link *links,
      size_t count)
{
    /* Namespaces stand in the section, which is about to be written anew. */
    for (size_t i = 0; i < count; ++i) {
        const omni__slice ns = omni__arena_copy(&set->scratch, links[i].ns);
        if (ns.size != links[i].ns.size) {
            return OMNI_ERR_NO_MEMORY;
        }
        links[i].ns = ns;
    }
    node->node.flags |= OMNI__NODE_LINKS_OUT;
    uint64_t total;
    omni_status status = omni__workset_section(set, node, OMNI__SECTION_LINKS,
                                               omni__slice_of(NULL, 0));
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = put_row(set, &node->node.id, &links[i]);
        if (status == OMNI_OK) {
            status = count_one(set, node, links[i].ns, 1, &total);
        }
    }
    return status;
}

/* The place of a link in a sorted array, and whether it is there. */
static size_t
place_of(const omni__link *links, size_t count, const omni_id *other,
         bool *there)
{
    size_t at = 0;
    while (at < count && omni__id_compare(&links[at].other, other) < 0) {
        ++at;
    }
    *there = at < count && omni__id_equal(&links[at].other, other);
    return at;
}

/* Merge one observation into a link that is there, or not. */
static omni__link_change
observe(omni__link *link, bool there, const omni__link *seen)
{
    if (!there) {
        *link = *seen;
        return OMNI__LINK_NEW;
    }
    if (seen->time_us < link->time_us) {
        link->time_us = seen->time_us;
        return OMNI__LINK_EARLIER;
    }
    return OMNI__LINK_SAME;
}

static omni_status
observe_in_row(omni__workset *set, omni__work_node *node,
               const omni__link *seen, omni__link_change *change)
{
    omni__link *links;
    size_t count;
    const omni_status status = decode(node->node.sections[OMNI__SECTION_LINKS],
                                      &set->scratch, &links, &count);
    if (status != OMNI_OK) {
        return status;
    }
    bool there;
    const size_t at = place_of(links, count, &seen->other, &there);
    if (!there) {
        memmove(links + at + 1, links + at, (count - at) * sizeof(links[0]));
        ++count;
    }
    *change = observe(&links[at], there, seen);
    if (*change == OMNI__LINK_SAME) {
        return OMNI_OK;
    }
    return count > OMNI__LINKS_IN_ROW ? spill(set, node, links, count)
                                      : write_section(set, node, links, count);
}

static omni_status
observe_in_table(omni__workset *set, omni__work_node *node,
                 const omni__link *seen, omni__link_change *change)
{
    const omni__key key =
        omni__key_pair(OMNI__TABLE_LINK, &node->node.id, &seen->other);
    omni__slice value;
    omni__link link = {.other = seen->other};
    omni_status status = omni__view_get(&set->view, &key, &value);
    if (status != OMNI_OK && status != OMNI_NOT_FOUND) {
        return status;
    }
    const bool there = status == OMNI_OK;
    if (there) {
        omni__reader reader = omni__reader_of(value);
        read_link_value(&reader, &link);
        if (reader.bad) {
            return OMNI_ERR_CORRUPT;
        }
        /* The row that the namespace is borrowed from is about to change. */
        link.ns = seen->ns;
    }
    *change = observe(&link, there, seen);
    uint64_t total;
    status = *change == OMNI__LINK_SAME ? OMNI_OK
                                        : put_row(set, &node->node.id, &link);
    return status == OMNI_OK && *change == OMNI__LINK_NEW
               ? count_one(set, node, link.ns, 1, &total)
               : status;
}

static omni_status
observe_side(omni__workset *set, omni__work_node *node,
             const omni__work_node *other, int64_t time_us,
             omni__link_change *change)
{
    const omni__link seen = {
        .other = other->node.id, .ns = other->node.ns, .time_us = time_us};
    return (node->node.flags & OMNI__NODE_LINKS_OUT) != 0
               ? observe_in_table(set, node, &seen, change)
               : observe_in_row(set, node, &seen, change);
}

omni_status
omni__link_observe(omni__workset *set, omni__work_node *a, omni__work_node *b,
                   int64_t time_us, omni__link_change *change)
{
    /* The shorter list first: a link that it knows, the other knows too. */
    if ((a->node.flags & OMNI__NODE_LINKS_OUT) != 0) {
        omni__work_node *swap = a;
        a = b;
        b = swap;
    }
    omni_status status = observe_side(set, a, b, time_us, change);
    if (status == OMNI_OK && *change != OMNI__LINK_SAME) {
        status = observe_side(set, b, a, time_us, change);
    }
    return status;
}

/* The links of a spilled node, from its rows. */
static omni_status
read_rows(const omni__view *view, const omni_id *node, omni__arena *arena,
          omni__link **out, size_t *count)
{
    const omni__key prefix = omni__key_node(OMNI__TABLE_LINK, node);
    omni__kv_cursor *cursor;
    void *links = NULL;
    size_t capacity = 0;
    *count = 0;
    omni_status status = omni__view_cursor(view, &cursor);
    if (status != OMNI_OK) {
        return status;
    }
    status = omni__kv_cursor_seek(cursor, omni__key_slice(&prefix));
    while ((status = omni__view_within(status, cursor, &prefix)) == OMNI_OK) {
        if (!omni__grow(arena->alloc, &links, &capacity, *count,
                        sizeof(omni__link))) {
            status = OMNI_ERR_NO_MEMORY;
            break;
        }
        omni__link *link = (omni__link *)links + (*count)++;
        omni__reader reader = omni__reader_of(omni__kv_cursor_value(cursor));
        memcpy(link->other.bytes,
               omni__kv_cursor_key(cursor).data + prefix.size, OMNI__ID_SIZE);
        read_link_value(&reader, link);
        link->ns = omni__arena_copy(arena, link->ns);
        status = reader.bad ? OMNI_ERR_CORRUPT : omni__kv_cursor_next(cursor);
    }
    omni__kv_cursor_close(cursor);
    if (status == OMNI_END) {
        *out = omni__arena_get(arena, (*count + 1) * sizeof(**out));
        status = *out != NULL ? OMNI_OK : OMNI_ERR_NO_MEMORY;
        if (status == OMNI_OK && *count != 0) {
            memcpy(*out, links, *count * sizeof(**out));
        }
    }
    omni__free(arena->alloc, links);
    return status;
}

/* Move the links of a node back into its row. */
static omni_status
unspill(omni__workset *set, omni__work_node *node)
{
    omni__link *links;
    size_t count;
    omni_status status =
        read_rows(&set->view, &node->node.id, &set->scratch, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        const omni__key key =
            omni__key_pair(OMNI__TABLE_LINK, &node->node.id, &links[i].other);
        status = omni__kv_delete(set->kv, omni__key_slice(&key));
    }
    node->node.flags &= (uint8_t)~OMNI__NODE_LINKS_OUT;
    return status == OMNI_OK ? write_section(set, node, links, count) : status;
}

static omni_status
change_in_row(omni__workset *set, omni__work_node *node,
              const omni__link *wanted, omni__link_part part)
{
    omni__link *links;
    size_t count;
    bool there;
    const omni_status status = decode(node->node.sections[OMNI__SECTION_LINKS],
                                      &set->scratch, &links, &count);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at = place_of(links, count, &wanted->other, &there);
    if (!there) {
        return OMNI_NOT_FOUND;
    }
    if (part == OMNI__LINK_ALL) {
        --count;
        memmove(links + at, links + at + 1, (count - at) * sizeof(links[0]));
    } else if (part == OMNI__LINK_TIME) {
        links[at].time_us = wanted->time_us;
    } else {
        links[at].cut = wanted->cut;
    }
    return write_section(set, node, links, count);
}

static omni_status
change_in_table(omni__workset *set, omni__work_node *node,
                const omni__link *wanted, omni__link_part part)
{
    const omni__key key =
        omni__key_pair(OMNI__TABLE_LINK, &node->node.id, &wanted->other);
    omni__slice value;
    omni__link link = *wanted;
    omni_status status = omni__view_get(&set->view, &key, &value);
    if (status != OMNI_OK) {
        return status;
    }
    omni__reader reader = omni__reader_of(value);
    read_link_value(&reader, &link);
    /* The row that the namespace is borrowed from is about to change. */
    link.ns = omni__arena_copy(&set->scratch, link.ns);
    if (reader.bad) {
        return OMNI_ERR_CORRUPT;
    }
    if (part != OMNI__LINK_ALL) {
        if (part == OMNI__LINK_TIME) {
            link.time_us = wanted->time_us;
        } else {
            link.cut = wanted->cut;
        }
        return put_row(set, &node->node.id, &link);
    }
    uint64_t total;
    status = omni__kv_delete(set->kv, omni__key_slice(&key));
    if (status == OMNI_OK) {
        status = count_one(set, node, link.ns, UINT64_MAX, &total);
    }
    return status == OMNI_OK && total <= OMNI__LINKS_IN_ROW ? unspill(set, node)
                                                            : status;
}

omni_status
omni__link_alter(omni__workset *set, omni__work_node *a, omni__work_node *b,
                 const omni__link *wanted, omni__link_part part)
{
    omni_status status = OMNI_OK;
    for (int side = 0; side < 2 && status == OMNI_OK; ++side) {
        omni__link link = *wanted;
        omni__work_node *node = side == 0 ? a : b;
        link.other = side == 0 ? b->node.id : a->node.id;
        status = (node->node.flags & OMNI__NODE_LINKS_OUT) != 0
                     ? change_in_table(set, node, &link, part)
                     : change_in_row(set, node, &link, part);
    }
    return status;
}

omni_status
omni__links_read(const omni__view *view, const omni__node *node,
                 omni__arena *arena, omni__link **out, size_t *count)
{
    return (node->flags & OMNI__NODE_LINKS_OUT) != 0
               ? read_rows(view, &node->id, arena, out, count)
               : decode(node->sections[OMNI__SECTION_LINKS], arena, out, count);
}

/* Count one more of a namespace, in the order they come. */
static void
add_count(omni__link_count *counts, size_t *used, omni__slice ns)
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
        if ((node->flags & OMNI__NODE_LINKS_OUT) != 0) {
            counts[used].ns = omni__read_word(&reader);
            counts[used++].count = omni__read_varint(&reader);
            continue;
        }
        omni__link link;
        omni__read_bytes(&reader, OMNI__ID_SIZE);
        read_link_value(&reader, &link);
        add_count(counts, &used, link.ns);
    }
    *out = counts;
    *count = used;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

/* The first namespace over the bound, in the order of namespaces. */
static void
find_crowd(const omni__policy *policy, const omni__namespace *own,
           const omni__link_count *counts, size_t count, omni__crowd *out)
{
    uint64_t people = 0;
    for (size_t i = 0; i < count; ++i) {
        const omni__namespace *ns =
            omni__policy_namespace(policy, counts[i].ns);
        if (ns->class_ != OMNI__CLASS_PERSON) {
            continue;
        }
        people += counts[i].count;
        if (omni__namespace_rank(ns) < omni__namespace_rank(own) &&
            counts[i].count > own->generic_above &&
            (out->count == 0 ||
             omni__slice_compare(counts[i].ns, out->ns) < 0)) {
            *out = (omni__crowd){.ns = counts[i].ns,
                                 .count = counts[i].count,
                                 .limit = own->generic_above};
        }
    }
    if (out->count == 0 && people > policy->max_identifiers) {
        *out = (omni__crowd){.count = people, .limit = policy->max_identifiers};
    }
}

omni_status
omni__links_crowd_of(const omni__policy *policy, omni__slice ns,
                     const omni__link *links, size_t count, omni__arena *arena,
                     omni__crowd *out)
{
    const omni__namespace *own = omni__policy_namespace(policy, ns);
    *out = (omni__crowd){.count = 0};
    if (own->generic_above == 0) {
        return OMNI_OK;
    }
    omni__link_count *counts =
        omni__arena_get(arena, (count + 1) * sizeof(counts[0]));
    if (counts == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; ++i) {
        add_count(counts, &used, links[i].ns);
    }
    find_crowd(policy, own, counts, used, out);
    return OMNI_OK;
}

omni_status
omni__links_crowd(const omni__policy *policy, const omni__node *node,
                  omni__arena *arena, omni__crowd *out)
{
    const omni__namespace *own = omni__policy_namespace(policy, node->ns);
    omni__link_count *counts;
    size_t count;
    *out = (omni__crowd){.count = 0};
    if (own->generic_above == 0) {
        return OMNI_OK;
    }
    const omni_status status = omni__links_count(node, arena, &counts, &count);
    if (status == OMNI_OK) {
        find_crowd(policy, own, counts, count, out);
    }
    return status;
}

omni_status
omni__links_generic(const omni__policy *policy, const omni__node *node,
                    omni__arena *arena, bool *generic)
{
    omni__crowd crowd;
    const omni_status status = omni__links_crowd(policy, node, arena, &crowd);
    *generic = crowd.count != 0;
    return status;
}
