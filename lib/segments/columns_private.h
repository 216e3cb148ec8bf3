/* What making and reading a row of COLUMNS share. */
#ifndef OMNI__SEGMENTS_COLUMNS_PRIVATE_H
#define OMNI__SEGMENTS_COLUMNS_PRIVATE_H

#include "segments/columns.h"

#define OMNI__COLUMNS_FORMAT 1u

/* Profiles of a block: their numbers have 16 bits. */
#define OMNI__COLUMNS_PROFILES 65535u

uint64_t
omni__columns_checksum(omni__slice row);

#endif
