/* omni/cel.h: expressions of CEL without a store. */
#include "omni/cel.h"

#include "cel/run.h"
#include "formats/cel_json.h"
#include "platform/hooks.h"

#include <stdio.h>

/* What one evaluation may take. */
#define STEPS UINT64_C(1000000)

struct omni_cel {
    omni__hooks hooks;
    omni__arena arena; /* of one evaluation */
    omni__buffer answer;
};

/* A request that is being answered. */
typedef struct request {
    omni__arena *arena;
    omni_error error;
    omni__slice expression;
    omni__cel_environment environment;
    const omni__cel_value *values; /* of its variables */
    bool check;                    /* its type and cost are asked for */
} request;

omni_status
omni_cel_new(const omni_hooks *hooks, omni_cel **out, omni_error *error)
{
    omni__hooks taken;
    const omni_status status = omni__hooks_init(&taken, hooks);
    if (status != OMNI_OK) {
        return omni__fail(error, status, "hooks of an unknown size");
    }
    omni_cel *cel = omni__malloc(&taken.alloc, sizeof(*cel));
    if (cel == NULL) {
        return omni__fail_memory(error);
    }
    cel->hooks = taken;
    omni__arena_init(&cel->arena, &cel->hooks.alloc);
    omni__buffer_init(&cel->answer, &cel->hooks.alloc);
    *out = cel;
    return OMNI_OK;
}

void
omni_cel_free(omni_cel *cel)
{
    if (cel != NULL) {
        omni__arena_free(&cel->arena);
        omni__buffer_free(&cel->answer);
        const omni__hooks hooks = cel->hooks;
        omni__free(&hooks.alloc, cel);
    }
}

static omni__cel_value
variable(omni__cel_run *run, uint32_t number)
{
    return ((const omni__cel_value *)run->host)[number];
}

static omni_status
read_bindings(request *r, const omni__json *bindings)
{
    const size_t count = bindings->count;
    omni__cel_variable *variables =
        omni__arena_get(r->arena, (count + 1) * sizeof(variables[0]));
    omni__cel_value *values =
        omni__arena_get(r->arena, (count + 1) * sizeof(values[0]));
    if (variables == NULL || values == NULL) {
        return omni__fail_memory(&r->error);
    }
    for (size_t i = 0; i < count; ++i) {
        const omni__json *item = &bindings->items[i];
        const char *why = NULL;
        char *name = omni__arena_zero(r->arena, item->key.size + 1);
        if (name == NULL) {
            return omni__fail_memory(&r->error);
        }
        memcpy(name, item->key.data, item->key.size);
        if (!omni__cel_json_read(item, r->arena, &values[i], &why)) {
            return why == NULL ? omni__fail_memory(&r->error)
                               : omni__fail(&r->error, OMNI_ERR_SYNTAX,
                                            "bindings.%s: %s", name, why);
        }
        variables[i] = (omni__cel_variable){
            .name = name,
            .type = omni__cel_letter((omni__cel_kind)values[i].kind)};
    }
    r->environment.variables = variables;
    r->environment.variable_count = count;
    r->values = values;
    return OMNI_OK;
}

static omni_status
read_request(request *r, omni__slice text)
{
    const omni__json_rules rules = {.depth = OMNI__JSON_DEPTH_MAX, .nul = true};
    omni__json_fault fault;
    const omni__json *json =
        omni__json_parse_within(text, rules, r->arena, &fault);
    if (json == NULL) {
        return fault.memory ? omni__fail_memory(&r->error)
                            : omni__fail_at(&r->error, OMNI_ERR_SYNTAX,
                                            (int64_t)fault.offset,
                                            "request: %s at byte %zu",
                                            fault.message, fault.offset);
    }
    const omni__json *expression = omni__json_get(json, "expr");
    const omni__json *bindings = omni__json_get(json, "bindings");
    const omni__json *container = omni__json_get(json, "container");
    const omni__json *check = omni__json_get(json, "check");
    if (expression == NULL || expression->type != OMNI__JSON_STRING) {
        return omni__fail(&r->error, OMNI_ERR_SYNTAX,
                          "request: expr should be text");
    }
    if ((bindings != NULL && bindings->type != OMNI__JSON_OBJECT) ||
        (container != NULL && container->type != OMNI__JSON_STRING)) {
        return omni__fail(&r->error, OMNI_ERR_SYNTAX,
                          "request: bindings should be an object, container "
                          "text");
    }
    r->expression = expression->text;
    r->check = check != NULL && check->type == OMNI__JSON_TRUE;
    if (container != NULL) {
        r->environment.container = container->text;
    }
    return bindings != NULL ? read_bindings(r, bindings) : OMNI_OK;
}

