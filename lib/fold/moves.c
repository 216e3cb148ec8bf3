/* From the steps of nodes to what became of profiles. */
#include "fold/moves.h"

#include "fold/attribute.h"
#include "identity/component.h"

#include <stdlib.h>

/* So many nodes of components may be resolved in a group before facts are not
   resolved one by one any more, and so many more for each fact. */
#define WALK_GROUP 256u
#define WALK_FACT 32u

/* Nodes that were in one profile and are in another one now, or nowhere. */
typedef struct part {
    omni_id was;
    omni_id now;
    bool gone; /* they are nowhere */
    omni__work_node **nodes;
    size_t count;
} part;

typedef struct moving {
    omni__fold *fold;
    part *parts;         /* by `was`, those that are gone last, and `now` */
    const part **by_now; /* the same, without those that are gone */
    size_t count;
    size_t now_count;
} moving;

omni_status
omni__fold_resolve(omni__fold *fold, bool last)
{
    omni__workset *set = &fold->set;
    int64_t profiles = 0;
    if (set->seeds == NULL ||
        (!last &&
         set->walked > WALK_GROUP + (uint64_t)WALK_FACT * fold->fact)) {
        return OMNI_OK;
    }
    omni__arena_reset(&set->scratch);
    const omni_status status =
        omni__component_resolve(set, fold->policy, &profiles);
    fold->counts.profiles += (uint64_t)profiles;
    return status == OMNI_OK ? omni__attribute_turned(fold) : status;
}

/* ---- the fact ---- */

/* In which profile a node is after a fact of the group (or before the first of
   those that moved it); NULL: in none. */
static const omni_id *
head_at(const omni__workset *set, const omni__work_node *node, int64_t fact)
{
    uint32_t at = node->step;
    if (!node->moved) {
        return node->gone ? NULL : &node->node.head;
    }
    while (at != 0 && set->steps[at - 1].fact > fact) {
        at = set->steps[at - 1].before;
    }
    if (at == 0) {
        return &node->was;
    }
    return set->steps[at - 1].gone ? NULL : &set->steps[at - 1].head;
}

static bool
are_together(const omni__workset *set, const omni__work_node *a,
             const omni__work_node *b, int64_t fact)
{
    const omni_id *x = head_at(set, a, fact);
    const omni_id *y = head_at(set, b, fact);
    return x != NULL && y != NULL && omni__id_equal(x, y);
}

/* The fact by which two nodes, that were it not before, are together or apart
   for good. */
static uint32_t
turned_at(const omni__workset *set, const omni__work_node *a,
          const omni__work_node *b, bool together)
{
    uint32_t x = a->step;
    uint32_t y = b->step;
    uint32_t fact = 0;
    while (x != 0 || y != 0) {
        const omni__node_step *of_a = x != 0 ? &set->steps[x - 1] : NULL;
        const omni__node_step *of_b = y != 0 ? &set->steps[y - 1] : NULL;
        const bool b_first =
            of_a == NULL || (of_b != NULL && of_b->fact > of_a->fact);
        const omni__node_step *step = b_first ? of_b : of_a;
        fact = step->fact;
        if (are_together(set, a, b, (int64_t)fact - 1) != together) {
            break;
        }
        x = b_first ? x : step->before;
        y = b_first ? step->before : y;
    }
    return fact;
}

static uint32_t
last_step(const omni__workset *set, const omni__work_node *node)
{
    return node->step != 0 ? set->steps[node->step - 1].fact : 0;
}

/* The first fact by which nodes of a part are together with a node, or apart
   from it. */
static uint32_t
first_turn(const omni__workset *set, const part *part,
           const omni__work_node *node, bool together)
{
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < part->count; ++i) {
        const uint32_t fact = turned_at(set, part->nodes[i], node, together);
        first = fact < first ? fact : first;
    }
    return first;
}

/* ---- parts ---- */

