/* omni/segments.h: who is in segments, one, or several put together. */
#include "omni/segments.h"

#include "api/handle.h"
#include "codec/time.h"
#include "platform/sized.h"
#include "segments/audience.h"
#include "segments/standing.h"

#include <stdlib.h>

/* Walks over the segments of a query. */
typedef struct walks {
    omni__audience_source source;
    omni__audience audiences[OMNI_LIMIT_SET_SEGMENTS];
    bool over[OMNI_LIMIT_SET_SEGMENTS];
    size_t count;
} walks;

static omni_status
find_all(omni_txn *txn, const omni_members_query *query, walks *w)
{
    omni_status status = omni__txn_definitions(txn);
    if (status == OMNI_OK &&
        (query->segment_count == 0 ||
         query->segment_count > OMNI_LIMIT_SET_SEGMENTS ||
         (unsigned)query->operation > OMNI_SET_DIFFERENCE)) {
        status = omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                            "of 1 to %d segments it can be told who is in "
                            "them, by an operation that there is",
                            OMNI_LIMIT_SET_SEGMENTS);
    }
    for (size_t i = 0; i < query->segment_count && status == OMNI_OK; ++i) {
        const char *name = query->segments[i];
        omni__definition *found;
        status = omni__txn_definition(txn, name, &found);
        if (status == OMNI_OK) {
            w->audiences[i] = (omni__audience){.definition = found};
            w->count = i + 1;
        }
    }
    return status;
}

/* The least profile that any walk stands at; false: all are over. `in` gets a
   bit for each that stands there. */
static bool
least(const walks *w, omni_id *out, uint32_t *in)
{
    *in = 0;
    for (size_t i = 0; i < w->count; ++i) {
        const omni_id *at = &w->audiences[i].profile;
        if (w->over[i]) {
            continue;
        }
        const int order = *in == 0 ? -1 : omni__id_compare(at, out);
        if (order < 0) {
            *out = *at;
            *in = 0;
        }
        *in |= order <= 0 ? UINT32_C(1) << i : 0;
    }
    return *in != 0;
}

static omni_status
move(walks *w, size_t i, bool first)
{
    const omni_status status =
        first ? omni__audience_first(&w->source, &w->audiences[i])
              : omni__audience_next(&w->audiences[i]);
    w->over[i] = status == OMNI_END;
    return status == OMNI_END ? OMNI_OK : status;
}

static bool
is_in(uint32_t in, size_t count, omni_set_operation operation)
{
    switch (operation) {
    case OMNI_SET_INTERSECTION:
        return in == (UINT32_C(1) << count) - 1;
    case OMNI_SET_DIFFERENCE:
        return in == 1;
    default:
        return true;
    }
}

static omni_status
walk(walks *w, omni_set_operation operation, omni_members_fn callback,
     void *user, uint64_t *count)
{
    omni_status status =
        omni__audiences_complete(&w->source, w->audiences, w->count);
    for (size_t i = 0; i < w->count && status == OMNI_OK; ++i) {
        status = move(w, i, true);
    }
    omni_id id;
    uint32_t in;
    while (status == OMNI_OK && least(w, &id, &in)) {
        if (is_in(in, w->count, operation)) {
            ++*count;
            if (callback != NULL && callback(user, &id) != 0) {
                return OMNI_END;
            }
        }
        for (size_t i = 0; i < w->count && status == OMNI_OK; ++i) {
            if ((in >> i & 1) != 0) {
                status = move(w, i, false);
            }
        }
    }
    return status;
}

static omni_status
fail_instant(omni_txn *txn)
{
    return omni__fail(&txn->error, OMNI_ERR_ARGUMENT,
                      "the instant is not within the years 1 to 9999");
}

/* Who is in them: as it is stored, and put right, or of the past by scans. */
static omni_status
read_all(omni_txn *txn, walks *w, int64_t at_us)
{
    omni__counts counts;
    omni__scan_source scanned;
    omni_status status = omni__counts_read(&txn->view, &counts);
    if (status == OMNI_OK && at_us >= counts.clock_us) {
        return omni__audiences_read(&w->source, w->audiences, w->count, at_us);
    }
    for (size_t i = 0; i < w->count && status == OMNI_OK; ++i) {
        omni__audience *audience = &w->audiences[i];
        status = omni__txn_scan(txn, audience->definition->program->segment,
                                &scanned);
        if (status == OMNI_OK) {
            status = omni__audience_scan(&scanned, audience, at_us);
        }
    }
    return status;
}