static omni_status
evaluate(request *r, const omni__cel_source *source, const omni__cel_node *root,
         uint32_t slots, omni__buffer *answer)
{
    omni__cel_run run = {.arena = r->arena,
                         .host = (void *)(uintptr_t)r->values,
                         .variable = variable,
                         .steps = STEPS,
                         .since_us = INT64_MIN,
                         .until_us = INT64_MAX};
    run.slots =
        omni__arena_zero(r->arena, ((size_t)slots + 1) * sizeof(run.slots[0]));
    if (run.slots == NULL) {
        return omni__fail_memory(&r->error);
    }
    const omni__cel_value value = omni__cel_evaluate(&run, root);
    if (!omni__cel_is_error(value)) {
        omni__buffer_text(answer, "{\"value\":");
        omni__cel_json_write(value, answer);
        return OMNI_OK;
    }
    return value.as.error == omni__cel_run_memory(&run).as.error
               ? omni__fail_memory(&r->error)
               : omni__cel_fail(source, value.as.error->offset, "%s",
                                value.as.error->message);
}

static omni_status
check(request *r, const omni__cel_source *source, const omni__cel_node *root,
      omni__buffer *answer)
{
    char text[80];
    char type;
    uint64_t cost;
    omni_status status = omni__cel_check(source, &r->environment, root, &type);
    if (status == OMNI_OK) {
        status = omni__cel_cost(source, root, STEPS, &cost);
    }
    if (status == OMNI_OK) {
        snprintf(text, sizeof(text), "{\"type\":\"%s\",\"cost\":%llu",
                 omni__cel_letter_name(type), (unsigned long long)cost);
        omni__buffer_text(answer, text);
    }
    return status;
}

static omni_status
answer_request(request *r, omni__buffer *answer)
{
    const omni__cel_source source = {
        .text = r->expression, .arena = r->arena, .error = &r->error};
    omni__cel_node *root;
    uint32_t slots;
    omni_status status = omni__cel_parse(&source, &root);
    if (status == OMNI_OK) {
        status = omni__cel_resolve(&source, &r->environment, root, &slots);
    }
    if (status != OMNI_OK) {
        return status;
    }
    return r->check ? check(r, &source, root, answer)
                    : evaluate(r, &source, root, slots, answer);
}

omni_status
omni_cel_eval_json(omni_cel *cel, const char *text, size_t size_bytes,
                   omni_text *out)
{
    request r = {.arena = &cel->arena};
    omni__arena_reset(&cel->arena);
    omni__buffer_clear(&cel->answer);
    omni_status status = read_request(&r, omni__slice_of(text, size_bytes));
    if (status == OMNI_OK) {
        status = answer_request(&r, &cel->answer);
    }
    if (status == OMNI_ERR_NO_MEMORY) {
        return status;
    }
    if (status != OMNI_OK) {
        omni__buffer_text(&cel->answer, "{\"error\":");
        omni__json_write_text(omni__slice_text(r.error.message), &cel->answer);
    }
    omni__buffer_byte(&cel->answer, '}');
    if (cel->answer.failed) {
        return OMNI_ERR_NO_MEMORY;
    }
    *out = (omni_text){.bytes = (const char *)cel->answer.data,
                       .size = cel->answer.size};
    return OMNI_OK;
}
