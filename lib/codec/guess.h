/* The word that a wrong one may have been meant for. */
#ifndef OMNI__CODEC_GUESS_H
#define OMNI__CODEC_GUESS_H

#include "platform/slice.h"

/* A part of a text for a message: `, did you mean "…"?`, or nothing. */
void
omni__text_guess(omni__slice word, const char *const *known, size_t count,
                 char *out, size_t size);

#endif
