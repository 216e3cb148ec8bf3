/* From an expression to filters: which of its parts columns can answer. */
#include "segments/plan_private.h"

#include "segments/window.h"

#define MICRO INT64_C(1000000)

typedef struct planner {
    omni__plan *plan;
    const omni__segment *segment;
    unsigned depth; /* of segments in segments */
} planner;

/* ---- values that need no profile ---- */

static omni__cel_value
read_variable(omni__cel_run *run, uint32_t number)
{
    const omni__slice *json = run->host;
    if (number == OMNI__SEGMENT_NOW) {
        return omni__cel_run_now(run);
    }
    if ((number - OMNI__SEGMENT_TRAIT) % 2 != 0) {
        return omni__cel_bool(json->data != NULL);
    }
    return json->data != NULL ? omni__evaluation_json(run, *json)
                              : omni__cel_run_error(run, "no such key");
}

/* An evaluation of its own, in the scratch; its slots may be missing. */
static omni__cel_run
begin_run(omni__plan *plan, const omni__segment *segment, omni__slice *trait)
{
    omni__arena_reset(&plan->scratch);
    omni__cel_run run = {
        .arena = &plan->scratch,
        .host = trait,
        .variable = read_variable,
        .steps = OMNI__SEGMENT_BUDGET,
        .now_us = plan->now_us,
        .since_us = INT64_MIN,
        .until_us = INT64_MAX,
        .slots = omni__arena_zero(&plan->scratch,
                                  ((size_t)omni__segment_slots(segment) + 1) *
                                      sizeof(omni__cel_value))};
    omni__segment_zone(segment, &run);
    return run;
}

omni__cel_value
omni__plan_value(omni__plan *plan, const omni__segment *segment,
                 const omni__cel_node *node, omni__slice trait)
{
    omni__cel_run run = begin_run(plan, segment, &trait);
    const omni__cel_value none = omni__cel_run_memory(&run);
    const omni__cel_value value =
        run.slots != NULL ? omni__cel_evaluate(&run, node) : none;
    if (omni__cel_is_error(value) && value.as.error == none.as.error) {
        plan->fault = OMNI_ERR_NO_MEMORY;
    }
    return value;
}

uint8_t
omni__plan_answer(omni__cel_value value)
{
    if (value.kind != OMNI__CEL_BOOL) {
        return OMNI__ANSWER_ERROR;
    }
    return value.as.truth ? OMNI__ANSWER_TRUE : OMNI__ANSWER_FALSE;
}

/* ---- what a part of the expression reads ---- */

typedef struct reading {
    bool more; /* than traits and now */
    bool now;
    bool trait; /* one of them, */
    uint32_t number;
} reading;

/* A function that reads a profile. */
static bool
is_of_host(const omni__cel_overload *overload)
{
    return overload == NULL || !omni__segment_constant(overload);
}

static void
read_node(const omni__cel_node *node, reading *r)
{
    if (node->kind == OMNI__CEL_GLOBAL) {
        const bool trait = node->slot >= OMNI__SEGMENT_TRAIT;
        const uint32_t number =
            trait ? (node->slot - OMNI__SEGMENT_TRAIT) / 2 : 0;
        r->now = r->now || node->slot == OMNI__SEGMENT_NOW;
        r->more = r->more || (trait && r->trait && number != r->number) ||
                  (!trait && node->slot != OMNI__SEGMENT_NOW);
        r->number = trait ? number : r->number;
        r->trait = r->trait || trait;
        return;
    }
    r->more = r->more || node->kind == OMNI__CEL_NAME ||
              (node->kind == OMNI__CEL_CALL && is_of_host(node->overloads));
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    for (unsigned i = 0; i < 3; ++i) {
        if (parts[i] != NULL) {
            read_node(parts[i], r);
        }
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        read_node(node->arguments[i], r);
    }
}

/* The value of a part that reads nothing of a profile. What is made of `now`
   by sums alone is the instant itself, all else sees its whole second: an
   evaluation of the part alone would always. */
static omni__cel_value
value_of(omni__cel_run *run, const omni__cel_node *node)
{
    reading r = {.more = false};
    if (node->kind == OMNI__CEL_GLOBAL && node->slot == OMNI__SEGMENT_NOW) {
        return omni__cel_run_now(run);
    }
    if (node->kind == OMNI__CEL_BINARY && node->op <= OMNI__CEL_SUBTRACT) {
        const omni__cel_value a = value_of(run, node->a);
        const omni__cel_value b = value_of(run, node->b);
        return omni__cel_is_error(a) ? a
               : omni__cel_is_error(b)
                   ? b
                   : omni__cel_binary(run, (omni__cel_op)node->op, a, b);
    }
    read_node(node, &r);
    return r.more || r.trait || r.now
               ? omni__cel_run_error(run, "of the profile")
               : omni__cel_evaluate(run, node);
}

