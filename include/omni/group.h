/** @file group.h  Groups: households, companies, accounts. */
#ifndef OMNI_GROUP_H
#define OMNI_GROUP_H

#include "omni/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
   A group, made by the events of type OMNI_EVENT_GROUP that name it: who they
   are about belongs to it, and their traits are the group's. A group never
   makes one person of two.
*/
typedef struct omni_group {
    omni_text id;             /**< As senders write it. */
    int64_t first_us;         /**< Earliest event that names it. */
    int64_t last_us;          /**< Latest event that names it. */
    const omni_id *members;   /**< Profiles, by id. */
    size_t member_count;      /**< How many. */
    const omni_trait *traits; /**< In force, by name; the later wins. */
    size_t trait_count;       /**< How many. */
} omni_group;

/**
   Read a group. Its cost goes with the number of events that name it.

   @param txn      Any transaction but one as of an instant.
   @param id       Zero-terminated, as senders write it.
   @param[out] out Borrowed until the txn ends. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_NOT_FOUND if no event names it; OMNI_ERR_ARGUMENT if
           `id` is NULL, or the txn is as of an instant; OMNI_ERR_CORRUPT,
           OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_group_get(omni_txn *txn, const char *id, const omni_group **out);

/**
   The group that comes after another one, to list them all: in an order that
   is the same in every store of the deployment, and means nothing.

   @param txn      As for omni_group_get().
   @param after    Zero-terminated id of a group; NULL: the first group.
   @param[out] out Id of the next, zero-terminated; borrowed until the txn
                   ends. Untouched unless OMNI_OK.
   @return OMNI_OK; OMNI_END; OMNI_ERR_ARGUMENT, OMNI_ERR_CORRUPT, OMNI_ERR_IO,
           OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_group_next(omni_txn *txn, const char *after, omni_text *out);

/**
   Figures of what all members of a group did together, as a profile has them.

   @param txn        The txn that the group is borrowed from.
   @param group      A group.
   @param[out] out   By event name; borrowed until the txn ends.
   @param[out] count How many.
   @return OMNI_OK; OMNI_ERR_CORRUPT, OMNI_ERR_IO, OMNI_ERR_NO_MEMORY.
   @since 0.1
*/
OMNI_API omni_status
omni_group_figures(omni_txn *txn, const omni_group *group,
                   const omni_figure **out, size_t *count);

/**
   A group as one canonical JSON object (sorted keys, no spaces): `events`,
   which are the figures, `first_seen`, `id`, `last_seen`, `members`, `traits`.

   @param txn      The txn that the group is borrowed from.
   @param group    A group.
   @param[out] out Borrowed until the txn ends.
   @return As omni_group_figures().
   @since 0.1
*/
OMNI_API omni_status
omni_group_json(omni_txn *txn, const omni_group *group, omni_text *out);

/**
   Ids of the groups that a person belongs to.

   @param txn        The txn that the profile is borrowed from.
   @param profile    A profile.
   @param[out] out   Sorted; borrowed until the txn ends.
   @param[out] count How many.
   @return As omni_group_figures().
   @since 0.1
*/
OMNI_API omni_status
omni_profile_groups(omni_txn *txn, const omni_profile *profile,
                    const omni_text **out, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
