/* Macros: calls that bind names of their own (langdef.md, "Macros", and the
   extensions for two variables, bindings, blocks and optionals). */
#include "cel/node.h"

#include <stdio.h>

typedef struct macro {
    const char *name;
    uint8_t least; /* arguments */
    uint8_t most;
    uint8_t variables;
    uint8_t fold;
    bool two_steps; /* a condition may stand before the last argument */
} macro;

static const macro macros[] = {
    {"all", 2, 2, 1, OMNI__CEL_ALL, false},
    {"all", 3, 3, 2, OMNI__CEL_ALL, false},
    {"exists", 2, 2, 1, OMNI__CEL_EXISTS, false},
    {"exists", 3, 3, 2, OMNI__CEL_EXISTS, false},
    {"exists_one", 2, 2, 1, OMNI__CEL_EXISTS_ONE, false},
    {"exists_one", 3, 3, 2, OMNI__CEL_EXISTS_ONE, false},
    {"existsOne", 2, 2, 1, OMNI__CEL_EXISTS_ONE, false},
    {"existsOne", 3, 3, 2, OMNI__CEL_EXISTS_ONE, false},
    {"filter", 2, 2, 1, OMNI__CEL_FILTER, false},
    {"map", 2, 3, 1, OMNI__CEL_MAP_LIST, true},
    {"transformList", 3, 4, 2, OMNI__CEL_MAP_LIST, true},
    {"transformMap", 3, 4, 2, OMNI__CEL_MAP_MAP, true},
    {"optMap", 2, 2, 1, OMNI__CEL_MAP_OPTIONAL, true},
    {"optFlatMap", 2, 2, 1, OMNI__CEL_FLAT_OPTIONAL, true},
};

static bool
named(const omni__cel_node *call, const char *name)
{
    return omni__slice_equal(call->name, omni__slice_text(name));
}

static bool
is_cel(const omni__cel_node *target)
{
    return target != NULL && target->kind == OMNI__CEL_NAME &&
           omni__slice_equal(target->name, omni__slice_text("cel"));
}

/* True for a name without dots, which a variable may have. */
static bool
simple_name(const omni__cel_node *node, omni__slice *out)
{
    *out = node->name;
    return node->kind == OMNI__CEL_NAME && !node->rooted;
}

static omni_status
has(const omni__cel_source *source, omni__cel_node *call)
{
    omni__cel_node *field = call->arguments[0];
    if (field->kind != OMNI__CEL_SELECT || field->optional) {
        return omni__cel_fail(source, field->offset,
                              "has() wants a field: has(value.field)");
    }
    call->kind = OMNI__CEL_HAS;
    call->a = field->a;
    call->name = field->name;
    call->count = 0;
    return OMNI_OK;
}

static omni_status
fold(const omni__cel_source *source, omni__cel_node *call, const macro *m)
{
    for (unsigned i = 0; i < m->variables; ++i) {
        if (!simple_name(call->arguments[i], &call->names[i])) {
            return omni__cel_fail(source, call->arguments[i]->offset,
                                  "%s() wants the name of a variable here",
                                  m->name);
        }
    }
    if (m->variables == 2 &&
        omni__slice_equal(call->names[0], call->names[1])) {
        return omni__cel_fail(source, call->arguments[1]->offset,
                              "two variables of one name");
    }
    call->kind = OMNI__CEL_FOLD;
    call->op = m->fold;
    call->pairs = m->variables == 2;
    call->b = call->arguments[m->variables];
    call->c = NULL;
    if (m->two_steps) {
        call->c = call->arguments[call->count - 1];
        call->b = call->count - m->variables == 2 ? call->b : NULL;
    }
    call->count = 0;
    return OMNI_OK;
}

static omni_status
bind(const omni__cel_source *source, omni__cel_node *call)
{
    if (!simple_name(call->arguments[0], &call->names[0])) {
        return omni__cel_fail(source, call->arguments[0]->offset,
                              "cel.bind() wants the name of a variable here");
    }
    call->kind = OMNI__CEL_BIND;
    call->a = call->arguments[1];
    call->b = call->arguments[2];
    call->count = 0;
    return OMNI_OK;
}

static omni_status
block(const omni__cel_source *source, omni__cel_node *call)
{
    omni__cel_node *list = call->arguments[0];
    if (list->kind != OMNI__CEL_MAKE_LIST) {
        return omni__cel_fail(source, list->offset,
                              "cel.block() wants a list of values here");
    }
    call->kind = OMNI__CEL_BLOCK;
    call->a = call->arguments[1];
    call->arguments = list->arguments;
    call->optionals = list->optionals;
    call->count = list->count;
    return OMNI_OK;
}

/* cel.index(n) and cel.iterVar(n, m) are names that no variable can have. */
static omni_status
numbered(const omni__cel_source *source, omni__cel_node *call)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "@%.*s", (int)call->name.size,
                        (const char *)call->name.data);
    for (uint32_t i = 0; i < call->count; ++i) {
        const omni__cel_node *number = call->arguments[i];
        if (number->kind != OMNI__CEL_LITERAL ||
            number->value.kind != OMNI__CEL_INT ||
            number->value.as.number < 0) {
            return omni__cel_fail(source, number->offset,
                                  "a number from 0 on should be here");
        }
        size += snprintf(text + size, sizeof(text) - (size_t)size, ":%llu",
                         (unsigned long long)number->value.as.number);
        if ((size_t)size >= sizeof(text)) {
            return omni__cel_fail(source, number->offset, "too large");
        }
    }
    call->kind = OMNI__CEL_NAME;
    call->name =
        omni__arena_copy(source->arena, omni__slice_of(text, (size_t)size));
    call->a = NULL;
    call->count = 0;
    return call->name.data == NULL ? omni__fail_memory(source->error) : OMNI_OK;
}

omni_status
omni__cel_expand(const omni__cel_source *source, omni__cel_node *call,
                 bool *done)
{
    *done = true;
    if (call->a == NULL && named(call, "has") && call->count == 1) {
        return has(source, call);
    }
    if (is_cel(call->a)) {
        if (named(call, "bind") && call->count == 3) {
            return bind(source, call);
        }
        if (named(call, "block") && call->count == 2) {
            return block(source, call);
        }
        if ((named(call, "index") && call->count == 1) ||
            (named(call, "iterVar") && call->count == 2)) {
            return numbered(source, call);
        }
    }
    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); ++i) {
        if (call->a != NULL && named(call, macros[i].name) &&
            call->count >= macros[i].least && call->count <= macros[i].most) {
            return fold(source, call, &macros[i]);
        }
    }
    *done = false;
    return OMNI_OK;
}