static bool
known_value(const planner *p, const omni__cel_node *node, omni__cel_value *out)
{
    omni__cel_run run = begin_run(p->plan, p->segment, NULL);
    if (run.slots == NULL) {
        p->plan->fault = OMNI_ERR_NO_MEMORY;
        return false;
    }
    *out = value_of(&run, node);
    return !omni__cel_is_error(*out);
}

/* ---- filters ---- */

/* A filter like `like`, or NULL: there are too many, or there is no memory. */
static omni__filter *
new_filter(const planner *p, omni__filter like)
{
    omni__plan *plan = p->plan;
    if (plan->filters == OMNI__PLAN_FILTERS) {
        return NULL;
    }
    omni__filter *filter = omni__arena_get(&plan->arena, sizeof(*filter));
    if (filter == NULL) {
        plan->fault = OMNI_ERR_NO_MEMORY;
        return NULL;
    }
    ++plan->filters;
    plan->columns += like.kind > OMNI__FILTER_NOT;
    *filter = like;
    return filter;
}

static omni__filter *
fixed(const planner *p, uint8_t answer)
{
    return new_filter(p, (omni__filter){.kind = OMNI__FILTER_FIXED,
                                        .absent = answer,
                                        .cost = 1});
}

/* ---- comparisons ---- */

/* How far from now a bound may be that moves with it. */
#define FAR_US (INT64_C(1000) * 366 * 86400 * MICRO)

/* `a op b` as `b op a`. */
static omni__cel_op
mirrored(omni__cel_op op)
{
    switch (op) {
    case OMNI__CEL_LESS:
        return OMNI__CEL_GREATER;
    case OMNI__CEL_LESS_EQUAL:
        return OMNI__CEL_GREATER_EQUAL;
    case OMNI__CEL_GREATER:
        return OMNI__CEL_LESS;
    case OMNI__CEL_GREATER_EQUAL:
        return OMNI__CEL_LESS_EQUAL;
    default:
        return op;
    }
}

/* ---- figures of events ---- */

static bool
text_at(const omni__cel_node *call, uint32_t at, omni__slice *out)
{
    if (at >= call->count || call->arguments[at]->kind != OMNI__CEL_LITERAL ||
        call->arguments[at]->value.kind != OMNI__CEL_STRING) {
        return false;
    }
    *out = omni__cel_slice(call->arguments[at]->value);
    return true;
}

/* A window as the last argument, from `at` on; false if there is more, or it
   is none. */
static bool
take_window(const planner *p, const omni__cel_node *call, uint32_t at,
            omni__filter *filter)
{
    int64_t length_us;
    if (at == call->count) {
        return true;
    }
    if (at + 1 != call->count ||
        call->arguments[at]->kind != OMNI__CEL_LITERAL ||
        call->arguments[at]->value.kind != OMNI__CEL_DURATION ||
        !omni__window_length(NULL, call->arguments[at]->value, &length_us)) {
        return false;
    }
    if (__builtin_sub_overflow(p->plan->now_us, length_us, &filter->since_us)) {
        filter->since_us = INT64_MIN;
    }
    return true;
}

static bool
take_property(const omni__cel_node *call, uint32_t *at, omni__filter *filter)
{
    static const char *const names[] = {"revenue", "total", "value"};
    omni__slice name;
    if (!text_at(call, 1, &name)) {
        return false;
    }
    while (filter->source < 3 &&
           !omni__slice_equal(name, omni__slice_text(names[filter->source]))) {
        ++filter->source;
    }
    *at = 2;
    filter->in_currency = text_at(call, 2, &filter->currency);
    *at += filter->in_currency;
    return filter->source < 3;
}

static bool
is_call(const omni__cel_node *node, const char *name)
{
    return node->kind == OMNI__CEL_CALL && node->overloads != NULL &&
           is_of_host(node->overloads) &&
           strcmp(node->overloads->name, name) == 0;
}

