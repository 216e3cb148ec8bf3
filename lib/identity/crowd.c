/* Counting neighbours by namespace. */
#include "identity/crowd.h"

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
        omni__link_tally(counts, &used, links[i].ns);
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