static int
compare_places(const omni__work_node *a, const omni__work_node *b)
{
    int order = omni__id_compare(&a->was, &b->was);
    if (order == 0) {
        order = (int)a->gone - (int)b->gone;
    }
    return order != 0 || a->gone
               ? order
               : omni__id_compare(&a->node.head, &b->node.head);
}

static int
compare_nodes(const void *a, const void *b)
{
    const omni__work_node *const *x = a;
    const omni__work_node *const *y = b;
    const int order = compare_places(*x, *y);
    return order != 0 ? order
                      : omni__id_compare(&(*x)->node.id, &(*y)->node.id);
}

static int
compare_now(const void *a, const void *b)
{
    const part *const *x = a;
    const part *const *y = b;
    const int order = omni__id_compare(&(*x)->now, &(*y)->now);
    return order != 0 ? order : omni__id_compare(&(*x)->was, &(*y)->was);
}

static void
make_parts(moving *m, omni__work_node **nodes, size_t count)
{
    qsort(nodes, count, sizeof(nodes[0]), compare_nodes);
    for (size_t i = 0; i < count; ++i) {
        if (i == 0 || compare_places(nodes[i - 1], nodes[i]) != 0) {
            m->parts[m->count++] = (part){.was = nodes[i]->was,
                                          .now = nodes[i]->node.head,
                                          .gone = nodes[i]->gone,
                                          .nodes = &nodes[i]};
        }
        ++m->parts[m->count - 1].count;
    }
    for (size_t i = 0; i < m->count; ++i) {
        if (!m->parts[i].gone) {
            m->by_now[m->now_count++] = &m->parts[i];
        }
    }
    if (m->now_count != 0) {
        qsort(m->by_now, m->now_count, sizeof(m->by_now[0]), compare_now);
    }
}