/* A figure of the events of a name, or an instant of the profile. */
static bool
figure(const planner *p, const omni__cel_node *node, omni__filter *out)
{
    static const struct {
        const char *name;
        omni__filter_kind kind;
    } calls[] = {{"events.count", OMNI__FILTER_COUNT},
                 {"events.sum", OMNI__FILTER_SUM},
                 {"events.first", OMNI__FILTER_FIRST},
                 {"events.last", OMNI__FILTER_LAST},
                 {"events.did", OMNI__FILTER_COUNT}};
    *out = (omni__filter){
        .since_us = INT64_MIN, .low = INT64_MIN, .high = INT64_MAX, .cost = 2};
    if (node->kind == OMNI__CEL_GLOBAL) {
        out->kind = node->slot == OMNI__SEGMENT_FIRST_SEEN
                        ? OMNI__FILTER_FIRST_SEEN
                        : OMNI__FILTER_LAST_SEEN;
        return node->slot == OMNI__SEGMENT_FIRST_SEEN ||
               node->slot == OMNI__SEGMENT_LAST_SEEN;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); ++i) {
        uint32_t at = 1;
        if (is_call(node, calls[i].name)) {
            out->kind = (uint8_t)calls[i].kind;
            out->cost = 4;
            return text_at(node, 0, &out->name) &&
                   (out->kind != OMNI__FILTER_SUM ||
                    take_property(node, &at, out)) &&
                   take_window(p, node, at, out);
        }
    }
    return false;
}

/* `figure op value`, or the other way round. */
static omni__filter *
comparison(const planner *p, const omni__cel_node *node)
{
    omni__cel_op op = (omni__cel_op)node->op;
    omni__cel_value value;
    omni__filter filter;
    omni__bound x;
    if (op < OMNI__CEL_EQUAL || op > OMNI__CEL_GREATER_EQUAL) {
        return NULL;
    }
    const omni__cel_node *read = node->a;
    if (!known_value(p, node->b, &value)) {
        if (!known_value(p, node->a, &value)) {
            return NULL;
        }
        read = node->b;
        op = mirrored(op);
    }
    /* The bool of did() compares with no number. */
    if (is_call(read, "events.did") || !figure(p, read, &filter) ||
        !omni__bound_of((omni__filter_kind)filter.kind, value, &x)) {
        return NULL;
    }
    filter.moves = p->plan->glances && value.slope != 0;
    if (filter.moves &&
        (value.slope != 1 || x.floor < -FAR_US || x.floor > FAR_US)) {
        return NULL;
    }
    omni__filter_range(&filter, op, x);
    return new_filter(p, filter);
}

/* ---- conditions ---- */

static omni__filter *
condition(planner *p, const omni__cel_node *node);

/* What is open where there is no filter for it. */
static omni__filter *
condition_or_open(planner *p, const omni__cel_node *node)
{
    omni__filter *filter = condition(p, node);
    return filter != NULL ? filter : fixed(p, OMNI__ANSWER_OPEN);
}

static omni__filter *
group(planner *p, const omni__cel_node *node, omni__filter_kind kind)
{
    omni__filter *filter = new_filter(p, (omni__filter){.kind = (uint8_t)kind});
    if (filter == NULL) {
        return NULL;
    }
    const omni__cel_node *const one[] = {node->a};
    const omni__cel_node *const *parts =
        kind == OMNI__FILTER_NOT
            ? one
            : (const omni__cel_node *const *)node->arguments;
    omni__filter **end = &filter->inner;
    for (uint32_t i = 0; i < (kind == OMNI__FILTER_NOT ? 1 : node->count);
         ++i) {
        *end = condition_or_open(p, parts[i]);
        if (*end == NULL) {
            return NULL;
        }
        filter->cost += (*end)->cost;
        end = &(*end)->next;
    }
    return filter;
}

/* segment(name): the plan of that one. */
static omni__filter *
segment(planner *p, const omni__cel_node *node)
{
    omni__slice name;
    if (!text_at(node, 0, &name) || p->depth == OMNI__SEGMENT_NESTING ||
        p->plan->lookup == NULL) {
        return NULL;
    }
    planner inner = {.plan = p->plan, .depth = p->depth + 1};
    inner.segment = p->plan->lookup(p->plan->user, name);
    return inner.segment != NULL
               ? condition(&inner, omni__segment_root(inner.segment))
               : NULL;
}

