/* Exact decimals beside the language's other numbers. */
#ifndef OMNI__CEL_DECIMAL_H
#define OMNI__CEL_DECIMAL_H

#include "cel/number.h"
#include "cel/run.h"

#define OMNI__CEL_MICRO 1000000 /* a DECIMAL counts millionths */

static inline bool
omni__cel_is_number(omni__cel_value value)
{
    return value.kind == OMNI__CEL_INT || value.kind == OMNI__CEL_UINT ||
           value.kind == OMNI__CEL_DOUBLE || value.kind == OMNI__CEL_DECIMAL;
}

/* A number in millionths, if it is one exactly. A double is read as the decimal
   that its shortest text is. */
bool
omni__cel_micro(omni__cel_value number, omni__int128 *out);

/* A number as the double nearest to it. */
double
omni__cel_real(omni__cel_value number);

/* A whole number of millionths: `micro` rounded. */
bool
omni__cel_micro_round(omni__int128 micro, omni__rounding rounding,
                      omni__int128 *out);

/* `a op b`, + to /. */
omni__cel_value
omni__cel_double_binary(omni__cel_op op, double a, double b);

/* The same of numbers one of which is a DECIMAL: one that is no
   decimal makes it arithmetic of doubles. */
omni__cel_value
omni__cel_decimal_binary(omni__cel_run *run, omni__cel_op op, omni__cel_value a,
                         omni__cel_value b);

/* As printf's %.*f, exactly; false if rounding leaves the range. */
bool
omni__cel_decimal_fixed(omni__int128 micro, unsigned precision,
                        char text[OMNI__CEL_NUMBER_TEXT]);

#endif