/* OMNI_END if nobody is elsewhere than before. */
static omni_status
collect(moving *m)
{
    omni__workset *set = &m->fold->set;
    size_t count = 0;
    size_t used = 0;
    for (const omni__work_node *at = set->moved; at != NULL;
         at = at->next_moved) {
        count += omni__workset_moved(at);
    }
    if (count == 0) {
        return OMNI_END;
    }
    omni__work_node **nodes =
        omni__arena_get(&set->scratch, count * sizeof(omni__work_node *));
    m->parts = omni__arena_get(&set->scratch, count * sizeof(m->parts[0]));
    m->by_now = omni__arena_get(&set->scratch, count * sizeof(part *));
    if (nodes == NULL || m->parts == NULL || m->by_now == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (omni__work_node *at = set->moved; at != NULL; at = at->next_moved) {
        if (omni__workset_moved(at)) {
            nodes[used++] = at;
        }
    }
    make_parts(m, nodes, count);
    return OMNI_OK;
}

/* ---- rows ---- */

static omni_status
put(moving *m, omni__move_kind kind, const part *part, uint32_t fact)
{
    omni__fold *fold = m->fold;
    omni__move move = {.kind = (uint8_t)kind,
                       .profile = part->was,
                       .position = fold->group.position,
                       .fact = fact};
    if (kind != OMNI__MOVE_ENDED) {
        move.other = part->now;
    }
    const omni__key key = omni__key_move(++fold->counts.moves);
    omni__buffer *row = omni__workset_buffer(&fold->set);
    omni__move_encode(&move, row);
    return row->failed ? OMNI_ERR_NO_MEMORY
                       : omni__kv_put(fold->kv, omni__key_slice(&key),
                                      omni__buffer_bytes(row));
}

/* Of those who are where `own` is now, the first fact that brought one of
   another profile of before together with it; false: there is none. */
static omni_status
find_joined(moving *m, const part *own, const omni__work_node *node, bool *any,
            uint32_t *fact)
{
    const omni__workset *set = &m->fold->set;
    size_t low = 0;
    size_t high = m->now_count;
    omni__work_node *head;
    *any = false;
    *fact = UINT32_MAX;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (omni__id_compare(&m->by_now[middle]->now, &own->now) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (;
         low < m->now_count && omni__id_equal(&m->by_now[low]->now, &own->now);
         ++low) {
        if (m->by_now[low] != own) {
            const uint32_t turn = first_turn(set, m->by_now[low], node, true);
            *fact = turn < *fact ? turn : *fact;
            *any = true;
        }
    }
    /* The one that gives the name may have been it all the time. */
    const omni_status status =
        omni__workset_get(&m->fold->set, &own->now, &head);
    if (status == OMNI_OK && head->born != set->round &&
        !omni__workset_moved(head)) {
        const uint32_t turn = turned_at(set, head, node, true);
        *fact = turn < *fact ? turn : *fact;
        *any = true;
    }
    return status;
}

/* Where a profile is now that moved, or had nodes that did: where the node is
   that named it, which is `*node`; else where most of the others are. NULL:
   where it was. */
static omni_status
find_own(moving *m, const part *parts, size_t count, const part **own,
         omni__work_node **node)
{
    const part *best = NULL;
    omni_status status = omni__workset_get(&m->fold->set, &parts->was, node);
    if (status == OMNI_OK && omni__workset_moved(*node)) {
        for (size_t i = 0; i < count; ++i) {
            if (omni__id_equal(&parts[i].now, &(*node)->node.head)) {
                best = &parts[i];
            }
        }
    } else if (status == OMNI_NOT_FOUND) {
        best = parts;
        for (size_t i = 1; i < count && !parts[i].gone; ++i) {
            best = parts[i].count > best->count ? &parts[i] : best;
        }
        *node = best->nodes[0];
        status = OMNI_OK;
    }
    *own = best;
    return status;
}

/* What became of a profile itself. */
static omni_status
tell_own(moving *m, const part *own, const omni__work_node *node)
{
    const omni__workset *set = &m->fold->set;
    bool any;
    uint32_t fact = 0;
    if (own->gone) {
        for (size_t i = 0; i < own->count; ++i) {
            const uint32_t at = last_step(set, own->nodes[i]);
            fact = at > fact ? at : fact;
        }
        return put(m, OMNI__MOVE_ENDED, own, fact);
    }
    const omni_status status = find_joined(m, own, node, &any, &fact);
    if (status != OMNI_OK) {
        return status;
    }
    return any ? put(m, OMNI__MOVE_JOINED, own, fact)
               : put(m, OMNI__MOVE_RENAMED, own, last_step(set, node));
}

/* What became of a profile: what it lost, then what it is itself. */
static omni_status
tell(moving *m, const part *parts, size_t count)
{
    const part *own;
    omni__work_node *node;
    omni_status status = find_own(m, parts, count, &own, &node);
    for (size_t i = 0; i < count && status == OMNI_OK; ++i) {
        if (&parts[i] != own && !parts[i].gone) {
            status = put(m, OMNI__MOVE_SPLIT, &parts[i],
                         first_turn(&m->fold->set, &parts[i], node, false));
        }
    }
    return status == OMNI_OK && own != NULL ? tell_own(m, own, node) : status;
}

omni_status
omni__fold_moves(omni__fold *fold)
{
    moving m = {.fold = fold};
    omni__arena_reset(&fold->set.scratch);
    omni_status status = fold->set.step_lost ? OMNI_ERR_NO_MEMORY : collect(&m);
    for (size_t i = 0; i < m.count && status == OMNI_OK;) {
        size_t count = 1;
        while (i + count < m.count &&
               omni__id_equal(&m.parts[i].was, &m.parts[i + count].was)) {
            ++count;
        }
        status = tell(&m, &m.parts[i], count);
        i += count;
    }
    if (status == OMNI_NOT_FOUND) {
        return OMNI_ERR_CORRUPT;
    }
    return status == OMNI_END ? OMNI_OK : status;
}