/* A condition on one trait, or on nothing but the instant. */
static omni__filter *
trait(const planner *p, const omni__cel_node *node)
{
    reading r = {.more = false};
    const omni__slice none = omni__slice_of(NULL, 0);
    read_node(node, &r);
    if (r.more || (r.now && p->plan->glances)) {
        return NULL;
    }
    const uint8_t absent =
        omni__plan_answer(omni__plan_value(p->plan, p->segment, node, none));
    if (!r.trait) {
        return fixed(p, absent);
    }
    omni__filter filter = {
        .kind = OMNI__FILTER_TRAIT,
        .absent = absent,
        .cost = 2,
        .name = omni__segment_reads_of(p->segment)->traits[r.number],
        .segment = p->segment,
        .expression = node,
        .memo = omni__arena_zero(&p->plan->arena,
                                 OMNI__MEMO_VALUES * sizeof(omni__memo))};
    if (filter.memo == NULL) {
        p->plan->fault = OMNI_ERR_NO_MEMORY;
        return NULL;
    }
    return new_filter(p, filter);
}

/* "web" in events.channels(…) */
static omni__filter *
channel(const planner *p, const omni__cel_node *node)
{
    if (!p->plan->glances || node->op != OMNI__CEL_IN ||
        node->a->kind != OMNI__CEL_LITERAL ||
        node->a->value.kind != OMNI__CEL_STRING ||
        !is_call(node->b, "events.channels")) {
        return NULL;
    }
    omni__filter filter = {.kind = OMNI__FILTER_CHANNEL,
                           .since_us = INT64_MIN,
                           .name = omni__cel_slice(node->a->value)};
    return take_window(p, node->b, 0, &filter) ? new_filter(p, filter) : NULL;
}

static omni__filter *
condition(planner *p, const omni__cel_node *node)
{
    omni__filter *filter = trait(p, node);
    if (filter != NULL || p->plan->fault != OMNI_OK) {
        return filter;
    }
    switch (node->kind) {
    case OMNI__CEL_AND:
        return group(p, node, OMNI__FILTER_AND);
    case OMNI__CEL_OR:
        return group(p, node, OMNI__FILTER_OR);
    case OMNI__CEL_NOT:
        return group(p, node, OMNI__FILTER_NOT);
    case OMNI__CEL_BINARY:
        filter = channel(p, node);
        return filter != NULL ? filter : comparison(p, node);
    default:
        break;
    }
    if (is_call(node, "segment")) {
        return segment(p, node);
    }
    omni__filter did;
    if (!is_call(node, "events.did") || !figure(p, node, &did)) {
        return NULL;
    }
    did.low = 1;
    return new_filter(p, did);
}

/* Plan by what is set in `like`. */
static omni_status
make(const omni__segment *segment, const omni__plan *like, omni__plan **out)
{
    omni__plan *plan = omni__calloc(like->alloc, sizeof(*plan));
    if (plan == NULL) {
        return OMNI_ERR_NO_MEMORY;
    }
    *plan = *like;
    omni__arena_init(&plan->arena, plan->alloc);
    omni__arena_init(&plan->scratch, plan->alloc);
    planner p = {.plan = plan, .segment = segment};
    plan->root = condition(&p, omni__segment_root(segment));
    if (plan->root == NULL && plan->fault == OMNI_OK) {
        plan->columns = 0; /* what was begun cannot be used */
        plan->filters = 0;
        plan->root = fixed(&p, OMNI__ANSWER_OPEN);
    }
    const omni_status status = plan->fault;
    if (status != OMNI_OK) {
        omni__plan_free(plan);
        return status;
    }
    *out = plan;
    return OMNI_OK;
}

omni_status
omni__plan_make(const omni__segment *segment, int64_t now_us,
                omni__segment_lookup lookup, void *user,
                const omni__alloc *alloc, omni__plan **out)
{
    const omni__plan like = {
        .alloc = alloc, .now_us = now_us, .lookup = lookup, .user = user};
    return make(segment, &like, out);
}

omni_status
omni__plan_make_glance(const omni__segment *segment, const omni__alloc *alloc,
                       omni__plan **out)
{
    const omni__plan like = {.alloc = alloc, .glances = true};
    return make(segment, &like, out);
}

void
omni__plan_free(omni__plan *plan)
{
    if (plan != NULL) {
        const omni__alloc *alloc = plan->alloc;
        omni__free(alloc, plan->bytes);
        omni__free(alloc, plan->table);
        omni__arena_free(&plan->arena);
        omni__arena_free(&plan->scratch);
        omni__free(alloc, plan);
    }
}

bool
omni__plan_is_useful(const omni__plan *plan)
{
    return plan->columns != 0 || (plan->root->kind == OMNI__FILTER_FIXED &&
                                  plan->root->absent != OMNI__ANSWER_OPEN);
}
