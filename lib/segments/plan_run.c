/* Running a plan on a block: groups of filters, the most selective first. */
#include "segments/plan_private.h"

/* Filters change places after these blocks. */
#define FIRST_ORDER 2u
#define LAST_ORDER 16u

enum { TRUE = OMNI__ANSWER_TRUE, FALSE = OMNI__ANSWER_FALSE };

static void
combine_and(uint8_t *restrict a, const uint8_t *restrict b, size_t count)
{
    for (size_t at = 0; at < count; at += OMNI__PLAN_STRIDE) {
        for (size_t i = at; i < at + OMNI__PLAN_STRIDE; ++i) {
            a[i] = omni__answer_and(a[i], b[i]);
        }
    }
}

static void
combine_or(uint8_t *restrict a, const uint8_t *restrict b, size_t count)
{
    for (size_t at = 0; at < count; at += OMNI__PLAN_STRIDE) {
        for (size_t i = at; i < at + OMNI__PLAN_STRIDE; ++i) {
            a[i] = omni__answer_or(a[i], b[i]);
        }
    }
}

static void
negate(uint8_t *a, size_t count)
{
    for (size_t at = 0; at < count; at += OMNI__PLAN_STRIDE) {
        for (size_t i = at; i < at + OMNI__PLAN_STRIDE; ++i) {
            a[i] = omni__answer_not(a[i]);
        }
    }
}

/* How many of a stride are `answer`. A count that the compiler knows is what
   it makes vectors of. */
static inline unsigned
count_in(const uint8_t *answers, uint8_t answer)
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < OMNI__PLAN_STRIDE; ++i) {
        sum = (uint8_t)(sum + (answers[i] == answer));
    }
    return sum;
}

omni__tally_of_answers
omni__plan_tally(const uint8_t *answers, uint32_t count)
{
    omni__tally_of_answers tally = {0};
    uint32_t at = 0;
    for (; count - at >= OMNI__PLAN_STRIDE; at += OMNI__PLAN_STRIDE) {
        tally.members += count_in(answers + at, TRUE);
        tally.others += count_in(answers + at, FALSE);
        tally.errors += count_in(answers + at, OMNI__ANSWER_ERROR);
    }
    for (; at < count; ++at) {
        tally.members += answers[at] == TRUE;
        tally.others += answers[at] == FALSE;
        tally.errors += answers[at] == OMNI__ANSWER_ERROR;
    }
    return tally;
}

/* Filters that settle more for what they cost come first. */
static void
order(omni__filter *group)
{
    for (omni__filter **at = &group->inner; *at != NULL;) {
        omni__filter *a = *at;
        omni__filter *b = a->next;
        if (b == NULL ||
            (double)(a->settled + 1) / (double)(a->seen + 1) / a->cost >=
                (double)(b->settled + 1) / (double)(b->seen + 1) / b->cost) {
            at = &a->next;
            continue;
        }
        a->next = b->next;
        b->next = a;
        *at = b;
        at = &group->inner; /* few filters: from the start again */
    }
}

static void
run(omni__plan *plan, omni__filter *filter, const omni__columns *columns,
    const omni__needed *outer);

static void
run_group(omni__plan *plan, omni__filter *group, const omni__columns *columns,
          const omni__needed *outer)
{
    const uint32_t n = columns->ids.count;
    const bool both = group->kind == OMNI__FILTER_AND;
    omni__needed needed = {.settled = both ? FALSE : TRUE};
    for (omni__filter *f = group->inner; f != NULL; f = f->next) {
        run(plan, f, columns, needed.answers != NULL ? &needed : outer);
        if (plan->blocks < LAST_ORDER) {
            f->seen += n;
            const omni__tally_of_answers tally =
                omni__plan_tally(f->answers, n);
            f->settled += both ? tally.others : tally.members;
        }
        if (needed.answers == NULL) {
            group->answers = f->answers;
            needed.answers = group->answers;
        } else if (both) {
            combine_and(group->answers, f->answers, n);
        } else {
            combine_or(group->answers, f->answers, n);
        }
    }
    if (plan->blocks == FIRST_ORDER || plan->blocks == LAST_ORDER) {
        order(group);
    }
}

static void
run(omni__plan *plan, omni__filter *filter, const omni__columns *columns,
    const omni__needed *outer)
{
    switch (filter->kind) {
    case OMNI__FILTER_AND:
    case OMNI__FILTER_OR:
        run_group(plan, filter, columns, outer);
        break;
    case OMNI__FILTER_NOT:
        run(plan, filter->inner, columns, outer);
        filter->answers = filter->inner->answers;
        negate(filter->answers, columns->ids.count);
        break;
    default:
        omni__filter_run(plan, filter, columns, outer);
        break;
    }
}

/* ---- memory ---- */

static void
place(omni__plan *plan, omni__filter *filter, size_t *at)
{
    if (filter->kind == OMNI__FILTER_AND || filter->kind == OMNI__FILTER_OR ||
        filter->kind == OMNI__FILTER_NOT) {
        for (omni__filter *f = filter->inner; f != NULL; f = f->next) {
            place(plan, f, at);
        }
        return;
    }
    filter->answers = plan->bytes + *at;
    *at += plan->room;
}

static omni_status
make_room(omni__plan *plan, uint32_t profiles)
{
    if (plan->table == NULL) {
        plan->table = omni__malloc(plan->alloc, OMNI__CODE_LONG + 1u);
    }
    if (plan->bytes == NULL || profiles > plan->room) {
        const size_t room =
            (profiles + (size_t)profiles / 4 + 2 * OMNI__PLAN_STRIDE) &
            ~(size_t)(OMNI__PLAN_STRIDE - 1);
        size_t at = 0;
        omni__free(plan->alloc, plan->bytes);
        plan->room = room;
        plan->bytes = omni__calloc(plan->alloc, plan->filters * room);
        if (plan->bytes != NULL) {
            place(plan, plan->root, &at);
        }
    }
    return plan->bytes != NULL && plan->table != NULL ? OMNI_OK
                                                      : OMNI_ERR_NO_MEMORY;
}

omni_status
omni__plan_run(omni__plan *plan, const omni__columns *columns,
               const uint8_t **answers)
{
    const omni_status status = make_room(plan, columns->ids.count);
    if (status != OMNI_OK) {
        return status;
    }
    run(plan, plan->root, columns, NULL);
    ++plan->blocks;
    *answers = plan->root->answers;
    return plan->fault;
}
