/*
   Observed links of a node (I5): the other node, its namespace, the earliest
   time, and whether the bound on raw components cut it. Up to
   OMNI__LINKS_IN_ROW of them stand in the node's section LINKS, sorted; more
   are rows of LINK (identity/link_rows.h), and the section counts them by
   namespace and says where they are cut.
*/
#ifndef OMNI__IDENTITY_LINKS_H
#define OMNI__IDENTITY_LINKS_H

#include "identity/policy.h"
#include "storage/workset.h"

#define OMNI__LINKS_IN_ROW 16u

typedef struct omni__link {
    omni_id other;
    omni__slice ns; /* of the other node */
    int64_t time_us;
    bool cut;    /* held apart by the bound on components */
    bool single; /* told of rows alone: the other node has no other link */
} omni__link;

/* True for a node that has one link in all, whoever it leads to. */
bool
omni__links_single(const omni__node *node);

/* What omni__link_observe() found. */
typedef enum omni__link_change {
    OMNI__LINK_SAME = 0,
    OMNI__LINK_EARLIER = 1,
    OMNI__LINK_NEW = 2
} omni__link_change;

/* Note that an event of `time_us` carries both; on both sides. */
omni_status
omni__link_observe(omni__workset *set, omni__work_node *a, omni__work_node *b,
                   int64_t time_us, omni__link_change *change);

/* Give a link another time, on both sides. OMNI_NOT_FOUND if there is none. */
omni_status
omni__link_date(omni__workset *set, omni__work_node *a, omni__work_node *b,
                int64_t time_us);

/* Take a link away, on both sides. OMNI_NOT_FOUND if there is none. */
omni_status
omni__link_remove(omni__workset *set, omni__work_node *a, omni__work_node *b);

/* A link of two nodes, as one of them knows it. OMNI_NOT_FOUND. */
omni_status
omni__link_find(const omni__view *view, const omni__node *a,
                const omni__node *b, omni__arena *arena, omni__link *out);

/*
   The links of a rank, as one end of them knows it, are cut or are not: but
   for those of a device that has no other link, and of generic nodes. The
   other end is to be told by itself. `changed` if something was otherwise.
*/
omni_status
omni__links_cut(omni__workset *set, const omni__policy *policy,
                omni__work_node *node, uint32_t rank, bool cut, bool *changed);

/* No link of a node is cut, as it knows them. */
omni_status
omni__links_uncut(omni__workset *set, omni__work_node *node);

/* All links of a node, by id of the other. */
omni_status
omni__links_read(const omni__view *view, const omni__node *node,
                 omni__arena *arena, omni__link **out, size_t *count);

/* How many links a node has to nodes of each namespace. */
typedef struct omni__link_count {
    omni__slice ns;
    uint64_t count;
    uint8_t cut; /* of a node with rows: omni__link_cut */
} omni__link_count;

/* Of links in rows, which are cut. */
typedef enum omni__link_cut {
    OMNI__CUT_MANY = 1,  /* those to nodes that have more than this link */
    OMNI__CUT_SINGLE = 2 /* those to nodes that have no other */
} omni__link_cut;

omni_status
omni__links_count(const omni__node *node, omni__arena *arena,
                  omni__link_count **out, size_t *count);

/* Count one more of a namespace, in the order they come. */
void
omni__link_tally(omni__link_count *counts, size_t *used, omni__slice ns);

/* The rank that a node's links to a namespace have. */
static inline uint32_t
omni__link_rank(const omni__policy *policy, omni__slice ns, omni__slice other)
{
    const uint32_t own =
        omni__namespace_rank(omni__policy_namespace(policy, ns));
    const uint32_t its =
        omni__namespace_rank(omni__policy_namespace(policy, other));
    return own > its ? own : its;
}

/*
   A walk over links, by namespace and in it those to nodes that have more than
   this link before the others, which come by time and by the first bytes of
   their values. `group` says of each whether it is wanted (of links in the
   node's own row it is not asked); `link` ends its group by OMNI_END.
*/
typedef struct omni__link_visitor {
    bool (*group)(void *user, omni__slice ns, bool single, bool cut);
    omni_status (*link)(void *user, const omni__link *link);
    void *user;
} omni__link_visitor;

omni_status
omni__links_visit(const omni__view *view, const omni__node *node,
                  omni__arena *arena, const omni__link_visitor *visitor);

#endif
