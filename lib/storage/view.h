/*
   Where a reader stands: on the writer's view while a fold is under way, or
   on a snapshot. Rooms that only read take a view and serve both.
*/
#ifndef OMNI__STORAGE_VIEW_H
#define OMNI__STORAGE_VIEW_H

#include "storage/kv.h"
#include "storage/schema.h"

typedef struct omni__view {
    omni__kv *kv;                /* the writer's, or NULL */
    omni__kv_snapshot *snapshot; /* else this */
} omni__view;

/* As omni__kv_get(). */
static inline omni_status
omni__view_get(const omni__view *view, const omni__key *key, omni__slice *value)
{
    return view->kv != NULL
               ? omni__kv_get(view->kv, omni__key_slice(key), value)
               : omni__kv_snapshot_get(view->snapshot, omni__key_slice(key),
                                       value);
}

/* As omni__kv_get_many(). */
static inline omni_status
omni__view_get_many(const omni__view *view, const omni__slice *keys,
                    size_t count, omni__slice *values)
{
    return view->kv != NULL ? omni__kv_get_many(view->kv, keys, count, values)
                            : omni__kv_snapshot_get_many(view->snapshot, keys,
                                                         count, values);
}

static inline omni_status
omni__view_cursor(const omni__view *view, omni__kv_cursor **out)
{
    return view->kv != NULL ? omni__kv_cursor_writer(view->kv, out)
                            : omni__kv_cursor_snapshot(view->snapshot, out);
}

/* Row under a cursor that a seek or step left with `status`, if it begins with
   `prefix`: OMNI_END beyond it. */
static inline omni_status
omni__view_within(omni_status status, const omni__kv_cursor *cursor,
                  const omni__key *prefix)
{
    if (status != OMNI_OK) {
        return status;
    }
    return omni__key_is_prefix(prefix, omni__kv_cursor_key(cursor)) ? OMNI_OK
                                                                    : OMNI_END;
}

/* A cursor on the last row before `key` that begins with `prefix`; the caller
   closes it. OMNI_END, and no cursor, if there is none. */
omni_status
omni__view_before(const omni__view *view, const omni__key *prefix,
                  const omni__key *key, omni__kv_cursor **out);

/* Whether any row begins with `prefix`. */
omni_status
omni__view_any(const omni__view *view, const omni__key *prefix, bool *out);

#endif
