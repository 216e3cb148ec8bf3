/*
   The section LINKS of a node: its links, or how many rows it has of them.
*/
#ifndef OMNI__IDENTITY_LINK_SECTION_H
#define OMNI__IDENTITY_LINK_SECTION_H

#include "identity/links.h"

/* One more than stay there: while a link is added, before it is spilled. */
#define OMNI__LINK_SECTION_MOST (OMNI__LINKS_IN_ROW + 1)

static inline bool
omni__links_out(const omni__node *node)
{
    return (node->flags & OMNI__NODE_LINKS_OUT) != 0;
}

/* How many links stand in the row of a node. */
uint64_t
omni__links_in_row(const omni__node *node);

/* The links of a node that has them in its row; room for one more. */
omni_status
omni__link_section_read(const omni__node *node, omni__arena *arena,
                        omni__link **out, size_t *count);

omni_status
omni__link_section_write(omni__workset *set, omni__work_node *node,
                         const omni__link *links, size_t count);

/* Of a node that has rows. */
omni_status
omni__link_counts_write(omni__workset *set, omni__work_node *node,
                        const omni__link_count *counts, size_t n);

#endif
