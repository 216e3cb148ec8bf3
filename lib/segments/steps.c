/* Steps by their name, and by their condition: an expression over one event,
   whose body is read where the expression asks for properties. */
#include "segments/steps.h"

#include "events/copy.h"
#include "segments/functions.h"

#include <stdio.h>

#define BUDGET UINT64_C(1000000) /* steps of one evaluation */

enum { CHANNEL, NAME, PROPERTIES, TIME };

static const omni__cel_variable variables[] = {
    [CHANNEL] = {.name = "channel", .type = 's'},
    [NAME] = {.name = "name", .type = 's'},
    [PROPERTIES] = {.name = "properties", .type = 'M'},
    [TIME] = {.name = "time", .type = 't'},
};

/* An event under a condition. */
typedef struct subject {
    omni__log *log;
    const omni__entry *entry;
    omni_status status; /* of reading its body */
} subject;

static omni__cel_value
properties(omni__cel_run *run, subject *of)
{
    omni__event_body body;
    of->status = omni__copy_read(of->log, of->entry->order.position, &body);
    if (of->status != OMNI_OK) {
        return omni__cel_run_error(run, "the event cannot be read");
    }
    const omni__slice json = body.properties;
    return omni__evaluation_json(run, json.size != 0 ? json
                                                     : omni__slice_text("{}"));
}

static omni__cel_value
variable(omni__cel_run *run, uint32_t number)
{
    subject *of = run->host;
    switch (number) {
    case CHANNEL:
        return omni__cel_text(of->entry->channel);
    case NAME:
        return omni__cel_text(of->entry->name);
    case TIME:
        return omni__evaluation_time(of->entry->order.time_us);
    default:
        return properties(run, of);
    }
}

/* A condition is a bool, as far as can be told, and within the budget. */
static omni_status
check(const omni__cel_source *source, const omni__cel_environment *environment,
      const omni__cel_node *root)
{
    char type;
    uint64_t cost;
    const omni_status status =
        omni__cel_check(source, environment, root, &type);
    if (status != OMNI_OK) {
        return status;
    }
    return type == 'b' || type == '*'
               ? omni__cel_cost(source, root, BUDGET, &cost)
               : omni__cel_fail(source, root->offset,
                                "the condition gives %s, not bool",
                                omni__cel_letter_name(type));
}

static omni_status
compile_condition(omni__steps *steps, size_t k, const char *text,
                  uint32_t *slots)
{
    static const omni__cel_environment environment = {
        .variables = variables,
        .variable_count = sizeof(variables) / sizeof(variables[0])};
    uint32_t needed;
    const omni__cel_source source = {.text = omni__slice_text(text),
                                     .arena = steps->arena,
                                     .error = steps->error};
    omni_status status = omni__cel_parse(&source, &steps->conditions[k]);
    if (status == OMNI_OK) {
        status = omni__cel_resolve(&source, &environment, steps->conditions[k],
                                   &needed);
    }
    if (status == OMNI_OK) {
        status = check(&source, &environment, steps->conditions[k]);
    }
    if (status == OMNI_ERR_SYNTAX || status == OMNI_ERR_LIMIT) {
        char step[48];
        snprintf(step, sizeof(step), ", in step %zu", k + 1);
        omni__error_add(steps->error, step);
    }
    if (status == OMNI_OK) {
        *slots = needed > *slots ? needed : *slots;
        steps->texts[k] = source.text;
        steps->conditional |= 1u << k;
    }
    return status;
}

omni_status
omni__steps_compile(omni__steps *steps, const omni_funnel_options *options)
{
    uint32_t slots = 0;
    omni_status status = OMNI_OK;
    steps->count = options->step_count;
    omni__arena_init(&steps->scratch, steps->arena->alloc);
    for (size_t k = 0; k < steps->count && status == OMNI_OK; ++k) {
        const omni_funnel_step *step = &options->steps[k];
        steps->names[k] = omni__slice_text(step->name);
        if (step->condition != NULL) {
            status = compile_condition(steps, k, step->condition, &slots);
        }
    }
    if (status != OMNI_OK) {
        return status;
    }
    steps->slots = omni__arena_zero(steps->arena, ((size_t)slots + 1) *
                                                      sizeof(steps->slots[0]));
    return steps->slots != NULL ? OMNI_OK : omni__fail_memory(steps->error);
}

void
omni__steps_end(omni__steps *steps)
{
    omni__arena_free(&steps->scratch);
}

/* Whether an event meets a step's condition. */
static omni_status
meets(omni__steps *steps, size_t k, const omni__entry *entry, bool *out)
{
    subject of = {.log = steps->log, .entry = entry};
    omni__cel_run run = {.arena = &steps->scratch,
                         .host = &of,
                         .variable = variable,
                         .steps = BUDGET,
                         .slots = steps->slots};
    const omni__cel_source source = {.text = steps->texts[k],
                                     .error = steps->error};
    omni__arena_reset(&steps->scratch);
    const omni__cel_value value =
        omni__cel_evaluate(&run, steps->conditions[k]);
    *out = omni__cel_is(value, true);
    if (of.status != OMNI_OK) {
        return omni__fail(steps->error, of.status, "event of a funnel: %s",
                          omni_status_name(of.status));
    }
    if (value.kind == OMNI__CEL_BOOL) {
        return OMNI_OK;
    }
    if (!omni__cel_is_error(value)) {
        return omni__cel_fail(
            &source, 0, "step %zu: the condition gives %s, not bool", k + 1,
            omni__cel_kind_name((omni__cel_kind)value.kind));
    }
    if (value.as.error == omni__cel_run_memory(&run).as.error) {
        return omni__fail_memory(steps->error);
    }
    return value.as.error != omni__cel_run_exhausted(&run).as.error
               ? OMNI_OK
               : omni__fail(steps->error, OMNI_ERR_LIMIT, "step %zu: %s", k + 1,
                            value.as.error->message);
}

/* The steps of a name. Texts of entries stay where they are, so that one place
   is one name. */
static uint32_t
by_name(omni__steps *steps, omni__slice name)
{
    if (steps->last.data != name.data || steps->last.size != name.size) {
        steps->last = name;
        steps->named = 0;
        for (size_t k = 0; k < steps->count; ++k) {
            const bool fits = steps->names[k].data == NULL ||
                              omni__slice_equal(steps->names[k], name);
            steps->named |= (uint32_t)fits << k;
        }
    }
    return steps->named;
}

omni_status
omni__steps_fit(omni__steps *steps, const omni__entry *entry, uint32_t *out)
{
    uint32_t fits = by_name(steps, entry->name);
    omni_status status = OMNI_OK;
    uint32_t left = fits & steps->conditional;
    for (size_t k = 0; left != 0 && status == OMNI_OK; ++k, left >>= 1) {
        bool truth = true;
        if ((left & 1) != 0) {
            status = meets(steps, k, entry, &truth);
        }
        fits &= ~((uint32_t)!truth << k);
    }
    *out = fits;
    return status;
}
