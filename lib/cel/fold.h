/* Evaluation of macros, called by evaluate.c and calling it back. */
#ifndef OMNI__CEL_FOLD_H
#define OMNI__CEL_FOLD_H

#include "cel/run.h"

typedef omni__cel_value (*omni__cel_evaluate_fn)(omni__cel_run *run,
                                                 const omni__cel_node *node);

omni__cel_value
omni__cel_fold_evaluate(omni__cel_run *run, const omni__cel_node *node,
                        omni__cel_evaluate_fn evaluate);

#endif
