/* What the bound on raw components cuts, as a node knows it. */
#include "identity/link_section.h"

/* Whether a node knows of its link to another that it is cut. */
static omni_status
knows_cut(omni__workset *set, const omni__node *node, const omni__node *other,
          bool *out)
{
    size_t count;
    omni_status status;
    *out = false;
    if (omni__links_out(node)) {
        omni__link_count *counts;
        const uint8_t kind =
            omni__links_single(other) ? OMNI__CUT_SINGLE : OMNI__CUT_MANY;
        status = omni__links_count(node, &set->scratch, &counts, &count);
        for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
            *out |= (counts[i].cut & kind) != 0 &&
                    omni__slice_equal(counts[i].ns, other->ns);
        }
        return status;
    }
    omni__link *links;
    status = omni__link_section_read(node, &set->scratch, &links, &count);
    for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
        *out |= links[i].cut && omni__id_equal(&links[i].other, &other->id);
    }
    return status;
}

/* Whether the bound may cut a link that a node has in its row. What is cut
   that was not has been a link of its component; but for a new one, of a new
   node or to one that was over the bound before. */
static omni_status
may_cut(omni__workset *set, const omni__policy *policy,
        const omni__work_node *node, const omni__link *link, bool *out)
{
    omni__work_node *other;
    bool known = true;
    omni_status status = omni__workset_get(set, &link->other, &other);
    *out = status == OMNI_OK && (other->node.flags & OMNI__NODE_GENERIC) == 0 &&
           !(omni__policy_namespace(policy, link->ns)->class_ ==
                 OMNI__CLASS_DEVICE &&
             omni__links_single(&other->node));
    if (*out && !link->cut && !node->added && !other->added) {
        status = knows_cut(set, &other->node, &node->node, &known);
    }
    set->shrunk |= !known;
    return status;
}

static omni_status
cut_in_row(omni__workset *set, const omni__policy *policy,
           omni__work_node *node, uint32_t rank, bool cut, bool *changed)
{
    omni__link *links;
    size_t count;
    omni_status status =
        omni__link_section_read(&node->node, &set->scratch, &links, &count);
    const bool leaf =
        count == 1 && omni__policy_namespace(policy, node->node.ns)->class_ ==
                          OMNI__CLASS_DEVICE;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        bool wanted = cut && !leaf;
        if (omni__link_rank(policy, node->node.ns, links[i].ns) != rank) {
            continue;
        }
        if (wanted) {
            status = may_cut(set, policy, node, &links[i], &wanted);
        }
        *changed |= links[i].cut != wanted;
        links[i].cut = wanted;
    }
    return status == OMNI_OK && *changed
               ? omni__link_section_write(set, node, links, count)
               : status;
}

omni_status
omni__links_cut(omni__workset *set, const omni__policy *policy,
                omni__work_node *node, uint32_t rank, bool cut, bool *changed)
{
    *changed = false;
    if (!omni__links_out(&node->node)) {
        return cut_in_row(set, policy, node, rank, cut, changed);
    }
    omni__link_count *counts;
    size_t count;
    const omni_status status =
        omni__links_count(&node->node, &set->scratch, &counts, &count);
    for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
        const omni__slice ns = counts[i].ns;
        if (omni__link_rank(policy, node->node.ns, ns) != rank) {
            continue;
        }
        const bool device =
            omni__policy_namespace(policy, ns)->class_ == OMNI__CLASS_DEVICE;
        const uint8_t wanted = !cut     ? 0
                               : device ? OMNI__CUT_MANY
                                        : OMNI__CUT_MANY | OMNI__CUT_SINGLE;
        *changed |= counts[i].cut != wanted;
        set->shrunk |= wanted != 0 && counts[i].cut != wanted && !node->added;
        counts[i].cut = wanted;
    }
    return status == OMNI_OK && *changed
               ? omni__link_counts_write(set, node, counts, count)
               : status;
}

omni_status
omni__links_uncut(omni__workset *set, omni__work_node *node)
{
    omni__link_count *counts;
    omni__link *links;
    size_t count;
    omni_status status;
    if (omni__links_out(&node->node)) {
        status = omni__links_count(&node->node, &set->scratch, &counts, &count);
        for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
            counts[i].cut = 0;
        }
        return status == OMNI_OK
                   ? omni__link_counts_write(set, node, counts, count)
                   : status;
    }
    status =
        omni__link_section_read(&node->node, &set->scratch, &links, &count);
    for (size_t i = 0; status == OMNI_OK && i < count; ++i) {
        links[i].cut = false;
    }
    return status == OMNI_OK ? omni__link_section_write(set, node, links, count)
                             : status;
}
