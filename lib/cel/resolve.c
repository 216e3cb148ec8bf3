/*
   Names to what they mean (langdef.md, "Name Resolution"): variables of macros
   from the innermost out; declared variables by their longest name, in the
   container first; types; functions.
*/
#include "cel/node.h"

#define NAME_MAX_BYTES 256u

/* A variable of a macro, and the one outside of it. */
typedef struct scope {
    const struct scope *outer;
    omni__slice name;
    uint32_t slot;
} scope;

typedef struct resolver {
    const omni__cel_source *source;
    const omni__cel_environment *environment;
    uint32_t slots; /* in use where the walk is */
    uint32_t most;
} resolver;

static omni_status
walk(resolver *r, omni__cel_node *node, const scope *names);

static const scope *
find_local(const scope *names, omni__slice name)
{
    while (names != NULL && !omni__slice_equal(names->name, name)) {
        names = names->outer;
    }
    return names;
}

static bool
find_variable(const resolver *r, omni__slice name, uint32_t *slot)
{
    const omni__cel_environment *e = r->environment;
    for (size_t i = 0; i < e->variable_count; ++i) {
        if (omni__slice_equal(omni__slice_text(e->variables[i].name), name)) {
            *slot = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static bool
find_type(omni__slice name, omni__cel_value *out)
{
    for (unsigned kind = OMNI__CEL_NULL; kind < OMNI__CEL_KINDS; ++kind) {
        const char *text = omni__cel_kind_name((omni__cel_kind)kind);
        if (omni__slice_equal(name, omni__slice_text(text))) {
            *out = omni__cel_type((omni__cel_kind)kind);
            return true;
        }
    }
    return false;
}

/* `a.b.c` of a chain of fields over a name, into `text`; false if it is none
   or too long. */
static bool
qualified(const omni__cel_node *node, char text[NAME_MAX_BYTES], size_t *size,
          const omni__cel_node **root)
{
    const omni__cel_node *parts[32];
    size_t count = 0;
    while (node->kind == OMNI__CEL_SELECT && !node->optional && count < 31) {
        parts[count++] = node;
        node = node->a;
    }
    if (node->kind != OMNI__CEL_NAME) {
        return false;
    }
    *root = node;
    parts[count++] = node;
    *size = 0;
    while (count-- != 0) {
        const omni__slice part = parts[count]->name;
        if (*size + part.size + 1 >= NAME_MAX_BYTES) {
            return false;
        }
        if (*size != 0) {
            text[(*size)++] = '.';
        }
        memcpy(text + *size, part.data, part.size);
        *size += part.size;
    }
    return true;
}

typedef bool (*look_up)(const resolver *r, omni__slice name, void *out);

static bool
look_variable(const resolver *r, omni__slice name, void *out)
{
    return find_variable(r, name, out);
}

static bool
look_type(const resolver *r, omni__slice name, void *out)
{
    (void)r;
    return find_type(name, out);
}

static bool
look_function(const resolver *r, omni__slice name, void *out)
{
    const omni__cel_overload **found = out;
    *found = omni__cel_function_find(r->environment, name);
    return *found != NULL;
}

/* Look a name up in the container, in what is around it, and as it stands. */
static bool
in_container(const resolver *r, bool rooted, omni__slice name, look_up look,
             void *out)
{
    omni__slice container =
        rooted ? omni__slice_of(NULL, 0) : r->environment->container;
    for (;;) {
        char text[2 * NAME_MAX_BYTES];
        size_t size = container.size;
        if (size + 1 + name.size > sizeof(text)) {
            return false;
        }
        if (size != 0) {
            memcpy(text, container.data, size);
            text[size++] = '.';
        }
        memcpy(text + size, name.data, name.size);
        if (look(r, omni__slice_of(text, size + name.size), out)) {
            return true;
        }
        if (container.size == 0) {
            return false;
        }
        while (container.size != 0 &&
               container.data[container.size - 1] != '.') {
            --container.size;
        }
        container.size -= container.size != 0;
    }
}

/* A whole chain of fields as a variable or a type. */
static bool
resolve_chain(resolver *r, omni__cel_node *node, const scope *names)
{
    char text[NAME_MAX_BYTES];
    size_t size;
    const omni__cel_node *root;
    if (!qualified(node, text, &size, &root)) {
        return false;
    }
    const omni__slice name = omni__slice_of(text, size);
    const scope *local = root->rooted ? NULL : find_local(names, root->name);
    if (local != NULL) {
        if (node == root) {
            node->kind = OMNI__CEL_LOCAL;
            node->slot = local->slot;
        }
        return node == root;
    }
    if (in_container(r, root->rooted, name, look_variable, &node->slot)) {
        node->kind = OMNI__CEL_GLOBAL;
        return true;
    }
    if (in_container(r, root->rooted, name, look_type, &node->value)) {
        node->kind = OMNI__CEL_LITERAL;
        return true;
    }
    return false;
}

/* `a.b.f(…)` may be a function of that name. */
static bool
resolve_function(resolver *r, omni__cel_node *call, const scope *names)
{
    char text[NAME_MAX_BYTES];
    size_t size;
    const omni__cel_node *root;
    if (call->a == NULL) {
        return in_container(r, call->rooted, call->name, look_function,
                            &call->overloads);
    }
    if (!qualified(call->a, text, &size, &root) ||
        (!root->rooted && find_local(names, root->name) != NULL) ||
        size + 1 + call->name.size >= NAME_MAX_BYTES) {
        return false;
    }
    text[size++] = '.';
    memcpy(text + size, call->name.data, call->name.size);
    const omni__slice name = omni__slice_of(text, size + call->name.size);
    if (!in_container(r, root->rooted, name, look_function, &call->overloads)) {
        return false;
    }
    call->a = NULL;
    return true;
}

static uint32_t
take_slots(resolver *r, uint32_t count)
{
    const uint32_t first = r->slots;
    r->slots += count;
    if (r->slots > r->most) {
        r->most = r->slots;
    }
    return first;
}

static omni_status
walk_fold(resolver *r, omni__cel_node *node, const scope *names)
{
    scope variables[2];
    const scope *inner = names;
    omni_status status = walk(r, node->a, names);
    const uint32_t held = r->slots;
    node->slot = take_slots(r, 2);
    for (unsigned i = 0; i < (node->pairs ? 2u : 1u); ++i) {
        variables[i] = (scope){
            .outer = inner, .name = node->names[i], .slot = node->slot + i};
        inner = &variables[i];
    }
    if (status == OMNI_OK && node->b != NULL) {
        status = walk(r, node->b, inner);
    }
    if (status == OMNI_OK && node->c != NULL) {
        status = walk(r, node->c, inner);
    }
    r->slots = held;
    return status;
}

static omni_status
walk_bind(resolver *r, omni__cel_node *node, const scope *names)
{
    omni_status status = walk(r, node->a, names);
    const uint32_t held = r->slots;
    node->slot = take_slots(r, 1);
    const scope variable = {
        .outer = names, .name = node->names[0], .slot = node->slot};
    if (status == OMNI_OK) {
        status = walk(r, node->b, &variable);
    }
    r->slots = held;
    return status;
}

/* Values of a block are known by number to those that follow. */
static omni_status
walk_block(resolver *r, omni__cel_node *node, const scope *names)
{
    omni_status status = OMNI_OK;
    const uint32_t held = r->slots;
    const scope *inner = names;
    node->slot = take_slots(r, node->count);
    for (uint32_t i = 0; i < node->count && status == OMNI_OK; ++i) {
        scope *variable = omni__arena_get(r->source->arena, sizeof(*variable));
        uint8_t *text = omni__arena_get(r->source->arena, 24);
        if (variable == NULL || text == NULL) {
            return omni__fail_memory(r->source->error);
        }
        status = walk(r, node->arguments[i], inner);
        size_t size = 0;
        memcpy(text, "@index:", 7);
        char digits[12];
        uint32_t number = i;
        do {
            digits[size++] = (char)('0' + number % 10);
            number /= 10;
        } while (number != 0);
        for (size_t k = 0; k < size; ++k) {
            text[7 + k] = (uint8_t)digits[size - 1 - k];
        }
        *variable = (scope){.outer = inner,
                            .name = omni__slice_of(text, 7 + size),
                            .slot = node->slot + i};
        inner = variable;
    }
    if (status == OMNI_OK) {
        status = walk(r, node->a, inner);
    }
    r->slots = held;
    return status;
}

static omni_status
walk_parts(resolver *r, omni__cel_node *node, const scope *names)
{
    omni__cel_node *const parts[] = {node->a, node->b, node->c};
    omni_status status = OMNI_OK;
    for (unsigned i = 0; i < 3 && status == OMNI_OK; ++i) {
        if (parts[i] != NULL) {
            status = walk(r, parts[i], names);
        }
    }
    for (uint32_t i = 0; i < node->count && status == OMNI_OK; ++i) {
        status = walk(r, node->arguments[i], names);
    }
    return status;
}

static omni_status
walk(resolver *r, omni__cel_node *node, const scope *names)
{
    switch (node->kind) {
    case OMNI__CEL_NAME:
        resolve_chain(r, node, names);
        return OMNI_OK;
    case OMNI__CEL_SELECT:
        if (!node->optional && resolve_chain(r, node, names)) {
            return OMNI_OK;
        }
        return walk(r, node->a, names);
    case OMNI__CEL_FOLD:
        return walk_fold(r, node, names);
    case OMNI__CEL_BIND:
        return walk_bind(r, node, names);
    case OMNI__CEL_BLOCK:
        return walk_block(r, node, names);
    case OMNI__CEL_CALL:
        if (!resolve_function(r, node, names) && node->a != NULL) {
            node->overloads =
                omni__cel_function_find(r->environment, node->name);
        }
        node->overload_count = node->overloads == NULL
                                   ? 0
                                   : omni__cel_overload_count(node->overloads);
        return walk_parts(r, node, names);
    default:
        return walk_parts(r, node, names);
    }
}

omni_status
omni__cel_resolve(const omni__cel_source *source,
                  const omni__cel_environment *environment,
                  omni__cel_node *root, uint32_t *slots)
{
    resolver r = {.source = source, .environment = environment};
    const omni_status status = walk(&r, root, NULL);
    *slots = r.most;
    return status;
}
