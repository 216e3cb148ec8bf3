/* Links in the section, or spilled into rows. */
#include "identity/links.h"

#include "identity/link_rows.h"
#include "identity/link_section.h"

#include <stdlib.h>

/* Count one more link of a namespace in the section of a spilled node, or one
   less (`one` is UINT64_MAX). `total` is how many there are then. */
static omni_status
count_one(omni__workset *set, omni__work_node *node, omni__slice ns,
          uint64_t one, uint64_t *total)
{
    omni__link_count *counts;
    size_t n;
    const omni_status status =
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
    *total = 0;
    for (size_t i = 0; i < n; ++i) {
        *total += counts[i].count;
    }
    return omni__link_counts_write(set, node, counts, n);
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

omni_status
omni__link_find(const omni__view *view, const omni__node *a,
                const omni__node *b, omni__arena *arena, omni__link *out)
{
    if (omni__links_out(a) && omni__links_out(b)) {
        return omni__link_row_find(view, a, b, arena, out);
    }
    /* The shorter list: a link that it knows, the other knows too. */
    const omni__node *node = omni__links_out(a) ? b : a;
    omni__link *links;
    size_t count;
    bool there;
    const omni_status status =
        omni__link_section_read(node, arena, &links, &count);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at =
        place_of(links, count, node == a ? &b->id : &a->id, &there);
    if (there) {
        *out = links[at];
    }
    return there ? OMNI_OK : OMNI_NOT_FOUND;
}

/* Put a link into the row of a node, or give the one there another time; or
   take it out. */
static omni_status
change_in_row(omni__workset *set, omni__work_node *node,
              const omni__node *other, const int64_t *time_us)
{
    omni__link *links;
    size_t count;
    bool there;
    const omni_status status =
        omni__link_section_read(&node->node, &set->scratch, &links, &count);
    if (status != OMNI_OK) {
        return status;
    }
    const size_t at = place_of(links, count, &other->id, &there);
    if (time_us == NULL) {
        if (!there) {
            return OMNI_ERR_CORRUPT;
        }
        --count;
        memmove(links + at, links + at + 1, (count - at) * sizeof(links[0]));
        return omni__link_section_write(set, node, links, count);
    }
    if (!there) {
        memmove(links + at + 1, links + at, (count - at) * sizeof(links[0]));
        links[at] = (omni__link){.other = other->id, .ns = other->ns};
        ++count;
    }
    links[at].time_us = *time_us;
    return omni__link_section_write(set, node, links, count);
}

/* The only link of a node is about to be one of many, or has become the only
   one: where the other node has a row of it, that says so. It may be cut by
   that, or no more. */
static omni_status
turn_row(omni__workset *set, const omni__work_node *node, bool single)
{
    omni__link *links;
    size_t count;
    omni__work_node *other;
    omni_status status =
        omni__link_section_read(&node->node, &set->scratch, &links, &count);
    if (status == OMNI_OK) {
        status = omni__workset_get(set, &links[0].other, &other);
    }
    if (status != OMNI_OK || !omni__links_out(&other->node)) {
        return status;
    }
    omni__workset_seed(set, other);
    omni__link_row row = {.node = &other->node.id,
                          .other = &node->node,
                          .single = !single,
                          .time_us = links[0].time_us};
    status = omni__link_row_delete(set, &row);
    row.single = single;
    return status == OMNI_OK ? omni__link_row_put(set, &row) : status;
}

/* Move all links of a node out of its row. */
static omni_status
spill(omni__workset *set, omni__work_node *node)
{
    omni__link *links;
    omni__link_count counts[OMNI__LINK_SECTION_MOST];
    size_t count;
    size_t used = 0;
    omni_status status =
        omni__link_section_read(&node->node, &set->scratch, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__work_node *other;
        status = omni__workset_get(set, &links[i].other, &other);
        if (status == OMNI_OK) {
            const omni__link_row row = {.node = &node->node.id,
                                        .other = &other->node,
                                        .single =
                                            omni__links_single(&other->node),
                                        .time_us = links[i].time_us};
            status = omni__link_row_put(set, &row);
        }
    }
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        /* The ranks of a node that has been resolved are cut as a whole; it is
           going to be resolved again. */
        omni__link_tally(counts, &used, links[i].ns);
        for (size_t k = 0; k < used && links[i].cut; ++k) {
            if (omni__slice_equal(counts[k].ns, links[i].ns)) {
                counts[k].cut = OMNI__CUT_MANY | OMNI__CUT_SINGLE;
            }
        }
    }
    for (size_t i = 1; i < used; ++i) {
        const omni__link_count moved = counts[i];
        size_t at = i;
        for (; at != 0 && omni__slice_compare(counts[at - 1].ns, moved.ns) > 0;
             --at) {
            counts[at] = counts[at - 1];
        }
        counts[at] = moved;
    }
    node->node.flags |= OMNI__NODE_LINKS_OUT;
    return status == OMNI_OK ? omni__link_counts_write(set, node, counts, used)
                             : status;
}

