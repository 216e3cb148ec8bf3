/*
   Times in the forms of other programs: RFC 3339, counts since 1970, or
   directives as strftime() has them, without a locale.
*/
#ifndef OMNI__CODEC_TIME_FORM_H
#define OMNI__CODEC_TIME_FORM_H

#include "platform/slice.h"

/*
   A form is one of the words `rfc3339`, `unix` (seconds, maybe with a
   fraction), `unix_ms`, `unix_us`, or a pattern of
     %Y %y        year: four digits; two, of 1969 to 2068
     %m %b %B     month: number; English name, short or whole
     %d %e        day of the month
     %a %A        English name of the weekday, not looked at further
     %H  %I %p    hour of 24; of 12, with AM or PM
     %M %S %f     minute, second, fraction of a second (1 to 9 digits)
     %z           Z, +hh:mm, +hhmm or +hh
     %F %T %R %D  %Y-%m-%d, %H:%M:%S, %H:%M, %m/%d/%y
     %%           a percent sign
   in which white space stands for any white space, or none, and anything
   else for itself. Numbers may lack leading zeroes, but for those of %Y.
*/

/* NULL, or why a text is no form: a static phrase. */
const char *
omni__time_form_fault(omni__slice form);

/* True if a form has no time of day. */
bool
omni__time_form_is_date(omni__slice form);

/* Read an instant of a valid form; one without an offset of its own is
   `offset_s` seconds east of UTC. */
bool
omni__time_form_read(omni__slice form, omni__slice text, int32_t offset_s,
                     int64_t *out);

/* Read `Z`, `UTC`, +hh:mm, +hhmm or +hh as seconds east of UTC. */
bool
omni__time_zone_read(omni__slice text, int32_t *offset_s);

#endif
