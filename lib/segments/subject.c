/* Evaluating a segment on a profile, and what of the profile was decoded. */
#include "segments/subject.h"

#include "segments/functions.h"

omni_status
omni__subject_recent(omni__subject *subject, omni__recent **out)
{
    if (!subject->has_recent) {
        const omni_status status =
            omni__recent_init(&subject->recent, subject->view, subject->nodes,
                              subject->count, subject->arena);
        if (status != OMNI_OK) {
            return status;
        }
        subject->has_recent = true;
    }
    *out = &subject->recent;
    return OMNI_OK;
}

/* What is known of a name; read, if it is not. */
static omni_status
know_name(omni__subject *subject, omni__slice name, omni__named_figures **out)
{
    const size_t known = subject->name_count < OMNI__SUBJECT_NAMES
                             ? subject->name_count
                             : OMNI__SUBJECT_NAMES;
    for (size_t i = 0; i < known; ++i) {
        if (omni__slice_equal(subject->names[i].name, name)) {
            *out = &subject->names[i];
            return OMNI_OK;
        }
    }
    /* The segment that the name is of may go before the subject. */
    omni__named_figures found = {.name =
                                     omni__arena_copy(subject->arena, name)};
    const omni_status status =
        omni__figures_named(subject->nodes, subject->count, name,
                            subject->arena, &found.list, &found.count);
    if (status != OMNI_OK || found.name.size != name.size) {
        return status != OMNI_OK ? status : OMNI_ERR_NO_MEMORY;
    }
    *out = &subject->names[subject->name_count++ % OMNI__SUBJECT_NAMES];
    **out = found;
    return OMNI_OK;
}

omni_status
omni__subject_figures(omni__subject *subject, omni__slice name,
                      const omni__figure **out, size_t *count)
{
    omni__named_figures *named;
    const omni_status status = know_name(subject, name, &named);
    if (status == OMNI_OK) {
        *out = named->list;
        *count = named->count;
    }
    return status;
}

omni_status
omni__subject_recent_of(omni__subject *subject, omni__slice name,
                        omni__recent **out)
{
    omni__named_figures *named;
    omni_status status = know_name(subject, name, &named);
    if (status != OMNI_OK || named->recent != NULL) {
        *out = status == OMNI_OK ? named->recent : NULL;
        return status;
    }
    omni__recent *recent = omni__arena_get(subject->arena, sizeof(*recent));
    omni__node *nodes =
        omni__arena_get(subject->arena, (named->count + 1) * sizeof(nodes[0]));
    if (recent == NULL || nodes == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < named->count; ++i) {
        nodes[i] = *named->list[i].node;
    }
    status = omni__recent_init(recent, subject->view, nodes, named->count,
                               subject->arena);
    if (status == OMNI_OK) {
        *out = named->recent = recent;
    }
    return status;
}

omni_status
omni__subject_events(omni__subject *subject, omni__slice name, int64_t since_us,
                     const omni__entry ***out, size_t *count)
{
    const omni__figure *figures;
    size_t parts;
    uint64_t total = 0;
    omni__recent *recent = NULL;
    omni_status status = omni__subject_figures(subject, name, &figures, &parts);
    if (status == OMNI_OK) {
        status = omni__subject_recent(subject, &recent);
    }
    if (status != OMNI_OK) {
        return status;
    }
    for (size_t i = 0; i < parts; ++i) {
        total += figures[i].count;
    }
    /* Filled from its end: the newest come first. */
    const omni__entry **list =
        omni__arena_get(subject->arena, ((size_t)total + 1) * sizeof(list[0]));
    if (list == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    size_t at = (size_t)total;
    const omni__entry *entry;
    for (size_t i = 0;
         at != 0 && (entry = omni__recent_at(recent, i)) != NULL &&
         entry->order.time_us >= since_us;
         ++i) {
        if (omni__slice_equal(entry->name, name)) {
            list[--at] = entry;
        }
    }
    *out = list + at;
    *count = (size_t)total - at;
    return recent->status;
}

omni__cel_value
omni__evaluation_fault(omni__cel_run *run, omni_status status)
{
    /* Bodies and rows that others refer to are there. */
    omni__evaluation_of(run)->fault =
        status == OMNI_NOT_FOUND || status == OMNI_END ? OMNI_ERR_CORRUPT
                                                       : status;
    return omni__cel_run_memory(run);
}

omni__cel_value
omni__evaluation_run(omni__evaluation *evaluation, omni__cel_run *run)
{
    const omni__segment *segment = evaluation->segment;
    run->host = evaluation;
    run->variable = omni__evaluation_read;
    omni__segment_zone(segment, run);
    run->slots = omni__arena_zero(run->arena,
                                  ((size_t)omni__segment_slots(segment) + 1) *
                                      sizeof(run->slots[0]));
    if (run->slots == NULL) {
        return omni__evaluation_fault(run, OMNI_ERR_NO_MEMORY);
    }
    const omni__cel_value value =
        omni__cel_evaluate(run, omni__segment_root(segment));
    if (value.kind == OMNI__CEL_BOOL || omni__cel_is_error(value)) {
        return value;
    }
    run->at = omni__segment_root(segment);
    return omni__cel_run_error(run, "a segment is true or false, and not %s",
                               omni__cel_kind_name((omni__cel_kind)value.kind));
}

omni_status
omni__segment_evaluate(const omni__segment *segment, omni__subject *subject,
                       int64_t now_us, omni__segment_answer *out)
{
    omni__evaluation evaluation = {.segment = segment, .subject = subject};
    omni__cel_run run = {.arena = subject->arena,
                         .steps = OMNI__SEGMENT_BUDGET,
                         .now_us = now_us,
                         .since_us = INT64_MIN,
                         .until_us = INT64_MAX,
                         .exact_until_us = INT64_MAX};
    const omni__cel_value value = omni__evaluation_run(&evaluation, &run);
    if (evaluation.fault != OMNI_OK) {
        return evaluation.fault;
    }
    *out = (omni__segment_answer){.since_us = run.since_us,
                                  .until_us = run.until_us,
                                  .exact_until_us = run.exact_until_us};
    if (!omni__cel_is_error(value)) {
        out->membership = value.as.truth ? OMNI__MEMBER : OMNI__NOT_MEMBER;
        return OMNI_OK;
    }
    if (value.as.error == omni__cel_run_memory(&run).as.error) {
        return OMNI_ERR_NO_MEMORY;
    }
    out->membership = OMNI__MEMBERSHIP_ERROR;
    out->message = value.as.error->message;
    out->offset = value.as.error->offset;
    out->end = value.as.error->end;
    return OMNI_OK;
}