static int
compare_links(const void *a, const void *b)
{
    const omni__link *x = a;
    const omni__link *y = b;
    return omni__id_compare(&x->other, &y->other);
}

omni_status
omni__links_read(const omni__view *view, const omni__node *node,
                 omni__arena *arena, omni__link **out, size_t *count)
{
    if (!omni__links_out(node)) {
        return omni__link_section_read(node, arena, out, count);
    }
    const omni_status status =
        omni__link_rows_read(view, node, arena, out, count);
    if (status == OMNI_OK && *count != 0) {
        qsort(*out, *count, sizeof(**out), compare_links);
    }
    return status;
}

/* Move the links of a node back into its row. */
static omni_status
unspill(omni__workset *set, omni__work_node *node)
{
    omni__link *links;
    size_t count;
    omni_status status = omni__links_read(&set->view, &node->node,
                                          &set->scratch, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        omni__work_node *other;
        status = omni__workset_get(set, &links[i].other, &other);
        if (status != OMNI_OK) {
            break;
        }
        const omni__link_row row = {.node = &node->node.id,
                                    .other = &other->node,
                                    .single = links[i].single,
                                    .time_us = links[i].time_us};
        status = omni__link_row_delete(set, &row);
        links[i].cut =
            links[i].cut && (other->node.flags & OMNI__NODE_GENERIC) == 0;
    }
    node->node.flags &= (uint8_t)~OMNI__NODE_LINKS_OUT;
    return status == OMNI_OK ? omni__link_section_write(set, node, links, count)
                             : status;
}

/* ---- both sides of a link ---- */

typedef struct pair {
    omni__workset *set;
    omni__work_node *ends[2];
    bool out[2];    /* its links were rows before */
    bool single[2]; /* it had no other link before */
} pair;

static pair
pair_of(omni__workset *set, omni__work_node *a, omni__work_node *b)
{
    pair p = {.set = set, .ends = {a, b}};
    for (size_t i = 0; i < 2; ++i) {
        p.out[i] = omni__links_out(&p.ends[i]->node);
        p.single[i] = omni__links_single(&p.ends[i]->node);
    }
    return p;
}

/* The row of a side, for the other end as it is, or was. */
static omni__link_row
row_of(const pair *p, size_t side, bool single, int64_t time_us)
{
    return (omni__link_row){.node = &p->ends[side]->node.id,
                            .other = &p->ends[1 - side]->node,
                            .single = single,
                            .time_us = time_us};
}

