/*
   Registers: `policy` and `segment` facts by kind and name. All that were ever
   stated have a row, in the order of F6; the last of a name is in force.
*/
#ifndef OMNI__FOLD_REGISTER_H
#define OMNI__FOLD_REGISTER_H

#include "codec/register.h"
#include "fold/fold.h"

typedef struct omni__register {
    uint8_t kind; /* omni__fact_kind */
    uint8_t order[OMNI__STATEMENT_ORDER_SIZE];
    uint64_t position;        /* of its body in the log */
    omni__register_body body; /* borrowed from the log */
} omni__register;

/* One such fact. */
omni_status
omni__fold_register(omni__fold *fold, const omni__fact *fact,
                    uint64_t position);

/* Take one out, as if it had never been stated. */
omni_status
omni__fold_register_remove(omni__fold *fold, const omni__register *entry);

/*
   What is in force under a name. OMNI_NOT_FOUND if nothing was ever stated;
   where the last statement took it away, `body.value` is empty.
*/
omni_status
omni__register_read(const omni__view *view, omni__log *log, uint8_t kind,
                    omni__slice name, omni__register *out);

/* Told of each register; OMNI_NOT_FOUND: this has no effect, what was stated
   before it is told of; else not OMNI_OK ends the walk with it. */
typedef omni_status (*omni__register_fn)(void *user,
                                         const omni__register *entry);

/* What is in force of a kind, by name; without what was taken away. */
omni_status
omni__registers_each(const omni__view *view, omni__log *log, uint8_t kind,
                     omni__register_fn callback, void *user);

#endif
