/*
   Whose the anonymous events on a contested device are (I9). They stay entries
   of the device, at which they are anchored; but what they add to a profile
   (fold/lay.h) lies at the anchor of the login that they follow, as if they
   were anchored there, or nowhere.
*/
#ifndef OMNI__FOLD_ATTRIBUTE_H
#define OMNI__FOLD_ATTRIBUTE_H

#include "events/boundaries.h"
#include "fold/fold.h"

/* Where an event lies. */
typedef struct omni__attribution {
    uint16_t flag; /* of the device's entry: one of OMNI__ENTRY_ANCHORED */
    omni_id node;  /* unless it is nobody's */
} omni__attribution;

/* Of an event by its moment, which is anchored at a contested device. */
omni_status
omni__attribute(const omni__view *view, const omni_id *device,
                const omni__moment *moment, omni__attribution *out);

/* An event comes: its entry at `anchor`, and what it adds where it lies.
   `entry` is as of one that is visible at its anchor. */
omni_status
omni__attribute_put(omni__fold *fold, omni__work_node *anchor,
                    const omni__entry *entry, const omni__attribution *where,
                    const omni__event_body *body);

/* It goes; its entry at its anchor is the caller's, before this. `*traits` as
   of omni__lift(). */
omni_status
omni__attribute_take(omni__fold *fold, const omni__entry *entry,
                     const omni__attribution *where,
                     const omni__event_body *body, bool *traits);

/* Then figures, and traits if they are due. */
omni_status
omni__attribute_count(omni__fold *fold, const omni__entry *entry,
                      const omni__attribution *where, bool traits);

/* The event that copies of an old cluster (UINT32_MAX: all) make up comes, or
   goes: where it is a boundary of devices, theirs are attributed anew. It is
   none of their entries itself. */
omni_status
omni__attribute_cut(omni__fold *fold, const omni__copies *copies,
                    uint32_t old_cluster, const omni__joined *event,
                    bool comes);

/* What kind of boundary an event may be of a device that carries it; 0: none.
   Logins are none as long as no device is contested. */
uint8_t
omni__attribute_kind(const omni__fold *fold, const omni__joined *event);

/* After a resolution: devices that are contested now, or no more. */
omni_status
omni__attribute_turned(omni__fold *fold);

/* ---- shifts (fold/shifts.c) ---- */

typedef struct omni__shift {
    omni__entry entry; /* as of one that is visible at its anchor */
    omni__attribution from;
    omni__attribution to;
    bool traits;
} omni__shift;

/* Events anchored at a device that lie elsewhere afterwards. */
typedef struct omni__shifts {
    omni__fold *fold;
    omni__work_node *device;
    omni__arena words; /* of the entries */
    omni__shift *list;
    size_t count;
    size_t capacity;
} omni__shifts;

/* Collect the events from one time to another, both included, and where they
   lie by the boundaries as they are. End with omni__shifts_end(). */
omni_status
omni__shifts_begin(omni__shifts *shifts, omni__fold *fold,
                   omni__work_node *device, int64_t from_us, int64_t to_us);

/* Carry out the moves to where events lie by the boundaries as they are now;
   all to the device itself, if it is contested no more. */
omni_status
omni__shifts_run(omni__shifts *shifts);

void
omni__shifts_end(omni__shifts *shifts);

#endif
