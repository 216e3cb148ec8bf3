/*
   Short strings that recur: namespaces, channels, event names, currencies.
   A word of the list below takes one byte, any other its length and bytes.
   The list is part of the format: it may grow at its end and never change.
*/
#ifndef OMNI__CODEC_WORD_H
#define OMNI__CODEC_WORD_H

#include "codec/varint.h"

void
omni__put_word(omni__buffer *buffer, omni__slice word);

/* Borrowed from the reader's bytes, or static. */
omni__slice
omni__read_word(omni__reader *reader);

#endif
