/* Windows: a walk from the newest event back to the first that has left. */
#include "segments/window.h"

#include "cel/linear.h"

omni_status
omni__tally_of(omni__subject *subject, omni__slice name, omni__tally *out)
{
    *out = (omni__tally){.first_us = INT64_MAX, .last_us = INT64_MIN};
    const omni_status status =
        omni__subject_figures(subject, name, &out->parts, &out->part_count);
    for (size_t i = 0; i < out->part_count && status == OMNI_OK; ++i) {
        const omni__figure *part = &out->parts[i];
        out->count += part->count;
        out->first_us =
            part->first_us < out->first_us ? part->first_us : out->first_us;
        out->last_us =
            part->last_us > out->last_us ? part->last_us : out->last_us;
    }
    return status;
}

bool
omni__tally_read(omni__cel_run *run, omni__slice name, omni__tally *out)
{
    const omni_status status =
        omni__tally_of(omni__evaluation_of(run)->subject, name, out);
    if (status != OMNI_OK) {
        omni__evaluation_fault(run, status);
    }
    return status == OMNI_OK;
}

bool
omni__window_length(omni__cel_run *run, omni__cel_value within,
                    int64_t *length_us)
{
    const int64_t nanoseconds = within.as.number;
    *length_us = nanoseconds / 1000 + (nanoseconds % 1000 != 0);
    if (within.slope != 0) {
        *length_us = -*length_us;
        omni__cel_linear_compare(run, OMNI__CEL_GREATER, within,
                                 omni__cel_duration(0));
    }
    return nanoseconds > 0;
}

omni__cel_value
omni__window_refuse(omni__cel_run *run)
{
    return omni__cel_run_error(run, OMNI__WINDOW_LENGTH);
}

bool
omni__window_begin(omni__cel_run *run, omni__slice name, int64_t length_us,
                   uint64_t left, omni__window *out)
{
    *out = (omni__window){.run = run,
                          .name = name,
                          .now_us = run->now_us,
                          .length_us = length_us,
                          .left = left,
                          .since_us = INT64_MIN,
                          .until_us = INT64_MAX};
    const omni_status status =
        omni__subject_recent(omni__evaluation_of(run)->subject, &out->recent);
    if (status != OMNI_OK) {
        omni__evaluation_fault(run, status);
    }
    return status == OMNI_OK;
}

/* Names in one run are the same bytes. */
static inline bool
is_named(const omni__entry *entry, omni__slice name)
{
    return entry->name.size == name.size &&
           (entry->name.data == name.data ||
            memcmp(entry->name.data, name.data, name.size) == 0);
}

omni__place
omni__window_next(omni__window *w)
{
    const omni__entry *entry;
    do {
        entry = w->left != 0 ? omni__recent_at(w->recent, w->at) : NULL;
        if (entry == NULL ||
            (w->at % 8 == 7 && !omni__cel_run_steps(w->run, 1))) {
            w->left = 0;
            return OMNI__PLACE_END;
        }
        ++w->at;
    } while (w->name.data != NULL && !is_named(entry, w->name));
    --w->left;
    w->entry = entry;
    if (entry->order.time_us > w->now_us) {
        return OMNI__PLACE_LATER;
    }
    return omni__window_left(w->run, entry->order.time_us, w->length_us) >
                   w->now_us
               ? OMNI__PLACE_INSIDE
               : OMNI__PLACE_BEFORE;
}

void
omni__window_note(omni__window *w, omni__place place)
{
    const int64_t time_us = w->entry->order.time_us;
    const int64_t leaves_us = omni__window_left(w->run, time_us, w->length_us);
    const int64_t since_us = place == OMNI__PLACE_BEFORE ? leaves_us : time_us;
    const int64_t until_us = place == OMNI__PLACE_LATER ? time_us : leaves_us;
    if (place != OMNI__PLACE_LATER && since_us > w->since_us) {
        w->since_us = since_us;
    }
    if (place != OMNI__PLACE_BEFORE && until_us < w->until_us) {
        w->until_us = until_us;
    }
}

omni__cel_value
omni__window_end(const omni__window *w, omni__cel_value value)
{
    omni__cel_run_hold(w->run, w->since_us, w->until_us);
    if (w->recent->status != OMNI_OK) {
        return omni__evaluation_fault(w->run, w->recent->status);
    }
    return w->run->steps != 0 ? value : omni__cel_run_exhausted(w->run);
}
