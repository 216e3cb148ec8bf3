/*
   The steps that an evaluation may take, before there is one: each node takes
   one, a call its overload's, a macro those of its body for every element.
*/
#include "cel/node.h"

#include <inttypes.h>
#include <stdio.h>

/* A variable whose elements are counted, and the one outside of it. */
typedef struct scope {
    const struct scope *outer;
    uint32_t slot;
    uint64_t items;
} scope;

/* Of a part: its steps, and how many elements it may have. */
typedef struct effort {
    uint64_t steps;
    uint64_t items;
} effort;

static effort
walk(const omni__cel_node *node, const scope *names);

static uint64_t
plus(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

static uint64_t
times(uint64_t a, uint64_t b)
{
    uint64_t out;
    return __builtin_mul_overflow(a, b, &out) ? UINT64_MAX : out;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t
call_cost(const omni__cel_node *node)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < node->overload_count; ++i) {
        most = larger(most, node->overloads[i].cost & ~OMNI__CEL_LIVE_ALL);
    }
    return most;
}

static uint64_t
steps_of(const omni__cel_node *node, const scope *names)
{
    return node != NULL ? walk(node, names).steps : 0;
}

/* A macro: what it makes has no more elements than its range. */
static effort
fold(const omni__cel_node *node, const scope *names)
{
    const effort range = walk(node->a, names);
    const scope first = {
        .outer = names, .slot = node->slot, .items = OMNI__CEL_ITEMS};
    const scope second = {
        .outer = &first, .slot = node->slot + 1, .items = OMNI__CEL_ITEMS};
    const bool optional = node->op == OMNI__CEL_MAP_OPTIONAL ||
                          node->op == OMNI__CEL_FLAT_OPTIONAL;
    const uint64_t each =
        plus(steps_of(node->b, &second), steps_of(node->c, &second));
    const uint64_t items = optional ? 1 : range.items;
    return (effort){plus(plus(range.steps, 1), times(items, each)), items};
}

static effort
bind(const omni__cel_node *node, const scope *names)
{
    const effort value = walk(node->a, names);
    const scope variable = {
        .outer = names, .slot = node->slot, .items = value.items};
    const effort body = walk(node->b, &variable);
    return (effort){plus(plus(value.steps, 1), body.steps), body.items};
}

static uint64_t
items_of(const omni__cel_node *node, const scope *names)
{
    switch (node->kind) {
    case OMNI__CEL_LITERAL:
        return node->value.kind == OMNI__CEL_LIST
                   ? node->value.size
                   : (node->value.kind == OMNI__CEL_MAP
                          ? node->value.as.map->count
                          : OMNI__CEL_ITEMS);
    case OMNI__CEL_LOCAL:
        while (names != NULL && names->slot != node->slot) {
            names = names->outer;
        }
        return names != NULL ? names->items : OMNI__CEL_ITEMS;
    case OMNI__CEL_MAKE_LIST:
        return node->count;
    case OMNI__CEL_MAKE_MAP:
        return node->count / 2;
    case OMNI__CEL_CALL:
        return larger(call_cost(node), OMNI__CEL_ITEMS);
    default:
        return OMNI__CEL_ITEMS;
    }
}

static effort
sum(const omni__cel_node *node, const scope *names)
{
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    effort all = {1, items_of(node, names)};
    for (unsigned i = 0; i < 3; ++i) {
        all.steps = plus(all.steps, steps_of(parts[i], names));
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        all.steps = plus(all.steps, steps_of(node->arguments[i], names));
    }
    if (node->kind == OMNI__CEL_CALL) {
        all.steps = plus(all.steps, call_cost(node));
    }
    return all;
}

static effort
walk(const omni__cel_node *node, const scope *names)
{
    switch (node->kind) {
    case OMNI__CEL_FOLD:
        return fold(node, names);
    case OMNI__CEL_BIND:
        return bind(node, names);
    case OMNI__CEL_CHOICE: {
        const effort b = walk(node->b, names);
        const effort c = walk(node->c, names);
        return (effort){
            plus(plus(steps_of(node->a, names), 1), larger(b.steps, c.steps)),
            larger(b.items, c.items)};
    }
    case OMNI__CEL_BINARY:
        if (node->op == OMNI__CEL_ADD) {
            const effort a = walk(node->a, names);
            const effort b = walk(node->b, names);
            return (effort){plus(plus(a.steps, b.steps), 1),
                            plus(a.items, b.items)};
        }
        return sum(node, names);
    default:
        return sum(node, names);
    }
}

/* A part of a node by number, of a macro its range only; or NULL. */
static const omni__cel_node *
part(const omni__cel_node *node, uint32_t i)
{
    const omni__cel_node *const parts[] = {node->a, node->b, node->c};
    const bool scoped =
        node->kind == OMNI__CEL_FOLD || node->kind == OMNI__CEL_BIND;
    if (i < 3) {
        return i != 0 && scoped ? NULL : parts[i];
    }
    return node->arguments[i - 3];
}

/* Down to the part that takes more than half of the steps, if one does. */
static const omni__cel_node *
costliest(const omni__cel_node *node)
{
    const omni__cel_node *most = node;
    do {
        node = most;
        const uint64_t half = walk(node, NULL).steps / 2;
        for (uint32_t i = 0; i < 3 + node->count; ++i) {
            if (steps_of(part(node, i), NULL) > half) {
                most = part(node, i);
            }
        }
    } while (most != node);
    return node;
}

omni_status
omni__cel_cost(const omni__cel_source *source, const omni__cel_node *root,
               uint64_t budget, uint64_t *cost)
{
    *cost = walk(root, NULL).steps;
    if (*cost <= budget) {
        return OMNI_OK;
    }
    char message[160];
    const omni__cel_node *clause = costliest(root);
    const uint32_t size = clause->end - clause->offset;
    snprintf(message, sizeof(message),
             "up to %" PRIu64 " steps, where %" PRIu64
             " are allowed: most are for %.*s%s",
             *cost, budget, size > 50 ? 50 : (int)size,
             (const char *)source->text.data + clause->offset,
             size > 50 ? "…" : "");
    return omni__cel_fail_as(source, OMNI_ERR_LIMIT, clause->offset, message);
}
