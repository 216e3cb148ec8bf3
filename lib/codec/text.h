/*
   UTF-8 text: validity, NFC, lower case, trimming. Unicode by utf8proc.
   Other than for asking whether it is, text must be well-formed.
   NFC sorts runs of combining marks in quadratic time: bound the size first.
*/
#ifndef OMNI__CODEC_TEXT_H
#define OMNI__CODEC_TEXT_H

#include "platform/arena.h"

/* True for well-formed UTF-8 (no surrogates, no overlong forms). */
bool
omni__text_valid(omni__slice text);

/* Without white space (Unicode White_Space, and BOM and zero-width space)
   at both ends. */
omni__slice
omni__text_trim(omni__slice text);

/* How many bytes from the start on are well-formed: all, or up to the first
   that is not. */
size_t
omni__text_valid_prefix(omni__slice text);

/* True if all bytes are below 0x80. */
bool
omni__text_ascii(omni__slice text);

/* The first code point of well-formed text, and how many bytes it takes. */
uint32_t
omni__text_decode(omni__slice text, size_t *size);

/* As many bytes of well-formed text as fit in `size` without cutting one. */
omni__slice
omni__text_cut(omni__slice text, size_t size);

/* NFC; borrowed from `text` where it is in that form already (all ASCII is).
   data is NULL without memory. */
omni__slice
omni__text_nfc(omni__slice text, omni__arena *arena);

/* NFC, lower case by code point, then NFC again; borrowed where nothing
 * changes. */
omni__slice
omni__text_lower(omni__slice text, omni__arena *arena);

#endif
