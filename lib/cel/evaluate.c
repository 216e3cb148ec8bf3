/*
   Evaluation: a walk over the resolved tree. It calls itself as deep as the
   parser let the tree grow, and pays a step for every node.
*/
#include "cel/fold.h"
#include "cel/linear.h"

#include <stdio.h>

/* Kept out of evaluate(), which is entered for every leaf and wants a small
   frame. */
#define APART __attribute__((noinline))

#define ARGUMENTS 8u /* that need no memory of their own */

static omni__cel_value
evaluate(omni__cel_run *run, const omni__cel_node *node);

APART static omni__cel_value
name_value(omni__cel_run *run, const omni__cel_node *node)
{
    run->at = node;
    return omni__cel_run_error(run, "undeclared reference to \"%.*s\"",
                               node->name.size > 64 ? 64 : (int)node->name.size,
                               (const char *)node->name.data);
}

APART static omni__cel_value
not_bool(omni__cel_run *run, const omni__cel_node *node, const char *what,
         omni__cel_value value)
{
    if (omni__cel_is_error(value)) {
        return value;
    }
    run->at = node;
    return omni__cel_run_error(run, "no such overload: %s of %s", what,
                               omni__cel_kind_name((omni__cel_kind)value.kind));
}

/* && and ||: one operand that decides is enough, wherever it stands, and as
   long as it does; else an error stands. */
APART static omni__cel_value
logical(omni__cel_run *run, const omni__cel_node *node)
{
    const bool deciding = node->kind == OMNI__CEL_OR;
    const omni__cel_held before = omni__cel_run_held(run);
    omni__cel_held all = before;
    omni__cel_value fault = omni__cel_bool(!deciding);
    for (uint32_t i = 0; i < node->count; ++i) {
        const omni__cel_value value = evaluate(run, node->arguments[i]);
        if (omni__cel_is(value, deciding)) {
            return value;
        }
        omni__cel_run_back(run, &before, &all);
        if (value.kind != OMNI__CEL_BOOL && fault.kind == OMNI__CEL_BOOL) {
            fault = not_bool(run, node->arguments[i], deciding ? "||" : "&&",
                             value);
        }
    }
    omni__cel_run_set(run, &all);
    return fault;
}

APART static omni__cel_value
choice(omni__cel_run *run, const omni__cel_node *node)
{
    const omni__cel_value condition = evaluate(run, node->a);
    if (condition.kind != OMNI__CEL_BOOL) {
        return not_bool(run, node->a, "?:", condition);
    }
    return evaluate(run, condition.as.truth ? node->b : node->c);
}

/* a[key] or a.field, through optionals: of none is none; `?` makes what is not
   there none. */
static omni__cel_value
select_from(omni__cel_run *run, const omni__cel_node *node, omni__cel_value a,
            omni__cel_value key)
{
    bool found = false;
    const bool chained = a.kind == OMNI__CEL_OPTIONAL;
    run->at = node;
    if (chained && a.as.items == NULL) {
        return omni__cel_none();
    }
    const omni__cel_value from = chained ? *a.as.items : a;
    if (node->kind != OMNI__CEL_INDEX && from.kind != OMNI__CEL_MAP) {
        return omni__cel_run_error(
            run, "%s has no fields",
            omni__cel_kind_name((omni__cel_kind)from.kind));
    }
    const omni__cel_value value = omni__cel_at(run, from, key, &found);
    if (!chained && !node->optional) {
        return value;
    }
    if (found) {
        return omni__cel_run_some(run, value);
    }
    return from.kind == OMNI__CEL_MAP || from.kind == OMNI__CEL_LIST
               ? omni__cel_none()
               : value;
}

APART static omni__cel_value
has(omni__cel_run *run, const omni__cel_node *node)
{
    omni__cel_value a = evaluate(run, node->a);
    bool found = false;
    if (omni__cel_is_error(a)) {
        return a;
    }
    if (a.kind == OMNI__CEL_OPTIONAL) {
        if (a.as.items == NULL) {
            return omni__cel_bool(false);
        }
        a = *a.as.items;
    }
    run->at = node;
    if (a.kind != OMNI__CEL_MAP) {
        return omni__cel_run_error(run, "has(): %s has no fields",
                                   omni__cel_kind_name((omni__cel_kind)a.kind));
    }
    const omni__cel_value value =
        omni__cel_at(run, a, omni__cel_text(node->name), &found);
    (void)value;
    return omni__cel_bool(found);
}

