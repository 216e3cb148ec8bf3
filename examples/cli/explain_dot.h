/* Profiles and their links as a drawing for Graphviz. */
#ifndef OMNI_CLI_EXPLAIN_DOT_H
#define OMNI_CLI_EXPLAIN_DOT_H

#include "cli.h"

/*
   Print one or two profiles: identifiers by class, links that join solid,
   those held apart dashed. Of one profile also those that lead out of it. The
   identifiers that were asked for have a bold frame.
*/
int
dot_print(const view *view, const omni_id *profiles, size_t count,
          const omni_identifier_text *asked, size_t asked_count);

#endif
