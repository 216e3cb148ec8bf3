/*
   What an event adds to the node by which it is in a profile: its visible
   entry, figures, traits, and the group that it names. That is the node it is
   anchored at, or, of an event on a contested device, the anchor of a login.
*/
#ifndef OMNI__FOLD_LAY_H
#define OMNI__FOLD_LAY_H

#include "codec/body.h"
#include "fold/fold.h"

/* An event comes to a node. */
omni_status
omni__lay(omni__fold *fold, omni__work_node *node, const omni__entry *entry,
          const omni__event_body *body);

/* It goes, and its entry is not visible there any more. Figures and traits
   are as they were: omni__figures_remove() counts those of its name anew, and
   `*traits` is set where omni__lift_traits() is due. */
omni_status
omni__lift(omni__fold *fold, omni__work_node *node, const omni__entry *entry,
           const omni__event_body *body, bool *traits);

/* Traits anew, from all events that are visible at the node. */
omni_status
omni__lift_traits(omni__fold *fold, omni__work_node *node);

#endif