static omni_status
add_link(pair *p, int64_t time_us)
{
    omni_status status = OMNI_OK;
    uint64_t total;
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (p->single[i]) {
            status = turn_row(p->set, p->ends[i], false);
        }
    }
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (!p->out[i]) {
            status = change_in_row(p->set, p->ends[i], &p->ends[1 - i]->node,
                                   &time_us);
        }
    }
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (p->out[i]) {
            const omni__link_row row = row_of(
                p, i, omni__links_single(&p->ends[1 - i]->node), time_us);
            status = omni__link_row_put(p->set, &row);
            if (status == OMNI_OK) {
                status =
                    count_one(p->set, p->ends[i], row.other->ns, 1, &total);
            }
        } else if (omni__links_in_row(&p->ends[i]->node) > OMNI__LINKS_IN_ROW) {
            status = spill(p->set, p->ends[i]);
        }
    }
    return status;
}

static omni_status
date_link(pair *p, int64_t old_us, int64_t time_us)
{
    omni_status status = OMNI_OK;
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (!p->out[i]) {
            status = change_in_row(p->set, p->ends[i], &p->ends[1 - i]->node,
                                   &time_us);
            continue;
        }
        omni__link_row row = row_of(p, i, p->single[1 - i], old_us);
        status = row.single ? omni__link_row_delete(p->set, &row) : OMNI_OK;
        row.time_us = time_us;
        if (status == OMNI_OK) {
            status = omni__link_row_put(p->set, &row);
        }
    }
    return status;
}

omni_status
omni__link_observe(omni__workset *set, omni__work_node *a, omni__work_node *b,
                   int64_t time_us, omni__link_change *change)
{
    omni__link link;
    pair p = pair_of(set, a, b);
    const omni_status status =
        omni__link_find(&set->view, &a->node, &b->node, &set->scratch, &link);
    if (status == OMNI_NOT_FOUND) {
        *change = OMNI__LINK_NEW;
        return add_link(&p, time_us);
    }
    if (status != OMNI_OK || time_us >= link.time_us) {
        *change = OMNI__LINK_SAME;
        return status;
    }
    *change = OMNI__LINK_EARLIER;
    return date_link(&p, link.time_us, time_us);
}

omni_status
omni__link_date(omni__workset *set, omni__work_node *a, omni__work_node *b,
                int64_t time_us)
{
    omni__link link;
    pair p = pair_of(set, a, b);
    const omni_status status =
        omni__link_find(&set->view, &a->node, &b->node, &set->scratch, &link);
    return status == OMNI_OK ? date_link(&p, link.time_us, time_us) : status;
}

omni_status
omni__link_remove(omni__workset *set, omni__work_node *a, omni__work_node *b)
{
    omni__link link;
    pair p = pair_of(set, a, b);
    uint64_t total[2] = {UINT64_MAX, UINT64_MAX};
    omni_status status =
        omni__link_find(&set->view, &a->node, &b->node, &set->scratch, &link);
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (!p.out[i]) {
            status = change_in_row(set, p.ends[i], &p.ends[1 - i]->node, NULL);
            continue;
        }
        const omni__link_row row = row_of(&p, i, p.single[1 - i], link.time_us);
        status = omni__link_row_delete(set, &row);
        if (status == OMNI_OK) {
            status =
                count_one(set, p.ends[i], row.other->ns, UINT64_MAX, &total[i]);
        }
    }
    for (size_t i = 0; i < 2 && status == OMNI_OK; ++i) {
        if (total[i] <= OMNI__LINKS_IN_ROW) {
            status = unspill(set, p.ends[i]);
        } else if (omni__links_single(&p.ends[i]->node)) {
            status = turn_row(set, p.ends[i], true);
        }
    }
    set->shrunk = true;
    return status;
}

omni_status
omni__links_visit(const omni__view *view, const omni__node *node,
                  omni__arena *arena, const omni__link_visitor *visitor)
{
    if (omni__links_out(node)) {
        return omni__link_rows_visit(view, node, arena, visitor);
    }
    omni__link *links;
    size_t count;
    omni_status status = omni__link_section_read(node, arena, &links, &count);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        status = visitor->link(visitor->user, &links[i]);
    }
    return status == OMNI_END ? OMNI_OK : status;
}
