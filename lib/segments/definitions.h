/*
   The segments of a store: their rows in the table SEGMENT, each with its
   definition, compiled. Kept by the fold as it goes, or read from a snapshot.
*/
#ifndef OMNI__SEGMENTS_DEFINITIONS_H
#define OMNI__SEGMENTS_DEFINITIONS_H

#include "segments/plan.h"
#include "segments/programs.h"
#include "segments/subject.h"

typedef struct omni__definition {
    uint32_t number;   /* local; never given again */
    omni__slice name;  /* of the definitions' memory; a zero byte follows */
    uint64_t position; /* of its body in the log; of a deleted one, the last */
    bool deleted;      /* its members are being taken out */
    /* Profiles are being evaluated, in the order of their ids: those after
       `passed`, or all where it has not begun, have old answers yet. */
    bool open;
    bool begun;
    omni_id passed;
    uint64_t members;
    uint64_t errors;              /* profiles whose stored answer is an error */
    const omni__program *program; /* NULL: deleted */
    omni__plan *glance;           /* NULL: none was made */
    uint64_t bits; /* of those that are to be evaluated when it is, by number
                      modulo 64: itself, and who reads its answer */
    bool dirty;    /* differs from its row */
    bool defined;  /* scratch of the fold: a register has it */
} omni__definition;

typedef struct omni__definitions {
    omni__programs *programs;
    omni__definition *list; /* by number */
    size_t count;
    size_t capacity;
} omni__definitions;

static inline uint64_t
omni__definition_bit(const omni__definition *definition)
{
    return UINT64_C(1) << (definition->number % 64);
}

/* Whether a profile's stored answer is not yet of this definition. */
static inline bool
omni__definition_ahead(const omni__definition *definition,
                       const omni_id *profile)
{
    return definition->open &&
           (!definition->begun ||
            omni__id_compare(profile, &definition->passed) > 0);
}

/* Cannot fail. */
void
omni__definitions_init(omni__definitions *definitions,
                       omni__programs *programs);

/* Forget all; may be used again. */
void
omni__definitions_clear(omni__definitions *definitions);

/* Memory too. */
void
omni__definitions_free(omni__definitions *definitions);

/* Read all rows. On a fault there are none. */
omni_status
omni__definitions_read(omni__definitions *definitions, const omni__view *view);

/* Add one under a name that is not there, with a number that is larger than
   all; its program comes with `position`. */
omni_status
omni__definitions_add(omni__definitions *definitions, omni__slice name,
                      uint32_t number, uint64_t position);

/* Give a definition the body at `position`. */
omni_status
omni__definition_set(omni__definitions *definitions,
                     omni__definition *definition, uint64_t position);

/* Take one out, by its place, and its row. */
omni_status
omni__definitions_remove(omni__definitions *definitions, omni__kv *kv,
                         size_t at);

/* Write the rows of dirty ones. */
omni_status
omni__definitions_write(omni__definitions *definitions, omni__kv *kv);

/* Plan glances of all that are defined; others are evaluated as they are. */
omni_status
omni__definitions_plan(omni__definitions *definitions);

/* Set `bits` of all, after any came, went or was given a body. */
void
omni__definitions_connect(omni__definitions *definitions);

/* By name; NULL if there is none. One that is deleted is found too. */
omni__definition *
omni__definitions_find(const omni__definitions *definitions, omni__slice name);

/* An omni__segment_lookup over these: what is defined, and compiles. */
const omni__segment *
omni__definitions_lookup(void *definitions, omni__slice name);

/* What a definition says of a profile at an instant. */
omni_status
omni__definition_evaluate(const omni__definition *definition,
                          omni__subject *subject, int64_t now_us,
                          omni__segment_answer *out);

#endif