omni_status
omni_segments_members(omni_txn *txn, const omni_members_query *query,
                      omni_members_fn callback, void *user,
                      omni_members_counts *counts)
{
    omni_members_query wanted;
    walks w = {.source = {.view = &txn->view,
                          .log = txn->source.log,
                          .secret = txn->source.secret,
                          .policy = txn->source.policy,
                          .definitions = &txn->definitions,
                          .alloc = &txn->store->hooks.alloc}};
    omni_members_counts counted = {.size = sizeof(counted)};
    omni_status status =
        omni__sized_read(query, &wanted, sizeof(wanted), "query", &txn->error);
    if (status == OMNI_OK) {
        status = omni__sized_check(counts, "counts", &txn->error);
    }
    if (status == OMNI_OK && wanted.has_at &&
        !omni__time_written(wanted.at_us)) {
        status = fail_instant(txn);
    }
    if (status == OMNI_OK) {
        status = find_all(txn, &wanted, &w);
    }
    if (status != OMNI_OK) {
        return status;
    }
    status = read_all(txn, &w, wanted.has_at ? wanted.at_us : txn->at_us);
    for (size_t i = 0; i < w.count; ++i) {
        counted.errors += w.audiences[i].errors;
    }
    if (status == OMNI_OK && w.count == 1 && callback == NULL) {
        counted.members = w.audiences[0].count;
    } else if (status == OMNI_OK) {
        status = walk(&w, wanted.operation, callback, user, &counted.members);
    }
    omni__audiences_free(&w.source, w.audiences, w.count);
    if (status != OMNI_OK && status != OMNI_END) {
        return omni__fail(&txn->error, status, "members: %s",
                          omni_status_name(status));
    }
    omni__sized_write(counts, &counted, sizeof(counted));
    return status;
}

omni_status
omni_txn_at(omni_txn *txn, int64_t at_us)
{
    if (!omni__time_written(at_us)) {
        return fail_instant(txn);
    }
    txn->at_us = at_us;
    return OMNI_OK;
}

/* The answer of a segment at an instant: the one that is stored, if it holds
   then; `stand` is where the walk over them is. */
static omni_status
answer(const omni__definition *definition, omni__subject *subject,
       const omni__stand *stand, int64_t at_us, uint8_t *membership)
{
    omni__segment_answer answer;
    if (stand->until_us > at_us &&
        !omni__definition_ahead(definition, &subject->nodes[0].id)) {
        *membership = stand->membership;
        return OMNI_OK;
    }
    const omni_status status =
        omni__definition_evaluate(definition, subject, at_us, &answer);
    *membership = answer.membership;
    return status;
}

omni_status
omni__txn_segments(omni_txn *txn, omni_profile *profile, int64_t at_us)
{
    omni__subject subject = {.view = &txn->view,
                             .log = txn->source.log,
                             .secret = txn->source.secret,
                             .policy = txn->source.policy,
                             .nodes = profile->members.nodes,
                             .count = profile->members.count,
                             .arena = profile->arena,
                             .lookup = omni__definitions_lookup,
                             .user = &txn->definitions};
    omni_status status = omni__txn_definitions(txn);
    if (status != OMNI_OK || txn->definitions.count == 0) {
        return status;
    }
    omni_text *names = omni__arena_get(profile->arena, txn->definitions.count *
                                                           sizeof(names[0]));
    size_t count = 0;
    omni__counts counts;
    omni__reader stored =
        omni__reader_of(subject.nodes[0].sections[OMNI__SECTION_SEGMENTS]);
    omni__stand next = {.number = 0};
    omni_status more = omni__stand_next(&stored, &next);
    status = names != NULL ? omni__counts_read(&txn->view, &counts)
                           : OMNI_ERR_NO_MEMORY;
    for (size_t i = 0; i < txn->definitions.count && status == OMNI_OK; ++i) {
        const omni__definition *definition = &txn->definitions.list[i];
        omni__stand stand = {.until_us = INT64_MAX};
        uint8_t membership;
        if (more == OMNI_OK && next.number == definition->number) {
            stand = next;
            more = omni__stand_next(&stored, &next);
        }
        if (at_us < counts.clock_us || txn->as_of.kv != NULL) {
            stand.until_us = INT64_MIN; /* none is stored, or of later */
        }
        status = answer(definition, &subject, &stand, at_us, &membership);
        if (status == OMNI_OK && membership == OMNI__MEMBER) {
            names[count++] = omni__text_of(definition->name);
        }
    }
    if (status == OMNI_OK && more != OMNI_END) {
        status = OMNI_ERR_CORRUPT; /* an answer of no segment */
    }
    if (status != OMNI_OK) {
        return omni__fail(&txn->error, status, "segments: %s",
                          omni_status_name(status));
    }
    qsort(names, count, sizeof(names[0]), omni__text_order);
    profile->segments = names;
    profile->segment_count = count;
    return OMNI_OK;
}

omni_status
omni_profile_segments(omni_txn *txn, const omni_profile *profile,
                      const omni_text **out, size_t *count)
{
    /* Read on demand: the profile is the txn's own, lent as constant. */
    const omni_status status =
        omni__txn_segments(txn, (omni_profile *)profile, txn->at_us);
    if (status == OMNI_OK) {
        *out = profile->segments;
        *count = profile->segment_count;
    }
    return status;
}
