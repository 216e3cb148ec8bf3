/*
   Groups: who was said to belong to one, by the `group` events anchored at
   their nodes. A household, a company, an account; a group never says that two
   are the same person. A row of BELONGS for each event.
*/
#ifndef OMNI__EVENTS_GROUPS_H
#define OMNI__EVENTS_GROUPS_H

#include "codec/keyed.h"
#include "events/entries.h"

/* A `group` event comes to a node, or goes. */
omni_status
omni__groups_note(omni__workset *set, const omni__secret *secret,
                  const omni_id *node, const omni__order *order,
                  omni__slice group, bool comes);

/* A row of BELONGS. */
typedef struct omni__group_row {
    omni__slice group; /* its id, as senders write it; of the view */
    omni_id node;
    omni__order order;
} omni__group_row;

/* Receives a row; anything but OMNI_OK ends the walk. */
typedef omni_status (*omni__group_fn)(void *user, const omni__group_row *row);

/* Every row of a group: by node, then by time. */
omni_status
omni__groups_each(const omni__view *view, const omni__secret *secret,
                  omni__slice group, omni__group_fn callback, void *user);

/* The group after another one (NULL: the first), in an order that the
   deployment has; OMNI_END. */
omni_status
omni__groups_next(const omni__view *view, const omni__secret *secret,
                  const omni__slice *after, omni__slice *out);

#endif
