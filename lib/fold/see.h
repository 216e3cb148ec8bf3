/*
   What a copy of an event shows by itself, whatever event it is part of: nodes,
   and links between them. It comes with the copy, and goes with it.
*/
#ifndef OMNI__FOLD_SEE_H
#define OMNI__FOLD_SEE_H

#include "events/copy.h"
#include "fold/fold.h"

/* The nodes and links that a copy shows come into being. */
omni_status
omni__fold_see(omni__fold *fold, const omni__copy *copy);

/* What it alone showed goes, and its entries. */
omni_status
omni__fold_unsee(omni__fold *fold, const omni__copy *copy);

/* What is done to a link between two nodes that a copy carries. */
typedef omni_status (*omni__link_fn)(omni__fold *fold, omni__work_node *a,
                                     omni__work_node *b, int64_t time_us);

/* For every link that a copy shows (I5); `nodes` are those of its
   identifiers. */
omni_status
omni__fold_each_link(omni__fold *fold, const omni__copy *copy,
                     omni__work_node *const *nodes, omni__link_fn change);

/* There is one link more between two nodes, or one less (UINT64_MAX). */
omni_status
omni__fold_count_link(omni__fold *fold, omni__work_node *a, omni__work_node *b,
                      uint64_t one);

#endif
