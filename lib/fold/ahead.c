/* Looking ahead: see fold/ahead.h. */
#include "fold/ahead.h"

#define SECOND INT64_C(1000000)
#define STEPS 1024 /* of the first length are what is ahead, at the most */

typedef struct ahead {
    omni__look_fn look;
    void *user;
    omni__segment_answer same; /* the latest that is as the first */
} ahead;

static bool
is_open(const omni__segment_answer *answer)
{
    return answer->until_us < answer->exact_until_us;
}

static omni_status
look_at(ahead *a, int64_t at_us, bool *same)
{
    omni__segment_answer there;
    const omni_status status = a->look(a->user, at_us, &there);
    *same = status == OMNI_OK && there.membership == a->same.membership;
    if (*same) {
        a->same = there;
    }
    return status;
}

/* An instant, but none beyond the next at which something is known to turn. */
static int64_t
before_turns(const ahead *a, int64_t at_us)
{
    return at_us < a->same.exact_until_us ? at_us : a->same.exact_until_us;
}

/* It is otherwise at `other_us`: since when? */
static omni_status
halve(ahead *a, int64_t other_us, int64_t *turned_us)
{
    omni_status status = OMNI_OK;
    for (unsigned i = 0; i < OMNI__AHEAD_LOOKS && status == OMNI_OK &&
                         is_open(&a->same) && a->same.until_us < other_us;
         ++i) {
        const int64_t first_us = a->same.until_us;
        const int64_t half_us = (other_us - first_us) / 2 / SECOND * SECOND;
        const int64_t at_us = before_turns(a, first_us + half_us);
        bool same;
        status = look_at(a, at_us, &same);
        other_us = same ? other_us : at_us;
    }
    *turned_us = a->same.until_us < other_us ? a->same.until_us : other_us;
    return status;
}

omni_status
omni__answer_ahead(omni__look_fn look, void *user, int64_t end_us,
                   omni__segment_answer *answer)
{
    ahead a = {.look = look, .user = user, .same = *answer};
    const int64_t steps = (end_us - answer->until_us) / SECOND / STEPS;
    const int64_t first_us = steps > 0 ? steps * SECOND : SECOND;
    int64_t step_us = first_us;
    omni_status status = OMNI_OK;
    for (unsigned i = 0; i < OMNI__AHEAD_LOOKS && status == OMNI_OK &&
                         is_open(&a.same) && a.same.until_us <= end_us;
         ++i) {
        const int64_t far_us = a.same.until_us + step_us - SECOND;
        const int64_t at_us =
            before_turns(&a, far_us < end_us ? far_us : end_us);
        step_us = at_us == far_us ? 2 * step_us : first_us;
        bool same;
        status = look_at(&a, at_us, &same);
        if (status == OMNI_OK && !same) {
            return halve(&a, at_us, &answer->until_us);
        }
    }
    answer->until_us = a.same.until_us;
    return status;
}