APART static omni__cel_value
make_list(omni__cel_run *run, const omni__cel_node *node)
{
    size_t count = 0;
    omni__cel_value *items =
        omni__arena_get(run->arena, (node->count + 1) * sizeof(items[0]));
    if (items == NULL) {
        return omni__cel_run_memory(run);
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        const omni__cel_value value = evaluate(run, node->arguments[i]);
        if (omni__cel_is_error(value)) {
            return value;
        }
        if (!node->optionals[i]) {
            items[count++] = value;
        } else if (value.kind != OMNI__CEL_OPTIONAL) {
            run->at = node->arguments[i];
            return omni__cel_run_error(run, "an element with ? is optional");
        } else if (value.as.items != NULL) {
            items[count++] = *value.as.items;
        }
    }
    return omni__cel_moving_list(items, count);
}

APART static omni__cel_value
make_map(omni__cel_run *run, const omni__cel_node *node)
{
    size_t count = 0;
    omni__cel_entry *entries =
        omni__arena_get(run->arena, (node->count / 2 + 1) * sizeof(entries[0]));
    if (entries == NULL) {
        return omni__cel_run_memory(run);
    }
    for (uint32_t i = 0; i + 1 < node->count; i += 2) {
        const omni__cel_value key =
            omni__cel_settled(run, evaluate(run, node->arguments[i]));
        if (omni__cel_is_error(key)) {
            return key;
        }
        omni__cel_value value = evaluate(run, node->arguments[i + 1]);
        if (omni__cel_is_error(value)) {
            return value;
        }
        if (node->optionals[i]) {
            if (value.kind != OMNI__CEL_OPTIONAL) {
                run->at = node->arguments[i + 1];
                return omni__cel_run_error(run, "an entry with ? is optional");
            }
            if (value.as.items == NULL) {
                continue;
            }
            value = *value.as.items;
        }
        entries[count++] = (omni__cel_entry){.key = key, .value = value};
    }
    run->at = node;
    return omni__cel_run_map(run, entries, count);
}

APART static omni__cel_value
no_overload(omni__cel_run *run, const omni__cel_node *node,
            const omni__cel_value *arguments, size_t count)
{
    char text[120];
    size_t size = 0;
    for (size_t i = 0; i < count && size + 40 < sizeof(text); ++i) {
        const int more = snprintf(
            text + size, sizeof(text) - size, "%s%s", i == 0 ? "" : ", ",
            omni__cel_kind_name((omni__cel_kind)arguments[i].kind));
        size += more > 0 ? (size_t)more : 0;
    }
    text[size] = '\0';
    return omni__cel_run_error(run, "no such overload: %.*s(%s)",
                               node->name.size > 40 ? 40 : (int)node->name.size,
                               (const char *)node->name.data, text);
}

/* Call a function, which sees nothing move unless it knows of that. */
static omni__cel_value
enter(omni__cel_run *run, const omni__cel_overload *overload,
      omni__cel_value *arguments, size_t count)
{
    const unsigned live = overload->cost & OMNI__CEL_LIVE_ALL;
    if (!omni__cel_run_steps(run, overload->cost - live)) {
        return omni__cel_run_exhausted(run);
    }
    for (size_t i = 0; i < count && live != OMNI__CEL_LIVE_ALL; ++i) {
        if ((i == 0 && live == OMNI__CEL_LIVE) ||
            (i + 1 == count && live == OMNI__CEL_LIVE_LAST &&
             arguments[i].slope == 1)) {
            continue;
        }
        arguments[i] = omni__cel_settled(run, arguments[i]);
        if (omni__cel_is_error(arguments[i])) {
            return arguments[i];
        }
    }
    return overload->function(run, arguments, count);
}

static omni__cel_value
apply(omni__cel_run *run, const omni__cel_node *node,
      omni__cel_value *arguments, size_t count)
{
    char letters[64];
    const omni__cel_overload *overload = node->overloads;
    run->at = node;
    if (overload == NULL) {
        return omni__cel_run_error(run, "undeclared function \"%.*s\"",
                                   node->name.size > 64 ? 64
                                                        : (int)node->name.size,
                                   (const char *)node->name.data);
    }
    for (size_t i = 0; i < count && i < sizeof(letters); ++i) {
        letters[i] = omni__cel_letter((omni__cel_kind)arguments[i].kind);
    }
    for (uint32_t i = 0; i < node->overload_count && count <= sizeof(letters);
         ++i) {
        if (omni__cel_overload_takes(&overload[i], node->a != NULL, letters,
                                     count)) {
            return enter(run, &overload[i], arguments, count);
        }
    }
    return no_overload(run, node, arguments, count);
}

