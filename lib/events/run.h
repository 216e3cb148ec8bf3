/* Inside of events/: runs of entries as bytes (a list of words, then entries
   by deltas), and where they are kept. */
#ifndef OMNI__EVENTS_RUN_H
#define OMNI__EVENTS_RUN_H

#include "events/entries.h"

/* Decode a run into an arena; room is left for one entry more. */
omni_status
omni__run_decode(omni__slice bytes, omni__arena *arena, omni__entry **out,
                 size_t *count);

/* Append the encoding of a run. */
void
omni__run_encode(const omni__entry *entries, size_t count, omni__buffer *out);

/* Time of the newest entry, without decoding; INT64_MIN of an empty run. */
int64_t
omni__run_last_time(omni__slice bytes);

/*
   Append to `out` the encoding of the run with one entry more at its end, if
   that can be done without decoding it: the entry is newer than all, and its
   words are in the run's list. False if not (nothing is appended).
*/
bool
omni__run_append(omni__slice bytes, const omni__entry *entry,
                 omni__buffer *out);

/* Key of the chunk that ends with an entry of this order. */
omni__key
omni__chunk_key(const omni_id *node, const omni__order *order);

/* Append an order to a key: OMNI__ENTRY_ORDER_SIZE bytes. */
void
omni__key_add_order(omni__key *key, const omni__order *order);

omni__order
omni__order_of_key(const uint8_t *bytes);

/* The run in the node's section; whether there are chunks before it, and then
   the order that the last of them ends with. */
omni__slice
omni__head_run(const omni__node *node, bool *has_chunks, omni__order *last);

/* First place in a run whose order is not smaller. */
size_t
omni__run_lower_bound(const omni__entry *entries, size_t count,
                      const omni__order *order);

#endif
