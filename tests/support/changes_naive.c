/* Comparisons of all with all. */
#include "support/changes_naive.h"

#include <stdlib.h>
#include <string.h>

omni_id naive_ids[NAMES];
state naive_steps[THINGS + 1];

bool
same(const omni_id *a, const omni_id *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static int
compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(omni_id));
}

/* The profiles that the members of one of before are in now, in order. */
static size_t
targets_of(const state *before, const state *after, const omni_id *profile,
           omni_id out[NAMES])
{
    size_t count = 0;
    for (size_t i = 0; i < NAMES; ++i) {
        if (before->is[i] && same(&before->head[i], profile) && after->is[i]) {
            out[count++] = after->head[i];
        }
    }
    qsort(out, count, sizeof(out[0]), compare_ids);
    return count;
}

/* Where a profile of before is itself, of the targets of its members. */
static omni_id
main_of(const state *after, const omni_id *profile, const omni_id *targets,
        size_t count)
{
    for (size_t i = 0; i < NAMES; ++i) {
        if (same(&naive_ids[i], profile) && after->is[i]) {
            return after->head[i];
        }
    }
    omni_id best = targets[0];
    size_t most = 0;
    for (size_t i = 0; i < count;) {
        size_t n = 1;
        while (i + n < count && same(&targets[i], &targets[i + n])) {
            ++n;
        }
        if (n > most) {
            most = n;
            best = targets[i];
        }
        i += n;
    }
    return best;
}

/* Whether somebody of another profile of before is in one of now. */
static bool
has_others(const state *before, const state *after, const omni_id *now,
           const omni_id *profile)
{
    for (size_t i = 0; i < NAMES; ++i) {
        if (before->is[i] && after->is[i] && same(&after->head[i], now) &&
            !same(&before->head[i], profile)) {
            return true;
        }
    }
    return false;
}

size_t
expect(const state *before, const state *after, expected *out)
{
    omni_id profiles[NAMES];
    size_t profile_count = 0;
    size_t count = 0;
    for (size_t i = 0; i < NAMES; ++i) {
        if (before->is[i]) {
            profiles[profile_count++] = before->head[i];
        }
    }
    qsort(profiles, profile_count, sizeof(profiles[0]), compare_ids);
    for (size_t p = 0; p < profile_count; ++p) {
        if (p != 0 && same(&profiles[p - 1], &profiles[p])) {
            continue;
        }
        omni_id targets[NAMES];
        const size_t n = targets_of(before, after, &profiles[p], targets);
        if (n == 0) {
            out[count++] = (expected){OMNI_PROFILE_ENDED, profiles[p], {{0}}};
            continue;
        }
        const omni_id own = main_of(after, &profiles[p], targets, n);
        for (size_t i = 0; i < n; ++i) {
            if (!same(&targets[i], &own) &&
                (i == 0 || !same(&targets[i - 1], &targets[i]))) {
                out[count++] =
                    (expected){OMNI_PROFILE_SPLIT, profiles[p], targets[i]};
            }
        }
        if (!same(&own, &profiles[p])) {
            out[count++] =
                (expected){has_others(before, after, &own, &profiles[p])
                               ? OMNI_PROFILE_JOINED
                               : OMNI_PROFILE_RENAMED,
                           profiles[p], own};
        }
    }
    return count;
}

static bool
together(const state *at, size_t a, size_t b)
{
    return at->is[a] && at->is[b] && same(&at->head[a], &at->head[b]);
}

static bool
moves(size_t thing, size_t i)
{
    const state *x = &naive_steps[thing];
    const state *y = &naive_steps[thing + 1];
    return x->is[i] != y->is[i] ||
           (x->is[i] && !same(&x->head[i], &y->head[i]));
}

/* The last thing by which two were brought together, or apart. */
static size_t
turn(size_t count, size_t a, size_t b)
{
    size_t at = count;
    while (at-- > 0) {
        if (together(&naive_steps[at], a, b) !=
            together(&naive_steps[at + 1], a, b)) {
            break;
        }
    }
    return at;
}

size_t
number_of(const omni_id *id)
{
    size_t i = 0;
    while (i < NAMES && !same(&naive_ids[i], id)) {
        ++i;
    }
    return i;
}

/* Who stands for a profile of before: who named it, or, if that is gone, the
   one of the least id that is where the profile is itself. */
static size_t
standing_for(const state *before, const state *after, const omni_id *profile)
{
    omni_id targets[NAMES];
    const size_t named = number_of(profile);
    if (after->is[named]) {
        return named;
    }
    const size_t n = targets_of(before, after, profile, targets);
    const omni_id own = main_of(after, profile, targets, n);
    size_t best = NAMES;
    for (size_t i = 0; i < NAMES; ++i) {
        if (before->is[i] && same(&before->head[i], profile) && after->is[i] &&
            same(&after->head[i], &own) &&
            (best == NAMES ||
             compare_ids(&naive_ids[i], &naive_ids[best]) < 0)) {
            best = i;
        }
    }
    return best;
}

/* Whether the fact by which a change came about is to be looked for at one. */
static bool
counts(const state *before, const state *after, const expected *e, size_t i)
{
    const bool was = before->is[i] && same(&before->head[i], &e->profile);
    const bool is = after->is[i] && same(&after->head[i], &e->other);
    if (e->kind == OMNI_PROFILE_SPLIT) {
        return was && is;
    }
    return is && before->is[i] && !was &&
           (!same(&before->head[i], &e->other) ||
            same(&naive_ids[i], &e->other));
}

/* The thing by which a change came about, by what the other store did. */
size_t
cause(const state *before, const state *after, size_t count, const expected *e)
{
    size_t best = count;
    if (e->kind == OMNI_PROFILE_SPLIT || e->kind == OMNI_PROFILE_JOINED) {
        const size_t self = standing_for(before, after, &e->profile);
        for (size_t i = 0; i < NAMES; ++i) {
            if (counts(before, after, e, i)) {
                const size_t at = turn(count, i, self);
                best = at < best ? at : best;
            }
        }
        return best;
    }
    const size_t self = e->kind == OMNI_PROFILE_RENAMED
                            ? standing_for(before, after, &e->profile)
                            : NAMES;
    while (best-- > 0) {
        for (size_t i = 0; i < NAMES; ++i) {
            if ((self == NAMES
                     ? before->is[i] && same(&before->head[i], &e->profile)
                     : i == self) &&
                moves(best, i)) {
                return best;
            }
        }
    }
    return count;
}
