/* How the files of functions write one: FUNCTION(name) { … } with the run, the
   arguments `a` and their count. */
#ifndef OMNI__CEL_FUNCTION_H
#define OMNI__CEL_FUNCTION_H

#include "cel/run.h"

#define FUNCTION(name)                                                         \
    static omni__cel_value name(omni__cel_run *run, const omni__cel_value *a,  \
                                size_t count)

/* Most functions use neither the run nor the count. */
#define UNUSED(run, count) ((void)(run), (void)(count))

#endif
