/* Rules of daylight saving time as POSIX writes them in TZ. */
#ifndef OMNI__CEL_ZONE_RULE_H
#define OMNI__CEL_ZONE_RULE_H

#include "cel/time.h"

/* Seconds ahead of UTC at an instant by a rule such as
   "CET-1CEST,M3.5.0,M10.5.0/3", newlines around it, and in which instants of
   its year; false if it is none. */
bool
omni__cel_zone_rule(omni__slice rule, int64_t seconds, omni__cel_offset *out);

#endif
