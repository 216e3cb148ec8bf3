/* Macros over lists, maps and optionals (langdef.md, "Macros"). */
#include "cel/fold.h"
#include "cel/linear.h"

typedef struct folding {
    omni__cel_run *run;
    const omni__cel_node *node;
    omni__cel_evaluate_fn evaluate;
    omni__cel_value range;
} folding;

static omni__cel_value
no_bool(const folding *f, omni__cel_value value)
{
    if (omni__cel_is_error(value)) {
        return value;
    }
    f->run->at = f->node->b;
    return omni__cel_run_error(f->run, "a condition is bool, not %s",
                               omni__cel_kind_name((omni__cel_kind)value.kind));
}

static size_t
size_of(omni__cel_value range)
{
    return range.kind == OMNI__CEL_MAP ? range.as.map->count : range.size;
}

/* Set the variables to element `i`. */
static void
stand_on(const folding *f, size_t i)
{
    omni__cel_value *slots = f->run->slots + f->node->slot;
    const bool pairs = f->node->pairs;
    if (f->range.kind == OMNI__CEL_MAP) {
        const omni__cel_entry *entry = &f->range.as.map->entries[i];
        slots[0] = entry->key;
        slots[1] = entry->value;
    } else {
        slots[0] = pairs ? omni__cel_int((int64_t)i) : f->range.as.items[i];
        slots[1] = f->range.as.items[i];
    }
}

/* all and exists: an element that decides is enough; else an error stands. */
static omni__cel_value
quantify(const folding *f, bool deciding)
{
    const omni__cel_held before = omni__cel_run_held(f->run);
    omni__cel_held all = before;
    omni__cel_value result = omni__cel_bool(!deciding);
    const size_t count = size_of(f->range);
    for (size_t i = 0; i < count; ++i) {
        stand_on(f, i);
        const omni__cel_value value = f->evaluate(f->run, f->node->b);
        if (omni__cel_is(value, deciding)) {
            return value;
        }
        omni__cel_run_back(f->run, &before, &all);
        if (value.kind != OMNI__CEL_BOOL && result.kind == OMNI__CEL_BOOL) {
            result = no_bool(f, value);
        }
    }
    omni__cel_run_set(f->run, &all);
    return result;
}

static omni__cel_value
exists_one(const folding *f)
{
    size_t found = 0;
    const size_t count = size_of(f->range);
    for (size_t i = 0; i < count; ++i) {
        stand_on(f, i);
        const omni__cel_value value = f->evaluate(f->run, f->node->b);
        if (value.kind != OMNI__CEL_BOOL) {
            return no_bool(f, value);
        }
        found += value.as.truth;
    }
    return omni__cel_bool(found == 1);
}

/* What becomes of element `i`; `*kept` false if its condition is false. */
static omni__cel_value
transform(const folding *f, size_t i, bool *kept)
{
    *kept = true;
    stand_on(f, i);
    if (f->node->b != NULL) {
        const omni__cel_value value = f->evaluate(f->run, f->node->b);
        if (value.kind != OMNI__CEL_BOOL) {
            return no_bool(f, value);
        }
        *kept = value.as.truth;
    }
    if (f->node->c != NULL && *kept) {
        return f->evaluate(f->run, f->node->c);
    }
    return f->run->slots[f->node->slot];
}

static omni__cel_value
map_list(const folding *f)
{
    size_t made = 0;
    const size_t count = size_of(f->range);
    omni__cel_value *items =
        omni__arena_get(f->run->arena, (count + 1) * sizeof(items[0]));
    if (items == NULL) {
        return omni__cel_run_memory(f->run);
    }
    for (size_t i = 0; i < count; ++i) {
        bool kept;
        const omni__cel_value value = transform(f, i, &kept);
        if (omni__cel_is_error(value)) {
            return value;
        }
        if (kept) {
            items[made++] = value;
        }
    }
    return omni__cel_moving_list(items, made);
}

static omni__cel_value
map_map(const folding *f)
{
    size_t made = 0;
    const size_t count = size_of(f->range);
    omni__cel_entry *entries =
        omni__arena_get(f->run->arena, (count + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        return omni__cel_run_memory(f->run);
    }
    for (size_t i = 0; i < count; ++i) {
        bool kept;
        const omni__cel_value value = transform(f, i, &kept);
        if (omni__cel_is_error(value)) {
            return value;
        }
        if (kept) {
            entries[made++] = (omni__cel_entry){
                .key = f->run->slots[f->node->slot], .value = value};
        }
    }
    return omni__cel_run_map(f->run, entries, made);
}

/* optMap and optFlatMap. */
static omni__cel_value
map_optional(const folding *f)
{
    if (f->range.as.items == NULL) {
        return f->range;
    }
    f->run->slots[f->node->slot] = *f->range.as.items;
    const omni__cel_value value = f->evaluate(f->run, f->node->c);
    if (omni__cel_is_error(value)) {
        return value;
    }
    if (f->node->op == OMNI__CEL_MAP_OPTIONAL) {
        return omni__cel_run_some(f->run, value);
    }
    f->run->at = f->node;
    return value.kind == OMNI__CEL_OPTIONAL
               ? value
               : omni__cel_run_error(f->run, "optFlatMap() wants an optional");
}

omni__cel_value
omni__cel_fold_evaluate(omni__cel_run *run, const omni__cel_node *node,
                        omni__cel_evaluate_fn evaluate)
{
    const folding f = {.run = run,
                       .node = node,
                       .evaluate = evaluate,
                       .range = evaluate(run, node->a)};
    const bool optional = node->op == OMNI__CEL_MAP_OPTIONAL ||
                          node->op == OMNI__CEL_FLAT_OPTIONAL;
    if (omni__cel_is_error(f.range)) {
        return f.range;
    }
    if (optional
            ? f.range.kind != OMNI__CEL_OPTIONAL
            : f.range.kind != OMNI__CEL_LIST && f.range.kind != OMNI__CEL_MAP) {
        run->at = node;
        return omni__cel_run_error(
            run, "a macro has no elements in %s",
            omni__cel_kind_name((omni__cel_kind)f.range.kind));
    }
    switch (node->op) {
    case OMNI__CEL_ALL:
        return quantify(&f, false);
    case OMNI__CEL_EXISTS:
        return quantify(&f, true);
    case OMNI__CEL_EXISTS_ONE:
        return exists_one(&f);
    case OMNI__CEL_FILTER:
    case OMNI__CEL_MAP_LIST:
        return map_list(&f);
    case OMNI__CEL_MAP_MAP:
        return map_map(&f);
    default:
        return map_optional(&f);
    }
}
