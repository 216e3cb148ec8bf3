/*
   Links of a node that has many, one row each: by namespace, then whether the
   other node has more links; of those that have not, by time. So a walk meets
   only what is wanted of a node with any number of neighbours.
*/
#ifndef OMNI__IDENTITY_LINK_ROWS_H
#define OMNI__IDENTITY_LINK_ROWS_H

#include "identity/links.h"

/* Bytes of a value that rows of one time stand in the order of. */
#define OMNI__LINK_VALUE_START 16u

/* What a row is of: a link of `node` to `other`, which has no other link. */
typedef struct omni__link_row {
    const omni_id *node;
    const omni__node *other;
    bool single;
    int64_t time_us;
} omni__link_row;

omni_status
omni__link_row_put(omni__workset *set, const omni__link_row *row);

omni_status
omni__link_row_delete(omni__workset *set, const omni__link_row *row);

/* The row of a link to a node that has others. OMNI_NOT_FOUND. */
omni_status
omni__link_row_find(const omni__view *view, const omni__node *node,
                    const omni__node *other, omni__arena *arena,
                    omni__link *out);

/* As omni__links_visit(), of a node whose links are rows. */
omni_status
omni__link_rows_visit(const omni__view *view, const omni__node *node,
                      omni__arena *arena, const omni__link_visitor *visitor);

/* All of them, in that order. */
omni_status
omni__link_rows_read(const omni__view *view, const omni__node *node,
                     omni__arena *arena, omni__link **out, size_t *count);

#endif
