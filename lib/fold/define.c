/* Definitions and registers: what is set, set again and taken away. */
#include "fold/register.h"
#include "fold/segments.h"

/* Whom a walk over the registers in force tells. */
typedef struct reconciliation {
    omni__fold *fold;
    uint64_t changed; /* bits of numbers of definitions that changed */
} reconciliation;

static bool
same_text(const omni__definition *definition, omni__slice text)
{
    const omni__program *program = definition->program;
    return program != NULL && program->segment != NULL &&
           omni__slice_equal(omni__segment_text(program->segment), text);
}

static void
change(reconciliation *r, omni__definition *definition)
{
    /* Where nobody is, nobody has to be asked. */
    definition->open = definition->deleted || r->fold->counts.nodes != 0;
    definition->begun = false;
    definition->dirty = true;
    r->changed |= omni__definition_bit(definition);
}

/* A register in force: its definition is there, and has its body. */
static omni_status
define(void *user, const omni__register *entry)
{
    reconciliation *r = user;
    omni__fold *fold = r->fold;
    omni__definitions *definitions = &fold->watch.definitions;
    omni__definition *found =
        omni__definitions_find(definitions, entry->body.name);
    omni_status status = OMNI_OK;
    if (found == NULL) {
        status = omni__definitions_add(definitions, entry->body.name,
                                       (uint32_t)++fold->counts.numbers,
                                       entry->position);
        ++fold->counts.segments;
        if (status == OMNI_OK) {
            change(r, &definitions->list[definitions->count - 1]);
        }
        return status;
    }
    found->defined = true;
    if (!found->deleted && found->position == entry->position) {
        return OMNI_OK;
    }
    const bool same = !found->deleted && same_text(found, entry->body.value);
    status = omni__definition_set(definitions, found, entry->position);
    found->deleted = false;
    if (status == OMNI_OK && !same) {
        change(r, found);
    }
    return status;
}

/* Definitions that are in force no more. */
static void
take_away(reconciliation *r, size_t known)
{
    omni__definitions *definitions = &r->fold->watch.definitions;
    for (size_t i = 0; i < known; ++i) {
        omni__definition *definition = &definitions->list[i];
        if (!definition->defined && !definition->deleted) {
            omni__plan_free(definition->glance);
            definition->glance = NULL;
            omni__programs_give(definitions->programs, definition->program);
            definition->program = NULL;
            definition->deleted = true;
            change(r, definition);
        }
        definition->defined = false;
    }
}

/* Who reads the answer of one that changed is evaluated again, too. */
static omni_status
reopen(reconciliation *r)
{
    omni__definitions *definitions = &r->fold->watch.definitions;
    uint64_t bits = 0;
    omni__definitions_connect(definitions);
    for (size_t i = 0; i < definitions->count; ++i) {
        const omni__definition *definition = &definitions->list[i];
        if ((omni__definition_bit(definition) & r->changed) != 0) {
            bits |= definition->bits;
        }
    }
    for (size_t i = 0; i < definitions->count; ++i) {
        omni__definition *definition = &definitions->list[i];
        if ((omni__definition_bit(definition) & bits) != 0) {
            change(r, definition);
        }
    }
    return omni__watch_index(r->fold);
}

omni_status
omni__watch_define(omni__fold *fold)
{
    reconciliation r = {.fold = fold};
    fold->watch.stale = false;
    const size_t known = fold->watch.definitions.count;
    omni_status status = omni__registers_each(&fold->set.view, fold->log,
                                              OMNI__FACT_SEGMENT, define, &r);
    if (status == OMNI_OK) {
        take_away(&r, known);
        status = r.changed != 0 ? reopen(&r) : OMNI_OK;
    }
    return status;
}
