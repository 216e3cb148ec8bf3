/*
   Raw components (I7) around nodes that changed, rank by rank.

   A node is *over* at a rank if more than max_component nodes hang together
   with it by the links of that rank and by the stronger ones that are not cut;
   then its links of that rank are. Where that turns, some link near came or
   went, or was cut or not at a stronger rank. So it is enough to begin at the
   ends of those:

   - what goes over was in components that were not over, and so are no larger
     than the bound: they are walked whole, by links that are not cut;
   - what falls under is no larger than the bound now: it is walked whole, by
   all links of the rank; the walk gives up once it has met more.

   Who was over stays so as long as links only come: then the second walk is
   not needed, nor does the first lead on from a node with a link that is cut
   already, for all that it leads to knows so, too.
*/
#include "identity/gather.h"

#include <stdlib.h>

/* What is walked around one node at one rank. */
typedef struct region {
    omni__walk *w;
    uint32_t rank;
    uint32_t settled; /* marks: nodes over at this rank whose links say so */
    uint32_t over;    /* nodes over at this rank */
    uint32_t under;   /* nodes that are not */
    uint32_t mark;    /* nodes of this region */
    omni__walk_nodes nodes;
    size_t counted;
    const omni__work_node *from; /* whose links are looked at */
    bool through; /* links of the rank are followed if cut, too */
    bool has_cut; /* there are such links */
    bool shrunk;  /* links went, or were cut at stronger ranks */
    bool is_over;
} region;

static bool
gives_up(const region *r)
{
    return r->through &&
           (r->is_over || r->counted > r->w->policy->max_component);
}

/* Whether a link, or all of a group, leads on. */
static bool
leads_on(region *r, omni__slice ns, bool cut)
{
    const uint32_t rank = omni__link_rank(r->w->policy, r->from->node.ns, ns);
    r->has_cut |= cut && rank == r->rank;
    return rank < r->rank ? !cut : rank == r->rank && (r->through || !cut);
}

static bool
region_group(void *user, omni__slice ns, bool single, bool cut)
{
    region *r = user;
    const bool leaves =
        single &&
        omni__policy_namespace(r->w->policy, ns)->class_ == OMNI__CLASS_DEVICE;
    return !leaves && !gives_up(r) && leads_on(r, ns, cut);
}

static omni_status
enter(region *r, omni__work_node *node)
{
    if (node->raw == r->mark) {
        return OMNI_OK;
    }
    if (node->raw == r->settled || node->raw == r->over) {
        r->is_over = true;
    }
    if (node->raw == r->settled) {
        return OMNI_OK;
    }
    node->raw = r->mark;
    r->counted += omni__walk_leaf(r->w, &node->node) ? 0 : 1;
    return omni__walk_add(r->w, &r->nodes, node);
}

static omni_status
region_link(void *user, const omni__link *link)
{
    region *r = user;
    omni__work_node *other;
    /* What a device that has become one of one link knows is over. */
    const bool cut = link->cut && !omni__walk_leaf(r->w, &r->from->node);
    if ((r->from->node.flags & OMNI__NODE_LINKS_OUT) == 0 &&
        !leads_on(r, link->ns, cut)) {
        return OMNI_OK;
    }
    if (gives_up(r)) {
        return OMNI_END;
    }
    const omni_status status =
        omni__workset_get(r->w->set, &link->other, &other);
    if (status != OMNI_OK || (other->node.flags & OMNI__NODE_GENERIC) != 0) {
        return status == OMNI_NOT_FOUND ? OMNI_ERR_CORRUPT : status;
    }
    return enter(r, other);
}

static omni_status
walk_region(region *r, bool through)
{
    const omni__link_visitor visitor = {region_group, region_link, r};
    omni_status status = OMNI_OK;
    bool any_cut = false;
    r->through = through;
    for (size_t i = 0; i < r->nodes.count && status == OMNI_OK && !gives_up(r);
         ++i) {
        const size_t before = r->nodes.count;
        r->from = r->nodes.list[i];
        r->has_cut = false;
        status = omni__links_visit(&r->w->set->view, &r->from->node,
                                   &r->w->set->scratch, &visitor);
        any_cut |= r->has_cut;
        if (r->has_cut && !through && !r->shrunk) {
            r->is_over = true;
            while (r->nodes.count > before) {
                r->nodes.list[--r->nodes.count]->raw = r->over;
            }
        }
    }
    r->has_cut |= any_cut;
    r->is_over |= r->counted > r->w->policy->max_component;
    return status;
}

/* Note in the first nodes of a region what came of it, and in all of them that
   it is known. */
static omni_status
settle(region *r, size_t count)
{
    omni_status status = OMNI_OK;
    omni__walk *w = r->w;
    w->set->walked += r->nodes.count;
    for (size_t i = 0; i < r->nodes.count && status == OMNI_OK; ++i) {
        omni__work_node *node = r->nodes.list[i];
        bool changed = false;
        node->raw = r->is_over ? r->over : r->under;
        if (i >= count) {
            continue;
        }
        node->raw = r->is_over ? r->settled : r->under;
        status = omni__links_cut(w->set, w->policy, node, r->rank, r->is_over,
                                 &changed);
        if (status == OMNI_OK && changed) {
            status = omni__walk_add(w, &w->dense, node);
        }
    }
    return status;
}

static omni_status
cut_around(region *r, omni__work_node *node)
{
    if (node->raw == r->settled || node->raw == r->under ||
        (node->node.flags & OMNI__NODE_GENERIC) != 0) {
        return OMNI_OK;
    }
    r->is_over = node->raw == r->over;
    r->has_cut = false;
    r->counted = 0;
    r->nodes.count = 0;
    r->mark = omni__workset_mark(r->w->set);
    omni_status status = enter(r, node);
    if (status == OMNI_OK) {
        status = walk_region(r, false);
    }
    size_t count = r->nodes.count;
    if (status == OMNI_OK && r->has_cut && !r->is_over) {
        status = walk_region(r, true); /* links went */
        count = r->is_over ? count : r->nodes.count;
    }
    return status == OMNI_OK ? settle(r, count) : status;
}

static int
compare_ranks(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static omni_status
cut_rank(omni__walk *w, uint32_t rank)
{
    region r = {.w = w,
                .rank = rank,
                .settled = omni__workset_mark(w->set),
                .over = omni__workset_mark(w->set),
                .under = omni__workset_mark(w->set),
                .shrunk = w->set->shrunk};
    omni_status status = OMNI_OK;
    const size_t count = w->dense.count;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = cut_around(&r, w->dense.list[i]);
    }
    omni__free(w->set->arena.alloc, r.nodes.list);
    return status;
}

omni_status
omni__raw_cut(omni__walk *w)
{
    const omni__policy *policy = w->policy;
    const size_t count = policy->namespace_count + 1;
    uint32_t *ranks =
        omni__arena_get(&w->set->scratch, count * sizeof(ranks[0]));
    if (ranks == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; ++i) {
        ranks[i] = omni__namespace_rank(i + 1 < count ? &policy->namespaces[i]
                                                      : &policy->other);
    }
    qsort(ranks, count, sizeof(ranks[0]), compare_ranks);
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (i == 0 || ranks[i] != ranks[i - 1]) {
            status = cut_rank(w, ranks[i]);
        }
    }
    return status;
}
