/* What the commands that print a feed of changes share. */
#ifndef OMNI_CLI_FEED_H
#define OMNI_CLI_FEED_H

#include "cli.h"

/* Where to begin, by --after and --epoch. */
int
feed_from(const call *call, omni_feed_position *out);

/* What reading ended with, at the position of what was read last; says how to
   go on from there, on standard error. */
int
feed_done(const call *call, const view *view, omni_feed feed,
          omni_status status, const omni_feed_position *position);

#endif
