/*
   Retracts, and what they void (F2): a fact is retracted while a later retract
   that is not void itself names it. An event is void while any of its copies
   is retracted (F7). None of this depends on what came first.
*/
#ifndef OMNI__FOLD_RETRACT_H
#define OMNI__FOLD_RETRACT_H

#include "fold/fold.h"
#include "fold/place.h"

/* Whether a retract in force names the fact. */
omni_status
omni__retracted(const omni__view *view, const omni__fact *fact, bool *out);

/* Whether a fact is void. */
omni_status
omni__voided(const omni__view *view, const uint8_t replica[OMNI__REPLICA_SIZE],
             uint64_t sequence, bool *out);

/* Receives the order of a retract: HLC, replica, sequence, as in keys. */
typedef omni_status (*omni__retract_fn)(void *user, const uint8_t order[32]);

/* Every retract in force that names a fact, the first one first. */
omni_status
omni__retracts_each(const omni__view *view, const omni__fact *fact,
                    omni__retract_fn callback, void *user);

/* Note that a fact is void, or that it is not any more. */
omni_status
omni__fold_void(omni__fold *fold, const omni__fact *fact, bool is_void);

/* One `retract` fact, which may be void itself. */
omni_status
omni__fold_retract(omni__fold *fold, const omni__fact *fact, bool is_void);

#endif
