/*
   The refused log: records that were not taken, or taken with a flag. One
   file of checksummed records beside the fact log; local, never replicated.
*/
#ifndef OMNI__LOG_REFUSED_H
#define OMNI__LOG_REFUSED_H

#include "omni/store.h"
#include "platform/buffer.h"
#include "platform/hooks.h"

typedef struct omni__refused_log omni__refused_log;

/* Open or make `path`; cuts a torn tail. */
omni_status
omni__refused_open(const char *path, const omni__hooks *hooks, bool read_only,
                   omni__refused_log **out, omni_error *error);

/* NULL is allowed. */
void
omni__refused_close(omni__refused_log *log);

/* Add one record's encoding to `out`, for omni__refused_append(). */
void
omni__refused_encode(const omni_refused *refused, omni__buffer *out);

/* Append encoded records at once, synced if `durable`. Any thread or process.
 */
omni_status
omni__refused_append(omni__refused_log *log, omni__slice records, bool durable,
                     omni_error *error);

/* Oldest first; OMNI_ERR_CORRUPT for a bad record that is not a torn tail. */
omni_status
omni__refused_each(omni__refused_log *log, omni_refused_fn callback, void *user,
                   omni_error *error);

uint64_t
omni__refused_file_bytes(omni__refused_log *log);

#endif
