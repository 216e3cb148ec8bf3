/*
   Glances held against evaluation, for tests that have a store: `world`, and
   segments that others ask for by the names "one" and "two".
*/
#ifndef OMNI__SUPPORT_SEGMENT_LOOK_H
#define OMNI__SUPPORT_SEGMENT_LOOK_H

#include "api/handle.h"
#include "identity/members.h"
#include "segments/plan.h"
#include "support/api_world.h"
#include "support/segment_random.h"
#include "support/setting.h"

#include <check.h>

#define DAY (24 * API_HOUR)

static api_world world;
static omni__segment *named[2];

static omni__segment *
compile(const char *text)
{
    omni__segment *segment = NULL;
    const omni_status status = omni__segment_compile(
        &omni__alloc_default, omni__slice_text(text), &segment, &world.error);
    return status == OMNI_OK ? segment : NULL;
}

static const omni__segment *
look_up(void *user, omni__slice name)
{
    (void)user;
    return omni__slice_equal(name, omni__slice_text("one"))   ? named[0]
           : omni__slice_equal(name, omni__slice_text("two")) ? named[1]
                                                              : NULL;
}

static omni__subject
subject_of(omni_txn *txn, const omni__members *members, omni__arena *arena)
{
    return (omni__subject){.view = &txn->view,
                           .log = txn->store->engine->log,
                           .secret = &txn->store->engine->file.secret,
                           .policy = txn->source.policy,
                           .nodes = members->nodes,
                           .count = members->count,
                           .arena = arena,
                           .lookup = look_up};
}

static uint8_t
answer_at(const omni__segment *segment, omni__subject *subject, int64_t now_us)
{
    static const uint8_t answers[] = {[OMNI__NOT_MEMBER] = OMNI__ANSWER_FALSE,
                                      [OMNI__MEMBER] = OMNI__ANSWER_TRUE,
                                      [OMNI__MEMBERSHIP_ERROR] =
                                          OMNI__ANSWER_ERROR};
    omni__segment_answer answer;
    ck_assert_int_eq(omni__segment_evaluate(segment, subject, now_us, &answer),
                     OMNI_OK);
    return answers[answer.membership];
}

/* With `dense`: instants at which something may happen in a short history, and
   right before: from two hours before it until all have left all windows. */
#define GRID 48
static bool dense;

static int64_t
grid_at(int i)
{
    return API_T0 + (int64_t)(i / 2 - 2) * API_HOUR - i % 2;
}

/* A glance tells what may be, from when on, and until when. */
static void
look(const omni__segment *segment, omni__subject *subject, int64_t now_us)
{
    omni__plan *plan = NULL;
    omni__glance glance;
    ck_assert_int_eq(
        omni__plan_make_glance(segment, &omni__alloc_default, &plan), OMNI_OK);
    ck_assert_int_eq(omni__plan_glance(plan, subject, now_us, &glance),
                     OMNI_OK);
    ck_assert(glance.since_us <= now_us && now_us < glance.until_us);
    int64_t instants[GRID + 4] = {
        now_us,
        glance.since_us != INT64_MIN ? glance.since_us : now_us - 900 * DAY,
        glance.until_us != INT64_MAX ? glance.until_us - 1 : now_us + 900 * DAY,
        now_us + ((int64_t)below(30) - 15) * DAY};
    for (int i = 0; i < GRID; ++i) {
        instants[i + 4] = grid_at(i);
    }
    for (int i = 0; i < (dense ? GRID + 4 : 4); ++i) {
        if (instants[i] >= glance.since_us && instants[i] < glance.until_us) {
            const omni__slice text = omni__segment_text(segment);
            const uint8_t is = answer_at(segment, subject, instants[i]);
            ck_assert_msg((is & glance.answer) != 0,
                          "seed %llu: %.*s seen at %lld: at %lld it is %u, "
                          "and not of %u",
                          (unsigned long long)setting_seed(), (int)text.size,
                          (const char *)text.data, (long long)now_us,
                          (long long)instants[i], is, glance.answer);
        }
    }
    omni__plan_free(plan);
}

#endif
