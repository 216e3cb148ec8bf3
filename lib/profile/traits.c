/* Traits: two sorted lists, merged. Layout: docs/file-format.md. */
#include "profile/traits.h"

#include "codec/json.h"
#include "codec/word.h"

int
omni__trait_compare(const omni__trait *a, const omni__trait *b)
{
    if (a->trust != b->trust) {
        return a->trust > b->trust ? -1 : 1;
    }
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? -1 : 1;
    }
    if (a->event_hash != b->event_hash) {
        return a->event_hash < b->event_hash ? -1 : 1;
    }
    return (a->content_hash > b->content_hash) -
           (a->content_hash < b->content_hash);
}

static omni__trait
read_trait(omni__reader *reader)
{
    omni__trait trait;
    trait.name = omni__read_block(reader);
    trait.time_us = omni__read_zigzag(reader);
    trait.event_hash = omni__read_le64(reader);
    trait.content_hash = omni__read_le64(reader);
    trait.position = omni__read_varint(reader);
    trait.source = omni__read_word(reader);
    trait.trust = omni__read_varint(reader);
    trait.value = omni__read_block(reader);
    return trait;
}

static void
put_trait(omni__buffer *out, const omni__trait *trait)
{
    omni__put_block(out, trait->name);
    omni__put_zigzag(out, trait->time_us);
    omni__put_le64(out, trait->event_hash);
    omni__put_le64(out, trait->content_hash);
    omni__put_varint(out, trait->position);
    omni__put_word(out, trait->source);
    omni__put_varint(out, trait->trust);
    omni__put_block(out, trait->value);
}

omni_status
omni__traits_decode(omni__slice section, omni__arena *arena, omni__trait **out,
                    size_t *count)
{
    omni__reader reader = omni__reader_of(section);
    const uint64_t n = section.size != 0 ? omni__read_varint(&reader) : 0;
    if (n > section.size) {
        return OMNI_ERR_CORRUPT;
    }
    omni__trait *traits =
        omni__arena_get(arena, ((size_t)n + 1) * sizeof(traits[0]));
    if (traits == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n && !reader.bad; ++i) {
        traits[i] = read_trait(&reader);
    }
    *out = traits;
    *count = (size_t)n;
    return reader.bad ? OMNI_ERR_CORRUPT : OMNI_OK;
}

omni_status
omni__traits_of_json(omni__slice json, const omni__trait *event,
                     omni__arena *arena, omni__trait **out, size_t *count)
{
    size_t at = 0;
    size_t n = 0;
    omni__slice key;
    omni__slice value;
    while (omni__json_each(json, &at, &key, &value)) {
        ++n;
    }
    omni__trait *traits = omni__arena_get(arena, (n + 1) * sizeof(traits[0]));
    if (traits == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    at = 0;
    for (size_t i = 0; omni__json_each(json, &at, &key, &value); ++i) {
        traits[i] = *event;
        traits[i].value = value;
        traits[i].name = key;
        if (memchr(key.data, '\\', key.size) == NULL) {
            continue;
        }
        omni__buffer name;
        omni__buffer_init(&name, arena->alloc);
        const omni__slice quoted = omni__slice_of(key.data - 1, key.size + 2);
        const bool fine = omni__json_unescape(quoted, &name);
        traits[i].name = omni__arena_copy(arena, omni__buffer_bytes(&name));
        const bool memory = name.failed || traits[i].name.size != name.size;
        omni__buffer_free(&name);
        if (!fine || memory) {
            return memory ? OMNI_ERR_NO_MEMORY : OMNI_ERR_CORRUPT;
        }
    }
    *out = traits;
    *count = n;
    return OMNI_OK;
}

/* Both lists are sorted by name, as canonical keys are by their bytes. */
static size_t
merge(const omni__trait *a, size_t a_count, const omni__trait *b,
      size_t b_count, omni__trait *out)
{
    size_t n = 0;
    size_t i = 0;
    size_t k = 0;
    while (i < a_count || k < b_count) {
        int order = i == a_count ? 1 : -1;
        if (i < a_count && k < b_count) {
            order = omni__slice_compare(a[i].name, b[k].name);
        }
        if (order < 0) {
            out[n++] = a[i++];
        } else if (order > 0) {
            out[n++] = b[k++];
        } else {
            out[n++] = omni__trait_compare(&a[i], &b[k]) >= 0 ? a[i] : b[k];
            ++i;
            ++k;
        }
    }
    return n;
}

/* Nodes are taken in one after the other, so that each name has one winner at
   any time. */
omni_status
omni__traits_collect(const omni__node *nodes, size_t count, omni__arena *arena,
                     omni__trait **out, size_t *out_count)
{
    omni__trait *all = NULL;
    size_t total = 0;
    for (size_t i = 0; i < count; ++i) {
        omni__trait *traits;
        size_t n;
        const omni__slice section = nodes[i].sections[OMNI__SECTION_TRAITS];
        if (section.size == 0) {
            continue;
        }
        const omni_status status =
            omni__traits_decode(section, arena, &traits, &n);
        if (status != OMNI_OK) {
            return status;
        }
        if (total != 0) {
            omni__trait *merged =
                omni__arena_get(arena, (total + n) * sizeof(merged[0]));
            if (merged == NULL) {
                return OMNI_ERR_NO_MEMORY;
            }
            n = merge(all, total, traits, n, merged);
            traits = merged;
        }
        all = traits;
        total = n;
    }
    *out = all;
    *out_count = total;
    return OMNI_OK;
}

omni_status
omni__traits_add(omni__workset *set, omni__work_node *node,
                 const omni__policy *policy, const omni__trait *event,
                 omni__slice traits_json)
{
    omni__trait *old;
    omni__trait *given;
    size_t old_count;
    size_t given_count;
    omni_status status =
        omni__traits_decode(node->node.sections[OMNI__SECTION_TRAITS],
                            &set->scratch, &old, &old_count);
    if (status == OMNI_OK) {
        status = omni__traits_of_json(traits_json, event, &set->scratch, &given,
                                      &given_count);
    }
    if (status != OMNI_OK || given_count == 0) {
        return status;
    }
    for (size_t i = 0; i < given_count; ++i) {
        given[i].trust =
            omni__policy_trust(policy, given[i].name, given[i].source);
    }
    omni__trait *all = omni__arena_get(
        &set->scratch, (old_count + given_count) * sizeof(all[0]));
    if (all == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    const size_t count = merge(old, old_count, given, given_count, all);
    omni__buffer *bytes = omni__workset_buffer(set);
    omni__put_varint(bytes, count);
    for (size_t i = 0; i < count; ++i) {
        put_trait(bytes, &all[i]);
    }
    status = bytes->failed
                 ? OMNI_ERR_NO_MEMORY
                 : omni__workset_section(set, node, OMNI__SECTION_TRAITS,
                                         omni__buffer_bytes(bytes));
    return status;
}

bool
omni__traits_from(const omni__node *node, uint64_t position)
{
    const omni__slice section = node->sections[OMNI__SECTION_TRAITS];
    omni__reader reader = omni__reader_of(section);
    const uint64_t n = section.size != 0 ? omni__read_varint(&reader) : 0;
    for (uint64_t i = 0; i < n && !reader.bad; ++i) {
        const omni__trait trait = read_trait(&reader);
        if (trait.position == position) {
            return true;
        }
    }
    return false;
}
