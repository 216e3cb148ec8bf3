/*
   Who has too many neighbours to tell one person from another (I6).
*/
#ifndef OMNI__IDENTITY_CROWD_H
#define OMNI__IDENTITY_CROWD_H

#include "identity/links.h"

/* I6, by the node's links as they are. */
omni_status
omni__links_generic(const omni__policy *policy, const omni__node *node,
                    omni__arena *arena, bool *generic);

/* What makes a node generic. */
typedef struct omni__crowd {
    omni__slice ns; /* the first namespace that is too many; empty: all people
                       together are */
    uint64_t count; /* of its nodes; 0: the node is not generic */
    uint32_t limit; /* which is over this */
} omni__crowd;

omni_status
omni__links_crowd(const omni__policy *policy, const omni__node *node,
                  omni__arena *arena, omni__crowd *out);

/* The same by some of the links of a node in namespace `ns`. */
omni_status
omni__links_crowd_of(const omni__policy *policy, omni__slice ns,
                     const omni__link *links, size_t count, omni__arena *arena,
                     omni__crowd *out);

#endif