APART static omni__cel_value
call(omni__cel_run *run, const omni__cel_node *node)
{
    omni__cel_value few[ARGUMENTS];
    omni__cel_value *arguments = few;
    size_t count = 0;
    if (node->count + 1 > ARGUMENTS) {
        arguments = omni__arena_get(run->arena,
                                    (node->count + 1) * sizeof(arguments[0]));
        if (arguments == NULL) {
            return omni__cel_run_memory(run);
        }
    }
    if (node->overloads == NULL) {
        return apply(run, node, arguments, 0);
    }
    if (node->a != NULL) {
        arguments[count++] = evaluate(run, node->a);
    }
    for (uint32_t i = 0; i < node->count; ++i) {
        if (count != 0 && omni__cel_is_error(arguments[count - 1])) {
            break;
        }
        arguments[count++] = evaluate(run, node->arguments[i]);
    }
    if (count != 0 && omni__cel_is_error(arguments[count - 1])) {
        return arguments[count - 1];
    }
    return apply(run, node, arguments, count);
}

APART static omni__cel_value
block(omni__cel_run *run, const omni__cel_node *node)
{
    for (uint32_t i = 0; i < node->count; ++i) {
        omni__cel_value value = evaluate(run, node->arguments[i]);
        if (node->optionals[i] && value.kind == OMNI__CEL_OPTIONAL &&
            value.as.items != NULL) {
            value = *value.as.items;
        }
        run->slots[node->slot + i] = value;
    }
    return evaluate(run, node->a);
}

APART static omni__cel_value
evaluate_field(omni__cel_run *run, const omni__cel_node *node)
{
    const omni__cel_value a = evaluate(run, node->a);
    if (omni__cel_is_error(a)) {
        return a;
    }
    if (node->kind == OMNI__CEL_SELECT) {
        return select_from(run, node, a, omni__cel_text(node->name));
    }
    const omni__cel_value key = omni__cel_settled(run, evaluate(run, node->b));
    return omni__cel_is_error(key) ? key : select_from(run, node, a, key);
}

APART static omni__cel_value
evaluate_operator(omni__cel_run *run, const omni__cel_node *node)
{
    const omni__cel_value a = evaluate(run, node->a);
    if (omni__cel_is_error(a)) {
        return a;
    }
    if (node->kind == OMNI__CEL_NOT) {
        return a.kind == OMNI__CEL_BOOL ? omni__cel_bool(!a.as.truth)
                                        : not_bool(run, node, "!", a);
    }
    if (node->kind == OMNI__CEL_NEGATE) {
        run->at = node;
        return omni__cel_negate(run, a);
    }
    const omni__cel_value b = evaluate(run, node->b);
    if (omni__cel_is_error(b)) {
        return b;
    }
    run->at = node;
    return omni__cel_binary(run, (omni__cel_op)node->op, a, b);
}

static omni__cel_value
evaluate(omni__cel_run *run, const omni__cel_node *node)
{
    if (!omni__cel_run_steps(run, 1)) {
        return omni__cel_run_exhausted(run);
    }
    switch (node->kind) {
    case OMNI__CEL_LITERAL:
        return node->value;
    case OMNI__CEL_LOCAL:
        return run->slots[node->slot];
    case OMNI__CEL_GLOBAL:
        run->at = node;
        return run->variable(run, node->slot);
    case OMNI__CEL_SELECT:
    case OMNI__CEL_INDEX:
        return evaluate_field(run, node);
    case OMNI__CEL_HAS:
        return has(run, node);
    case OMNI__CEL_NOT:
    case OMNI__CEL_NEGATE:
    case OMNI__CEL_BINARY:
        return evaluate_operator(run, node);
    case OMNI__CEL_AND:
    case OMNI__CEL_OR:
        return logical(run, node);
    case OMNI__CEL_CHOICE:
        return choice(run, node);
    case OMNI__CEL_MAKE_LIST:
        return make_list(run, node);
    case OMNI__CEL_MAKE_MAP:
        return make_map(run, node);
    case OMNI__CEL_CALL:
        return call(run, node);
    case OMNI__CEL_FOLD:
        return omni__cel_fold_evaluate(run, node, evaluate);
    case OMNI__CEL_BIND:
        run->slots[node->slot] = evaluate(run, node->a);
        return evaluate(run, node->b);
    case OMNI__CEL_BLOCK:
        return block(run, node);
    default:
        return name_value(run, node);
    }
}

omni__cel_value
omni__cel_evaluate(omni__cel_run *run, const omni__cel_node *root)
{
    return omni__cel_settled(run, evaluate(run, root));
}
